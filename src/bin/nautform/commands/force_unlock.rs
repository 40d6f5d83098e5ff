//! `nautform force-unlock`.

use super::shared::StateArgs;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The lock's ID, as the error of the refused command shows it; some http servers show none, and free a
    /// lock only without one
    id: Option<String>,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    args.state.open()?.force_unlock(args.id.as_deref()).await?;
    terminal::say("The lock was removed.");
    Ok(Code::Success)
}
