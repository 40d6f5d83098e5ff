//! `nautform force-unlock`.

use std::path::Path;

use super::shared::{PlaceArgs, StateArgs};
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The lock's ID, as the error of the refused command shows it; some http servers show none, and free a
    /// lock only without one
    id: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let is_place = |id: &str| args.place.place.is_none() && Path::new(id).is_dir();
    let (id, place) = match &args.id {
        Some(dir) if is_place(dir) => (None, PlaceArgs { place: Some(dir.into()) }),
        id => (id.as_deref(), args.place.clone()),
    };
    args.state.open_at(&place)?.force_unlock(id).await?;
    terminal::say("The lock was removed.");
    Ok(Code::Success)
}
