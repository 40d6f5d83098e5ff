//! `nautform graph`.

use clap::ValueEnum;
use clap_complete::ArgValueCompleter;

use nautform::graph::{Drawing, Drawn, graph};
use nautform::{ConnectOptions, Pattern};

use super::shared::ManifestArgs;
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
    /// Only these objects and what they need; globs such as Cluster/host-* or Product/shop
    #[arg(long, value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    target: Vec<Pattern>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
    /// Mermaid, as GitLab and GitHub draw it in Markdown
    Mermaid,
    /// JSON with a format_version
    Json,
}

pub(super) fn run(args: &Args) -> Result<Code> {
    let validated = args.manifests.open(ConnectOptions::default())?.load()?;
    let drawing = match args.format {
        Format::Dot => Drawing::Dot,
        Format::Mermaid => Drawing::Mermaid,
        Format::Json => Drawing::Json,
    };
    let Drawn { text, note } = graph(&validated.configuration, &args.target, drawing);
    terminal::text(|out| write!(out, "{text}"))?;
    if let Some(note) = note {
        terminal::warning(&format!("{note}; --target draws a part of it"));
    }
    Ok(Code::Success)
}
