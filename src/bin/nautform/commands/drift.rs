//! `nautform drift`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use nautform::output::ci::{self, Check};
use nautform::output::webhook::About;
use nautform::output::{self, json, markdown, text};
use nautform::{Class, DriftReport, DriftRequest, Known, Session, read_baseline};

use super::shared::{self, ConnectionArgs, ManifestArgs, NotifyArgs, SelectionArgs};
use crate::ci_log::Lines;
use crate::exit::Code;
use crate::failure::Result;
use crate::{terminal, webhook};

const EXAMPLES: &str = "\
Examples:
  nautform drift fleet
  nautform drift fleet --baseline drift.json   what is new since the last time
  nautform drift fleet --fail-on changed,missing,unmanaged --format junit";

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
    /// Save the findings to a file, and report and fail only what is new since the check that wrote it last
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
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
    let started = Instant::now();
    let allow_http = args.manifests.variables.trust.allows_http();
    let sandbox = args.connection.sandbox.is_some();
    let webhook = webhook::find(args.notify.webhook_file.as_deref(), sandbox, allow_http)?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?.flatten();
    let session = args.manifests.open(args.connection.options())?;
    let discover = args.show_unmanaged || args.fail_on.contains(&FailOn::Unmanaged);
    let request = DriftRequest { selection: args.selection.options(), discover, baseline };
    let report = session.drift(request).await?;
    if report.is_worth_reporting() || !matches!(args.format, Format::Text | Format::Markdown) {
        write(args, &report, started.elapsed())?;
    }
    compare(&report);
    if let Some(webhook) = &webhook
        && let Some(message) = message(args, &session, &report)
    {
        webhook::send(webhook, &message).await;
    }
    if let Some(file) = &args.baseline {
        terminal::file(file, |out| report.now.write(out)).await?;
    }
    let new = report.since_baseline.new.iter().map(|known| known.class);
    Ok(Code::of_findings(new.filter(|class| args.fail_on.contains(&FailOn::from(*class)))))
}

fn write(args: &Args, report: &DriftReport, duration: Duration) -> Result<()> {
    let DriftReport { plan, sources, .. } = report;
    let directory = args.manifests.dir.display().to_string();
    let finished = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let check = Check { directory: &directory, finished, duration };
    let link = shared::job();
    let lines = match args.format {
        Format::Text | Format::Markdown | Format::Prometheus => Lines::Text,
        Format::Json => Lines::Json,
        Format::Junit => Lines::Xml,
    };
    terminal::lines(lines, |out| match args.format {
        Format::Text => text::drift(plan, terminal::output_style(), out),
        Format::Json => json::plan(plan, Some(sources), crate::hints::text, out),
        Format::Markdown => markdown::drift(plan, &shared::note(&directory, link.as_deref()), out),
        Format::Junit => ci::junit(plan, out),
        Format::Prometheus => ci::metrics(plan, &check, out),
    })?;
    Ok(())
}

/// The message for a webhook: drift, and of the rest what fails the check.
fn message(args: &Args, session: &Session, report: &DriftReport) -> Option<serde_json::Value> {
    let is_sent = |class| {
        !matches!(class, Class::Pending | Class::Unmanaged) || args.fail_on.contains(&FailOn::from(class))
    };
    let directory = webhook::label(session);
    let job = shared::job();
    let about = About { directory: &directory, job: job.as_deref() };
    let since = report.earlier.as_ref().map(|earlier| earlier.checked.as_str());
    output::webhook::drift(&report.plan, &report.since_baseline, since, is_sent, &about)
}

/// Says what is new since the earlier check, if there was one.
fn compare(report: &DriftReport) {
    let Some(earlier) = &report.earlier else { return };
    if report.since_baseline.is_empty() {
        let findings = match report.now.len() {
            0 => "nothing was found".to_owned(),
            1 => "1 finding as before".to_owned(),
            number => format!("{number} findings as before"),
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
