//! How a command that failed ends: what is printed, and the exit code. The one place that maps errors to
//! codes.

use std::process::ExitCode;

use nautform::output::text;
use nautform::{SessionError, StoreError};

use crate::exit::Code;
use crate::{hints, signals, terminal};

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library says why.
    Session(SessionError),
    /// The program's own errors: files that flags name, usage.
    Other(anyhow::Error),
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
    match failure {
        Failure::Session(error) => {
            let code = code(&error);
            print(error);
            code.into()
        }
        Failure::Other(error) => {
            terminal::error(&format!("{error:#}"));
            Code::Error.into()
        }
    }
}

fn print(error: SessionError) {
    match error {
        // The diagnostics and the plan were shown.
        SessionError::Manifests
        | SessionError::Settings
        | SessionError::Refused
        | SessionError::Impossible => {}
        SessionError::NotApproved | SessionError::Interrupted => terminal::say("\nApply cancelled."),
        SessionError::Stale(stale) => terminal::problem(|out| text::stale(&stale, out)),
        error => {
            let hint = hints::of(&error);
            terminal::error(&format!("{:#}", anyhow::Error::from(error)));
            if let Some(hint) = hint {
                terminal::say(&format!("help: {hint}"));
            }
        }
    }
}

fn code(error: &SessionError) -> Code {
    match error {
        SessionError::Refused
        | SessionError::Irreversible(_)
        | SessionError::NotRepeated(_)
        | SessionError::OtherServer(_)
        | SessionError::OtherFleet(_) => Code::Refused,
        SessionError::Stale(_) | SessionError::KeepsChanging(_) | SessionError::Outdated(_) => Code::Stale,
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
