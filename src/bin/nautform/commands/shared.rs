//! Arguments that several commands have, and what they mean to the library.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use clap::builder::{
    NonEmptyStringValueParser, PossibleValuesParser, RangedU64ValueParser, TypedValueParser,
};
use clap_complete::ArgValueCompleter;

use nautform::output::markdown::Note;
use nautform::output::text::{self, Sides};
use nautform::{
    Address, CodeHost, ConnectOptions, Edited, Mode, OpenOptions, Origin, Pattern, Permissions, PlanRequest,
    Refresh, SelectionOptions, SendSecrets, Session, SettingsFrom, SourceMap, Trust,
    parse_duration as duration,
};

use crate::completion::{addresses, environments};
use crate::environment;
use crate::failure::{Failure, Result};
use crate::terminal;

/// Where manifests come from and what fills them in.
#[derive(Clone, Debug, Args)]
pub(crate) struct ManifestArgs {
    /// Directory of manifests, a part of it (a file, a directory in it), or `-` for standard input
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Fail if a file or a document among the manifests is not one; .nautformignore names exceptions
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
}

/// What fills manifests in.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct VariableArgs {
    /// Set a variable for ${NAME} in manifests; other processes see it, unlike NAUTFORM_VAR_NAME
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) var: Vec<String>,
    /// Read variables from a YAML or JSON map
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
    /// The same, of values that are never shown: (sensitive value) in plans, a keyed hash in the state
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_var_file: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// Which settings count, and what the owner of a pipeline decides whatever the directory says.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TrustArgs {
    /// The environment of nautform.yaml that is meant; needed where several are declared, and read from
    /// nowhere else
    #[arg(short, long, value_name = "NAME", add = ArgValueCompleter::new(environments))]
    pub(crate) env: Option<String>,
    /// Read the settings from this file, not from nautform.yaml (else NAUTFORM_SETTINGS)
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    pub(crate) settings: Option<PathBuf>,
    /// Read no settings
    #[arg(long, conflicts_with = "settings", help_heading = "Trust")]
    pub(crate) no_settings: bool,
    /// Also read secrets and certificates that manifests and settings name in this directory (else
    /// NAUTFORM_SECRETS_DIR)
    #[arg(long, value_name = "DIR", help_heading = "Trust")]
    pub(crate) secrets_below: Option<PathBuf>,
    /// Send credentials by plain HTTP, too, and not to this machine only (else NAUTFORM_ALLOW_HTTP=true)
    #[arg(long, help_heading = "Trust")]
    pub(crate) allow_http: bool,
}

impl TrustArgs {
    /// A directory, as these arguments say it.
    pub(crate) fn open_options(&self, dir: &Path) -> OpenOptions {
        OpenOptions { chosen: self.env.clone(), trust: self.trust(), ..open_options(dir) }
    }

    fn trust(&self) -> Trust {
        let named = || environment::get("NAUTFORM_SETTINGS").map(PathBuf::from);
        let settings = match self.settings.clone().or_else(named) {
            _ if self.no_settings => SettingsFrom::Nowhere,
            Some(file) => SettingsFrom::File(file),
            None => SettingsFrom::Fleet,
        };
        let secrets = || environment::get("NAUTFORM_SECRETS_DIR").map(PathBuf::from);
        let secrets = self.secrets_below.clone().or_else(secrets);
        Trust { settings, allow_http: self.allow_http, secrets }
    }

    /// Whether plain HTTP is permitted.
    pub(crate) fn allows_http(&self) -> bool {
        self.allow_http || environment::all().allows_http()
    }
}

impl ManifestArgs {
    /// What to open.
    pub(crate) fn options(&self) -> Result<OpenOptions> {
        let named = self.dir.to_str().and_then(|dir| dir.parse::<Address>().ok());
        if let Some(address) = named.filter(|_| !self.dir.exists()) {
            let message =
                format!("{address} is an address where a directory is expected: pass --target={address}");
            return Err(usage(&message));
        }
        let mut options = self.variables.options(&self.dir)?;
        options.strict = self.strict;
        if self.dir == Path::new("-") {
            options.standard_input = Some(Arc::new(terminal::read_input));
        }
        Ok(options)
    }

    /// Opens the fleet of the manifests.
    pub(crate) fn open(&self, connection: ConnectOptions) -> Result<Session> {
        self.open_as(&LabelArgs::default(), connection)
    }

    /// Opens the fleet of the manifests, under the name that notes, metrics and messages have for it.
    pub(crate) fn open_as(&self, label: &LabelArgs, connection: ConnectOptions) -> Result<Session> {
        let label = label.label.clone();
        Ok(Session::open(OpenOptions { connection, label, ..self.options()? })?)
    }
}

/// What the fleet is called.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LabelArgs {
    /// What notes, metrics and messages call the fleet (else its name in nautform.yaml, else its path in the
    /// repository)
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) label: Option<String>,
}

impl VariableArgs {
    /// What to open in a directory.
    pub(crate) fn options(&self, dir: &Path) -> Result<OpenOptions> {
        let mut options = self.trust.open_options(dir);
        for pair in &self.var {
            // Not quoted: it may be a value.
            let (name, value) = pair.split_once('=').ok_or_else(|| anyhow!("--var: write NAME=VALUE"))?;
            options.variables.insert(name.to_owned(), value.to_owned());
        }
        options.variable_files.clone_from(&self.var_file);
        options.secret_files.clone_from(&self.secret_var_file);
        Ok(options)
    }
}

/// A directory with the environment and the terminal of this process.
fn open_options(dir: &Path) -> OpenOptions {
    OpenOptions {
        environment: environment::all(),
        notify: terminal::notices(),
        hints: crate::hints::text,
        ..OpenOptions::new(dir)
    }
}

/// Shows what was changed in manifests.
pub(crate) fn show_edited(all: &[Edited]) -> Result<()> {
    let style = terminal::output_style();
    terminal::text(|out| {
        all.iter().filter(|file| file.before != file.after).try_for_each(|file| {
            let texts = Sides { before: &file.before, after: &file.after };
            let shown = Sides { before: &file.before_shown, after: &file.after_shown };
            text::edited(&file.path, texts, shown, style, out)
        })
    })?;
    Ok(())
}

/// Which part of the directory.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArgs {
    /// Only these objects and what they need; globs such as Cluster/host-* or Product/shop, which covers all
    /// in it
    #[arg(long, value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    pub(crate) target: Vec<Pattern>,
    /// Not these objects, nor what needs them
    #[arg(long, value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    pub(crate) exclude: Vec<Pattern>,
    /// Standard input (`-`) is the whole fleet: delete what is in the state and not declared
    #[arg(long)]
    pub(crate) complete: bool,
    /// Only manifests that changed in Git since this revision (its merge base with HEAD), and what they need
    #[arg(long, value_name = "REV", conflicts_with = "target")]
    pub(crate) changed_since: Option<String>,
}

impl SelectionArgs {
    pub(crate) fn options(&self) -> SelectionOptions {
        SelectionOptions {
            targets: self.target.clone(),
            exclude: self.exclude.clone(),
            complete: self.complete,
            changed_since: self.changed_since.clone(),
        }
    }

    /// Whether any of the flags was given.
    pub(crate) fn is_given(&self) -> bool {
        !self.target.is_empty() || !self.exclude.is_empty() || self.changed_since.is_some() || self.complete
    }
}

/// What a run may do that is refused otherwise.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Guards")]
pub(crate) struct GuardArgs {
    /// Also delete objects on the server that are in no manifest and not in the state;
    /// `--prune=Product/shop`, `--prune=*`
    #[arg(long, value_name = "PATTERN", require_equals = true, add = ArgValueCompleter::new(addresses))]
    pub(crate) prune: Vec<Pattern>,
    /// Also send what the server does not return (kubeconfigs) and nautform has never sent;
    /// `--send-secrets=Cluster/host-a` sends it in any case
    #[arg(
        long,
        value_name = "PATTERN",
        num_args = 0..=1,
        require_equals = true,
        add = ArgValueCompleter::new(addresses)
    )]
    pub(crate) send_secrets: Option<Option<Pattern>>,
    /// Lift nautform.dev/prevent-destroy from one object for this run
    #[arg(long, value_name = "ADDRESS", add = ArgValueCompleter::new(addresses))]
    pub(crate) unprotect: Vec<Address>,
    /// Allow replacements that delete and create again what uses the replaced object
    #[arg(long)]
    pub(crate) allow_replace: bool,
    /// Allow up to N deletes, whatever the threshold
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) allow_deletes: usize,
    /// Allow up to N updates, whatever the threshold
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) allow_updates: usize,
    /// Send the write or delete of this object without the server's checks of its product, where that brings
    /// a product nearer to valid that refuses every write
    #[arg(long, value_name = "ADDRESS", add = ArgValueCompleter::new(addresses))]
    pub(crate) unchecked: Vec<Address>,
    /// Do not carry the plan out against a copy of the live state first
    #[arg(long)]
    pub(crate) no_rehearse: bool,
}

impl GuardArgs {
    /// Whether secrets are to be sent that are not known to differ.
    pub(crate) fn sends_secrets(&self) -> bool {
        self.send_secrets.is_some()
    }

    /// What to plan of a part of the directory.
    pub(crate) fn request(&self, mode: Mode, selection: &SelectionArgs) -> PlanRequest {
        PlanRequest {
            selection: selection.options(),
            prune: self.prune.clone(),
            send: match &self.send_secrets {
                None => SendSecrets::Nothing,
                Some(None) => SendSecrets::NeverSent,
                Some(Some(pattern)) => SendSecrets::Of(pattern.clone()),
            },
            permissions: Permissions {
                unprotected: self.unprotect.iter().cloned().collect(),
                unchecked: self.unchecked.iter().cloned().collect(),
                replace: self.allow_replace,
                deletes: self.allow_deletes,
                updates: self.allow_updates,
                ..Permissions::default()
            },
            rehearse: !self.no_rehearse,
            ..PlanRequest::new(mode)
        }
    }
}

/// What is notified of the end of a run.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NotifyArgs {
    /// File that holds the URL of a webhook for the result, if anything happened (else NAUTFORM_WEBHOOK)
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_file: Option<PathBuf>,
}

/// Which server, and with which token.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ConnectionArgs {
    /// URL of the Nautes API server (else NAUTFORM_API_SERVER)
    #[arg(long, value_name = "URL")]
    pub(crate) api_server: Option<String>,
    /// File that holds the GitLab access token (else NAUTFORM_TOKEN or GIT_TOKEN)
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// CA certificate to trust besides the system's, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// How long one request may take, such as 90s or 5m (2m)
    #[arg(long, value_parser = request_timeout, value_name = "TIME")]
    pub(crate) request_timeout: Option<Duration>,
    /// How long the server may fail before the run gives up (1m); every other answer renews it
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub(crate) retry_timeout: Option<Duration>,
    /// Limit the rate of requests
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) max_requests_per_second: Option<u32>,
    /// How many requests may run at once where the server can handle it (10)
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000))]
    pub(crate) parallelism: Option<usize>,
    /// How to read products: from Git where the token may (auto), from Git only, or through the API
    #[arg(long, env = "NAUTFORM_REFRESH", value_parser = refresh(), default_value = "auto", value_name = "WAY")]
    pub(crate) refresh: Refresh,
    /// Use a sandbox inside this process instead of a server
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) sandbox: Option<String>,
    /// Use no state: nothing is saved, and nothing is deleted because its manifest was removed
    #[arg(long)]
    pub(crate) stateless: bool,
}

impl ConnectionArgs {
    pub(crate) fn options(&self) -> ConnectOptions {
        ConnectOptions {
            api_server: self.api_server.clone(),
            token_file: self.token_file.clone(),
            ca_file: self.ca_file.clone(),
            request_timeout: self.request_timeout,
            retry_timeout: self.retry_timeout,
            max_requests_per_second: self.max_requests_per_second,
            parallelism: self.parallelism,
            sandbox: self.sandbox.clone(),
            stateless: self.stateless,
            no_lock: false,
            refresh: self.refresh,
        }
    }
}

/// How products are read.
fn refresh() -> impl TypedValueParser<Value = Refresh> {
    PossibleValuesParser::new(["auto", "git", "api"]).map(|way| match way.as_str() {
        "git" => Refresh::Git,
        "api" => Refresh::Api,
        _ => Refresh::Auto,
    })
}

/// The state's lock.
#[derive(Clone, Debug, Args)]
pub(crate) struct LockArgs {
    /// How long to wait for the state's lock, such as 90s or 10m
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) lock_timeout: Duration,
    /// Write the state without its lock; only if no other run can write it meanwhile
    #[arg(long)]
    pub(crate) no_lock: bool,
}

/// Which state.
#[derive(Clone, Debug, Args)]
pub(crate) struct StateArgs {
    /// The directory of manifests
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The state of a sandbox instead
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) sandbox: Option<String>,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
}

/// The directory of a command that otherwise takes `--dir`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PlaceArgs {
    /// The same as --dir
    #[arg(value_name = "DIR", conflicts_with = "dir")]
    pub(crate) place: Option<PathBuf>,
}

/// An object that an argument names, or the directory of manifests.
#[derive(Clone, Debug)]
pub(crate) enum Subject<T> {
    Object(T),
    Directory(PathBuf),
}

impl<T: FromStr> FromStr for Subject<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> std::result::Result<Self, T::Err> {
        match text.parse() {
            Ok(object) => Ok(Self::Object(object)),
            Err(_) if Path::new(text).is_dir() => Ok(Self::Directory(text.into())),
            Err(error) => Err(error),
        }
    }
}

/// The objects, and the directory if one is among the arguments.
pub(crate) fn subjects<T: Clone>(all: &[Subject<T>], dir: &Path) -> Result<(Vec<T>, PathBuf)> {
    let mut objects = Vec::new();
    let mut directory = None;
    for subject in all {
        match subject {
            Subject::Object(object) => objects.push(object.clone()),
            Subject::Directory(_) if directory.is_some() => return Err(usage("name one directory only")),
            Subject::Directory(named) => directory = Some(named.clone()),
        }
    }
    if directory.is_some() && dir != Path::new(".") {
        return Err(usage("name the directory once: as an argument or with --dir"));
    }
    Ok((objects, directory.unwrap_or_else(|| dir.to_owned())))
}

impl StateArgs {
    /// Opens the fleet of the directory, which may be an argument; no server is needed.
    pub(crate) fn open_at(&self, place: &PlaceArgs) -> Result<Session> {
        self.open_in(place.place.as_deref().unwrap_or(&self.dir))
    }

    /// Opens the fleet of this directory.
    pub(crate) fn open_in(&self, dir: &Path) -> Result<Session> {
        let sandbox = self.sandbox.clone();
        let connection = ConnectOptions { sandbox, no_lock: self.lock.no_lock, ..ConnectOptions::default() };
        Ok(Session::open(OpenOptions { connection, ..self.trust.open_options(dir) })?)
    }
}

/// A time in which a server can answer. The limits are those of the settings.
fn request_timeout(text: &str) -> std::result::Result<Duration, String> {
    let time = duration(text).map_err(|error| error.to_string())?;
    if time < Duration::from_secs(1) {
        return Err(format!("'{text}' is less than 1s"));
    }
    Ok(time)
}

/// An error of usage that clap can't find.
pub(crate) fn usage(message: &str) -> Failure {
    anyhow!("{message}").into()
}

/// Longer notes are not read, in bytes: the rest is in the log.
const READ: usize = 200_000;

/// How notes for merge requests are written: short enough for the host that runs the job.
pub(crate) fn note<'a>(origin: &'a Origin, sources: Option<&'a SourceMap>) -> Note<'a> {
    let github = CodeHost::GitHub.runs_job(&environment::get);
    let host = if github { CodeHost::GitHub } else { CodeHost::GitLab };
    Note { origin, sources, hints: crate::hints::text, limit: host.note_limit().min(READ) }
}

/// The log of this run in CI.
pub(crate) fn job() -> Option<String> {
    environment::all().ci_job()
}
