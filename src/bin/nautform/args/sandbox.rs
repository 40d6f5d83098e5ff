//! Arguments of `nautform sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use nautform::config::settings::duration;

#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Keep the data in a file
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// How long each request takes
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) latency: Duration,
    /// How long Kubernetes takes to see a saved cluster
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) sync_lag: Duration,
    /// Let clones collide that start in the same second
    #[arg(long)]
    pub(crate) collisions: bool,
    /// How many of a hundred pushes lose a race
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    pub(crate) push_conflicts: u8,
    /// How long GitLab takes to delete
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) delete_lag: Duration,
    /// How long the refresh of a host occupies the tenant repository
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) host_refresh: Duration,
    /// How many of a hundred requests fail, each in one of many ways
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    pub(crate) faults: u8,
    /// Seed of everything that chance decides
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// The only token that is let in; without one, any is
    #[arg(long, env = "NAUTFORM_SANDBOX_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
}
