//! Where GitLab is, and whether it is read.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use url::Url;

use crate::model::value::Secret;

use super::client::GitLab;
use super::not_read::NotRead;

/// A GitLab to read products from.
pub struct GitSource {
    /// Whether a product that GitLab does not show is an error, instead of being read through the API.
    pub(crate) required: bool,
    /// Its address; if it is not known, it is that of the repositories' URLs ([`GitSource::at`]).
    pub(crate) address: Option<Url>,
    /// The path of the tenant's repository, if it is to be read.
    pub(crate) tenant: Option<String>,
    /// The token.
    pub(crate) token: Secret,
    /// CA certificates to trust in addition to the system's, PEM.
    pub(crate) ca: Option<Vec<u8>>,
    /// The first pause before a repetition.
    pub(crate) pause: Duration,
    /// Made when it is first needed.
    pub(crate) client: OnceLock<Result<GitLab, NotRead>>,
}

impl GitSource {
    /// Products are read from the GitLab at `address`; those that it does not show, through the API.
    pub fn new(address: Option<Url>, token: Secret) -> Self {
        // GitLab answers in tenths of a second, and the API is there if it does not.
        let pause = Duration::from_millis(250);
        Self { required: false, address, tenant: None, token, ca: None, pause, client: OnceLock::new() }
    }

    /// Reads the tenant's repository at this path, too.
    #[must_use]
    pub fn with_tenant(self, repository: String) -> Self {
        Self { tenant: Some(repository), ..self }
    }

    /// The client, if it is known where GitLab is.
    pub(crate) fn client(&self) -> Option<&Result<GitLab, NotRead>> {
        match &self.address {
            Some(address) => Some(self.at(address)),
            None => self.client.get(),
        }
    }

    /// The client for the GitLab at `address`, unless another was made before.
    pub(crate) fn at(&self, address: &Url) -> &Result<GitLab, NotRead> {
        self.client.get_or_init(|| {
            GitLab::new(address, &self.token, self.ca.as_deref(), self.pause).map_err(NotRead::Unusable)
        })
    }

    /// How many requests were sent to GitLab so far.
    pub(crate) fn sent(&self) -> usize {
        self.client.get().and_then(|client| client.as_ref().ok()).map_or(0, GitLab::sent)
    }
}

impl fmt::Debug for GitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitSource").field("required", &self.required).finish_non_exhaustive()
    }
}
