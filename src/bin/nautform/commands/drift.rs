//! `nautform drift`.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use clap_complete::ArgValueCompleter;

use nautform::input::{SMALL, read_text};
use nautform::output::ci::{self, Check};
use nautform::output::webhook::About;
use nautform::output::{self, json, markdown, text};
use nautform::{
    Address, Blame, Class, DriftReport, DriftRequest, Known, Mode, Origin, PlanRequest, last_success,
    read_baseline, remember_success,
};

use super::shared::{self, ConnectionArgs, LabelArgs, ManifestArgs, NotifyArgs, SelectionArgs};
use crate::ci_log::Lines;
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::{Failure, Result};
use crate::{terminal, ways, webhook};

const EXAMPLES: &str = "\
Examples:
  nautform drift fleet
  nautform drift fleet --baseline drift.json   what is new since the last time
  nautform drift fleet --fail-on changed,missing,unmanaged --format junit
  nautform drift fleet --blame                 who wrote it
  nautform drift fleet --accept Environment/shop/dev      take it over into the manifest";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Which findings fail the check: changed, missing, blocked, broken and incomplete with exit code 4, unknown
    /// 11, pending 2, unmanaged 10
    #[arg(long, value_enum, value_name = "CLASS", value_delimiter = ',')]
    #[arg(default_values = ["changed", "missing", "blocked", "broken", "incomplete", "unknown"])]
    fail_on: Vec<FailOn>,
    /// Look for unmanaged objects, too; implied by --fail-on unmanaged
    #[arg(long)]
    show_unmanaged: bool,
    /// Write the report to a file instead, as a whole; metrics of a check that fails keep the time of the last
    /// success
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Save the findings to a file, and report and fail only what is new since the check that wrote it last
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Look up in GitLab who wrote what has drifted; with text
    #[arg(long)]
    blame: bool,
    /// Take the drift of this object over into its manifest: edits the file
    #[arg(long, value_name = "ADDRESS", add = ArgValueCompleter::new(addresses))]
    #[arg(conflicts_with_all = ["baseline", "blame", "show_unmanaged"])]
    accept: Vec<Address>,
    #[command(flatten)]
    label: LabelArgs,
    #[command(flatten)]
    notify: NotifyArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Classes of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Managed objects that others changed
    Changed,
    /// Managed objects that others deleted
    Missing,
    /// Writes that the server has not finished
    Incomplete,
    /// Changed manifests that were not applied
    Pending,
    /// Objects that are in no manifest and not in the state
    Unmanaged,
    /// Objects that could not be read
    Unknown,
    /// Products that refuse every write
    Blocked,
    /// Objects that are broken behind the API
    Broken,
    /// Nothing
    None,
}

impl From<Class> for FailOn {
    fn from(class: Class) -> Self {
        match class {
            Class::Changed => Self::Changed,
            Class::Missing => Self::Missing,
            Class::Incomplete => Self::Incomplete,
            Class::Pending => Self::Pending,
            Class::Unmanaged => Self::Unmanaged,
            Class::Unknown => Self::Unknown,
            Class::Blocked => Self::Blocked,
            Class::Broken => Self::Broken,
        }
    }
}

/// Formats of drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The plan's JSON, with resource_drift
    Json,
    /// A note for an issue or a merge request
    Markdown,
    /// JUnit: one test case for each object
    Junit,
    /// Metrics for Prometheus' textfile collector
    Prometheus,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    if !args.accept.is_empty() {
        return accept(args).await;
    }
    let result = check(args).await;
    if let Err(failure) = &result {
        // Whoever reads the report must not take an older one, or none, for the result.
        write_failure(args, failure).await?;
    }
    result
}

async fn check(args: &Args) -> Result<Code> {
    let started = Instant::now();
    let allow_http = args.manifests.variables.trust.allows_http();
    let sandbox = args.connection.sandbox.is_some();
    let webhook = webhook::find(args.notify.webhook_file.as_deref(), sandbox, allow_http)?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?.flatten();
    let session = args.manifests.open_as(&args.label, args.connection.options())?;
    let discover = args.show_unmanaged || args.fail_on.contains(&FailOn::Unmanaged);
    let selection = args.selection.options();
    let apply = PlanRequest { selection: selection.clone(), ..PlanRequest::new(Mode::Apply) };
    ways::remember(&args.manifests.options()?, &args.connection.options(), &apply, "");
    let request = DriftRequest { selection, discover, blame: args.blame, baseline };
    let report = session.drift(request).await?;
    if report.is_worth_reporting() || !matches!(args.format, Format::Text | Format::Markdown) {
        write(args, &report, started.elapsed()).await?;
    }
    if args.format == Format::Text {
        blame(&report.blame)?;
    }
    compare(&report);
    if let Some(webhook) = &webhook
        && let Some(message) = message(args, &report)
    {
        webhook::send(webhook, &message).await;
    }
    if let Some(file) = &args.baseline {
        terminal::file(file, |out| report.now.write(out)).await?;
    }
    let new = report.since_baseline.new.iter().map(|known| known.class);
    Ok(Code::of_findings(new.filter(|class| args.fail_on.contains(&FailOn::from(*class)))))
}

/// Takes drift over into the manifests, and shows the edits.
async fn accept(args: &Args) -> Result<Code> {
    let session = args.manifests.open(args.connection.options())?;
    let accepted = session.accept(&args.accept).await?;
    shared::show_edited(&accepted)?;
    for file in accepted.iter().filter(|file| file.before == file.after) {
        terminal::say(&format!("{} says so already.", file.path.display()));
    }
    terminal::say("The next apply records it in the state.");
    Ok(Code::Success)
}

fn blame(all: &[Blame]) -> Result<()> {
    let line = |Blame { address, last }: &Blame| match last {
        Ok(commit) => {
            let when = commit.committed_date.strftime("%F %T UTC");
            let nautform::Commit { short_id, title, author_name, author_email, .. } = commit;
            format!("{address}: {author_name} <{author_email}>, {when}, commit {short_id}: {title}")
        }
        Err(why) => format!("{address}: {why}"),
    };
    if !all.is_empty() {
        terminal::text(|out| {
            writeln!(out, "\nWritten last by:")?;
            all.iter().try_for_each(|blame| writeln!(out, "  {}", line(blame)))
        })?;
    }
    Ok(())
}

/// Writes the report where it belongs. A file is written as a whole: a collector never sees half of one.
async fn put(args: &Args, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<()> {
    let lines = match args.format {
        Format::Text | Format::Markdown | Format::Prometheus => Lines::Text,
        Format::Json => Lines::Json,
        Format::Junit => Lines::Xml,
    };
    match &args.out {
        Some(file) => terminal::report(file, write).await?,
        None => terminal::lines(lines, write)?,
    }
    Ok(())
}

async fn write_failure(args: &Args, failure: &Failure) -> Result<()> {
    let mut options = args.manifests.variables.options(&args.manifests.dir)?;
    options.label.clone_from(&args.label.label);
    let origin = options.origin();
    let (why, help) = failure.explained();
    let note = shared::note(&origin, None);
    match args.format {
        // Standard error says it.
        Format::Text => Ok(()),
        Format::Json => put(args, |out| json::failure(&origin, &why, &help, out)).await,
        Format::Markdown => put(args, |out| markdown::failure("drift", &why, &help, &note, out)).await,
        Format::Junit => put(args, |out| ci::junit_of_failure(&origin.label, &why, out)).await,
        Format::Prometheus => {
            let before = args.out.as_deref().and_then(|file| read_text(file, SMALL).ok()).unwrap_or_default();
            let last = ci::last_success(&before, &origin.label).or_else(|| last_success(&args.manifests.dir));
            put(args, |out| ci::metrics_of_failure(&origin.label, last, out)).await
        }
    }
}

async fn write(args: &Args, report: &DriftReport, duration: Duration) -> Result<()> {
    let DriftReport { plan, sources, origin, .. } = report;
    let finished = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    remember_success(&args.manifests.dir, finished);
    let check = Check { directory: &origin.label, finished, duration };
    // What an earlier check knew does not fail this one.
    let fails = |address: &Address, class| {
        let is_new = |known: &Known| known.class == class && known.address == *address;
        args.fail_on.contains(&FailOn::from(class)) && report.since_baseline.new.iter().any(is_new)
    };
    put(args, |out| match args.format {
        Format::Text => text::drift(plan, terminal::output_style(), out),
        Format::Json => json::plan(plan, origin, Some(sources), crate::hints::text, out),
        Format::Markdown => markdown::drift(plan, &shared::note(origin, Some(sources)), out),
        Format::Junit => ci::junit(plan, &fails, out),
        Format::Prometheus => ci::metrics(plan, &check, out),
    })
    .await
}

/// The message for a webhook: drift, and of the rest what fails the check.
fn message(args: &Args, report: &DriftReport) -> Option<serde_json::Value> {
    let is_sent = |class| {
        !matches!(class, Class::Pending | Class::Unmanaged) || args.fail_on.contains(&FailOn::from(class))
    };
    let Origin { label, job, .. } = &report.origin;
    let about = About { directory: label, job: job.as_deref() };
    let since = report.earlier.as_ref().map(|earlier| earlier.checked.as_str());
    output::webhook::drift(&report.plan, &report.since_baseline, since, is_sent, &about)
}

/// Says what is new since the earlier check, if there was one.
fn compare(report: &DriftReport) {
    let Some(earlier) = &report.earlier else { return };
    if report.since_baseline.is_empty() {
        let findings = match report.now.len() {
            0 => "nothing was found".to_owned(),
            number => format!("{} as before", text::count(number, "finding")),
        };
        return terminal::say(&format!("Nothing new since the check of {}: {findings}.", earlier.checked));
    }
    for (label, known) in
        [("New since", &report.since_baseline.new), ("Resolved since", &report.since_baseline.resolved)]
    {
        if !known.is_empty() {
            terminal::say(&format!("{label} the check of {}: {}.", earlier.checked, named(known)));
        }
    }
}

fn named(all: &[Known]) -> String {
    let names = all.iter().map(|known| format!("{} ({})", known.address, known.class));
    names.collect::<Vec<_>>().join(", ")
}
