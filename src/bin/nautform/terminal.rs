//! Standard output and standard error: colours only where a person looks, and who writes where.

use std::io::{self, BufWriter, IsTerminal as _, Write};

use nautform::diagnostic::{Diagnostics, SourceMap};
use nautform::report::{Style, diagnostics};

/// Routes the log of `-v` to standard error.
pub(crate) fn set_up(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "nautform=debug",
        _ => "nautform=trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("NAUTFORM_LOG").unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).without_time().init();
}

/// How to write to standard output.
pub(crate) fn output_style() -> Style {
    style(io::stdout().is_terminal() || is_forced())
}

/// How to write to standard error.
pub(crate) fn error_style() -> Style {
    style(io::stderr().is_terminal() || is_forced())
}

fn is_forced() -> bool {
    let choice = anstream::AutoStream::choice(&io::stdout());
    choice == anstream::ColorChoice::Always || choice == anstream::ColorChoice::AlwaysAnsi
}

fn style(terminal: bool) -> Style {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    Style { color: terminal && !refused, width }
}

/// Writes a result to standard output. A reader that has gone away is no error.
pub(crate) fn result(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes complaints to standard error.
pub(crate) fn complaints(found: &Diagnostics, sources: &SourceMap) {
    let mut out = BufWriter::new(io::stderr().lock());
    // If standard error is gone there is nobody left to tell.
    let _ = diagnostics::text(found, sources, error_style(), &mut out).and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes an error to standard error.
pub(crate) fn error(message: &str) {
    let paint = if error_style().color {
        anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()))
    } else {
        anstyle::Style::new()
    };
    say(&format!("{paint}error{paint:#}: {message}"));
}

/// Asks for `yes`. Anything else, and an input that ends, is a no.
pub(crate) fn confirm(question: &str) -> io::Result<bool> {
    let mut err = io::stderr().lock();
    write!(err, "{question}\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
