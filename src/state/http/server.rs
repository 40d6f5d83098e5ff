//! One request to a server that speaks Terraform's protocol, and what its refusals usually mean. Knows
//! neither locks nor documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use reqwest::Method;

use crate::http::{HttpClient, Response, without_credentials};
use crate::model::encoding::percent_encoded;
use crate::model::error::Cause;
use crate::model::value::Secret;

use super::super::StoreError;
use super::settings::HttpStateSettings;

/// The largest state that is read. A record takes about a kilobyte: that of a hundred thousand objects fits.
const STATE_LIMIT: usize = 128 << 20;

/// A server, and how to ask it.
pub(super) struct Server {
    client: HttpClient,
    pub(super) settings: HttpStateSettings,
}

impl Server {
    /// Prepares a client; sends nothing yet.
    pub(super) fn new(settings: HttpStateSettings) -> Result<Self, StoreError> {
        let client =
            HttpClient::new(&settings.address, settings.ca.as_deref(), settings.pause, &settings.password);
        let client = client.map_err(|error| {
            StoreError::unavailable("reach", without_credentials(&settings.address), error)
        })?;
        Ok(Self { client: client.with_limit(STATE_LIMIT), settings })
    }

    /// Sends one request. Everything that uses this may be repeated: reads, writes of the same serial under
    /// the same lock, and locks and unlocks of the same ID.
    pub(super) async fn send(&self, method: &str, url: &str, body: Option<&[u8]>) -> Result<Response, Cause> {
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| "a method in the settings is not valid")?;
        let mut request = self.client.client().request(method, url);
        if let Some(user) = &self.settings.username {
            request = request.basic_auth(user, self.settings.password.as_ref().map(Secret::expose));
        }
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .header("Content-MD5", digest(body))
                .body(body.to_vec());
        }
        Ok(self.client.send_idempotent(request).await?)
    }

    /// A refusal, and what usually causes it.
    pub(super) fn refused(&self, action: &'static str, response: &Response) -> StoreError {
        self.unavailable(action, response.refused(hint(response.status, &self.settings)))
    }

    pub(super) fn unavailable(&self, action: &'static str, cause: impl Into<Cause>) -> StoreError {
        StoreError::unavailable(action, self.place(), self.client.redacted(cause.into()))
    }

    /// Where the state is, for messages.
    pub(super) fn place(&self) -> String {
        without_credentials(&self.settings.address)
    }

    pub(super) fn pause(&self) -> std::time::Duration {
        self.client.pause()
    }
}

/// What usually causes a refusal.
fn hint(status: u16, settings: &HttpStateSettings) -> &'static str {
    let is_gitlab = settings.is_gitlab();
    match status {
        300..=399 => "; the address has moved, and passwords are not sent elsewhere: configure the new one",
        401 if settings.username.is_none() => "; the server requires a user name and a password",
        401 if is_gitlab => "; GitLab does not accept the token: a job's token ends with its job",
        401 => "; the server does not accept the user name or the password",
        403 if is_gitlab => {
            "; the account is not allowed to do this: GitLab lets Developers read and Maintainers write"
        }
        403 => "; the account is not allowed to do this",
        404 if is_gitlab => "; is it the right project, and may the account see it?",
        404 => "; is it the right address, and may the account see it?",
        413 => "; it is larger than the server allows",
        _ => "",
    }
}

/// What `Content-MD5` has.
pub(super) fn digest(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

/// A URL with a lock's ID in its query.
pub(super) fn with_id(url: &str, id: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}ID={}", percent_encoded(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_fit_the_server_and_what_was_sent() {
        let other = HttpStateSettings::terraform("https://states.example.com/fleet".to_owned());
        let gitlab = HttpStateSettings::gitlab("https://gitlab.example.com/api/v4", "7", "fleet");
        let with_user = |settings: &HttpStateSettings| HttpStateSettings {
            username: Some("gitlab-ci-token".to_owned()),
            ..settings.clone()
        };
        assert_eq!(hint(401, &other), "; the server requires a user name and a password");
        assert_eq!(
            hint(401, &with_user(&other)),
            "; the server does not accept the user name or the password"
        );
        let ended = "; GitLab does not accept the token: a job's token ends with its job";
        assert_eq!(hint(401, &with_user(&gitlab)), ended);
        for (status, settings) in [(403, &other), (404, &other), (413, &other), (500, &gitlab)] {
            assert!(!hint(status, settings).contains("GitLab"), "{status}");
        }
        assert!(hint(403, &gitlab).contains("Maintainers"));
    }
}
