//! `nautform explain` and `nautform schema`.

use anyhow::Error;
use clap_complete::ArgValueCompleter;

use nautform::describe;
use nautform::output::text::explain;

use crate::completion::fields;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A kind, or a field of it: Cluster, env.cluster, CodeRepo.git.gitlab; without it, all kinds
    #[arg(value_name = "KIND[.FIELD]", add = ArgValueCompleter::new(fields))]
    path: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Code> {
    let style = terminal::output_style();
    match &args.path {
        None => terminal::result(|out| explain::kinds(&describe::kinds(), style, out))?,
        Some(path) => {
            let explanation = describe::explain(path).map_err(Error::from)?;
            terminal::result(|out| explain::explanation(&explanation, style, out))?;
        }
    }
    Ok(Code::Success)
}

pub(super) fn schema() -> Result<Code> {
    let schema = serde_json::to_string_pretty(&describe::json_schema()).map_err(Error::from)?;
    terminal::result(|out| writeln!(out, "{schema}"))?;
    Ok(Code::Success)
}
