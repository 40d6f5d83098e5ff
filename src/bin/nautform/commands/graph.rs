//! `nautform graph`.

use clap::ValueEnum;

use nautform::ConnectOptions;
use nautform::graph::{Drawing, graph};

use super::shared::ManifestArgs;
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
    terminal::text(|out| write!(out, "{}", graph(&validated.configuration, drawing)))?;
    Ok(Code::Success)
}
