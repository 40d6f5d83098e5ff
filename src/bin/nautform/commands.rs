//! One file for each command: arguments in, an exit code out.

mod adopt;
mod apply;
mod comment;
mod describe;
mod drift;
mod export;
mod graph;
mod help;
mod init;
mod plan;
#[cfg(feature = "sandbox")]
mod sandbox;
mod saved;
mod show;
mod state;
mod validate;

use std::pin::pin;

use futures_util::future::{Either, select};

use nautform::config::settings;
use nautform::model::ci::{self, CodeHost};
use nautform::render::markdown::Note;
use nautform::session::validate::{Validated, validate as load};

use crate::args::{self, Cli, Command, Manifests};
use crate::connection::{Connected, Prefetched};
use crate::exit::Code;
use crate::fleet::Fleet;
use crate::reporters::timestamp;
use crate::{connection, signals, terminal};

/// Runs what was typed.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<Code> {
    match cli.command {
        Command::Init(args) => init::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Plan(args) => abandoned_by_signal(plan::run(&args)).await,
        Command::Apply(args) => apply::run(&args, nautform::plan::Mode::Apply).await,
        Command::Destroy(args) => apply::run(&args, nautform::plan::Mode::Destroy).await,
        Command::Drift(args) => abandoned_by_signal(drift::run(&args)).await,
        Command::Export(args) => abandoned_by_signal(export::run(&args)).await,
        Command::Comment(args) => abandoned_by_signal(comment::run(&args)).await,
        Command::Show(args) => show::run(&args),
        Command::Adopt(args) => adopt::run(&args).await,
        Command::Forget(args) => state::forget(&args).await,
        Command::State(args) => state::run(args.command).await,
        Command::ForceUnlock(args) => state::force_unlock(&args).await,
        Command::Graph(args) => graph::run(&args),
        Command::Schema => describe::schema(),
        Command::Explain(args) => describe::explain(&args),
        Command::Completion(args) => help::completion(&args),
        Command::Man(args) => help::man(&args),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => sandbox::run(&args).await,
    }
}

/// Reads are abandoned at once.
async fn abandoned_by_signal(work: impl Future<Output = anyhow::Result<Code>>) -> anyhow::Result<Code> {
    tokio::select! {
        result = work => result,
        _ = signals::wait() => Ok(signals::interruption()),
    }
}

/// Loads the manifests and shows all complaints; `None` if there are errors.
fn loaded(args: &Manifests) -> anyhow::Result<Option<Validated>> {
    Ok(shown(checked(args, connection::load_settings(&args.dir))?))
}

/// Connects, and loads the manifests while what the state names is read (if all of the fleet is wanted); `None` if the manifests
/// have errors.
async fn begin(
    manifests: &Manifests,
    connection: &args::Connection,
    selecting: &args::Selecting,
) -> anyhow::Result<Option<(Connected, Validated, Prefetched)>> {
    let is_whole = selecting.complete || !Fleet::of(&manifests.dir).is_part;
    let read = connection::load_settings(&manifests.dir);
    if read.diagnostics.has_errors() {
        return Ok(shown(checked(manifests, read)?).and(None));
    }
    let mut connected = match connection::connect(manifests, connection, &read.settings).await {
        Ok(connected) => connected,
        // What is wrong with the manifests can be said without a server.
        Err(error) => return shown(checked(manifests, read)?).map_or(Ok(None), |_| Err(error)),
    };
    let prefetch = connected.prefetch(selecting.is_all() && is_whole);
    let begun = loaded_beside(manifests, read, prefetch).await?;
    Ok(begun.map(|(loaded, prefetched)| (connected, loaded, prefetched)))
}

/// Loads the manifests while something else is done that needs none. If they have errors, the rest is abandoned; if both fail, the
/// manifests' complaints are what is shown.
async fn loaded_beside<T>(
    args: &Manifests,
    settings: settings::Loaded,
    other: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<Option<(Validated, T)>> {
    let args = args.clone();
    let loading = tokio::task::spawn_blocking(move || checked(&args, settings));
    match select(loading, pin!(other)).await {
        Either::Left((loaded, other)) => match shown(loaded??) {
            Some(loaded) => Ok(Some((loaded, other.await?))),
            None => Ok(None),
        },
        Either::Right((other, loading)) => match shown(loading.await??) {
            Some(loaded) => Ok(Some((loaded, other?))),
            None => Ok(None),
        },
    }
}

fn checked(args: &Manifests, settings: settings::Loaded) -> anyhow::Result<Validated> {
    let (input, options) = connection::input(args)?;
    Ok(load(&input, &options, settings, connection::today()))
}

/// Shows all complaints; `None` if there are errors.
fn shown(validated: Validated) -> Option<Validated> {
    terminal::complaints(&validated.manifests.diagnostics, &validated.manifests.sources);
    (!validated.manifests.diagnostics.has_errors()).then_some(validated)
}

/// How notes for merge requests are written: short enough for the host that runs the job.
fn note<'a>(label: &'a str, link: Option<&'a str>) -> Note<'a> {
    let github = CodeHost::GitHub.runs_job(&connection::environment);
    let host = if github { CodeHost::GitHub } else { CodeHost::GitLab };
    Note { label, link, hints: crate::hints::words, limit: host.note_limit() }
}

/// Where the whole log of this run is, in CI.
fn job() -> Option<String> {
    ci::job_url(&connection::environment)
}
