//! `nautform forget`.

use clap_complete::ArgValueCompleter;

use nautform::Address;

use super::shared::StateArgs;
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The objects, such as Cluster/host-a
    #[arg(required = true, value_name = "ADDRESS", add = ArgValueCompleter::new(addresses))]
    addresses: Vec<Address>,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    args.state.open()?.forget(&args.addresses, args.state.lock.lock_timeout).await?;
    for address in &args.addresses {
        terminal::say(&format!("{address} is no longer managed; the object itself was not changed."));
    }
    terminal::say("Remove the manifests, too: the next apply takes every declared object into the state.");
    Ok(Code::Success)
}
