//! `nautform completion`.

use clap::ValueEnum;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::completion;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  source <(nautform completion bash)      in ~/.bashrc
  source <(nautform completion zsh)       in ~/.zshrc
  nautform completion fish | source       in ~/.config/fish/config.fish
  nautform completion powershell | Out-String | Invoke-Expression

The script calls nautform for the completions: commands, options, kinds and
fields, and the addresses of the directory's manifests and of its local state.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Shells that have completions.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    // Without texts, so that help lists them in one line.
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

pub(super) fn run(args: &Args) -> Result<Code> {
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
