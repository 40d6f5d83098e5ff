//! The one place that maps how things ended to exit codes.

use nautform::ops::OpsError;
use nautform::state::StoreError;

use crate::terminal;

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// Done, or nothing to do.
    Success = 0,
    /// An error.
    Error = 1,
    /// The plan has changes (`--detailed-exitcode`).
    Changes = 2,
    /// Drift was found.
    Drift = 4,
    /// A protection, a threshold or a policy refused.
    Refused = 5,
    /// The saved plan is stale.
    Stale = 6,
    /// Somebody else holds the lock.
    Locked = 7,
    /// Some operations were done and some were not.
    Partial = 8,
    /// Written, and the state could not be saved.
    StateNotSaved = 9,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Shows help, the version, or what is wrong with the arguments. Not clap's own exit code: 2 says that a plan has changes.
pub(crate) fn usage(error: &clap::Error) -> std::process::ExitCode {
    let _ = error.print();
    if error.use_stderr() { Code::Error.into() } else { Code::Success.into() }
}

/// Says what went wrong, and how the process ends.
pub(crate) fn fail(error: &anyhow::Error) -> std::process::ExitCode {
    terminal::error(&format!("{error:#}"));
    let store = error.downcast_ref::<StoreError>().or_else(|| match error.downcast_ref::<OpsError>() {
        Some(OpsError::State(error)) => Some(error),
        _ => None,
    });
    match store {
        Some(StoreError::Held { .. }) => Code::Locked.into(),
        _ => Code::Error.into(),
    }
}
