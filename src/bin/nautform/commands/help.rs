//! `nautform completion` and `nautform man`: made from the same definition as `--help`.

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::{Cli, Completion, Man};
use crate::exit::Code;
use crate::terminal;

pub(super) fn completion(args: &Completion) -> anyhow::Result<Code> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "nautform", &mut script);
    terminal::result(|out| out.write_all(&script))?;
    Ok(Code::Success)
}

pub(super) fn man(args: &Man) -> anyhow::Result<Code> {
    let directory = &args.directory;
    std::fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    clap_mangen::generate_to(Cli::command(), directory)
        .with_context(|| format!("cannot write the pages to {}", directory.display()))?;
    Ok(Code::Success)
}
