//! The switches of the sandbox: how fast it is, how late others see a change, which errors it makes, and
//! which tokens it accepts.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::sandbox::http::faults::Faults;
use crate::sandbox::model::Breakdowns;
use crate::sandbox::random::DurationRange;

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

/// A component of the third-party list of a platform (§3.4), as its ConfigMap has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThirdPartyComponent {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its type: `gateway`, `eventListener`.
    pub kind: String,
    /// Whether a cluster has it that names none.
    pub default: bool,
    /// Its properties: name, default, whether they are required.
    pub properties: Vec<(String, Option<String>, bool)>,
}

/// All switches. The default has no lag, no collisions, no faults and accepts any non-empty token.
#[derive(Clone)]
pub struct Options {
    /// How long a request takes: the HTTP server sleeps that long, and clones live that long (§8.2).
    pub latency: DurationRange,
    /// How much longer a write takes than a read: the server clones for both, and pushes and checks for a
    /// write.
    pub write_latency: Duration,
    /// How long a request to GitLab itself takes.
    pub gitlab_latency: DurationRange,
    /// Where GitLab is, without a slash at the end; the HTTP server sets its own address.
    pub gitlab_url: Option<String>,
    /// How long Kubernetes takes to see what git has (§4.3, §5).
    pub sync_lag: Duration,
    /// Whether two requests that clone in the same second collide (§8.2).
    pub clone_collisions: bool,
    /// The time between the two clones of a CodeRepo or binding DELETE: 20 ms to seconds were seen (§8.2).
    pub clone_gap: DurationRange,
    /// How many of a hundred pushes lose a race (§8.3).
    pub push_conflict_percent: u8,
    /// How long GitLab takes to delete a group or a project (§4.1 DELETE).
    pub deletion_lag: Duration,
    /// How long the refresh of the host occupies the tenant repository after a write of a virtual cluster
    /// (§3.5).
    pub host_refresh: Duration,
    /// Whether the refresh of deploy-key permissions is denied: 200 with `[warning]`, or 403 for bindings
    /// (§2.4, §4.5).
    pub refresh_denied: bool,
    /// Whether what the server leaves to chance varies from request to request: the order of products, which
    /// of several violations is reported, the text of a collision (§4.0, §4.1, §8.2).
    pub shuffle: bool,
    /// Addresses of host names; an empty one means that the name does not resolve (§3.4).
    pub dns: BTreeMap<String, String>,
    /// The third-party list; `None` for that of v0.4.2.
    pub components: Option<Vec<ThirdPartyComponent>>,
    /// The hooks on offer; `None` accepts any name, because which ones exist is the site's affair (§4.6).
    pub hooks: Option<Vec<HookMetadata>>,
    /// The only token that is let in; `None` lets in any (§2.2).
    pub required_token: Option<String>,
    /// A token that may read but not push, create or delete (§8.3).
    pub read_only_token: Option<String>,
    /// Seed of everything that chance decides.
    pub seed: u64,
    /// Breakdowns of the server itself.
    pub breakdowns: Breakdowns,
    /// Whether checked writes get slower with the size of the product: the server asks Kubernetes for each of
    /// its resources, ten times at once and then five times a second.
    pub slow_checks: bool,
    /// How long GitLab only marks a deleted group or project before it deletes it: days on a current one
    /// (§4.1 DELETE).
    pub deletion_delay: Duration,
    /// Faults of the transport and of GitLab, git and Kubernetes behind the server.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            latency: DurationRange::default(),
            write_latency: Duration::ZERO,
            gitlab_latency: DurationRange::default(),
            gitlab_url: None,
            sync_lag: Duration::ZERO,
            clone_collisions: false,
            clone_gap: Duration::from_millis(700).into(),
            push_conflict_percent: 0,
            deletion_lag: Duration::ZERO,
            host_refresh: Duration::ZERO,
            refresh_denied: false,
            shuffle: false,
            dns: BTreeMap::new(),
            components: None,
            hooks: None,
            required_token: None,
            read_only_token: None,
            seed: 0,
            breakdowns: Breakdowns::default(),
            slow_checks: false,
            deletion_delay: Duration::ZERO,
            faults: Faults::default(),
        }
    }
}

impl Options {
    /// The URL of a project's repository.
    pub(crate) fn http_url(&self, path: &str) -> String {
        let gitlab = self.gitlab_url.as_deref().unwrap_or("https://gitlab.sandbox");
        format!("{gitlab}/{path}.git")
    }

    /// The same for SSH.
    #[expect(clippy::unused_self, reason = "goes with http_url")]
    pub(crate) fn ssh_url(&self, path: &str) -> String {
        format!("ssh://git@gitlab.sandbox:2222/{path}.git")
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The tokens are not shown.
        f.debug_struct("Options")
            .field("seed", &self.seed)
            .field("breakdowns", &self.breakdowns)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
