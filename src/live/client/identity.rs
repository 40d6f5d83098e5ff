//! Which server a client talks to, as states, saved plans and baselines name it: its normalised address, or
//! for a sandbox the identity that every reply of it carries. No request is sent to find out.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::header::HeaderMap;
use url::Url;

use crate::model::server_url::{self, normalised, with_host};

/// The header with a sandbox's identity.
const HEADER: &str = "nautform-sandbox";
/// What the name of a sandbox begins with.
const SANDBOX: &str = "sandbox:";

/// A server, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What states, plans and baselines remember.
    pub name: String,
    /// The URL to reach it at, as it was given; `None` for the sandbox of this process.
    pub address: Option<String>,
    /// Whether it has answered: before that, it may turn out to be a sandbox.
    pub is_certain: bool,
}

impl Identity {
    /// The server at a URL, before it has answered; `None` if it is not a URL.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        Some(Self { name: server_url::of(url)?, address: Some(url.to_owned()), is_certain: false })
    }

    /// Whether it is one of these servers, as far as is known yet.
    pub fn is_among(&self, names: &[String]) -> bool {
        let may_be = |name: &String| *name == self.name || (!self.is_certain && is_sandbox(name));
        names.iter().any(may_be)
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.address {
            Some(address) if is_sandbox(&self.name) => write!(f, "{} (at {address})", self.name),
            Some(address) => f.write_str(address),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether a server's name is that of a sandbox.
fn is_sandbox(name: &str) -> bool {
    name.starts_with(SANDBOX)
}

/// What a transport learns about its server.
pub(super) struct Learning {
    address: String,
    /// The address as it was given.
    given: String,
    /// Whether the server is the sandbox of this process.
    is_own: bool,
    sandbox: OnceLock<String>,
    answered: AtomicBool,
}

impl Learning {
    /// Of a server at this URL; `own` if it is the sandbox of this process.
    pub(super) fn new(url: &Url, own: Option<&str>) -> Self {
        let sandbox = own.map_or_else(OnceLock::new, |id| OnceLock::from(id.to_owned()));
        let given = with_host(url, url.host_str().unwrap_or_default());
        let answered = AtomicBool::new(false);
        Self { address: normalised(url), given, is_own: own.is_some(), sandbox, answered }
    }

    /// A reply has come.
    pub(super) fn answered(&self, status: u16, headers: &HeaderMap, is_json: bool) {
        let sandbox = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_id(id));
        if let Some(id) = sandbox {
            // Later ones say the same.
            let _ = self.sandbox.set(id.to_owned());
        }
        // The server says with 500 that an object does not exist (§2.3); other errors may come from a proxy.
        if sandbox.is_some() || status < 500 || (status == 500 && is_json) {
            self.answered.store(true, Ordering::Release);
        }
    }

    /// What is known.
    pub(super) fn identity(&self) -> Identity {
        let sandbox = self.sandbox.get();
        Identity {
            is_certain: sandbox.is_some() || self.answered.load(Ordering::Acquire),
            name: sandbox.map_or_else(|| self.address.clone(), |id| format!("{SANDBOX}{id}")),
            address: (!self.is_own).then(|| self.given.clone()),
        }
    }
}

/// Whether a header's value can be an identity: it gets into states and messages.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(id: &str) -> HeaderMap {
        HeaderMap::from_iter([(reqwest::header::HeaderName::from_static(HEADER), id.parse().unwrap())])
    }

    #[test]
    fn sandbox_is_known_by_its_replies() {
        let url = Url::parse("http://127.0.0.1:4000").unwrap();
        let learning = Learning::new(&url, None);
        let own = vec!["sandbox:1-2".to_owned()];
        let address = vec!["http://localhost:4000".to_owned()];
        let is_among = |learning: &Learning, names: &[String]| learning.identity().is_among(names);
        assert!(is_among(&learning, &own) && is_among(&learning, &address));
        assert!(!is_among(&learning, &["http://other:4000".to_owned()]));
        learning.answered(502, &HeaderMap::new(), true);
        learning.answered(500, &HeaderMap::new(), false);
        assert!(is_among(&learning, &own), "a proxy's error does not say which server it is");
        learning.answered(502, &headers("1-2"), false);
        assert!(is_among(&learning, &own) && !is_among(&learning, &address));
        assert_eq!(learning.identity().to_string(), "sandbox:1-2 (at http://127.0.0.1:4000)");

        let server = Learning::new(&url, None);
        assert_eq!(server.identity().name, "http://localhost:4000");
        assert_eq!(server.identity().to_string(), "http://127.0.0.1:4000", "as it was given");
        server.answered(500, &headers("not\u{20}an id"), true);
        assert!(!is_among(&server, &own) && is_among(&server, &address));
    }
}
