//! `nautform validate`.

use anyhow::anyhow;
use clap::ValueEnum;

use nautform::output::ci::{self, PlaceOf};
use nautform::output::diagnostics;
use nautform::output::text::count;
use nautform::{Checked, Diagnostics, repository_path, write_edited};

use super::shared::{self, ManifestArgs};
use crate::ci_log::Lines;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  nautform validate fleet                    with environments: in each, or in the one of -e
  nautform validate fleet --diff
  nautform validate fleet --fix
  nautform validate fleet --format codequality > codequality.json
  kustomize build . | nautform validate -";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Mend what can be mended in one way only, such as fields of older versions and misspellings, and show
    /// the edits
    #[arg(long)]
    fix: bool,
    /// Show what --fix would edit, and write nothing
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Output format; all but text go to standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// As `terraform validate -json`
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
    /// GitLab's code quality report
    #[value(name = "codequality")]
    CodeQuality,
}

pub(super) fn run(args: &Args) -> Result<Code> {
    let options = args.manifests.options()?;
    if args.fix && options.standard_input.is_some() {
        return Err(anyhow!("standard input can't be edited: use --diff").into());
    }
    let mut checked = options.check()?;
    if args.fix || args.diff {
        let edited = options.fixes(&checked);
        if args.fix {
            write_edited(&edited)?;
            checked = options.check()?;
        }
        if args.format == Format::Text {
            shared::show_edited(&edited)?;
        }
    }
    report(args, &checked)
}

fn report(args: &Args, checked: &Checked) -> Result<Code> {
    let Checked { diagnostics: found, sources, skipped, objects, .. } = checked;
    if args.format != Format::Json {
        terminal::skipped(skipped);
    }
    let lines = match args.format {
        Format::Github => Lines::Commands,
        Format::Text => Lines::Text,
        Format::Json | Format::Sarif | Format::CodeQuality => Lines::Json,
    };
    let place: PlaceOf<'_> = &repository_path;
    terminal::lines(lines, |out| match args.format {
        Format::Json => diagnostics::json(found, sources, skipped, out),
        Format::Sarif => ci::sarif(found, sources, place, out),
        Format::Github => ci::github(found, sources, place, out),
        Format::CodeQuality => ci::code_quality(found, sources, place, out),
        Format::Text => {
            terminal::diagnostics(found, sources);
            if found.has_errors() {
                advise(args, found);
                return Ok(());
            }
            // `12 objects in dev`.
            let counted = |(name, number): &(Option<String>, usize)| {
                let inside = name.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
                count(*number, "object") + &inside
            };
            let counts: Vec<String> = objects.iter().map(counted).collect();
            writeln!(out, "Success! The configuration is valid: {}.", counts.join(", "))
        }
    })?;
    Ok(if found.has_errors() { Code::Error } else { Code::Success })
}

/// Says to people how many errors have a fix.
fn advise(args: &Args, found: &Diagnostics) {
    let count = found.iter().filter(|diagnostic| diagnostic.fix.is_some()).count();
    if count > 0 && !args.fix && !args.diff && terminal::is_watched() {
        terminal::say(&format!("--fix can mend {count} of them; --diff shows how."));
    }
}
