//! From flags, environment and `nautform.yaml` to a server and a token. Flags win over the environment, the environment
//! over the file; secrets come from the environment or from files, never from flags or settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};

use nautform::apply::ApplyOptions;
use nautform::config::load::LoadOptions;
use nautform::config::settings::{self, Settings};
use nautform::live::client::http::{HttpSettings, HttpTransport};
use nautform::live::client::retry::RetryPolicy;
use nautform::live::client::{Reader, Transport};
use nautform::live::snapshot::{RefreshOptions, Snapshot};
use nautform::model::value::Secret;
use nautform::session::plan::prefetch;
use nautform::session::validate::Input;
use nautform::state::{State, Store};

use crate::embedded::Embedded;
use crate::fleet::Fleet;
use crate::{args, store};

/// How often a request that only reads is repeated, unless the settings say less.
const RETRIES_OF_READS: usize = 6;

/// Everything a command needs to talk to a server.
pub(crate) struct Connected {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) store: Option<Box<dyn Store>>,
    pub(crate) refresh: RefreshOptions,
    pub(crate) apply: ApplyOptions,
    /// The sandbox of this process, kept until the command ends.
    sandbox: Option<Embedded>,
}

/// What can be known before the manifests are.
#[derive(Default)]
pub(crate) struct Prefetched {
    /// What was remembered, if anything was.
    pub(crate) state: Option<State>,
    /// What the state names, as it is live.
    pub(crate) snapshot: Snapshot,
}

impl Connected {
    /// Loads the state, and if all of the directory is wanted, reads what it names.
    pub(crate) async fn prefetch(&mut self, all: bool) -> anyhow::Result<Prefetched> {
        let Some(store) = &mut self.store else { return Ok(Prefetched::default()) };
        let state = store.load().await?;
        let snapshot = match &state {
            Some(state) if all => prefetch(state, &self.reader(), &self.refresh).await?,
            _ => Snapshot::new(),
        };
        Ok(Prefetched { state, snapshot })
    }

    /// Reads only.
    pub(crate) fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.transport))
    }

    /// Ends the sandbox, if there is one, so that its data file is complete.
    pub(crate) async fn close(self) {
        if let Some(sandbox) = self.sandbox
            && let Err(error) = sandbox.shutdown().await
        {
            // The log has every change that was answered.
            crate::terminal::warning(&format!("{error:#}; the log beside it holds what was changed"));
        }
    }
}

/// The manifests' input and what fills them in.
pub(crate) fn input(args: &args::Manifests) -> anyhow::Result<(Input, LoadOptions)> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let mut variables = BTreeMap::new();
    for pair in &args.var {
        let (name, value) =
            pair.split_once('=').with_context(|| format!("--var {pair}: write NAME=VALUE"))?;
        variables.insert(name.to_owned(), value.to_owned());
    }
    let input = if args.dir == Path::new("-") {
        Input::Text(std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?)
    } else {
        Input::Path(args.dir.clone())
    };
    // Standard input lies nowhere.
    let below = if matches!(input, Input::Text(_)) { PathBuf::new() } else { Fleet::of(&args.dir).below };
    Ok((input, LoadOptions { variables, variable_files: args.var_file.clone(), environment, below }))
}

/// Reads the settings of the fleet that a path belongs to: once in a command, which hands them on.
pub(crate) fn load_settings(dir: &Path) -> settings::Loaded {
    settings::load(&Fleet::of(dir).root, today())
}

/// The settings of a path's fleet, for commands that load no manifests.
///
/// # Errors
/// If they have errors, which are shown.
pub(crate) fn settings(dir: &Path) -> anyhow::Result<Settings> {
    let loaded = load_settings(dir);
    if loaded.diagnostics.has_errors() {
        crate::terminal::complaints(&loaded.diagnostics, &loaded.sources);
        bail!("{} has errors", nautform::config::load::SETTINGS);
    }
    Ok(loaded.settings)
}

/// The day that decides which rules have expired.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// Connects to the sandbox or the server.
pub(crate) async fn connect(
    manifests: &args::Manifests,
    args: &args::Connection,
    settings: &Settings,
) -> anyhow::Result<Connected> {
    let root = Fleet::of(&manifests.dir).root;
    let lanes = settings.server.lanes.unwrap_or_default();
    store::check(&root)?;
    let sandbox = match &args.sandbox {
        Some(file) => Some(Embedded::start(&root, file).await?),
        None => None,
    };
    let transport = HttpTransport::new(&http(&root, args, settings, sandbox.as_ref())?)?;
    let parallelism = args.parallelism.or(settings.apply.parallelism).unwrap_or(10);
    let retry = retry(settings, sandbox.is_some());
    let reading = RetryPolicy { retries: retry.retries.min(RETRIES_OF_READS), ..retry.clone() };
    Ok(Connected {
        transport: Arc::new(transport),
        store: (!args.stateless)
            .then(|| store::open(&root, args.sandbox.as_deref(), settings))
            .transpose()?,
        refresh: RefreshOptions { lanes, parallelism, retry: reading },
        apply: ApplyOptions {
            lanes,
            parallelism,
            retry,
            // The sandbox of this process has no clones that could be in the way.
            rest: settings.server.rest.unwrap_or(sandbox.is_none()),
            ..ApplyOptions::default()
        },
        sandbox,
    })
}

fn http(
    root: &Path,
    args: &args::Connection,
    settings: &Settings,
    sandbox: Option<&Embedded>,
) -> anyhow::Result<HttpSettings> {
    let mut http = HttpSettings::default();
    if let Some(sandbox) = sandbox {
        http.server = sandbox.url();
        http.token = Some(Secret::new("sandbox".to_owned()));
        return Ok(http);
    }
    let server =
        args.api_server.clone().or_else(|| environment("API_SERVER")).or_else(|| settings.server.url.clone());
    let Some(server) = server else {
        bail!("no API server: pass --api-server URL, set NAUTFORM_API_SERVER, or try --sandbox");
    };
    http.server = server;
    http.token = token(args)?;
    http.ca = match (&args.ca_file, &settings.server.ca_file) {
        (Some(file), _) => {
            Some(std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        (None, Some(file)) => Some(store::certificate(root, file)?),
        (None, None) => None,
    };
    http.request_timeout =
        args.request_timeout.or(settings.server.request_timeout).unwrap_or(http.request_timeout);
    let limit = args.max_requests_per_second.or(settings.server.max_requests_per_second);
    http.requests_per_second = limit.unwrap_or_default();
    Ok(http)
}

fn token(args: &args::Connection) -> anyhow::Result<Option<Secret>> {
    let text = match &args.token_file {
        Some(file) => {
            Some(std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        None => environment("NAUTFORM_TOKEN").or_else(|| environment("GIT_TOKEN")),
    };
    match text.map(|text| text.trim().to_owned()) {
        Some(text) if !text.is_empty() => Ok(Some(Secret::new(text))),
        _ => bail!(
            "no token: set NAUTFORM_TOKEN (or GIT_TOKEN) to a GitLab access token, or pass --token-file"
        ),
    }
}

/// A variable that is set and not empty.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
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
