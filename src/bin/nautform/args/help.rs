//! Arguments of the commands that explain nautform itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;

use crate::completion::fields;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A kind, or a field of it: Cluster, env.cluster, CodeRepo.git.gitlab; without it, all kinds
    #[arg(value_name = "KIND[.FIELD]", add = ArgValueCompleter::new(fields))]
    pub(crate) path: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Shells that ask for completions.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shell {
    // Without texts, so that help lists them in one line.
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Where the pages go
    pub(crate) directory: PathBuf,
}
