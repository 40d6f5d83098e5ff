//! `nautform sandbox`.

use anyhow::Context as _;

use nautform::sandbox::server::Server;
use nautform::sandbox::{Faults, Options, World};

use crate::args::Sandbox;
use crate::exit::Code;
use crate::{signals, terminal};

pub(super) async fn run(args: &Sandbox) -> anyhow::Result<Code> {
    let options = Options {
        latency: args.latency.into(),
        sync_lag: args.sync_lag,
        clone_collisions: args.collisions,
        push_conflict_percent: args.push_conflicts,
        deletion_lag: args.delete_lag,
        host_refresh: args.host_refresh,
        required_token: args.token.clone(),
        seed: args.seed,
        faults: Faults { percent: args.faults, ..Faults::default() },
        ..Options::default()
    };
    let world = World::new(options.clone());
    let server = Server::start(args.listen, world, options, args.data.clone())
        .await
        .context("cannot start the sandbox")?;
    terminal::result(|out| writeln!(out, "{}", server.url()))?;
    signals::wait().await;
    server.shutdown().await.context("cannot save the sandbox's data")?;
    Ok(Code::Success)
}
