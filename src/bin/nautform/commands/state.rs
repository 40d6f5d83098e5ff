//! `nautform state …` and `nautform force-unlock`: looks at the memory, and edits it under its lock.

use anyhow::{Context as _, bail};

use nautform::state::{State, Store, format};

use crate::args::{ForceUnlock, StateCommand, StateOf};
use crate::exit::Code;
use crate::{connection, terminal};

pub(super) async fn run(command: StateCommand) -> anyhow::Result<Code> {
    match command {
        StateCommand::List(of) => list(&of).await?,
        StateCommand::Pull(of) => {
            let state = known(&mut *connection::store_of(&of)?).await?;
            terminal::result(|out| out.write_all(&format::write(&state)))?;
        }
        StateCommand::Show(args) => {
            let state = known(&mut *connection::store_of(&args.of)?).await?;
            let record = state
                .records
                .get(&args.address)
                .with_context(|| format!("{} is not in the state", args.address))?;
            terminal::result(|out| writeln!(out, "{}", format::show_record(record)))?;
        }
        StateCommand::Rm(args) => {
            let address = args.address;
            edit(&args.of, |state| {
                state.intents.remove(&address);
                state
                    .records
                    .remove(&address)
                    .map(drop)
                    .with_context(|| format!("{address} is not in the state"))
            })
            .await?;
            terminal::say(&format!("{address} is no longer managed; the object itself stays as it is."));
        }
        StateCommand::Mv(args) => {
            if args.from.kind() != args.to.kind() {
                bail!("{} and {} are of different kinds", args.from, args.to);
            }
            edit(&args.of, |state| {
                if state.records.contains_key(&args.to) {
                    bail!("{} is in the state already", args.to);
                }
                let record = state
                    .records
                    .remove(&args.from)
                    .with_context(|| format!("{} is not in the state", args.from))?;
                state.records.insert(args.to.clone(), record);
                Ok(())
            })
            .await?;
        }
        StateCommand::Push(args) => {
            let bytes =
                std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
            let pushed = format::read(&bytes).with_context(|| format!("{}", args.file.display()))?;
            edit(&args.of, |state| replace(state, pushed, args.force)).await?;
        }
    }
    Ok(Code::Success)
}

async fn list(of: &StateOf) -> anyhow::Result<()> {
    let state = known(&mut *connection::store_of(of)?).await?;
    terminal::result(|out| state.records.keys().try_for_each(|address| writeln!(out, "{address}")))?;
    Ok(())
}

pub(super) async fn force_unlock(args: &ForceUnlock) -> anyhow::Result<Code> {
    connection::store_of(&args.of)?.force_unlock(&args.id).await?;
    terminal::say("The lock is free.");
    Ok(Code::Success)
}

async fn known(store: &mut dyn Store) -> anyhow::Result<State> {
    let place = store.place();
    store.load().await?.with_context(|| format!("there is no state at {place}"))
}

/// Changes the state under its lock.
async fn edit(of: &StateOf, change: impl FnOnce(&mut State) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut store = connection::store_of(of)?;
    store.lock(&connection::lock_info("state"), of.lock_timeout).await?;
    let mut state = store.load().await?.unwrap_or_else(super::apply::new_state);
    let result = change(&mut state);
    if result.is_ok() {
        store.replace(&mut state).await?;
    }
    store.unlock().await?;
    result
}

/// A pushed state must continue the one that is there, unless it is forced; its serial is always a new one.
fn replace(state: &mut State, pushed: State, force: bool) -> anyhow::Result<()> {
    let is_new = state.records.is_empty() && state.serial == 0;
    if !force && !is_new && pushed.lineage != state.lineage {
        bail!(
            "the file is of another lineage ({} instead of {}); --force pushes it all the same",
            pushed.lineage,
            state.lineage
        );
    }
    if !force && !is_new && pushed.serial < state.serial {
        bail!(
            "the file is older (serial {} instead of {}); --force pushes it all the same",
            pushed.serial,
            state.serial
        );
    }
    let serial = state.serial.max(pushed.serial);
    *state = State { serial, ..pushed };
    Ok(())
}
