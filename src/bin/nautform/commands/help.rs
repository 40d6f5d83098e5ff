//! `nautform completion` and `nautform man`: made from the same definition as `--help`.

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::args::{Cli, Completion, Man, Shell};
use crate::exit::Code;
use crate::{completion, terminal};

pub(super) fn completion(args: &Completion) -> anyhow::Result<Code> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Elvish => &Elvish,
        Shell::Powershell => &Powershell,
    };
    terminal::result(|out| completion::script(shell, out))?;
    Ok(Code::Success)
}

pub(super) fn man(args: &Man) -> anyhow::Result<Code> {
    let directory = &args.directory;
    std::fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    clap_mangen::generate_to(Cli::command(), directory)
        .with_context(|| format!("cannot write the pages to {}", directory.display()))?;
    Ok(Code::Success)
}
