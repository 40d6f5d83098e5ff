//! `nautform state …` and `nautform force-unlock`: looks at the memory, and edits it under its lock.

use anyhow::Context as _;

use nautform::state::edit::{self, EditError};
use nautform::state::{State, Store, format};

use crate::args::{ForceUnlock, Forget, StateCommand, StateOf};
use crate::exit::Code;
use crate::{store, terminal};

pub(super) async fn run(command: StateCommand) -> anyhow::Result<Code> {
    match command {
        StateCommand::List(of) => list(&of).await?,
        StateCommand::Pull(of) => {
            let state = known(&mut *store::of(&of)?).await?;
            terminal::result(|out| out.write_all(&format::write(&state)))?;
        }
        StateCommand::Show(args) => {
            let state = known(&mut *store::of(&args.of)?).await?;
            let record = state
                .records
                .get(&args.address)
                .with_context(|| format!("{} is not in the state", args.address))?;
            terminal::result(|out| writeln!(out, "{}", format::show_record(record)))?;
        }
        StateCommand::Rm(args) => {
            edit(&args.of, |state| edit::remove(state, &args.address)).await?;
            let address = args.address;
            terminal::say(&format!("{address} is no longer managed; the object itself stays as it is."));
        }
        StateCommand::Mv(args) => {
            edit(&args.of, |state| edit::rename(state, &args.from, &args.to)).await?;
        }
        StateCommand::Push(args) => {
            let bytes =
                std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
            let pushed = format::read(&bytes).with_context(|| format!("{}", args.file.display()))?;
            edit(&args.of, |state| edit::push(state, pushed, args.force)).await?;
        }
    }
    Ok(Code::Success)
}

/// `nautform forget`: lets go of objects, all of them or none.
pub(super) async fn forget(args: &Forget) -> anyhow::Result<Code> {
    edit(&args.of, |state| args.addresses.iter().try_for_each(|address| edit::remove(state, address)))
        .await?;
    for address in &args.addresses {
        terminal::say(&format!("{address} is no longer managed; the object itself stays as it is."));
    }
    terminal::say("Remove the manifests, too: the next apply takes every declared object into the state.");
    Ok(Code::Success)
}

async fn list(of: &StateOf) -> anyhow::Result<()> {
    let state = known(&mut *store::of(of)?).await?;
    terminal::result(|out| state.records.keys().try_for_each(|address| writeln!(out, "{address}")))?;
    Ok(())
}

pub(super) async fn force_unlock(args: &ForceUnlock) -> anyhow::Result<Code> {
    store::of(&args.of)?.force_unlock(&args.id).await?;
    terminal::say("The lock is free.");
    Ok(Code::Success)
}

async fn known(store: &mut dyn Store) -> anyhow::Result<State> {
    let place = store.place();
    store.load().await?.with_context(|| format!("there is no state at {place}"))
}

/// Changes the state under its lock.
pub(super) async fn edit(
    of: &StateOf,
    change: impl FnOnce(&mut State) -> Result<(), EditError>,
) -> anyhow::Result<()> {
    let mut store = store::of(of)?;
    store.lock(&store::lock_info("state"), of.lock_timeout).await?;
    let result = changed(store.as_mut(), change).await;
    let unlocked = store.unlock().await;
    result?;
    Ok(unlocked?)
}

async fn changed(
    store: &mut dyn Store,
    change: impl FnOnce(&mut State) -> Result<(), EditError>,
) -> anyhow::Result<()> {
    let mut state = store.load().await?.unwrap_or_else(super::apply::new_state);
    change(&mut state)?;
    store.replace(&mut state).await?;
    Ok(())
}
