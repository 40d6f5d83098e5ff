//! What a real server was seen to do wrong by itself: writes that are half done, deaths, hangs. All of it is
//! off by default.
//!
//! Half-done work does not show in the API. The world keeps a list of what is missing behind it
//! ([`Incomplete`]); sending the same object once more, with success, completes it.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sandbox::api::{Kind, Method, Request, Target};
use crate::sandbox::http::faults::Matcher;
use crate::sandbox::random::{Purpose, is_hit};

/// One thing that goes wrong in a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakdown {
    /// GitLab refuses the deploy keys of a CodeRepo after its configuration was pushed: an error, and no
    /// keys.
    HalfMade,
    /// The process crashes after the push: no reply, and what comes after the push is missing.
    DiesInWrite,
    /// The process crashes right after its reply.
    DiesAfterWrite,
    /// The write never answers, nor does any later write of a CodeRepo or a binding until the server
    /// restarts. The configuration is pushed.
    Hangs,
}

/// How often the server breaks down, in percent of the requests that can be hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakdowns {
    /// POSTs of CodeRepos that are half made.
    pub half_made: u8,
    /// Writes that crash the server after the push.
    pub dies_in_write: u8,
    /// Writes that crash the server after its reply.
    pub dies_after_write: u8,
    /// POSTs of CodeRepos and bindings that hang.
    pub hangs: u8,
    /// DELETEs of CodeRepos in a project with three or more that crash the server, most of them half done: 39
    /// were seen.
    pub dies_of_deletes: u8,
    /// Writes of CodeRepos and bindings that crash the server after the reply, in a product with a half-made
    /// CodeRepo.
    pub dies_of_missing_keys: u8,
    /// How long the server is away after it died.
    pub restart: Duration,
    /// Breakdowns for the first write that matches each entry.
    pub script: VecDeque<(Matcher, Breakdown)>,
}

impl Default for Breakdowns {
    fn default() -> Breakdowns {
        Breakdowns {
            half_made: 0,
            dies_in_write: 0,
            dies_after_write: 0,
            hangs: 0,
            dies_of_deletes: 0,
            dies_of_missing_keys: 0,
            restart: Duration::from_secs(1),
            script: VecDeque::new(),
        }
    }
}

impl Breakdowns {
    /// The breakdown of a request, by the script or by chance; takes it off the script.
    pub(crate) fn pick(
        &mut self,
        seed: u64,
        number: u64,
        request: &Request,
        target: &Target,
    ) -> Option<Breakdown> {
        if !request.is_write() {
            return None;
        }
        if let Some(position) = self.script.iter().position(|(matcher, _)| matcher.matches(request)) {
            return self.script.remove(position).map(|(_, breakdown)| breakdown);
        }
        let post = request.method == Method::Post;
        let is_code_repo = target.kind == Kind::CodeRepo;
        let with_keys = is_code_repo || target.kind == Kind::CodeRepoBinding;
        let choices = [
            (Breakdown::HalfMade, self.half_made, post && is_code_repo, Purpose::HalfMade),
            (Breakdown::Hangs, self.hangs, post && with_keys, Purpose::Hangs),
            (Breakdown::DiesInWrite, self.dies_in_write, true, Purpose::DiesInWrite),
            (Breakdown::DiesAfterWrite, self.dies_after_write, true, Purpose::DiesAfterWrite),
        ];
        let mut choices = choices.into_iter();
        let hit = choices
            .find(|(_, percent, possible, purpose)| *possible && is_hit(*percent, seed, number, *purpose));
        hit.map(|(breakdown, ..)| breakdown)
    }
}

/// What is missing behind the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Incomplete {
    /// The deploy key of the configuration repository and the grant of Argo CD, by group id.
    Product(u64),
    /// Deploy keys, access token and secrets of a CodeRepo, by project id.
    CodeRepo(u64),
    /// The files of a virtual cluster at its host.
    VirtualCluster(String),
}

/// How a request ends on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With its reply.
    #[default]
    Reply,
    /// The connection breaks.
    Reset,
    /// Nothing ever comes.
    Hang,
}
