//! `nautform apply` and `nautform destroy`.

use nautform::client::Writer;
use nautform::ops::apply::{Leave, apply, leave};
use nautform::ops::plan::{PlanOptions, plan};
use nautform::plan::{Mode, Plan};
use nautform::report::text::{self, View};
use nautform::state::{LockInfo, State, Store};

use crate::args::{Apply, ApplyFormat};
use crate::connection::{self, Connected};
use crate::exit::Code;
use crate::reporters::Reporters;
use crate::{signals, terminal};

pub(super) async fn run(args: &Apply, mode: Mode) -> anyhow::Result<Code> {
    if args.format == ApplyFormat::Ndjson && !args.auto_approve {
        anyhow::bail!("--format ndjson can't ask: add --auto-approve");
    }
    let Some(loaded) = super::loaded(&args.manifests)? else { return Ok(Code::Error) };
    let mut connected = connection::connect(&args.manifests, &args.connection).await?;
    let mut store = connected.store.take().unwrap_or_else(connection::no_store);
    store.lock(&lock_info(mode), args.lock_timeout).await?;
    let result = locked(args, mode, &loaded, &connected, store.as_mut()).await;
    store.unlock().await?;
    connected.close().await;
    result
}

async fn locked(
    args: &Apply,
    mode: Mode,
    loaded: &nautform::ops::validate::Validated,
    connected: &Connected,
    store: &mut dyn Store,
) -> anyhow::Result<Code> {
    let known = store.load().await?;
    let mut state = known.unwrap_or_else(new_state);
    let remembered = (!args.connection.stateless).then_some(&state);
    let writer = Writer::new(std::sync::Arc::clone(&connected.transport));
    let options = PlanOptions { mode, drift: true, discover: false, refresh: connected.refresh.clone() };
    let planned = tokio::select! {
        planned = plan(&loaded.configuration, remembered, writer.reader(), &options) => planned?,
        _ = signals::wait() => return Ok(Code::Interrupted),
    };
    let view = View {
        style: terminal::output_style(),
        sources: Some(&loaded.manifests.sources),
        destroy: mode == Mode::Destroy,
        ..View::default()
    };
    if args.format == ApplyFormat::Text {
        terminal::result(|out| text::plan(&planned.plan, &view, out))?;
    }
    match leave(&planned.plan) {
        Leave::Granted => {}
        Leave::Refused => return Ok(Code::Refused),
        Leave::Impossible => return Ok(Code::Error),
    }
    if !planned.plan.summary().is_empty() && !agreed(args, mode)? {
        terminal::say("\nApply cancelled.");
        return Ok(Code::Error);
    }
    carry_out(args, mode, &planned.plan, &writer, connected, store, &mut state).await
}

async fn carry_out(
    args: &Apply,
    mode: Mode,
    plan: &Plan,
    writer: &Writer,
    connected: &Connected,
    store: &mut dyn Store,
    state: &mut State,
) -> anyhow::Result<Code> {
    let mut options = connected.apply.clone();
    options.patience.sync_timeout = args.sync_timeout.unwrap_or(options.patience.sync_timeout);
    options.patience.delete_timeout = args.delete_timeout.unwrap_or(options.patience.delete_timeout);
    let mut reporters = Reporters::new(args, plan, options.patience.sync_timeout)?;
    let outcomes = apply(plan, writer, store, state, &mut reporters, signals::stop(), &options).await;
    reporters.end(&outcomes, mode == Mode::Destroy)?;
    let done = outcomes.summary();
    Ok(match () {
        () if outcomes.state_error.is_some() => Code::StateNotSaved,
        () if outcomes.interrupted => Code::Interrupted,
        () if outcomes.is_complete() && plan.gaps.is_empty() => Code::Success,
        () if done.is_empty() => Code::Error,
        () => Code::Partial,
    })
}

fn agreed(args: &Apply, mode: Mode) -> std::io::Result<bool> {
    if args.auto_approve {
        return Ok(true);
    }
    terminal::confirm(match mode {
        Mode::Apply => "\nDo you want to perform these actions?",
        Mode::Destroy => "\nDo you really want to destroy all of these objects?",
    })
}

/// A memory for a directory that has none.
pub(super) fn new_state() -> State {
    State::new(uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().simple().to_string())
}

fn lock_info(mode: Mode) -> LockInfo {
    let name = |variable| std::env::var(variable).unwrap_or_default();
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    LockInfo {
        id: uuid::Uuid::new_v4().to_string(),
        operation: if mode == Mode::Apply { "apply" } else { "destroy" }.to_owned(),
        info: name("CI_JOB_URL"),
        who: format!("{}@{} (process {})", name("USER"), host.trim(), std::process::id()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created: jiff::Timestamp::now().to_string(),
        path: String::new(),
    }
}
