//! `nautform plan`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use nautform::output::text::{self, View};
use nautform::output::{ci, html, json, markdown};
use nautform::{Mode, Origin, Plan, SessionError};

use super::shared::{self, ConnectionArgs, GuardArgs, LabelArgs, ManifestArgs, SelectionArgs};
use crate::ci_log::Lines;
use crate::exit::Code;
use crate::failure::{Failure, Result};
use crate::{events, hints, terminal, ways};

const EXAMPLES: &str = "\
Examples:
  nautform plan fleet
  nautform plan fleet --out change.plan && nautform apply change.plan
  nautform plan fleet --target 'Product/shop' --exclude 'env/shop/*'
  nautform plan fleet --changed-since origin/main --format markdown
  nautform plan fleet/shop.yaml               what this file declares, nothing else

Exit codes: 0, or 2 for changes with --detailed-exitcode; 1 if the plan can't be
made or could not be carried out.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Exit with 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// Plan to delete everything instead
    #[arg(long)]
    destroy: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Save the plan for `nautform apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also write the counts for GitLab's merge request widget
    #[arg(long, value_name = "FILE")]
    gitlab_report: Option<PathBuf>,
    /// Show changes without their fields
    #[arg(long)]
    compact: bool,
    /// Look for unmanaged objects, and list them
    #[arg(long)]
    show_unmanaged: bool,
    #[command(flatten)]
    label: LabelArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    guards: GuardArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Formats of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// Terraform's `show -json`
    Json,
    /// A note for a merge request
    Markdown,
    /// Terraform's `plan -json`, one event on a line
    Ndjson,
    /// A page to read in a browser
    Html,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let planned = write_plan(args).await;
    if let (Err(failure), Format::Markdown) = (&planned, args.format) {
        write_failure(args, failure)?;
    }
    planned
}

/// The note that replaces that of an earlier plan, which is not so any more.
fn write_failure(args: &Args, failure: &Failure) -> Result<()> {
    let mut options = args.manifests.variables.options(&args.manifests.dir)?;
    options.label.clone_from(&args.label.label);
    let origin = options.origin();
    let (mut why, help) = failure.explained();
    if let Failure::Session(SessionError::Manifests) = failure
        && args.manifests.dir != Path::new("-")
        && let Ok(validated) = options.validate()
    {
        let all = validated.manifests.diagnostics.sorted();
        let errors =
            all.iter().filter(|diagnostic| diagnostic.is_error()).map(|error| error.message.as_str());
        why = format!("{why}: {}", errors.take(ERRORS).collect::<Vec<_>>().join("; "));
    }
    let note = shared::note(&origin, None);
    Ok(terminal::lines(Lines::Text, |out| markdown::failure("plan", &why, &help, &note, out))?)
}

/// How many errors a note names: the log has all of them, with their places.
const ERRORS: usize = 5;

async fn write_plan(args: &Args) -> Result<Code> {
    if args.format == Format::Ndjson {
        events::to_standard_output();
    }
    let dir = &args.manifests.dir;
    if args.out.is_some() && dir == Path::new("-") {
        return Err(shared::usage(
            "--out can't save a plan of standard input: apply reads the manifests again",
        ));
    }
    let session = args.manifests.open_as(&args.label, args.connection.options())?;
    let mode = if args.destroy { Mode::Destroy } else { Mode::Apply };
    let mut request = args.guards.request(mode, &args.selection);
    request.discover = args.show_unmanaged;
    let permitted = hints::flags(&request.prune, &request.permissions);
    ways::remember(&args.manifests.options()?, &args.connection.options(), &request, &permitted);
    let proposal = session.plan(&request).await?;
    let plan = &proposal.plan;
    let Args { destroy, compact, show_unmanaged: unmanaged, .. } = *args;
    let view = View { destroy, compact, unmanaged, sources: Some(&proposal.sources), ..View::default() };
    write(args.format, plan, || proposal.origin(), view)?;
    if let Some(file) = &args.gitlab_report {
        terminal::report(file, |out| ci::widget(plan, out)).await?;
    }
    let code = code(plan, args.detailed_exitcode);
    if let Some(file) = &args.out {
        let saved = proposal.save(dir, file)?;
        terminal::file(file, |out| out.write_all(&saved)).await?;
        // What goes to a pipe or a device is carried out elsewhere or not at all.
        if file.is_file() {
            let flags = hints::flags(&request.prune, &request.permissions);
            let space = if flags.is_empty() { "" } else { " " };
            terminal::say(&format!(
                "\nSaved the plan to {0}; carry it out with: nautform apply {0}{space}{flags}",
                file.display()
            ));
        }
    }
    Ok(code)
}

fn code(plan: &Plan, detailed: bool) -> Code {
    match () {
        () if plan.has_errors() => Code::Error,
        () if detailed && !plan.summary().is_empty() => Code::Changes,
        () => Code::Success,
    }
}

/// Writes a plan, which was made at `origin`, to standard output.
pub(super) fn write<'o>(
    format: Format,
    plan: &Plan,
    origin: impl FnOnce() -> &'o Origin,
    view: View<'_>,
) -> Result<()> {
    let view = View { style: terminal::output_style(), ..view };
    let View { sources, .. } = view;
    let lines = match format {
        Format::Text | Format::Markdown => Lines::Text,
        Format::Json | Format::Ndjson => Lines::Json,
        Format::Html => Lines::Xml,
    };
    terminal::lines(lines, |out| match format {
        Format::Text => text::plan(plan, &view, out),
        Format::Json => json::plan(plan, origin(), sources, hints::text, out),
        Format::Html => html::plan(plan, origin(), sources, hints::text, out),
        Format::Markdown => markdown::plan(plan, &shared::note(origin(), sources), out),
        Format::Ndjson => {
            events::each(|stream| stream.plan(plan, sources, hints::text));
            events::check()
        }
    })?;
    Ok(())
}
