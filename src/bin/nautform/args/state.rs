//! Arguments of the commands that look at the state or edit it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;

use nautform::config::settings::duration;
use nautform::resource::Address;

use crate::completion::addresses;

#[derive(Debug, Args)]
pub(crate) struct State {
    #[command(subcommand)]
    pub(crate) command: StateCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List the managed objects
    List(StateOf),
    /// Show what is remembered of an object
    Show(StateObject),
    /// Forget an object without deleting it
    Rm(StateObject),
    /// Rename an object in the state
    Mv(StateMove),
    /// Write the state to standard output
    Pull(StateOf),
    /// Replace the state by a file
    Push(StatePush),
}

#[derive(Debug, Args)]
pub(crate) struct StateOf {
    /// The directory of manifests
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The state of a sandbox instead
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) sandbox: Option<String>,
    /// How long to wait for the state's lock
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) lock_timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct StateObject {
    /// Such as Cluster/host-a or Environment/shop/dev
    #[arg(add = ArgValueCompleter::new(addresses))]
    pub(crate) address: Address,
    #[command(flatten)]
    pub(crate) of: StateOf,
}

#[derive(Debug, Args)]
pub(crate) struct StateMove {
    /// The address it has
    #[arg(add = ArgValueCompleter::new(addresses))]
    pub(crate) from: Address,
    /// The address it gets
    #[arg(add = ArgValueCompleter::new(addresses))]
    pub(crate) to: Address,
    #[command(flatten)]
    pub(crate) of: StateOf,
}

#[derive(Debug, Args)]
pub(crate) struct StatePush {
    /// The file, as `state pull` or a failed apply wrote it
    pub(crate) file: PathBuf,
    /// Push another lineage or an older serial, too
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) of: StateOf,
}

#[derive(Debug, Args)]
pub(crate) struct ForceUnlock {
    /// The lock's ID, as the refused command named it
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) of: StateOf,
}

#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The objects, such as Cluster/host-a
    #[arg(required = true, value_name = "ADDRESS", add = ArgValueCompleter::new(addresses))]
    pub(crate) addresses: Vec<Address>,
    #[command(flatten)]
    pub(crate) of: StateOf,
}
