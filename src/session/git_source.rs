//! Whether and where products are read from Git: what was asked for, and where GitLab is.

use std::sync::Arc;

use url::Url;

use crate::live::client::http::HttpSettings;
use crate::live::gitlab::GitSource;

use super::addresses::{Address, Addresses, By, Endpoint};
use super::backend::{NamedBySettings, Place, named_by_settings};
use super::environment::Environment;
use super::error::SessionError;

/// The variable with GitLab's URL.
const VARIABLE: &str = "NAUTFORM_GITLAB";

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

/// Where products are read from, if not through the API, and its URL if `nautform.yaml` chose it. `sandbox`
/// is the URL of the sandbox of this process.
pub(super) fn git_source(
    refresh: Refresh,
    place: Place<'_>,
    http: &HttpSettings,
    sandbox: Option<String>,
) -> Result<(Option<Arc<GitSource>>, NamedBySettings), SessionError> {
    let Some(token) = http.token.clone().filter(|_| refresh != Refresh::Api) else {
        return Ok((None, None));
    };
    let chosen = match sandbox {
        Some(url) => Some(Address { url, by: By::Owner }),
        None => gitlab_address(place.addresses, place.environment, place.settings.server.gitlab.as_ref())?,
    };
    if let Some(chosen) = &chosen {
        let variable = place.environment.text(VARIABLE).map(|_| VARIABLE);
        place.declared.check(Endpoint::GitLab, chosen, variable)?;
    }
    let required = refresh == Refresh::Git;
    let address = chosen.as_ref().and_then(|address| Url::parse(&address.url).ok());
    let tenant = place.environment.get("NAUTFORM_TENANT_REPOSITORY");
    let tenant = tenant.or_else(|| place.settings.server.tenant_repository.clone());
    let source = GitSource { required, tenant, ca: http.ca.clone(), ..GitSource::new(address, token) };
    let named = chosen.as_ref().and_then(|chosen| named_by_settings(Endpoint::GitLab, chosen));
    Ok((Some(Arc::new(source)), named))
}

/// GitLab's address: `NAUTFORM_GITLAB`, else that of the settings, else the GitLab that runs this job. `None`
/// if there is none: it is that of the repositories then.
///
/// # Errors
/// If it is set to what the token must not be sent to.
fn gitlab_address(
    rules: &Addresses,
    environment: &Environment,
    setting: Option<&String>,
) -> Result<Option<Address>, SessionError> {
    let is_usable = |address: &Address| Url::parse(&address.url).is_ok_and(|url| is_plain(&url));
    if let Some(chosen) = rules.first([environment.get(VARIABLE)], setting) {
        if !is_usable(&chosen) {
            return Err(SessionError::GitLabAddress);
        }
        rules.check(Endpoint::GitLab, &chosen, None)?;
        return Ok(Some(chosen));
    }
    let of_job = environment
        .get("CI_API_V4_URL")
        .and_then(|api| api.strip_suffix("/api/v4").map(str::to_owned))
        .or_else(|| environment.get("CI_SERVER_URL"));
    let of_job = of_job.map(|url| Address { url, by: By::Owner });
    // The variables of a job are not an order: without a usable one, the repositories' URLs decide.
    let may_be_used = |address: &Address| rules.check(Endpoint::GitLab, address, None).is_ok();
    Ok(of_job.filter(is_usable).filter(may_be_used))
}

/// Whether a URL is that of a web server, without credentials or a query.
fn is_plain(url: &Url) -> bool {
    let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
    let has_user = !url.username().is_empty() || url.password().is_some();
    is_web && !has_user && url.query().is_none() && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::addresses::Trust;

    fn address(variables: &[(&str, &str)], setting: Option<&str>) -> Result<Option<String>, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment: Environment = variables.collect();
        let rules = Addresses::new(&Trust::default(), &environment);
        let setting = setting.map(str::to_owned);
        let found = gitlab_address(&rules, &environment, setting.as_ref());
        found.map(|found| found.map(|found| found.url)).map_err(|error| error.to_string())
    }

    fn some(url: &str) -> Result<Option<String>, String> {
        Ok(Some(url.to_owned()))
    }

    #[test]
    fn gitlab_is_that_of_the_environment_the_settings_or_the_job() {
        let job = ("CI_API_V4_URL", "https://git.example/gitlab/api/v4");
        assert_eq!(address(&[], None), Ok(None));
        assert_eq!(address(&[job], None), some("https://git.example/gitlab"));
        assert_eq!(address(&[("CI_SERVER_URL", "https://git.example")], None), some("https://git.example"));
        let own = ("NAUTFORM_GITLAB", "http://127.0.0.1:8080");
        let setting = Some("https://other.example");
        assert_eq!(address(&[job], setting), some("https://other.example"));
        assert_eq!(address(&[job, own], setting), some("http://127.0.0.1:8080"));
        assert_eq!(address(&[("NAUTFORM_GITLAB", " ")], setting), some("https://other.example"));
    }

    #[test]
    fn token_goes_to_https_or_this_machine_only() {
        for url in ["http://git.example", "https://user:pw@git.example", "git.example", "https://h/?a=b"] {
            assert!(address(&[("NAUTFORM_GITLAB", url)], None).is_err(), "{url}");
            assert!(address(&[], Some(url)).is_err(), "{url}");
        }
        assert_eq!(address(&[("CI_SERVER_URL", "http://git.example")], None), Ok(None));
        let permitted = [("NAUTFORM_GITLAB", "http://git.example"), ("NAUTFORM_ALLOW_HTTP", "1")];
        assert_eq!(address(&permitted, None), some("http://git.example"));
    }

    #[test]
    fn settings_name_only_a_gitlab_of_the_list() {
        let list = ("NAUTFORM_ALLOWED_SERVERS", "git.example");
        assert_eq!(address(&[list], Some("https://git.example")), some("https://git.example"));
        insta::assert_snapshot!(address(&[list], Some("https://evil.example")).unwrap_err(), @"nautform.yaml names the GitLab server https://evil.example, which is not in NAUTFORM_ALLOWED_SERVERS");
        let own = ("NAUTFORM_GITLAB", "https://mine.example");
        assert_eq!(address(&[list, own], Some("https://evil.example")), some("https://mine.example"));
    }
}
