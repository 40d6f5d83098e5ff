//! Programs that tests ask and not every machine has.

/// Says that a test, or a part of it, is skipped since a program is not installed. In CI, which installs all
/// of them, that is a failure.
#[track_caller]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
pub(crate) fn missing(program: &str) {
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    assert!(!in_ci, "{program} is not installed");
    eprintln!("skipped: {program} is not installed");
}
