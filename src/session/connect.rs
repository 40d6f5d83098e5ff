//! From settings, environment and options to a client of the server, or of the sandbox.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::apply::ApplyOptions;
use crate::config::settings::Settings;
use crate::files;
use crate::live::client::budget::RETRY_TIMEOUT;
use crate::live::client::http::{HttpSettings, HttpTransport};
use crate::live::client::retry::RetryPolicy;
use crate::live::client::{Reader, RetryBudget, Transport, Writer};
use crate::live::snapshot::RefreshOptions;
use crate::model::value::Secret;
use crate::state::Store;

use super::addresses::Endpoint;
use super::backend::{self, NamedBySettings, Place};
use super::environment::Environment;
use super::error::SessionError;
use super::git_source::{Refresh, git_source};
use super::in_process_sandbox::InProcessSandbox;

/// The variables with the server's URL.
const SERVERS: [&str; 2] = ["NAUTFORM_API_SERVER", "API_SERVER"];

/// The variables with the token; an empty one is not set.
const TOKENS: [&str; 2] = ["NAUTFORM_TOKEN", "GIT_TOKEN"];

/// Which server, and how to talk to it. What is set here wins over the environment and the settings.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// The URL of the API server (else `NAUTFORM_API_SERVER`, `API_SERVER`, the settings).
    pub api_server: Option<String>,
    /// A file that holds the token (else `NAUTFORM_TOKEN`, `GIT_TOKEN`).
    pub token_file: Option<PathBuf>,
    /// A CA certificate to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How long one request may take.
    pub request_timeout: Option<Duration>,
    /// How long the server may fail before it is given up.
    pub retry_timeout: Option<Duration>,
    /// The most requests in a second.
    pub max_requests_per_second: Option<u32>,
    /// How many requests may run at once.
    pub parallelism: Option<usize>,
    /// Use a sandbox inside this process, with its data in this file; if it is empty, in the fleet's
    /// `.nautform`.
    pub sandbox: Option<String>,
    /// Use no state.
    pub stateless: bool,
    /// Write the state without its lock.
    pub no_lock: bool,
    /// How products are read.
    pub refresh: Refresh,
}

/// A client of the server, and the store of the state.
pub(crate) struct Connected {
    transport: Arc<dyn Transport>,
    budget: Arc<RetryBudget>,
    /// `None` if the session uses no state.
    pub(crate) store: Option<Box<dyn Store>>,
    pub(crate) refresh: RefreshOptions,
    pub(crate) apply: ApplyOptions,
    /// The addresses that `nautform.yaml` chose.
    pub(crate) named_by_settings: Vec<(Endpoint, String)>,
    /// The variable with the token, if it is used because `NAUTFORM_TOKEN` is set and empty.
    pub(crate) fallback: Option<&'static str>,
    /// Kept until the operation ends.
    sandbox: Option<InProcessSandbox>,
}

impl Connected {
    /// Reads only.
    pub(crate) fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.transport)).with_budget(Arc::clone(&self.budget))
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer::new(Arc::clone(&self.transport)).with_budget(Arc::clone(&self.budget))
    }

    /// Ends the sandbox, if there is one, so that its data file is complete.
    pub(crate) async fn close(self) -> io::Result<()> {
        match self.sandbox {
            Some(sandbox) => sandbox.shutdown().await,
            None => Ok(()),
        }
    }
}

/// Connects to the sandbox or the server.
pub(crate) async fn connect(place: Place<'_>, options: &ConnectOptions) -> Result<Connected, SessionError> {
    let Place { root, settings, .. } = place;
    let sandbox = match &options.sandbox {
        Some(file) => {
            let own = backend::own_directory(root, settings);
            Some(InProcessSandbox::start(&own, file, place.catalogue).await?)
        }
        None => None,
    };
    let (http, server) = http(place, options, sandbox.as_ref())?;
    let own = sandbox.as_ref().map(InProcessSandbox::url);
    let (git, gitlab) = git_source(options.refresh, place, &http, own)?;
    let transport = HttpTransport::new(&http)?;
    let opened =
        (!options.stateless).then(|| backend::open(place, options.sandbox.as_deref())).transpose()?;
    let (store, state) = opened.unzip();
    let lanes = settings.server.lanes.unwrap_or_default();
    let parallelism = options.parallelism.or(settings.apply.parallelism).unwrap_or(10);
    let retry = retry(settings, sandbox.is_some());
    let timeout = options.retry_timeout.or(settings.server.retry_timeout).unwrap_or(RETRY_TIMEOUT);
    Ok(Connected {
        transport: Arc::new(transport),
        store,
        named_by_settings: [server, gitlab, state.flatten()].into_iter().flatten().collect(),
        fallback: fallback(options, place.environment),
        budget: Arc::new(RetryBudget::new(timeout)),
        apply: ApplyOptions {
            git: git.clone(),
            lanes,
            parallelism,
            retry: retry.clone(),
            // The sandbox of this process has no clones that could be in the way.
            rest: settings.server.rest.unwrap_or(sandbox.is_none()),
            ..ApplyOptions::default()
        },
        refresh: RefreshOptions { lanes, parallelism, retry, git, ..RefreshOptions::default() },
        sandbox,
    })
}

/// How to reach the server, and its URL if `nautform.yaml` chose it.
fn http(
    place: Place<'_>,
    options: &ConnectOptions,
    sandbox: Option<&InProcessSandbox>,
) -> Result<(HttpSettings, NamedBySettings), SessionError> {
    let Place { settings, environment, addresses, .. } = place;
    let mut http = HttpSettings::default();
    if let Some(sandbox) = sandbox {
        http.server = sandbox.url();
        http.sandbox = Some(sandbox.id());
        http.token = Some(Secret::new("sandbox".to_owned()));
        return Ok((http, None));
    }
    let variables = SERVERS.map(|name| environment.get(name));
    let given = std::iter::once(options.api_server.clone()).chain(variables);
    let server = addresses.first(given, settings.server.url.as_ref()).ok_or(SessionError::NoServer)?;
    let is_flag = options.api_server.as_deref().is_some_and(|url| !url.trim().is_empty());
    let variable = SERVERS.into_iter().find(|name| !is_flag && environment.text(name).is_some());
    place.declared.check(Endpoint::Server, &server, variable)?;
    addresses.check(Endpoint::Server, &server, None)?;
    http.server = server.url.clone();
    http.token = Some(token(options.token_file.as_deref(), environment)?);
    http.ca = match (&options.ca_file, &settings.server.ca_file) {
        (Some(file), _) => Some(files::read(file, files::SMALL).map_err(SessionError::unread(file))?),
        (None, Some(file)) => Some(backend::certificate(place, file)?),
        (None, None) => None,
    };
    let timeout = options.request_timeout.or(settings.server.request_timeout);
    http.request_timeout = timeout.unwrap_or(http.request_timeout);
    let limit = options.max_requests_per_second.or(settings.server.max_requests_per_second);
    http.requests_per_second = limit.unwrap_or_default();
    Ok((http, backend::named_by_settings(Endpoint::Server, &server)))
}

fn token(file: Option<&Path>, environment: &Environment) -> Result<Secret, SessionError> {
    let text = match file {
        Some(file) => Some(files::read_text(file, files::SMALL).map_err(SessionError::unread(file))?),
        None => TOKENS.into_iter().find_map(|name| environment.text(name)),
    };
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    text.map(Secret::new).ok_or(SessionError::NoToken)
}

/// The variables of a token that is used because the first of them is set and empty, as CI sets it without
/// the secret.
fn fallback(options: &ConnectOptions, environment: &Environment) -> Option<&'static str> {
    let [first, second] = TOKENS;
    let is_empty = environment.raw(first).is_some_and(|text| text.trim().is_empty());
    let is_used = options.token_file.is_none() && options.sandbox.is_none() && is_empty;
    is_used.then_some(second)
}

fn retry(settings: &Settings, sandbox: bool) -> RetryPolicy {
    let mut retry = RetryPolicy::default();
    if sandbox {
        retry.first_delay = Duration::from_millis(50);
    }
    retry.retries = settings.apply.retries.unwrap_or(retry.retries);
    retry.run_retries = settings.apply.run_retries;
    retry.sync_timeout = settings.apply.sync_timeout.unwrap_or(retry.sync_timeout);
    retry.delete_timeout = settings.apply.delete_timeout.unwrap_or(retry.delete_timeout);
    retry
}
