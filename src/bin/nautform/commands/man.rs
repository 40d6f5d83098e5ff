//! `nautform man`: pages made from the same definition as `--help`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory;

use crate::exit::Code;
use crate::failure::Result;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to write the pages
    directory: PathBuf,
}

pub(super) fn run<Cli: CommandFactory>(args: &Args) -> Result<Code> {
    let directory = &args.directory;
    std::fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    clap_mangen::generate_to(Cli::command(), directory)
        .with_context(|| format!("cannot write the pages to {}", directory.display()))?;
    Ok(Code::Success)
}
