//! The switches of the sandbox: how fast, how eventual, how unlucky it is, and whom it lets in.

use std::collections::BTreeMap;
use std::fmt;

use crate::sandbox::http::faults::Faults;

/// One hook that the pipeline component of the clusters offers (§4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookMetadata {
    /// Its name.
    pub name: String,
    /// Whether it may run before the pipeline.
    pub pre: bool,
    /// Whether it may run after the pipeline.
    pub post: bool,
    /// The event sources it supports (`gitlab`, `calendar`); empty for all.
    pub event_sources: Vec<String>,
}

/// All switches. The default has no lag, no collisions, no faults and accepts any non-empty token.
#[derive(Clone)]
pub struct Options {
    /// How long a request takes, in milliseconds: the shell sleeps that long, and clones live that long (§8.2).
    pub latency_ms: u64,
    /// How long Kubernetes takes to see what git has, in milliseconds (§4.3, §5).
    pub sync_lag_ms: u64,
    /// Whether two requests that clone in the same second collide (§8.2).
    pub clone_collisions: bool,
    /// The time between the two clones of a CodeRepo or binding DELETE, in milliseconds (§8.2).
    pub clone_gap_ms: u64,
    /// How many of a hundred pushes lose a race (§8.3).
    pub push_conflict_percent: u8,
    /// How long GitLab takes to delete a group or a project, in milliseconds (§4.1 DELETE).
    pub deletion_lag_ms: u64,
    /// How long the refresh of the host occupies the tenant repository after a write of a virtual cluster (§3.5).
    pub host_refresh_ms: u64,
    /// Whether the refresh of deploy-key permissions is denied: 200 with `[warning]`, or 403 for bindings (§2.4, §4.5).
    pub refresh_denied: bool,
    /// Whether the orders that the server leaves to chance vary from request to request (§4.0, §4.1).
    pub shuffle: bool,
    /// Addresses of host names; an empty one means that the name does not resolve (§3.4).
    pub dns: BTreeMap<String, String>,
    /// The hooks on offer; `None` accepts any name, because which ones exist is the site's affair (§4.6).
    pub hooks: Option<Vec<HookMetadata>>,
    /// The only token that is let in; `None` lets in any (§2.2).
    pub required_token: Option<String>,
    /// A token that may read but not push, create or delete (§8.3).
    pub read_only_token: Option<String>,
    /// Seed of everything that chance decides.
    pub seed: u64,
    /// Faults of the transport and of GitLab, git and Kubernetes behind the server.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            latency_ms: 0,
            sync_lag_ms: 0,
            clone_collisions: false,
            clone_gap_ms: 700,
            push_conflict_percent: 0,
            deletion_lag_ms: 0,
            host_refresh_ms: 0,
            refresh_denied: false,
            shuffle: false,
            dns: BTreeMap::new(),
            hooks: None,
            required_token: None,
            read_only_token: None,
            seed: 0,
            faults: Faults::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("latency_ms", &self.latency_ms)
            .field("sync_lag_ms", &self.sync_lag_ms)
            .field("clone_collisions", &self.clone_collisions)
            .field("push_conflict_percent", &self.push_conflict_percent)
            .field("deletion_lag_ms", &self.deletion_lag_ms)
            .field("host_refresh_ms", &self.host_refresh_ms)
            .field("seed", &self.seed)
            .field("faults", &self.faults)
            .field("required_token", &self.required_token.as_ref().map(|_| "[redacted]"))
            .field("read_only_token", &self.read_only_token.as_ref().map(|_| "[redacted]"))
            .finish_non_exhaustive()
    }
}

/// A number that depends on the seed, the request and the purpose only (splitmix64).
pub(crate) fn chance(seed: u64, number: u64, purpose: u64) -> u64 {
    let mut z = seed
        .wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(purpose.wrapping_mul(0xD1B5_4A32_D192_ED03))
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
