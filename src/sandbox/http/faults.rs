//! Faults: what can go wrong between a client and the server, and which request is hit.
//!
//! Which fault hits is decided purely, by the script or by seed and request number. Carrying it out on the
//! wire is the work of the HTTP server.

use std::collections::VecDeque;

use crate::sandbox::api::{ApiError, Method, Request, Response};
use crate::sandbox::random::{Purpose, chance, is_hit, pick};

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset before anything was done.
    ResetBeforeCommit,
    /// The request is carried out, then the connection is reset (§8.4).
    ResetAfterCommit,
    /// Nothing is done and no answer ever comes (§11 item 4).
    Hang,
    /// The request is carried out, but no answer ever comes.
    HangAfterCommit,
    /// 429 with `Retry-After: 1`, from a proxy in front; nothing was done.
    TooManyRequests,
    /// The answer arrives slowly, in small pieces.
    SlowBody,
    /// The answer ends in the middle of its JSON.
    TruncatedJson,
    /// The answer is right but says `text/plain`.
    WrongContentType,
    /// 502 with an HTML page, from a proxy in front; nothing was done.
    HtmlErrorPage,
    /// 302 to a login page; nothing was done.
    Redirect,
    /// The answer never ends.
    EndlessBody,
    /// Two clones in the same second (§8.2); nothing was done.
    CloneCollision,
    /// `failed to push some refs` (§8.3); nothing was done.
    PushRejected,
    /// `cannot lock ref` (§8.6); nothing was done.
    CannotLockRef,
    /// `cannot be merge automatically` (§8.3); nothing was done.
    MergeConflict,
    /// `nothing to commit` (§8.3); nothing was done.
    NothingToCommit,
    /// Kubernetes' optimistic lock on configmap `dex` (§3.5); nothing was done.
    ObjectModified,
    /// `Cluster '…' does not exist or is unavailable` (§4.3); nothing was done.
    ClusterUnavailable,
    /// `get cluster by runtime failed` (§4.6); nothing was done.
    ClusterByRuntime,
    /// `get used namespaces in cluster … failed` (§4.6); nothing was done.
    UsedNamespaces,
    /// `here are multiple project in …` (§4.1); nothing was done.
    MultipleProjects,
    /// GitLab's `has already been taken` (§8.6); nothing was done.
    AlreadyTaken,
    /// A panic of the handler: reason `UNKNOWN` (§2.2); nothing was done.
    Panic,
}

impl Fault {
    /// Every fault, in the order of the enum.
    pub const ALL: [Fault; 23] = [
        Fault::ResetBeforeCommit,
        Fault::ResetAfterCommit,
        Fault::Hang,
        Fault::HangAfterCommit,
        Fault::TooManyRequests,
        Fault::SlowBody,
        Fault::TruncatedJson,
        Fault::WrongContentType,
        Fault::HtmlErrorPage,
        Fault::Redirect,
        Fault::EndlessBody,
        Fault::CloneCollision,
        Fault::PushRejected,
        Fault::CannotLockRef,
        Fault::MergeConflict,
        Fault::NothingToCommit,
        Fault::ObjectModified,
        Fault::ClusterUnavailable,
        Fault::ClusterByRuntime,
        Fault::UsedNamespaces,
        Fault::MultipleProjects,
        Fault::AlreadyTaken,
        Fault::Panic,
    ];

    /// Whether the request is carried out in spite of the fault.
    pub fn commits(self) -> bool {
        matches!(
            self,
            Fault::ResetAfterCommit
                | Fault::HangAfterCommit
                | Fault::SlowBody
                | Fault::TruncatedJson
                | Fault::WrongContentType
                | Fault::EndlessBody
        )
    }

    /// What the server or a proxy says instead of carrying the request out; `None` for faults of the
    /// connection.
    pub(crate) fn answer(self) -> Option<Response> {
        match self {
            Fault::TooManyRequests => {
                Some(Response { retry_after: Some(1), ..Response::new(429, "text/plain", "slow down\n") })
            }
            Fault::HtmlErrorPage => Some(Response::new(
                502,
                "text/html",
                "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad \
                 Gateway</h1></body></html>\n",
            )),
            Fault::Redirect => Some(Response {
                location: Some("/login".to_owned()),
                ..Response::new(302, "text/html", "<a href=\"/login\">Found</a>.\n")
            }),
            _ => self.error().map(|error| Response::error(&error)),
        }
    }

    /// The texts of §8.6.
    fn error(self) -> Option<ApiError> {
        let text = match self {
            Fault::CloneCollision => {
                "failed to clone repository, the repository url: \
                 https://gitlab.sandbox/x/default.project.git, err: failed to clone repository: fatal: \
                 destination path 'default.project' already exists and is not an empty directory.\n"
            }
            Fault::PushRejected => {
                "push data: To https://gitlab.sandbox/x/default.project.git\n ! [rejected]        main -> \
                 main (fetch first)\nerror: failed to push some refs to \
                 'https://gitlab.sandbox/x/default.project.git'\n, err: exit status 1"
            }
            Fault::CannotLockRef => {
                "push data: error: cannot lock ref 'refs/heads/main': is at 1 but expected 0\n, err: exit \
                 status 1"
            }
            Fault::MergeConflict => {
                "when the save configuration cannot be merge automatically, manual approval may be required, \
                 err: merge data: Auto-merging production/kustomization.yaml\nCONFLICT (content): Merge \
                 conflict in production/kustomization.yaml\n, err: exit status 1"
            }
            Fault::NothingToCommit => {
                "commit output: On branch main\nnothing to commit, working tree clean\n, err: exit status 1"
            }
            Fault::ObjectModified => {
                "Operation cannot be fulfilled on configmaps \"dex\": the object has been modified; please \
                 apply your changes to the latest version and try again"
            }
            Fault::ClusterUnavailable => {
                "during global validation, it was found that Cluster 'other' does not exist or is \
                 unavailable. Please check Environment 'other' in directory 'envs'err: \
                 clusters.nautes.resource.nautes.io \"other\" not found"
            }
            Fault::ClusterByRuntime => {
                "verify deployment runtime failed, err: get cluster by runtime failed: \
                 clusters.nautes.resource.nautes.io \"other\" not found"
            }
            Fault::UsedNamespaces => {
                "verify project pipeline runtime failed, err: get used namespaces in cluster other failed: \
                 product product-1 not found"
            }
            Fault::MultipleProjects => "here are multiple project in other, unable to delete",
            Fault::AlreadyTaken => {
                "POST https://gitlab.sandbox/api/v4/groups: 400 {message: {path: [has already been taken]}}"
            }
            Fault::Panic => return Some(ApiError::panic()),
            _ => return None,
        };
        Some(ApiError::plain(text))
    }
}

/// Which requests an entry of the script waits for; the empty matcher takes any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    /// Only this method.
    pub method: Option<Method>,
    /// Only paths that contain this.
    pub path_contains: Option<String>,
}

impl Matcher {
    /// Any request.
    pub fn any() -> Matcher {
        Matcher::default()
    }

    /// Requests with this method whose path contains the text.
    pub fn new(method: Method, path_contains: impl Into<String>) -> Matcher {
        Matcher { method: Some(method), path_contains: Some(path_contains.into()) }
    }

    pub(crate) fn matches(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path_contains.as_ref().is_none_or(|part| request.path().contains(part.as_str()))
    }
}

/// Which faults happen: a script for tests, and chance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// How many of a hundred requests are hit by chance.
    pub percent: u8,
    /// The faults that chance picks from; empty for all.
    pub kinds: Vec<Fault>,
    /// Whether chance spares reads.
    pub writes_only: bool,
    /// Faults to inject, each into the first request that matches and is not yet hit.
    pub script: VecDeque<(Matcher, Fault)>,
}

impl Faults {
    /// The fault of this request; takes it off the script.
    pub(crate) fn pick(&mut self, seed: u64, number: u64, request: &Request) -> Option<Fault> {
        if let Some(position) = self.script.iter().position(|(matcher, _)| matcher.matches(request)) {
            return self.script.remove(position).map(|(_, fault)| fault);
        }
        if self.writes_only && !request.is_write() {
            return None;
        }
        if !is_hit(self.percent, seed, number, Purpose::FaultHits) {
            return None;
        }
        let kinds: &[Fault] = if self.kinds.is_empty() { &Fault::ALL } else { &self.kinds };
        Some(*pick(kinds, chance(seed, number, Purpose::FaultKind)))
    }
}

/// How an answer goes out: what the HTTP server has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Send it.
    Whole(Response),
    /// Send its body slowly, in small pieces.
    Slow(Response),
    /// Send its body and then go on without an end.
    Endless(Response),
    /// Cut the connection without a byte.
    Reset,
    /// Keep the connection open without a byte.
    Hang,
}
