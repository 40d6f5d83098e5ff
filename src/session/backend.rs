//! The store of a fleet's state, from the settings and the environment. Credentials come from the environment
//! only.

use std::path::{Path, PathBuf};

use crate::config::settings::{Backend, Settings, StateSettings};
use crate::files;
use crate::files::worktree::WorkTree;
use crate::http::without_credentials;
use crate::model::value::Secret;
use crate::resource::catalogue::Catalogue;
use crate::state::http::{HttpDocument, HttpStateSettings};
use crate::state::local::LocalStore;
use crate::state::remote::{INTERVAL, RemoteStore};
use crate::state::{LockInfo, Store};

use super::addresses::{
    Address, AddressError, Addresses, By, Endpoint, SettingsFrom, Trust, is_same_server, shown,
};
use super::environment::Environment;
use super::environments::Declarations;
use super::error::SessionError;

/// What a session is opened on, and what it is configured with.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) root: &'a Path,
    pub(crate) settings: &'a Settings,
    pub(crate) environment: &'a Environment,
    /// The environments of the settings.
    pub(crate) declared: Declarations<'a>,
    /// What the platform offers.
    pub(crate) catalogue: Option<&'a Catalogue>,
    pub(crate) addresses: &'a Addresses,
    pub(crate) trust: &'a Trust,
}

/// An address for messages, if `nautform.yaml` chose it.
pub(crate) type NamedBySettings = Option<(Endpoint, String)>;

/// The store that the settings name. The state of a sandbox is never kept in a real one's place.
pub(crate) fn open(
    place: Place<'_>,
    sandbox: Option<&str>,
) -> Result<(Box<dyn Store>, NamedBySettings), SessionError> {
    let Place { root, settings, .. } = place;
    let state = &settings.state;
    let directory = directory(root, settings, sandbox);
    let interval = state.save_interval.unwrap_or(INTERVAL);
    let named = |address: &Address| named_by_settings(Endpoint::State, address);
    Ok(match state.backend {
        _ if sandbox.is_some() => (Box::new(LocalStore::new(directory)), None),
        Backend::Local => (Box::new(LocalStore::new(directory)), None),
        Backend::Http | Backend::Gitlab => {
            let http = Http { place, state };
            let (mut settings, address) =
                if state.backend == Backend::Http { http.terraform()? } else { http.gitlab()? };
            settings.ca = ca(place, state)?;
            http.authenticate(&mut settings, &address)?;
            let store = RemoteStore::new(HttpDocument::new(settings)?, interval, directory);
            (Box::new(store), named(&address))
        }
        #[cfg(feature = "s3")]
        Backend::S3 => {
            let (s3, address) = s3(place, state)?;
            let document = crate::state::s3::S3Document::new(&s3)?;
            let store = RemoteStore::new(document, interval, directory);
            (Box::new(store), address.as_ref().and_then(named))
        }
        #[cfg(not(feature = "s3"))]
        Backend::S3 => return Err(SessionError::NotBuiltIn("the s3 backend")),
    })
}

/// An address for messages, if `nautform.yaml` chose it.
pub(crate) fn named_by_settings(endpoint: Endpoint, address: &Address) -> NamedBySettings {
    (address.by == By::Settings).then(|| (endpoint, without_credentials(&address.url)))
}

fn ca(place: Place<'_>, state: &StateSettings) -> Result<Option<Vec<u8>>, SessionError> {
    state.ca_file.as_ref().map(|file| certificate(place, file)).transpose()
}

/// A certificate that the settings name.
pub(crate) fn certificate(place: Place<'_>, file: &Path) -> Result<Vec<u8>, SessionError> {
    let directory = place.trust.settings.directory(place.root);
    let path = directory.join(file);
    if place.trust.settings != SettingsFrom::Fleet {
        return files::read(&path, files::SMALL).map_err(SessionError::unread(&path));
    }
    let tree = WorkTree::around(directory).with(place.trust.secrets.as_deref());
    Ok(tree.read(&path, files::SMALL)?)
}

/// Whether nothing says where the state is, which needs a server.
pub(crate) fn lacks_address(state: &StateSettings, environment: &Environment) -> bool {
    state.backend == Backend::Http && state.address.is_none() && environment.get("TF_HTTP_ADDRESS").is_none()
}

/// Refuses a directory whose own files are links to the outside.
pub(crate) fn check(root: &Path) -> Result<(), SessionError> {
    Ok(WorkTree::around(root).check_below(&root.join(".nautform"))?)
}

/// The settings of a store that is reached by HTTP. What the environment says wins over `nautform.yaml`.
struct Http<'a> {
    place: Place<'a>,
    state: &'a StateSettings,
}

impl Http<'_> {
    /// The first of some variables.
    fn variable(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.place.environment.get(name))
    }

    fn address(&self, variable: &str, setting: Option<&String>) -> Option<Address> {
        self.place.addresses.first([self.place.environment.get(variable)], setting)
    }

    fn terraform(&self) -> Result<(HttpStateSettings, Address), SessionError> {
        let state = self.state;
        let address = self.address("TF_HTTP_ADDRESS", state.address.as_ref());
        let address = address.ok_or_else(|| missing("http", "state.address (or TF_HTTP_ADDRESS)"))?;
        self.place.addresses.check(Endpoint::State, &address, None)?;
        let other = |variable, setting: &Option<String>| -> Result<Option<String>, SessionError> {
            let Some(other) = self.address(variable, setting.as_ref()) else { return Ok(None) };
            self.place.addresses.check(Endpoint::State, &other, Some(&address))?;
            Ok(Some(other.url))
        };
        let mut settings = HttpStateSettings::terraform(address.url.clone());
        settings.lock_address = other("TF_HTTP_LOCK_ADDRESS", &state.lock_address)?;
        settings.unlock_address = other("TF_HTTP_UNLOCK_ADDRESS", &state.unlock_address)?;
        let methods = [
            (&mut settings.update_method, "TF_HTTP_UPDATE_METHOD", &state.update_method),
            (&mut settings.lock_method, "TF_HTTP_LOCK_METHOD", &state.lock_method),
            (&mut settings.unlock_method, "TF_HTTP_UNLOCK_METHOD", &state.unlock_method),
        ];
        for (method, variable, setting) in methods {
            if let Some(given) = self.variable(&[variable]).or_else(|| setting.clone()) {
                *method = given;
            }
        }
        Ok((settings, address))
    }

    fn gitlab(&self) -> Result<(HttpStateSettings, Address), SessionError> {
        let api = self.address("CI_API_V4_URL", self.state.api.as_ref());
        let api = api.ok_or_else(|| missing("gitlab", "state.api (or CI_API_V4_URL)"))?;
        // Not an address: the CI's project is only the default.
        let project = self.state.project.clone().or_else(|| self.variable(&["CI_PROJECT_ID"]));
        let settings = HttpStateSettings::gitlab(
            &api.url,
            &project.ok_or_else(|| missing("gitlab", "state.project (or CI_PROJECT_ID)"))?,
            self.state.name.as_deref().ok_or_else(|| missing("gitlab", "state.name"))?,
        );
        let address = Address { url: settings.address.clone(), by: api.by };
        self.place.addresses.check(Endpoint::State, &address, None)?;
        Ok((settings, address))
    }

    /// Basic authentication: what is set for nautform, then for Terraform, then the CI job's own token, which
    /// is for the job's own GitLab.
    fn authenticate(&self, http: &mut HttpStateSettings, address: &Address) -> Result<(), SessionError> {
        let password = self.variable(&["NAUTFORM_HTTP_PASSWORD", "TF_HTTP_PASSWORD"]);
        let is_gitlab = self.state.backend == Backend::Gitlab;
        let own = self.place.environment.get("CI_JOB_TOKEN");
        if own.is_some() && password == own && !self.is_of_job(&address.url) {
            return Err(AddressError::JobToken { server: shown(&address.url) }.into());
        }
        let job = own.filter(|_| is_gitlab && self.is_of_job(&address.url));
        let by_job = password.is_none() && job.is_some();
        let username = self.variable(&["NAUTFORM_HTTP_USERNAME", "TF_HTTP_USERNAME"]);
        http.username = username.or_else(|| self.state.username.clone());
        if by_job || (http.username.is_none() && password.is_some()) {
            http.username = Some("gitlab-ci-token".to_owned());
        }
        http.password = password.or(job).map(Secret::new);
        Ok(())
    }

    /// Whether this is the GitLab that runs the job.
    fn is_of_job(&self, url: &str) -> bool {
        let api = self.place.environment.get("CI_API_V4_URL");
        api.is_some_and(|api| is_same_server(api.trim(), url))
    }
}

fn missing(backend: &'static str, setting: &'static str) -> SessionError {
    SessionError::BackendSetting { backend, setting }
}

/// The endpoint's address is `None` if it is AWS's own.
#[cfg(feature = "s3")]
fn s3(
    place: Place<'_>,
    state: &StateSettings,
) -> Result<(crate::state::s3::S3Settings, Option<Address>), SessionError> {
    use crate::state::s3::S3Settings;
    let needed = |setting: Option<String>, name| setting.ok_or_else(|| missing("s3", name));
    let variable = |name| place.environment.get(name);
    let endpoints = [variable("AWS_ENDPOINT_URL_S3"), variable("AWS_ENDPOINT_URL")];
    let endpoint = place.addresses.first(endpoints, state.endpoint.as_ref());
    if let Some(endpoint) = &endpoint {
        place.addresses.check(Endpoint::State, endpoint, None)?;
    }
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| state.region.clone());
    let settings = S3Settings {
        bucket: needed(state.bucket.clone(), "state.bucket")?,
        key: needed(state.key.clone(), "state.key")?,
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        // Stores that are not AWS rarely have a host name for each bucket.
        path_style: state.path_style.unwrap_or(endpoint.is_some()),
        endpoint: endpoint.as_ref().map(|endpoint| endpoint.url.clone()),
        access_key: needed(variable("AWS_ACCESS_KEY_ID"), "AWS_ACCESS_KEY_ID")?,
        secret_key: Secret::new(needed(variable("AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY")?),
        session_token: variable("AWS_SESSION_TOKEN").map(Secret::new),
        lease: state.lease.unwrap_or(S3Settings::LEASE),
        ca: ca(place, state)?,
        pause: std::time::Duration::from_secs(1),
    };
    Ok((settings, endpoint))
}

/// What others see who have to wait for the lock.
pub(crate) fn lock_info(operation: &str, environment: &Environment, now: &jiff::Zoned) -> LockInfo {
    let first = |names: &[&str]| names.iter().find_map(|name| environment.get(name));
    let user = first(&["GITLAB_USER_LOGIN", "GITHUB_ACTOR", "USER", "LOGNAME", "USERNAME"]);
    let host = std::fs::read_to_string("/etc/hostname").ok();
    let host = host.or_else(|| first(&["HOSTNAME", "COMPUTERNAME"])).unwrap_or_default();
    let account = user.map(|user| format!("{user}@")).unwrap_or_default();
    LockInfo {
        id: uuid::Uuid::new_v4().to_string(),
        operation: operation.to_owned(),
        info: environment.ci_job().unwrap_or_default(),
        who: format!("{account}{} (process {})", host.trim(), std::process::id()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created: now.timestamp().to_string(),
        path: String::new(),
    }
}

/// Where nautform keeps its own files: those of an environment apart from all others.
pub(crate) fn own_directory(root: &Path, settings: &Settings) -> PathBuf {
    let own = root.join(".nautform");
    match &settings.environment {
        Some(name) => own.join("environments").join(name),
        None => own,
    }
}

/// The state of a sandbox is kept apart: it must never be mistaken for that of a server.
fn directory(root: &Path, settings: &Settings, sandbox: Option<&str>) -> PathBuf {
    match sandbox {
        None => own_directory(root, settings),
        Some("") => own_directory(root, settings).join("sandbox"),
        Some(file) => Path::new(file).with_extension("state"),
    }
}
