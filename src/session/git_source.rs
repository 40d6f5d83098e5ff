//! Whether and where products are read from Git: what was asked for, and where GitLab is.

use std::sync::Arc;

use url::Url;

use crate::live::client::http::HttpSettings;
use crate::live::gitlab::GitSource;

use super::addresses::{Address, Addresses, By, Endpoint};
use super::backend::Place;
use super::environment::Environment;
use super::error::SessionError;

/// How products are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresh {
    /// From Git where the token may, else through the API.
    #[default]
    Auto,
    /// From Git; a product that can't be read so is an error.
    Git,
    /// Through the API.
    Api,
}

/// Where products are read from; `None` to read them through the API. `sandbox` is the URL of the sandbox of
/// this process.
pub(super) fn git_source(
    refresh: Refresh,
    place: Place<'_>,
    http: &HttpSettings,
    sandbox: Option<String>,
) -> Result<Option<Arc<GitSource>>, SessionError> {
    let Some(token) = http.token.clone().filter(|_| refresh != Refresh::Api) else { return Ok(None) };
    let address = match sandbox {
        Some(url) => Url::parse(&url).ok(),
        None => gitlab_address(place.environment, place.addresses)?,
    };
    let required = refresh == Refresh::Git;
    Ok(Some(Arc::new(GitSource { required, ca: http.ca.clone(), ..GitSource::new(address, token) })))
}

/// GitLab's address as the environment has it: `NAUTFORM_GITLAB`, else the GitLab that runs this job. `None`
/// if it has none: it is that of the repositories then.
///
/// # Errors
/// If it is set to what the token must not be sent to.
fn gitlab_address(environment: &Environment, addresses: &Addresses) -> Result<Option<Url>, SessionError> {
    let check = |url: &Url| {
        let address = Address { url: url.to_string(), by: By::Owner };
        addresses.check(Endpoint::GitLab, &address, None)
    };
    if let Some(text) = environment.get("NAUTFORM_GITLAB") {
        let url = Url::parse(text.trim()).ok().filter(is_plain).ok_or(SessionError::GitLabAddress)?;
        check(&url)?;
        return Ok(Some(url));
    }
    let of_job = environment
        .get("CI_API_V4_URL")
        .and_then(|api| api.strip_suffix("/api/v4").map(str::to_owned))
        .or_else(|| environment.get("CI_SERVER_URL"));
    let of_job = of_job.and_then(|url| Url::parse(&url).ok()).filter(is_plain);
    Ok(of_job.filter(|url| check(url).is_ok()))
}

/// Whether it is the URL of a server, without credentials and a query.
fn is_plain(url: &Url) -> bool {
    ["http", "https"].contains(&url.scheme())
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::addresses::Trust;

    fn address(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = variables.collect();
        let found = gitlab_address(&environment, &Addresses::new(&Trust::default(), &environment));
        found.map(|url| url.map(|url| url.to_string())).map_err(|error| error.to_string())
    }

    #[test]
    fn gitlab_is_that_of_the_environment_or_of_the_job() {
        let job = ("CI_API_V4_URL", "https://git.example/gitlab/api/v4");
        assert_eq!(address(&[]), Ok(None));
        assert_eq!(address(&[job]), Ok(Some("https://git.example/gitlab".to_owned())));
        assert_eq!(
            address(&[("CI_SERVER_URL", "https://git.example")]),
            Ok(Some("https://git.example/".into()))
        );
        let own = ("NAUTFORM_GITLAB", "http://127.0.0.1:8080");
        assert_eq!(address(&[job, own]), Ok(Some("http://127.0.0.1:8080/".to_owned())));
    }

    #[test]
    fn token_goes_to_https_or_this_machine_only() {
        let plain = ("NAUTFORM_GITLAB", "http://git.example");
        insta::assert_snapshot!(address(&[plain]).unwrap_err(), @"the GitLab http://git.example is not reached by https: the network could read credentials");
        let permitted = address(&[plain, ("NAUTFORM_ALLOW_HTTP", "1")]);
        assert_eq!(permitted, Ok(Some("http://git.example/".to_owned())));
        // The owner names it: the list is for what nautform.yaml names.
        let unlisted = address(&[("NAUTFORM_GITLAB", "https://a.example"), ("NAUTFORM_ALLOWED_SERVERS", "")]);
        assert_eq!(unlisted, Ok(Some("https://a.example/".to_owned())));
        for url in ["http://git.example", "https://user:pw@git.example", "git.example", "https://h/?a=b"] {
            assert!(address(&[("NAUTFORM_GITLAB", url)]).is_err(), "{url}");
        }
        // The variables of a job are not an order: without a usable one, the repositories' URLs decide.
        assert_eq!(address(&[("CI_SERVER_URL", "http://git.example")]), Ok(None));
    }
}
