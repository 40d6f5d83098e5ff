//! `nautform forget`.

use clap_complete::ArgValueCompleter;

use nautform::Address;

use super::shared::{StateArgs, Subject, subjects, usage};
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The objects, such as Cluster/host-a; and the directory, instead of --dir
    #[arg(required = true, value_name = "ADDRESS | DIR", add = ArgValueCompleter::new(addresses))]
    subjects: Vec<Subject<Address>>,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let (addresses, dir) = subjects(&args.subjects, &args.state.dir)?;
    if addresses.is_empty() {
        return Err(usage("name the objects to forget, such as Cluster/host-a"));
    }
    args.state.open_in(&dir)?.forget(&addresses, args.state.lock.lock_timeout).await?;
    for address in &addresses {
        terminal::say(&format!("{address} is no longer managed; the object itself was not changed."));
    }
    terminal::say("Remove the manifests, too: the next apply takes every declared object into the state.");
    Ok(Code::Success)
}
