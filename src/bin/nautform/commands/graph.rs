//! `nautform graph`.

use nautform::session::graph;

use crate::args::{Drawing, Graph};
use crate::exit::Code;
use crate::terminal;

pub(super) fn run(args: &Graph) -> anyhow::Result<Code> {
    let Some(loaded) = super::loaded(&args.manifests)? else { return Ok(Code::Error) };
    let drawing = match args.format {
        Drawing::Dot => graph::Drawing::Dot,
        Drawing::Mermaid => graph::Drawing::Mermaid,
        Drawing::Json => graph::Drawing::Json,
    };
    terminal::result(|out| write!(out, "{}", graph::graph(&loaded.configuration, drawing)))?;
    Ok(Code::Success)
}
