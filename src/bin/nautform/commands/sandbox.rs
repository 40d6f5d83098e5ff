//! `nautform sandbox`.

use std::time::Duration;

use anyhow::Context as _;

use nautform::sandbox::server::Server;
use nautform::sandbox::{Faults, Options, World};

use crate::args::Sandbox;
use crate::exit::Code;
use crate::{signals, terminal};

pub(super) async fn run(args: &Sandbox) -> anyhow::Result<Code> {
    let options = Options {
        latency_ms: millis(args.latency),
        sync_lag_ms: millis(args.sync_lag),
        clone_collisions: args.collisions,
        push_conflict_percent: args.push_conflicts,
        deletion_lag_ms: millis(args.delete_lag),
        host_refresh_ms: millis(args.host_refresh),
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

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
