//! Where a state is on a server that speaks Terraform's protocol, and with which methods it is asked.

use std::time::Duration;

use crate::model::encoding::percent_encoded;
use crate::model::value::Secret;

/// Where the state is, and how its server is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpStateSettings {
    /// The state's URL.
    pub address: String,
    /// The URL that locks; without it the state can't be locked.
    pub lock_address: Option<String>,
    /// The URL that unlocks; the one that locks if left out.
    pub unlock_address: Option<String>,
    /// `POST`.
    pub update_method: String,
    /// `LOCK`, or `POST` for GitLab.
    pub lock_method: String,
    /// `UNLOCK`, or `DELETE` for GitLab.
    pub unlock_method: String,
    /// Basic authentication.
    pub username: Option<String>,
    /// Its password: an access token, or a job token. From the environment only.
    pub password: Option<Secret>,
    /// CA certificates to trust in addition to the system's, PEM.
    pub ca: Option<Vec<u8>>,
    /// The first pause of every kind of waiting.
    pub pause: Duration,
}

impl HttpStateSettings {
    /// A server that follows Terraform's defaults.
    pub fn terraform(address: String) -> Self {
        Self {
            address,
            lock_address: None,
            unlock_address: None,
            update_method: "POST".to_owned(),
            lock_method: "LOCK".to_owned(),
            unlock_method: "UNLOCK".to_owned(),
            username: None,
            password: None,
            ca: None,
            pause: Duration::from_secs(1),
        }
    }

    /// GitLab: `api` is `https://gitlab.example.com/api/v4`, `project` a number or a path.
    pub fn gitlab(api: &str, project: &str, name: &str) -> Self {
        let api = api.trim_end_matches('/');
        let project = percent_encoded(project);
        let address = format!("{api}/projects/{project}/terraform/state/{}", percent_encoded(name));
        Self {
            lock_address: Some(format!("{address}/lock")),
            lock_method: "POST".to_owned(),
            unlock_method: "DELETE".to_owned(),
            ..Self::terraform(address)
        }
    }

    /// Whether the state is GitLab's: its path says so, whichever backend names it.
    pub(super) fn is_gitlab(&self) -> bool {
        self.address.contains("/terraform/state/")
    }
}
