//! `nautform state`: shows the state, and edits it under its lock.

mod rebind;

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use clap_complete::ArgValueCompleter;

use nautform::{Address, Session, read_state, write_state};

use super::shared::{PlaceArgs, StateArgs};
use crate::ci_log::Lines;
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  nautform state list fleet
  nautform state show Environment/shop/dev --dir fleet
  nautform state mv Project/shop/api Project/shop/core --dir fleet
  nautform state rebind --add https://nautes.example.com    the same server, by another address
  nautform state rebind --fleet production                  the same fleet, by another name
  nautform state rebind -e prod                             the state of before there were environments";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the managed objects
    List(WholeArgs),
    /// Show the record of an object
    Show(ObjectArgs),
    /// Remove an object from the state without deleting it
    Rm(ObjectArgs),
    /// Rename an object in the state
    Mv(MoveArgs),
    /// Say that another address is the same server, another name the same fleet, or which environment it is
    Rebind(rebind::Args),
    /// Write the state to standard output
    Pull(WholeArgs),
    /// Replace the state with a file
    Push(PushArgs),
}

#[derive(Debug, clap::Args)]
struct WholeArgs {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    state: StateArgs,
}

impl WholeArgs {
    fn open(&self) -> Result<Session> {
        self.state.open_at(&self.place)
    }

    /// How long to wait for the lock.
    const fn lock_timeout(&self) -> Duration {
        self.state.lock.lock_timeout
    }
}

#[derive(Debug, clap::Args)]
struct ObjectArgs {
    /// Such as Cluster/host-a or Environment/shop/dev
    #[arg(add = ArgValueCompleter::new(addresses))]
    address: Address,
    #[command(flatten)]
    whole: WholeArgs,
}

#[derive(Debug, clap::Args)]
struct MoveArgs {
    /// The address it has
    #[arg(add = ArgValueCompleter::new(addresses))]
    from: Address,
    /// The address it gets
    #[arg(add = ArgValueCompleter::new(addresses))]
    to: Address,
    #[command(flatten)]
    whole: WholeArgs,
}

#[derive(Debug, clap::Args)]
struct PushArgs {
    /// The file, as `state pull` or a failed apply wrote it
    file: PathBuf,
    /// Push another fleet or lineage, an older serial or another state of the same serial, too
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    whole: WholeArgs,
}

pub(super) async fn run(args: Args) -> Result<Code> {
    match args.command {
        Command::List(args) => {
            let state = args.open()?.state().await?;
            terminal::text(|out| state.records.keys().try_for_each(|address| writeln!(out, "{address}")))?;
        }
        Command::Pull(args) => {
            let state = args.open()?.state().await?;
            terminal::lines(Lines::Json, |out| out.write_all(&write_state(&state)))?;
        }
        Command::Show(ObjectArgs { address, whole }) => {
            let record = whole.open()?.record(&address).await?;
            terminal::lines(Lines::Json, |out| writeln!(out, "{record}"))?;
        }
        Command::Rm(ObjectArgs { address, whole }) => {
            whole.open()?.forget(std::slice::from_ref(&address), whole.lock_timeout()).await?;
            terminal::say(&format!("{address} is no longer managed; the object itself was not changed."));
        }
        Command::Mv(MoveArgs { from, to, whole }) => {
            whole.open()?.rename(&from, &to, whole.lock_timeout()).await?;
        }
        Command::Push(PushArgs { file, force, whole }) => {
            let session = whole.open()?;
            session.push(read_state(&file)?, force, whole.lock_timeout()).await?;
        }
        Command::Rebind(args) => return rebind::run(&args).await,
    }
    Ok(Code::Success)
}
