//! From `nautform.yaml` and the environment to the store of a directory's state. Credentials come from the environment only.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use nautform::config::settings::{Backend, Settings, StateSettings};
use nautform::files::worktree::WorkTree;
use nautform::model::ci::{self, CodeHost};
use nautform::model::value::Secret;
use nautform::state::http::{HttpDocument, HttpStateSettings};
use nautform::state::local::LocalStore;
use nautform::state::memory::MemoryStore;
use nautform::state::remote::{RemoteStore, Saving};
use nautform::state::{LockInfo, Store};

use crate::args;
use crate::connection::{self, environment};
use crate::fleet::Fleet;

/// The most that is read as certificates: a system's whole bundle is below.
const MAX_CERTIFICATES: usize = 4 << 20;

/// A store that keeps nothing, for `--stateless`.
pub(crate) fn none() -> Box<dyn Store> {
    Box::new(MemoryStore::default())
}

/// The store of a directory's fleet, without a connection to any server.
pub(crate) fn of(of: &args::StateOf) -> anyhow::Result<Box<dyn Store>> {
    let root = Fleet::of(&of.dir).root;
    check(&root)?;
    open(&root, of.sandbox.as_deref(), &connection::settings(&of.dir)?)
}

/// The store that the settings name. A sandbox's state never goes to a real one's place.
pub(crate) fn open(
    root: &Path,
    sandbox: Option<&str>,
    settings: &Settings,
) -> anyhow::Result<Box<dyn Store>> {
    if sandbox.is_some() {
        return Ok(Box::new(LocalStore::new(directory(root, sandbox))));
    }
    let state = &settings.state;
    let directory = directory(root, None);
    Ok(match state.backend {
        Backend::Local => Box::new(LocalStore::new(directory)),
        Backend::Http | Backend::Gitlab => {
            let mut http = if state.backend == Backend::Http { terraform(state)? } else { gitlab(state)? };
            http.ca = ca(root, state)?;
            credentials(&mut http, state);
            Box::new(RemoteStore::new(HttpDocument::new(http)?, saving(directory, state)))
        }
        #[cfg(feature = "s3")]
        Backend::S3 => {
            let s3 = nautform::state::s3::S3Settings { ca: ca(root, state)?, ..s3(state)? };
            let document = nautform::state::s3::S3Document::new(&s3)?;
            Box::new(RemoteStore::new(document, saving(directory, state)))
        }
        #[cfg(not(feature = "s3"))]
        Backend::S3 => anyhow::bail!("this nautform was built without the s3 backend"),
    })
}

fn saving(directory: PathBuf, state: &StateSettings) -> Saving {
    let interval = state.save_interval.unwrap_or(Saving::default().interval);
    Saving { interval, directory: Some(directory) }
}

fn ca(root: &Path, state: &StateSettings) -> anyhow::Result<Option<Vec<u8>>> {
    state.ca_file.as_ref().map(|file| certificate(root, file)).transpose()
}

/// A certificate that `nautform.yaml` names.
pub(crate) fn certificate(root: &Path, file: &Path) -> anyhow::Result<Vec<u8>> {
    Ok(WorkTree::around(root).read(&root.join(file), MAX_CERTIFICATES)?)
}

/// Refuses a directory whose own files are links to the outside.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    Ok(WorkTree::around(root).check_below(&root.join(".nautform"))?)
}

/// A setting, or what the first of some variables says.
fn either(setting: Option<&String>, variables: &[&str]) -> Option<String> {
    setting.cloned().or_else(|| variables.iter().find_map(|name| environment(name)))
}

fn missing(backend: &str, what: &str) -> String {
    format!("nautform.yaml: the {backend} backend needs {what}")
}

fn terraform(state: &StateSettings) -> anyhow::Result<HttpStateSettings> {
    let setting = |setting: &Option<String>, variable| either(setting.as_ref(), &[variable]);
    let address = setting(&state.address, "TF_HTTP_ADDRESS");
    let defaults = HttpStateSettings::terraform(
        address.with_context(|| missing("http", "state.address (or TF_HTTP_ADDRESS)"))?,
    );
    let method = |method: &Option<String>, variable, default| setting(method, variable).unwrap_or(default);
    Ok(HttpStateSettings {
        lock_address: setting(&state.lock_address, "TF_HTTP_LOCK_ADDRESS"),
        unlock_address: setting(&state.unlock_address, "TF_HTTP_UNLOCK_ADDRESS"),
        update_method: method(&state.update_method, "TF_HTTP_UPDATE_METHOD", defaults.update_method),
        lock_method: method(&state.lock_method, "TF_HTTP_LOCK_METHOD", defaults.lock_method),
        unlock_method: method(&state.unlock_method, "TF_HTTP_UNLOCK_METHOD", defaults.unlock_method),
        ..HttpStateSettings::terraform(defaults.address)
    })
}

fn gitlab(state: &StateSettings) -> anyhow::Result<HttpStateSettings> {
    let api = either(state.api.as_ref(), &[CodeHost::GitLab.api_variable()]);
    let project = either(state.project.as_ref(), &[CodeHost::GitLab.project_variable()]);
    Ok(HttpStateSettings::gitlab(
        &api.with_context(|| missing("gitlab", "state.api (or CI_API_V4_URL)"))?,
        &project.with_context(|| missing("gitlab", "state.project (or CI_PROJECT_ID)"))?,
        state.name.as_deref().with_context(|| missing("gitlab", "state.name"))?,
    ))
}

/// Basic authentication: what is set for nautform, then for Terraform, then the CI job's own token.
fn credentials(http: &mut HttpStateSettings, state: &StateSettings) {
    let password = either(None, &["NAUTFORM_HTTP_PASSWORD", "TF_HTTP_PASSWORD"]);
    let job = environment("CI_JOB_TOKEN").filter(|_| state.backend == Backend::Gitlab);
    let by_job = password.is_none() && job.is_some();
    http.username = either(state.username.as_ref(), &["NAUTFORM_HTTP_USERNAME", "TF_HTTP_USERNAME"]);
    if by_job || (http.username.is_none() && password.is_some()) {
        http.username = Some("gitlab-ci-token".to_owned());
    }
    http.password = password.or(job).map(Secret::new);
}

#[cfg(feature = "s3")]
fn s3(state: &StateSettings) -> anyhow::Result<nautform::state::s3::S3Settings> {
    use nautform::state::s3::S3Settings;
    let needed = |setting: Option<String>, what| setting.with_context(|| missing("s3", what));
    let endpoint = either(state.endpoint.as_ref(), &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
    let region = either(state.region.as_ref(), &["AWS_REGION", "AWS_DEFAULT_REGION"]);
    Ok(S3Settings {
        bucket: needed(state.bucket.clone(), "state.bucket")?,
        key: needed(state.key.clone(), "state.key")?,
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        // Stores that are not AWS rarely have a host name for each bucket.
        path_style: state.path_style.unwrap_or(endpoint.is_some()),
        endpoint,
        access_key: needed(environment("AWS_ACCESS_KEY_ID"), "AWS_ACCESS_KEY_ID")?,
        secret_key: Secret::new(needed(environment("AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY")?),
        session_token: environment("AWS_SESSION_TOKEN").map(Secret::new),
        lease: state.lease.unwrap_or(S3Settings::LEASE),
        ca: None,
        pause: std::time::Duration::from_secs(1),
    })
}

/// Who we are, for whoever has to wait.
pub(crate) fn lock_info(operation: &str) -> LockInfo {
    let user = either(None, &["GITLAB_USER_LOGIN", "GITHUB_ACTOR", "USER", "LOGNAME", "USERNAME"]);
    let host = std::fs::read_to_string("/etc/hostname").ok().or_else(|| environment("HOSTNAME"));
    let host = host.or_else(|| environment("COMPUTERNAME")).unwrap_or_default();
    let account = user.map(|user| format!("{user}@")).unwrap_or_default();
    LockInfo {
        id: uuid::Uuid::new_v4().to_string(),
        operation: operation.to_owned(),
        info: ci::job_url(&environment).unwrap_or_default(),
        who: format!("{account}{} (process {})", host.trim(), std::process::id()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created: jiff::Timestamp::now().to_string(),
        path: String::new(),
    }
}

/// State of a sandbox is kept apart: what was tried must never be taken for what is.
fn directory(root: &Path, sandbox: Option<&str>) -> PathBuf {
    match sandbox {
        None => root.join(".nautform"),
        Some("") => root.join(".nautform/sandbox"),
        Some(file) => Path::new(file).with_extension("state"),
    }
}
