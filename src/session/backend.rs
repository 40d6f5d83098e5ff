//! The store of a fleet's state, from the settings and the environment. Credentials come from the environment
//! only.

use std::path::{Path, PathBuf};

use crate::config::settings::{Backend, Settings, StateSettings};
use crate::files::worktree::WorkTree;
use crate::model::value::Secret;
use crate::state::http::{HttpDocument, HttpStateSettings};
use crate::state::local::LocalStore;
use crate::state::remote::{RemoteStore, Saving};
use crate::state::{LockInfo, Store};

use super::environment::Environment;
use super::error::SessionError;

/// The most that is read as certificates: a system's whole bundle is below.
const MAX_CERTIFICATES: usize = 4 << 20;

/// The store that the settings name. The state of a sandbox is never kept in a real one's place.
pub(crate) fn open(
    root: &Path,
    sandbox: Option<&str>,
    settings: &Settings,
    environment: &Environment,
) -> Result<Box<dyn Store>, SessionError> {
    if sandbox.is_some() {
        return Ok(Box::new(LocalStore::new(directory(root, sandbox))));
    }
    let state = &settings.state;
    let directory = directory(root, None);
    Ok(match state.backend {
        Backend::Local => Box::new(LocalStore::new(directory)),
        Backend::Http | Backend::Gitlab => {
            let http = Http { state, environment };
            let mut settings =
                if state.backend == Backend::Http { http.terraform()? } else { http.gitlab()? };
            settings.ca = ca(root, state)?;
            http.authenticate(&mut settings);
            Box::new(RemoteStore::new(HttpDocument::new(settings)?, saving(directory, state)))
        }
        #[cfg(feature = "s3")]
        Backend::S3 => {
            let s3 = crate::state::s3::S3Settings { ca: ca(root, state)?, ..s3(state, environment)? };
            let document = crate::state::s3::S3Document::new(&s3)?;
            Box::new(RemoteStore::new(document, saving(directory, state)))
        }
        #[cfg(not(feature = "s3"))]
        Backend::S3 => return Err(SessionError::NotBuiltIn("the s3 backend")),
    })
}

fn saving(directory: PathBuf, state: &StateSettings) -> Saving {
    let interval = state.save_interval.unwrap_or(Saving::default().interval);
    Saving { interval, directory: Some(directory) }
}

fn ca(root: &Path, state: &StateSettings) -> Result<Option<Vec<u8>>, SessionError> {
    state.ca_file.as_ref().map(|file| certificate(root, file)).transpose()
}

/// A certificate that `nautform.yaml` names.
pub(crate) fn certificate(root: &Path, file: &Path) -> Result<Vec<u8>, SessionError> {
    Ok(WorkTree::around(root).read(&root.join(file), MAX_CERTIFICATES)?)
}

/// Refuses a directory whose own files are links to the outside.
pub(crate) fn check(root: &Path) -> Result<(), SessionError> {
    Ok(WorkTree::around(root).check_below(&root.join(".nautform"))?)
}

/// The settings of a store that is reached by HTTP.
struct Http<'a> {
    state: &'a StateSettings,
    environment: &'a Environment,
}

impl Http<'_> {
    /// A setting, or the first of some variables.
    fn either(&self, setting: Option<&String>, variables: &[&str]) -> Option<String> {
        setting.cloned().or_else(|| variables.iter().find_map(|name| self.environment.get(name)))
    }

    fn terraform(&self) -> Result<HttpStateSettings, SessionError> {
        let state = self.state;
        let setting = |setting: &Option<String>, variable| self.either(setting.as_ref(), &[variable]);
        let address = setting(&state.address, "TF_HTTP_ADDRESS");
        let address = address.ok_or_else(|| missing("http", "state.address (or TF_HTTP_ADDRESS)"))?;
        let defaults = HttpStateSettings::terraform(address);
        let method =
            |method: &Option<String>, variable, default| setting(method, variable).unwrap_or(default);
        Ok(HttpStateSettings {
            lock_address: setting(&state.lock_address, "TF_HTTP_LOCK_ADDRESS"),
            unlock_address: setting(&state.unlock_address, "TF_HTTP_UNLOCK_ADDRESS"),
            update_method: method(&state.update_method, "TF_HTTP_UPDATE_METHOD", defaults.update_method),
            lock_method: method(&state.lock_method, "TF_HTTP_LOCK_METHOD", defaults.lock_method),
            unlock_method: method(&state.unlock_method, "TF_HTTP_UNLOCK_METHOD", defaults.unlock_method),
            ..HttpStateSettings::terraform(defaults.address)
        })
    }

    fn gitlab(&self) -> Result<HttpStateSettings, SessionError> {
        let api = self.either(self.state.api.as_ref(), &["CI_API_V4_URL"]);
        let project = self.either(self.state.project.as_ref(), &["CI_PROJECT_ID"]);
        Ok(HttpStateSettings::gitlab(
            &api.ok_or_else(|| missing("gitlab", "state.api (or CI_API_V4_URL)"))?,
            &project.ok_or_else(|| missing("gitlab", "state.project (or CI_PROJECT_ID)"))?,
            self.state.name.as_deref().ok_or_else(|| missing("gitlab", "state.name"))?,
        ))
    }

    /// Basic authentication: what is set for nautform, then for Terraform, then the CI job's own token.
    fn authenticate(&self, http: &mut HttpStateSettings) {
        let password = self.either(None, &["NAUTFORM_HTTP_PASSWORD", "TF_HTTP_PASSWORD"]);
        let is_gitlab = self.state.backend == Backend::Gitlab;
        let job = self.environment.get("CI_JOB_TOKEN").filter(|_| is_gitlab);
        let by_job = password.is_none() && job.is_some();
        let variables = ["NAUTFORM_HTTP_USERNAME", "TF_HTTP_USERNAME"];
        http.username = self.either(self.state.username.as_ref(), &variables);
        if by_job || (http.username.is_none() && password.is_some()) {
            http.username = Some("gitlab-ci-token".to_owned());
        }
        http.password = password.or(job).map(Secret::new);
    }
}

fn missing(backend: &'static str, setting: &'static str) -> SessionError {
    SessionError::BackendSetting { backend, setting }
}

#[cfg(feature = "s3")]
fn s3(
    state: &StateSettings,
    environment: &Environment,
) -> Result<crate::state::s3::S3Settings, SessionError> {
    use crate::state::s3::S3Settings;
    let needed = |setting: Option<String>, name| setting.ok_or_else(|| missing("s3", name));
    let variable = |name| environment.get(name);
    let either = |setting: &Option<String>, first, second| {
        setting.clone().or_else(|| variable(first)).or_else(|| variable(second))
    };
    let endpoint = either(&state.endpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
    let region = either(&state.region, "AWS_REGION", "AWS_DEFAULT_REGION");
    Ok(S3Settings {
        bucket: needed(state.bucket.clone(), "state.bucket")?,
        key: needed(state.key.clone(), "state.key")?,
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        // Stores that are not AWS rarely have a host name for each bucket.
        path_style: state.path_style.unwrap_or(endpoint.is_some()),
        endpoint,
        access_key: needed(variable("AWS_ACCESS_KEY_ID"), "AWS_ACCESS_KEY_ID")?,
        secret_key: Secret::new(needed(variable("AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY")?),
        session_token: variable("AWS_SESSION_TOKEN").map(Secret::new),
        lease: state.lease.unwrap_or(S3Settings::LEASE),
        ca: None,
        pause: std::time::Duration::from_secs(1),
    })
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

/// The state of a sandbox is kept apart: it must never be mistaken for that of a server.
fn directory(root: &Path, sandbox: Option<&str>) -> PathBuf {
    match sandbox {
        None => root.join(".nautform"),
        Some("") => root.join(".nautform/sandbox"),
        Some(file) => Path::new(file).with_extension("state"),
    }
}
