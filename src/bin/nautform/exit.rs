//! The documented exit codes.

use std::borrow::Cow;

use nautform::{Class, output};

use crate::{ci_log, terminal};

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// Done, or nothing to do.
    Success = 0,
    /// An error.
    Error = 1,
    /// The plan has changes (`--detailed-exitcode`), or the manifests have (`drift --fail-on pending`).
    Changes = 2,
    /// Drift was found, or a write that the server has not finished.
    Drift = 4,
    /// A protection, a threshold or a policy refused.
    Refused = 5,
    /// The saved plan is stale.
    Stale = 6,
    /// Another process holds the lock.
    Locked = 7,
    /// Some operations were done and some were not.
    Partial = 8,
    /// Written, and the state could not be saved.
    StateNotSaved = 9,
    /// Unmanaged objects were found (`drift --fail-on unmanaged`).
    Unmanaged = 10,
    /// Objects could not be read (`drift`).
    Unknown = 11,
    /// SIGHUP: the terminal was closed.
    HungUp = 129,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGQUIT.
    Quit = 131,
    /// SIGTERM.
    Terminated = 143,
}

impl Code {
    /// The exit code of a drift check with these findings: the worst decides.
    pub(crate) fn of_findings(classes: impl IntoIterator<Item = Class>) -> Self {
        let code = |class| match class {
            Class::Changed | Class::Missing | Class::Incomplete | Class::Blocked | Class::Broken => {
                Self::Drift
            }
            Class::Unknown => Self::Unknown,
            Class::Pending => Self::Changes,
            Class::Unmanaged => Self::Unmanaged,
        };
        let found: Vec<Self> = classes.into_iter().map(code).collect();
        let order = [Self::Drift, Self::Unknown, Self::Changes, Self::Unmanaged];
        order.into_iter().find(|code| found.contains(code)).unwrap_or(Self::Success)
    }
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Shows help, the version, or what is wrong with the arguments. Clap's own exit code is 2, which
/// means here that a plan has changes.
pub(crate) fn usage(error: &clap::Error) -> Code {
    let shown = error.render().to_string();
    let safe = output::printable_lines(&shown);
    let is_plain = matches!(safe, Cow::Borrowed(_)) && !ci_log::is_read();
    if is_plain || !error.use_stderr() {
        let _ = error.print();
    } else {
        // A value that is quoted must not move the cursor, nor command a runner.
        terminal::problem(|out| write!(out, "{safe}"));
    }
    if error.use_stderr() { Code::Error } else { Code::Success }
}
