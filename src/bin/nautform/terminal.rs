//! Standard output for results, standard error for the rest; colours only on terminals.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;

use nautform::output::text::count;
use nautform::output::{self, Style};
use nautform::{Diagnostics, Notice, Notify, SkipReason, Skipped, SourceMap};

use crate::ci_log::{Lines, PlainLines};
use crate::events;
use crate::reading::{Output, ReadingLines};

/// Whether standard input was read to its end, as manifests.
static IS_INPUT_READ: AtomicBool = AtomicBool::new(false);

/// All of standard input.
pub(crate) fn read_input() -> io::Result<String> {
    IS_INPUT_READ.store(true, Ordering::Relaxed);
    io::read_to_string(io::stdin())
}

/// Whether nothing is left of standard input to answer a question with.
pub(crate) fn is_input_read() -> bool {
    IS_INPUT_READ.load(Ordering::Relaxed)
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    // Without texts, so that help lists them in one line.
    Auto,
    Always,
    Never,
}

/// `--quiet`.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Whether remarks and progress are left out.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Decides about colours and remarks, and routes the log of `-v` to standard error.
pub(crate) fn set_up(verbose: u8, quiet: bool, color: Color) {
    QUIET.store(quiet, Ordering::Relaxed);
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let level = match verbose {
        0 => "warn",
        1 => "nautform=debug",
        _ => "nautform=trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("NAUTFORM_LOG").unwrap_or_else(|_| level.into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).without_time();
    let log = log.with_writer(|| PlainLines::new(io::stderr(), Lines::Text));
    log.with_ansi(error_style().color).init();
}

/// How to write to standard output.
pub(crate) fn output_style() -> Style {
    style(anstream::AutoStream::choice(&io::stdout()))
}

/// How to write to standard error.
pub(crate) fn error_style() -> Style {
    style(anstream::AutoStream::choice(&io::stderr()))
}

fn style(choice: anstream::ColorChoice) -> Style {
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    Style {
        color: matches!(choice, anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi),
        width,
        hints: crate::hints::text,
    }
}

/// Whether standard error is a terminal.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Writes a file that an option names: as a whole or not at all, or through a device or a pipe. A pipe may
/// wait for its reader; dropping the future does not.
pub(crate) async fn file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    put(path, write, output::write_file).await
}

/// The same, of a report, which others may read.
pub(crate) async fn report(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    put(path, write, output::write_report).await
}

async fn put(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    store: fn(&Path, &[u8]) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    let result = match write(&mut bytes) {
        Ok(()) => {
            let path = path.to_owned();
            tokio::task::spawn_blocking(move || store(&path, &bytes)).await?
        }
        failed => failed,
    };
    result.with_context(|| format!("cannot write {}", path.display()))
}

/// Standard output looks for line breaks in each piece that it gets, and the text of a plan may be 30 MB.
const LARGE: usize = 64 * 1024;

/// Writes a result to standard output, as it is. A reader that has gone away is not an error.
pub(crate) fn result(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(LARGE, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a text for people to standard output.
pub(crate) fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    lines(Lines::Text, write)
}

/// Writes a result to standard output: no value in it is a command of a CI runner.
pub(crate) fn lines(lines: Lines, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    result(|out| {
        let mut lines = PlainLines::new(out, lines);
        write(&mut lines).and_then(|()| lines.flush())
    })
}

/// Writes diagnostics to standard error.
pub(crate) fn diagnostics(found: &Diagnostics, sources: &SourceMap) {
    let mut out = PlainLines::new(BufWriter::new(io::stderr().lock()), Lines::Text);
    // Without standard error there is no place to report that.
    let _ = output::diagnostics::text(found, sources, error_style(), &mut out).and_then(|()| out.flush());
    events::each(|stream| stream.diagnostics(found, sources));
}

/// Shows what the library reports while it works.
pub(crate) fn notices() -> Notify {
    let reading = Mutex::new(ReadingLines::new(is_watched()));
    Arc::new(move |notice| match notice {
        Notice::Reading(_) if is_quiet() => {}
        Notice::Reading(far) => {
            let said = reading.lock().unwrap_or_else(PoisonError::into_inner).say(far);
            match said {
                // Back to the first column, and what was there before is removed.
                Some(Output::Counting(text)) => {
                    let room = error_style().width.saturating_sub(1);
                    let text: String = text.chars().take(room).collect();
                    problem(|out| write!(out, "\r\x1b[K{text}").and_then(|()| out.flush()));
                }
                Some(Output::Line(text)) => say(&text),
                None => {}
            }
        }
        other => self::notice(other),
    })
}

fn notice(notice: Notice<'_>) {
    match notice {
        Notice::Diagnostics(found, sources) => diagnostics(found, sources),
        Notice::Skipped(all) => skipped(all),
        Notice::PartOfFleet(root) => say(&format!(
            "This is a part of the fleet in {}: its settings and state are used, what it does not declare is \
             not changed.",
            root.display()
        )),
        Notice::NamedBySettings { endpoint, url } => {
            say(&format!("The {endpoint} comes from nautform.yaml: {url}"));
        }
        Notice::EmptyToken(variable) => {
            say(&format!("NAUTFORM_TOKEN is empty: the token of {variable} is used."));
        }
        Notice::JournalFolded => {
            say("The state includes the steps of an interrupted run, from the journal in .nautform.");
        }
        Notice::NoState => {
            say("There is no state: drift is what changed since the last apply, and none is recorded.");
        }
        Notice::Bound { server } => {
            say(&format!("From now on the state is for {server}; other servers are refused."));
        }
        Notice::UnboundPlan { server } => say(&format!(
            "The saved plan names no server, as an older nautform made it: it is carried out on {server}."
        )),
        Notice::WaitsForLock { holder, timeout } => {
            let seconds = timeout.as_secs();
            say(&format!("Waiting up to {seconds}s for the lock of the state, which is held by {holder}."));
        }
        Notice::ChangedMeanwhile(stale) => problem(|out| output::text::changed_meanwhile(stale, out)),
        Notice::Reading(_) => {}
        Notice::WaitsForDeletion(address) => {
            say(&format!("Waiting for GitLab to delete {address}, which an earlier run has asked for."));
        }
        Notice::TakesAbout { duration, read } => say(&format!(
            "This will take about {} or longer: the server took {:.1} s for a read.",
            about(duration),
            read.as_secs_f64()
        )),
        Notice::NotUnlocked(failure) => error(&failure.to_string()),
        Notice::SandboxNotSaved(failure) => warning(&format!(
            "the sandbox's data can't be saved: {failure}; the log next to it holds all changes"
        )),
    }
}

/// Says what was not read as manifests: in one line, and each with `-v`. What nautform has written itself is
/// of no interest.
pub(crate) fn skipped(all: &[Skipped]) {
    let others = || all.iter().filter(|skipped| skipped.why != SkipReason::Output);
    let documents = others().filter(|skipped| skipped.line.is_some()).count();
    let files = others().count() - documents;
    let counts = [(files, "file"), (documents, "document")].into_iter().filter(|(number, _)| *number > 0);
    let counts: Vec<String> = counts.map(|(number, noun)| count(number, noun)).collect();
    if !counts.is_empty() {
        let (verb, noun) =
            if files + documents == 1 { ("is", "a Nautes manifest") } else { ("are", "Nautes manifests") };
        let counts = counts.join(" and ");
        say(&format!("{counts} {verb} not {noun}: skipped (-v lists them, --strict makes them errors)"));
    }
    if let Some(kustomization) = all.iter().find(|skipped| skipped.why == SkipReason::Kustomization) {
        let directory = kustomization.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        say(&format!(
            "{} is for Kustomize, which nautform does not run: kubectl kustomize {} | nautform plan -",
            kustomization.path.display(),
            directory.display()
        ));
    }
    for Skipped { path, line, why, .. } in all {
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        tracing::debug!("skipped {}{line}: {why}", path.display());
    }
}

/// Writes a block to standard error.
pub(crate) fn problem(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    // Without standard error there is no place to report that.
    let _ = write(&mut PlainLines::new(io::stderr().lock(), Lines::Text));
}

/// Writes a remark to standard error, unless the run is quiet.
pub(crate) fn say(line: &str) {
    if !is_quiet() {
        always(line);
    }
}

/// Writes a line to standard error that has to be read, behind empty ones if it begins with line breaks.
/// Whatever else is in it that could deceive a reader is escaped.
pub(crate) fn always(line: &str) {
    let text = line.trim_start_matches('\n');
    let breaks = &line[..line.len() - text.len()];
    problem(|out| writeln!(out, "{breaks}{}", output::printable(text)));
}

/// Writes an error to standard error, and to the streams of events.
pub(crate) fn error(message: &str) {
    failure(message, None);
}

/// The same, with what to do about it.
pub(crate) fn failure(message: &str, help: Option<&str>) {
    labelled("error", anstyle::AnsiColor::Red, message);
    if let Some(help) = help {
        always(&format!("help: {help}"));
    }
    events::each(|stream| stream.error(message, help.unwrap_or_default()));
}

/// Writes a warning to standard error, and to the streams of events.
pub(crate) fn warning(message: &str) {
    labelled("warning", anstyle::AnsiColor::Yellow, message);
    events::each(|stream| stream.warning(message, ""));
}

fn labelled(label: &str, color: anstyle::AnsiColor, message: &str) {
    let paint = if error_style().color {
        anstyle::Style::new().bold().fg_color(Some(color.into()))
    } else {
        anstyle::Style::new()
    };
    problem(|out| writeln!(out, "{paint}{label}{paint:#}: {}", output::printable(message)));
}

/// Asks for `yes`. Anything else, and the end of the input, is a no.
pub(crate) async fn confirm(question: &str) -> io::Result<bool> {
    ask(&format!("{question}\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: "), "yes").await
}

/// Asks for exactly this answer. Dropping the future leaves the question unanswered.
pub(crate) async fn ask(question: &str, wanted: &str) -> io::Result<bool> {
    problem(|out| write!(out, "{}", output::printable_lines(question)).and_then(|()| out.flush()));
    let read = || {
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer)
    };
    let answer = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??;
    Ok(answer.trim() == wanted)
}
/// A duration in seconds or minutes.
fn about(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ ..90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", (seconds + 30) / 60),
    }
}
