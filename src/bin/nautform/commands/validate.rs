//! `nautform validate`.

use clap::ValueEnum;

use nautform::output::ci::{self, PlaceOf};
use nautform::output::diagnostics;
use nautform::repository_path;

use super::shared::ManifestArgs;
use crate::ci_log::Lines;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  nautform validate fleet
  nautform validate fleet --format codequality > codequality.json
  kustomize build . | nautform validate -";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    manifests: ManifestArgs,
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
    let validated = args.manifests.options()?.validate()?;
    let found = &validated.manifests.diagnostics;
    let sources = &validated.manifests.sources;
    let lines = match args.format {
        Format::Github => Lines::Commands,
        Format::Text => Lines::Text,
        Format::Json | Format::Sarif | Format::CodeQuality => Lines::Json,
    };
    let place: PlaceOf<'_> = &repository_path;
    terminal::lines(lines, |out| match args.format {
        Format::Json => diagnostics::json(found, sources, out),
        Format::Sarif => ci::sarif(found, sources, place, out),
        Format::Github => ci::github(found, sources, place, out),
        Format::CodeQuality => ci::code_quality(found, sources, place, out),
        Format::Text => {
            terminal::diagnostics(found, sources);
            if found.has_errors() {
                return Ok(());
            }
            let count = validated.configuration.resources.len();
            writeln!(out, "Success! The configuration is valid: {count} objects.")
        }
    })?;
    Ok(code(found.has_errors()))
}

const fn code(failed: bool) -> Code {
    if failed { Code::Error } else { Code::Success }
}
