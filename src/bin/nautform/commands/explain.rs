//! `nautform explain` and `nautform schema`: kinds, their fields, and the codes of errors and warnings.

use anyhow::Error;
use clap_complete::ArgValueCompleter;

use nautform::output::text::explain;
use nautform::{codes, describe};

use super::shared::usage;
use crate::completion::fields;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

/// The word for the list of all codes.
const ALL_CODES: &str = "codes";
/// The file of the settings; a setting follows behind a dot.
const SETTINGS: &str = "nautform.yaml";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A kind, or a field of it: Cluster, env.cluster, CodeRepo.git.gitlab; a code: unknown-field; `codes`, for all
    /// of them; nautform.yaml, or a setting: nautform.yaml.state; without it, all kinds
    #[arg(value_name = "KIND[.FIELD] | CODE", add = ArgValueCompleter::new(fields))]
    subject: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Code> {
    let style = terminal::output_style();
    let Some(subject) = &args.subject else {
        terminal::result(|out| explain::kinds(&describe::kinds(), style, out))?;
        return Ok(Code::Success);
    };
    if subject == ALL_CODES {
        terminal::result(|out| explain::codes(codes::all(), style, out))?;
    } else if let Some(path) = subject.strip_prefix(SETTINGS) {
        let path = path.trim_start_matches('.');
        let found = describe::settings(path);
        if found.is_empty() {
            return Err(usage(&format!(
                "nautform.yaml has no setting '{path}'; 'nautform explain nautform.yaml' lists all"
            )));
        }
        terminal::result(|out| explain::settings(&found, style, out))?;
    } else if let Some(entry) = codes::find(subject) {
        terminal::result(|out| explain::code(entry, style, out))?;
    } else {
        let explanation = describe::explain(subject).map_err(Error::from)?;
        terminal::result(|out| explain::explanation(&explanation, style, out))?;
    }
    Ok(Code::Success)
}

#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// The schema of nautform.yaml instead
    #[arg(long)]
    settings: bool,
}

pub(super) fn schema(args: &SchemaArgs) -> Result<Code> {
    let schema = if args.settings { describe::settings_schema() } else { describe::json_schema() };
    let schema = serde_json::to_string_pretty(&schema).map_err(Error::from)?;
    terminal::result(|out| writeln!(out, "{schema}"))?;
    Ok(Code::Success)
}
