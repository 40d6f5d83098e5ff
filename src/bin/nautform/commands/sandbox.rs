//! `nautform sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use nautform::config::settings::duration;
use nautform::sandbox::server::Server;
use nautform::sandbox::{Faults, Options, World};

use crate::exit::Code;
use crate::failure::Result;
use crate::{signals, terminal};

const EXAMPLES: &str = "\
The first line of the output is the server's URL. Ctrl-C ends it.

Example:
  nautform sandbox --listen 127.0.0.1:8000 --data sandbox.json --latency 200ms";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Keep the data in a file
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// How long each request takes
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    latency: Duration,
    /// How long Kubernetes takes to see a saved cluster
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    sync_lag: Duration,
    /// Make clones fail that start in the same second
    #[arg(long)]
    collisions: bool,
    /// Percentage of pushes that conflict with another
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    push_conflicts: u8,
    /// How long GitLab takes to delete
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    delete_lag: Duration,
    /// How long the refresh of a host occupies the tenant repository
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    host_refresh: Duration,
    /// Percentage of requests that fail, each in one of many ways
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    faults: u8,
    /// Seed of all random decisions
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The only token that is accepted; without one, any is
    #[arg(long, env = "NAUTFORM_SANDBOX_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
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
