//! Where credentials may be sent. The author of a merge request writes `nautform.yaml`; flags and the
//! environment belong to the owner of the pipeline, and win.
//!
//! Invariants: what `nautform.yaml` names is used only if the owner's list permits it or there is none, and
//! never a server other than the one that the owner named for the same store. Plain HTTP leaves this machine
//! only if the owner permits it.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::http::is_loopback;

use super::environment::Environment;
use super::fleet::directory_of;

/// The variable with the servers that `nautform.yaml` may name.
const ALLOWED: &str = "NAUTFORM_ALLOWED_SERVERS";

/// What the owner of the pipeline decides, whatever the directory says.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Where the settings come from.
    pub settings: SettingsFrom,
    /// Permit plain HTTP to other machines (else `NAUTFORM_ALLOW_HTTP`).
    pub allow_http: bool,
    /// One more directory that secrets and certificates may be in.
    pub secrets: Option<PathBuf>,
}

/// Where the settings come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SettingsFrom {
    /// The fleet's `nautform.yaml`.
    #[default]
    Fleet,
    /// Another file, which is trusted as a flag is.
    File(PathBuf),
    /// No file.
    Nowhere,
}

impl SettingsFrom {
    /// The directory that paths in the settings are relative to. `root` is that of the fleet.
    pub(super) fn directory<'a>(&'a self, root: &'a Path) -> &'a Path {
        match self {
            Self::File(file) => directory_of(file),
            Self::Fleet | Self::Nowhere => root,
        }
    }
}

/// What is reached at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The API server.
    Server,
    /// The store of the state.
    State,
    /// The server's GitLab.
    GitLab,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "API server",
            Self::State => "state store",
            Self::GitLab => "GitLab server",
        })
    }
}

/// An address that credentials are not sent to. URLs are shown as scheme, host and port.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The owner's list lacks it.
    #[error("nautform.yaml names the {endpoint} {server}, which is not in {ALLOWED}")]
    NotAllowed {
        /// What it is for.
        endpoint: Endpoint,
        /// Scheme, host and port.
        server: String,
    },
    /// The owner named another server for the same store.
    #[error("nautform.yaml names {server} for the state store, whose address is set to another server")]
    OtherServer {
        /// Scheme, host and port.
        server: String,
    },
    /// Plain HTTP shows credentials to the network.
    #[error("the {endpoint} {server} is not reached by https: the network could read credentials")]
    PlainHttp {
        /// What it is for.
        endpoint: Endpoint,
        /// Scheme, host and port.
        server: String,
    },
    /// A job's token is for its own GitLab.
    #[error("CI_JOB_TOKEN is not sent to {server}, which is not the GitLab of this job")]
    JobToken {
        /// Scheme, host and port.
        server: String,
    },
}

/// An address, and who chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) by: By,
}

/// Who chose an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// A flag, the environment, or a settings file that a flag names.
    Owner,
    /// `nautform.yaml`.
    Settings,
}

/// The rules for addresses.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    /// `None` if the owner has no list. An empty one permits nothing.
    allowed: Option<Vec<Server>>,
    allow_http: bool,
    settings: By,
}

impl Addresses {
    pub(crate) fn new(trust: &Trust, environment: &Environment) -> Self {
        let list = environment.raw(ALLOWED);
        Self {
            allowed: list.map(|list| Server::list(&list)),
            allow_http: trust.allow_http || environment.allows_http(),
            settings: if trust.settings == SettingsFrom::Fleet { By::Settings } else { By::Owner },
        }
    }

    /// The first address that is given: those of the owner, then that of the settings. Blanks around it do
    /// not count.
    pub(crate) fn first(
        &self,
        of_owner: impl IntoIterator<Item = Option<String>>,
        setting: Option<&String>,
    ) -> Option<Address> {
        let trimmed = |url: &String| url.trim().to_owned();
        let owner = of_owner.into_iter().flatten().find(|url| !url.trim().is_empty());
        let owner = owner.map(|url| Address { url: trimmed(&url), by: By::Owner });
        owner.or_else(|| setting.map(|url| Address { url: trimmed(url), by: self.settings }))
    }

    /// Whether credentials may be sent there. `named` is the address that the owner named for the same
    /// thing, if there is one. What is not a URL, or of neither http nor https, is refused by whatever sends.
    ///
    /// # Errors
    /// If they may not.
    pub(crate) fn check(
        &self,
        endpoint: Endpoint,
        address: &Address,
        named: Option<&Address>,
    ) -> Result<(), AddressError> {
        let Ok(url) = Url::parse(&address.url) else { return Ok(()) };
        let server = shown(&address.url);
        if address.by == By::Settings {
            let named = named.filter(|named| named.by == By::Owner);
            let is_named = named.map(|named| is_same_server(&named.url, &address.url));
            match &self.allowed {
                _ if is_named == Some(true) => {}
                Some(list) if !list.iter().any(|allowed| allowed.is(&url)) => {
                    return Err(AddressError::NotAllowed { endpoint, server });
                }
                None if is_named == Some(false) => return Err(AddressError::OtherServer { server }),
                _ => {}
            }
        }
        let is_plain = url.scheme() == "http" && !is_loopback(&url);
        if is_plain && !self.allow_http { Err(AddressError::PlainHttp { endpoint, server }) } else { Ok(()) }
    }
}

/// Whether two URLs are of one server.
pub(crate) fn is_same_server(one: &str, other: &str) -> bool {
    let origin = |url| Url::parse(url).ok().filter(Url::has_host).map(|url| url.origin());
    origin(one).is_some_and(|one| Some(one) == origin(other))
}

/// What may be shown of a URL: scheme, host and port.
pub(crate) fn shown(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "(not a URL)".to_owned(), |url| url.origin().ascii_serialization())
}

/// An entry of the list: `nautes.example`, `nautes.example:8000`, `https://nautes.example`.
#[derive(Clone, Debug)]
struct Server {
    url: Url,
    /// Whether the entry says scheme and port.
    exact: bool,
    /// Whether the entry says the port.
    port: bool,
}

impl Server {
    /// What is not a server permits nothing.
    fn list(text: &str) -> Vec<Self> {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        entries.filter_map(Self::parse).collect()
    }

    fn parse(entry: &str) -> Option<Self> {
        let exact = entry.contains("://");
        let url = if exact { Url::parse(entry) } else { Url::parse(&format!("https://{entry}")) }.ok()?;
        let host = entry.rsplit_once("://").map_or(entry, |(_, host)| host);
        let port = host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        url.host().is_some().then_some(Self { url, exact, port })
    }

    fn is(&self, url: &Url) -> bool {
        if self.exact {
            return self.url.origin() == url.origin();
        }
        let port = !self.port || self.url.port_or_known_default() == url.port_or_known_default();
        self.url.host() == url.host() && port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(variables: &[(&str, &str)]) -> Addresses {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Addresses::new(&Trust::default(), &owned.collect())
    }

    fn by(url: &str, by: By) -> Address {
        Address { url: url.to_owned(), by }
    }

    /// Why an address of the settings is refused.
    fn refusal(rules: &Addresses, url: &str) -> String {
        let checked = rules.check(Endpoint::Server, &by(url, By::Settings), None);
        checked.map_or_else(|error| error.to_string(), |()| "permitted".to_owned())
    }

    #[test]
    fn settings_name_https_and_loopback_servers_without_a_list() {
        let rules = addresses(&[]);
        for url in
            ["https://nautes.example:8000/x", "http://127.0.0.1:1", "http://[::1]:1", "https://10.0.0.1"]
        {
            assert_eq!(refusal(&rules, url), "permitted", "{url}");
        }
        let plain = refusal(&rules, "http://user:canary@nautes.example/canary");
        insta::assert_snapshot!(plain, @"the API server http://nautes.example is not reached by https: the network could read credentials");
        for unknown in ["htp://nautes.example", "nautes.example:8000", "localhost:8000"] {
            assert_eq!(refusal(&rules, unknown), "permitted", "not plain HTTP: {unknown}");
        }
        for allow in ["1", "true", "yes"] {
            let rules = addresses(&[("NAUTFORM_ALLOW_HTTP", allow)]);
            assert_eq!(refusal(&rules, "http://nautes.example"), "permitted");
        }
        assert_ne!(
            refusal(&addresses(&[("NAUTFORM_ALLOW_HTTP", "false")]), "http://nautes.example"),
            "permitted"
        );
    }

    #[test]
    fn settings_name_only_servers_of_the_list() {
        let rules = addresses(&[(ALLOWED, "a.example, b.example:8000\nhttps://c.example [::1]:7 127.0.0.1")]);
        let permitted = [
            "https://a.example",
            "https://A.example:9",
            "https://b.example:8000/x",
            "https://c.example:443",
            "http://[::1]:7",
            "http://127.0.0.1:5",
        ];
        for url in permitted {
            assert_eq!(refusal(&rules, url), "permitted", "{url}");
        }
        let refused = [
            "https://a.example.evil",
            "https://a.example@evil",
            "https://b.example",
            "https://c.example:444",
            "http://[::1]:8",
            "https://evil/a.example",
            "http://c.example",
        ];
        for url in refused {
            assert!(refusal(&rules, url).ends_with("which is not in NAUTFORM_ALLOWED_SERVERS"), "{url}");
        }
        assert_ne!(refusal(&addresses(&[(ALLOWED, "")]), "https://a.example"), "permitted", "an empty list");
    }

    #[test]
    fn owner_names_any_server_but_plain_http() {
        let rules = addresses(&[(ALLOWED, "")]);
        let check = |url| rules.check(Endpoint::State, &by(url, By::Owner), None);
        assert!(check("https://anywhere.example").is_ok());
        assert!(matches!(check("http://anywhere.example"), Err(AddressError::PlainHttp { .. })));
    }

    #[test]
    fn settings_add_no_server_to_one_that_the_owner_named() {
        let rules = addresses(&[]);
        let named = by("https://store.example/state", By::Owner);
        let check = |url| rules.check(Endpoint::State, &by(url, By::Settings), Some(&named));
        assert!(check("https://store.example/lock").is_ok());
        assert!(matches!(check("https://evil.example/lock"), Err(AddressError::OtherServer { .. })));
        assert!(matches!(check("https://store.example:8443/lock"), Err(AddressError::OtherServer { .. })));
    }

    #[test]
    fn first_address_ignores_empty_ones_and_blanks() {
        let rules = addresses(&[]);
        let setting = "https://c".to_owned();
        let first = |all: &[&str]| {
            let all: Vec<_> = all.iter().map(|url| Some((*url).to_owned())).collect();
            rules.first(all, Some(&setting))
        };
        assert_eq!(first(&["", " https://b\n"]), Some(by("https://b", By::Owner)));
        assert_eq!(first(&[" "]), Some(by("https://c", By::Settings)));
        assert_eq!(rules.first([None], None), None);
    }
}
