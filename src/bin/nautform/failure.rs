//! How a command that failed ends: what is printed, and the exit code. The one place that maps errors to
//! codes.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use nautform::output::text;
use nautform::{EnvironmentError, SessionError, StoreError};

use crate::exit::Code;
use crate::{agreement, events, hints, signals, terminal};

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library says why.
    Session(SessionError),
    /// The same, of a destroy that was stopped before it began.
    DestroyStopped(SessionError),
    /// The program's own errors: files that flags name, usage.
    Other(anyhow::Error),
}

impl Failure {
    /// The failure of a destroy.
    pub(crate) fn of_destroy(self) -> Self {
        match self {
            Self::Session(error @ (SessionError::NotApproved | SessionError::Interrupted)) => {
                Self::DestroyStopped(error)
            }
            other => other,
        }
    }

    /// In words, for a report: what failed, and what to do, if anything is known to help.
    pub(crate) fn explained(&self) -> (String, String) {
        match self {
            Self::Session(error) | Self::DestroyStopped(error) => {
                (chain(error), hints::of(error).unwrap_or_default())
            }
            Self::Other(error) => (format!("{error:#}"), String::new()),
        }
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.into())
    }
}

/// Prints why a command failed, with what to do about it.
pub(crate) fn fail(failure: Failure) -> ExitCode {
    let (error, what) = match failure {
        Failure::Session(error) => (error, "Apply cancelled."),
        Failure::DestroyStopped(error) => (error, "Destroy cancelled."),
        Failure::Other(error) => {
            terminal::failure(&format!("{error:#}"), None);
            return Code::Error.into();
        }
    };
    let code = code(&error);
    print(error, what);
    code.into()
}

/// Says that nothing was begun.
fn stopped(error: &SessionError, what: &str) {
    terminal::say(&format!("\n{what}"));
    if matches!(error, SessionError::NotApproved) && !std::io::stdin().is_terminal() {
        let why = match terminal::is_input_read() {
            true => "The manifests were all of standard input",
            false => "Standard input is not a terminal and did not approve",
        };
        terminal::say(&format!("{why}; --auto-approve does not ask."));
    }
    events::each(|stream| stream.error(&error.to_string(), what));
}

/// `what` is said of a run that was stopped.
fn print(error: SessionError, what: &str) {
    match error {
        // The diagnostics and the plan were shown.
        SessionError::Manifests
        | SessionError::Settings
        | SessionError::Refused
        | SessionError::Impossible => {}
        error @ (SessionError::NotApproved | SessionError::Interrupted) => stopped(&error, what),
        SessionError::Stale(stale) => {
            terminal::problem(|out| text::stale(&stale, out));
            events::each(|stream| stream.stale(&stale));
        }
        SessionError::NotAgreed(missing) => {
            terminal::problem(|out| agreement::write(&missing, out));
            events::each(|stream| stream.error(&agreement::summary(&missing), &agreement::help(&missing)));
        }
        error => terminal::failure(&chain(&error), hints::of(&error).as_deref()),
    }
}

fn code(error: &SessionError) -> Code {
    match error {
        SessionError::Refused
        | SessionError::Irreversible(_)
        | SessionError::NotRepeated(_)
        | SessionError::OtherServer(_)
        | SessionError::OtherFleet(_)
        | SessionError::OtherEnvironment(_)
        | SessionError::Environment(
            EnvironmentError::StateOfNone { .. }
            | EnvironmentError::OfAnother { .. }
            | EnvironmentError::OtherThanDeclared { .. },
        ) => Code::Refused,
        SessionError::Stale(_)
        | SessionError::KeepsChanging(_)
        | SessionError::Outdated(_)
        | SessionError::NotAgreed(_) => Code::Stale,
        SessionError::State(StoreError::Held { .. }) => Code::Locked,
        SessionError::Interrupted => signals::interruption(),
        _ => Code::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one way to this code that takes questions which others use up.
    #[test]
    fn plan_that_keeps_changing_is_stale() {
        assert_eq!(code(&SessionError::KeepsChanging(Vec::new())), Code::Stale);
    }
}
