//! A session: one fleet, whose root is found and whose settings are read once.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::config::load::{self, LoadOptions, Skipped};
use crate::config::resolve::{expiry, levels, unused};
use crate::config::settings::{self, Settings};
use crate::live::client::Identity;
use crate::live::snapshot::{Reading, Watch};
use crate::model::diagnostic::{Diagnostic, Diagnostics, SourceMap};
use crate::model::hint::{self, HintText};
use crate::plan::{Origin, Stale};
use crate::resource::Address;
use crate::resource::catalogue::Catalogue;
use crate::state::{LockInfo, State, Store, StoreError};

use super::addresses::{Addresses, Endpoint, SettingsFrom, Trust};
use super::backend::{self, Place};
use super::connect::{ConnectOptions, Connected, connect};
use super::environment::Environment;
use super::environments::{self, Declarations, EnvironmentError};
use super::error::SessionError;
use super::fleet::Fleet;
use super::label;
use super::validate::{Input, Validated, validate};

/// Something worth showing while an operation goes on.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// Errors and warnings about manifests and settings.
    Diagnostics(&'a Diagnostics, &'a SourceMap),
    /// Files and documents among the manifests that are not manifests.
    Skipped(&'a [Skipped]),
    /// The manifests are a part of the fleet in this directory.
    PartOfFleet(&'a Path),
    /// `nautform.yaml` chose where credentials are sent.
    NamedBySettings {
        /// What is reached there.
        endpoint: Endpoint,
        /// The URL.
        url: &'a str,
    },
    /// `NAUTFORM_TOKEN` is set and empty: the token is that of this variable.
    EmptyToken(&'static str),
    /// The state has the steps of a killed run, from the journal in `.nautform`.
    JournalFolded,
    /// A drift check has no state to compare with.
    NoState,
    /// A state that an older version of nautform wrote is now bound to this server.
    Bound {
        /// The server.
        server: &'a Identity,
    },
    /// The saved plan of an older version names no server: it is taken to be for this one.
    UnboundPlan {
        /// The server.
        server: &'a Identity,
    },
    /// The lock is held: the operation waits for it.
    WaitsForLock {
        /// Who holds it, as far as it is known.
        holder: &'a LockInfo,
        /// For how long at most.
        timeout: Duration,
    },
    /// GitLab still deletes this object, which is declared again: the operation waits for it.
    WaitsForDeletion(&'a Address),
    /// About how long the plan takes, from how long a read of the server took.
    TakesAbout {
        /// How long.
        duration: Duration,
        /// How long a read took.
        read: Duration,
    },
    /// While the plan waited for its approval, others changed what it touches: it is shown anew.
    ChangedMeanwhile(&'a [Stale]),
    /// The lock could not be released.
    NotUnlocked(&'a StoreError),
    /// The live state is being read: shown once a second, and at the end.
    Reading(&'a Reading),
    /// The sandbox could not save its data; its log has all changes.
    SandboxNotSaved(&'a io::Error),
}

/// Reads standard input as text.
pub type StandardInput = Arc<dyn Fn() -> io::Result<String> + Send + Sync>;

/// Shows notices.
pub type Notify = Arc<dyn Fn(Notice<'_>) + Send + Sync>;

/// What a session is opened with.
#[derive(Clone)]
pub struct OpenOptions {
    /// A directory of manifests, a part of it (a file, a directory in it), or `-` for standard input.
    pub path: PathBuf,
    /// The environment of `nautform.yaml` that is meant, where it declares several.
    pub chosen: Option<String>,
    /// Reads standard input, if `path` is `-`. Called once, while the server is read already.
    pub standard_input: Option<StandardInput>,
    /// What the fleet is called in notes, metrics and messages, if not by its name or its path.
    pub label: Option<String>,
    /// Values for `${NAME}` in manifests.
    pub variables: BTreeMap<String, String>,
    /// Files with values for `${NAME}` in manifests.
    pub variable_files: Vec<PathBuf>,
    /// Files with secret values, which only secret fields of manifests may use.
    pub secret_files: Vec<PathBuf>,
    /// Whether it is an error if a file or a document among the manifests is not one.
    pub strict: bool,
    /// The environment: variables of manifests, tokens, credentials of the state's store.
    pub environment: Environment,
    /// The server.
    pub connection: ConnectOptions,
    /// What the directory does not decide.
    pub trust: Trust,
    /// What time it is.
    pub clock: fn() -> jiff::Zoned,
    /// Shows notices.
    pub notify: Notify,
    /// How this program words hints.
    pub hints: HintText,
}

impl OpenOptions {
    /// The fleet of a path, an empty environment, the clock of the system, no notices.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            chosen: None,
            standard_input: None,
            label: None,
            variables: BTreeMap::new(),
            variable_files: Vec::new(),
            secret_files: Vec::new(),
            strict: false,
            environment: Environment::default(),
            connection: ConnectOptions::default(),
            trust: Trust::default(),
            clock: jiff::Zoned::now,
            notify: Arc::new(|_| {}),
            hints: hint::plain,
        }
    }

    /// Loads and resolves the manifests, offline, and looks for objects that no other one needs.
    ///
    /// # Errors
    /// If standard input can't be read, or no environment is chosen. Errors of the manifests are in the
    /// result.
    pub fn validate(&self) -> Result<Validated, SessionError> {
        self.validate_with(&self.input()?, self.settings(self.read_settings())?, Care::Thorough)
    }

    /// The names of the environments that the settings declare.
    pub fn environments(&self) -> Vec<String> {
        self.read_settings().environments.into_iter().map(|declared| declared.name).collect()
    }

    /// Where and when something is made of a fleet that may not be usable.
    pub fn origin(&self) -> Origin {
        let fleet = Fleet::of(&self.path);
        let read = self.read_settings();
        let named = || label::label(read.settings.fleet.as_deref(), &fleet, &self.path);
        let label = self.label.clone().unwrap_or_else(named);
        let is_chosen = |name: &&String| read.environments.iter().any(|declared| declared.name == **name);
        let environment = self.chosen.as_ref().filter(is_chosen).cloned();
        Origin {
            // Neither the names of fleets nor those of environments have an at sign.
            label: environment.iter().fold(label, |label, environment| format!("{label}@{environment}")),
            environment,
            created: (self.clock)().timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            server: None,
            commit: self.environment.ci_commit(),
            job: self.environment.ci_job(),
            fingerprint: None,
        }
    }

    /// Reads the settings of the fleet, whatever environment is chosen.
    pub(crate) fn read_settings(&self) -> settings::Loaded {
        let today = (self.clock)().date();
        match &self.trust.settings {
            SettingsFrom::Fleet => settings::load(&Fleet::of(&self.path).root, today),
            SettingsFrom::File(file) => settings::load_file(file, today),
            SettingsFrom::Nowhere => settings::Loaded::default(),
        }
    }

    /// The settings of the environment that is chosen. What they say about environments can't be used if they
    /// have errors.
    pub(super) fn settings(&self, read: settings::Loaded) -> Result<settings::Loaded, EnvironmentError> {
        if read.diagnostics.has_errors() {
            return Ok(read);
        }
        Ok(self.with_warnings(environments::choose(read, self.chosen.as_deref())?))
    }

    /// With what only the process environment shows.
    pub(super) fn with_warnings(&self, mut read: settings::Loaded) -> settings::Loaded {
        self.read_platform(&mut read);
        let state = &read.settings.state;
        let is_used = self.connection.sandbox.is_none() && !self.connection.stateless;
        let is_used = is_used && !read.diagnostics.has_errors();
        let warning = state.place.filter(|_| is_used && backend::lacks_address(state, &self.environment));
        // The variable may be set elsewhere, so it is not an error before the state is needed.
        read.diagnostics.extend(warning.map(|place| {
            Diagnostic::warning("missing-field", "the address of the state is not known")
                .at(place)
                .help("set state.address, or TF_HTTP_ADDRESS")
        }));
        read
    }

    /// The addresses of the objects that a directory declares, in no order, offline. Nothing is checked.
    pub fn addresses(&self) -> Vec<Address> {
        let read = self.read_settings();
        let read = self.settings(read.clone()).unwrap_or(read);
        load::addresses(&self.path, &self.load_options(&read))
    }

    /// What manifests are loaded with.
    fn load_options(&self, read: &settings::Loaded) -> LoadOptions {
        let fleet = self.standard_input.is_none().then(|| Fleet::of(&self.path));
        LoadOptions {
            of_settings: self.of_settings(read),
            variables: self.variables.clone(),
            variable_files: self.variable_files.clone(),
            secret_files: self.secret_files.clone(),
            environment: self.environment.all(),
            below: fleet.as_ref().map(|fleet| fleet.below.clone()).unwrap_or_default(),
            fleet: fleet.map(|fleet| fleet.root),
            others: match &self.trust.settings {
                SettingsFrom::File(file) => vec![file.clone()],
                SettingsFrom::Fleet | SettingsFrom::Nowhere => Vec::new(),
            },
            strict: self.strict,
            secrets: self.trust.secrets.clone(),
            hints: Some(self.hints),
        }
    }

    /// What manifests are loaded with where it does not matter which environment is chosen.
    pub(super) fn any_load_options(&self) -> LoadOptions {
        let read = self.read_settings();
        let first = read.environments.first().map(|declared| declared.name.clone());
        let name = self.chosen.clone().or(first);
        self.load_options(&environments::choose(read.clone(), name.as_deref()).unwrap_or(read))
    }

    pub(super) fn input(&self) -> Result<Input, SessionError> {
        Ok(match &self.standard_input {
            Some(read) => Input::Text(read().map_err(SessionError::StandardInput)?),
            None => Input::Path(self.path.clone()),
        })
    }

    pub(super) fn validate_with(
        &self,
        input: &Input,
        settings: settings::Loaded,
        care: Care,
    ) -> Result<Validated, SessionError> {
        let options = self.load_options(&settings);
        let mut validated = validate(input, &options, settings, (self.clock)().date());
        // Other manifests may declare what a part of the fleet does not.
        let is_whole = self.standard_input.is_none() && !Fleet::of(&self.path).is_part;
        let Validated { settings, configuration, manifests, .. } = &mut validated;
        if is_whole && !manifests.diagnostics.has_errors() {
            unused::warn(settings, configuration, &mut manifests.diagnostics);
            if care == Care::Thorough {
                unused::objects(configuration, &mut manifests.diagnostics);
            }
        }
        expiry::warn(configuration, manifests, (self.clock)().timestamp());
        levels::apply(&settings.lint, &manifests.sources, &mut manifests.diagnostics);
        Ok(validated)
    }
}

/// How much is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// What matters for a plan.
    Usual,
    /// What has no use, too.
    Thorough,
}

/// One fleet: its settings, its manifests, the store of its state and its server. Operations load the
/// manifests and connect themselves.
#[derive(Clone)]
pub struct Session {
    pub(crate) options: OpenOptions,
    pub(crate) fleet: Fleet,
    pub(crate) settings: Settings,
    /// The settings as they were read, with warnings.
    pub(super) read: settings::Loaded,
}

impl Session {
    /// Finds the fleet and reads its settings. Manifests and state are not read yet, and nothing is
    /// connected.
    ///
    /// # Errors
    /// If the settings can't be used, or the fleet's own files are links to the outside.
    pub fn open(options: OpenOptions) -> Result<Self, SessionError> {
        let fleet = Fleet::of(&options.path);
        let read = options.settings(options.read_settings())?;
        if read.diagnostics.has_errors() {
            (options.notify)(Notice::Diagnostics(&read.diagnostics, &read.sources));
            return Err(SessionError::Settings);
        }
        backend::check(&fleet.root)?;
        Ok(Self { options, fleet, settings: read.settings.clone(), read })
    }

    /// The directory that settings and state belong to.
    pub fn root(&self) -> &Path {
        &self.fleet.root
    }

    /// The fleet's name in `nautform.yaml`, if it has one.
    pub fn fleet_name(&self) -> Option<&str> {
        self.settings.fleet.as_deref()
    }

    /// The names of the environments that `nautform.yaml` declares.
    pub fn environments(&self) -> impl Iterator<Item = &String> {
        self.read.environments.iter().map(|declared| &declared.name)
    }

    /// The environment that is chosen, if there are any.
    pub fn environment(&self) -> Option<&str> {
        self.settings.environment.as_deref()
    }

    /// The fleet with what its settings say for all environments.
    pub(crate) fn without_environment(&self) -> Self {
        let read = self.options.read_settings();
        let options = OpenOptions { chosen: None, ..self.options.clone() };
        Self { options, fleet: self.fleet.clone(), settings: read.settings.clone(), read }
    }

    /// What the fleet, or the part of it that was opened, is called where there may be others: as the program
    /// says, else by its name in `nautform.yaml`, else by its path in the repository.
    pub fn label(&self) -> String {
        self.options.origin().label
    }

    /// Loads the manifests with the `ignore:` rules of the settings. Diagnostics are given to
    /// [`OpenOptions::notify`].
    ///
    /// # Errors
    /// If the manifests have errors.
    pub fn load(&self) -> Result<Validated, SessionError> {
        let input = self.options.input()?;
        self.checked(self.options.validate_with(&input, self.read.clone(), Care::Usual)?)
    }

    pub(super) fn checked(&self, validated: Validated) -> Result<Validated, SessionError> {
        let manifests = &validated.manifests;
        if !manifests.skipped.is_empty() {
            self.notify(Notice::Skipped(&manifests.skipped));
        }
        self.notify(Notice::Diagnostics(&manifests.diagnostics, &manifests.sources));
        if manifests.diagnostics.has_errors() { Err(SessionError::Manifests) } else { Ok(validated) }
    }

    /// The state, if there is one, which must be of this fleet.
    pub(crate) async fn load_state(&self, connected: &mut Connected) -> Result<Option<State>, SessionError> {
        let Some(store) = &mut connected.store else { return Ok(None) };
        let state = store.load().await?;
        state.iter().try_for_each(|state| self.check_owner(state))?;
        Ok(state)
    }

    /// Says that steps of a killed run are part of the state: what a plan shows depends on them.
    pub(crate) fn say_folded(&self, is_folded: bool) {
        if is_folded {
            self.notify(Notice::JournalFolded);
        }
    }

    pub(crate) async fn connect(&self) -> Result<Connected, SessionError> {
        let addresses = self.addresses();
        let mut connected = connect(self.place(&addresses), &self.options.connection).await?;
        if let Some(variable) = connected.fallback {
            self.notify(Notice::EmptyToken(variable));
        }
        for (endpoint, url) in &connected.named_by_settings {
            self.notify(Notice::NamedBySettings { endpoint: *endpoint, url });
        }
        let notify = Arc::clone(&self.options.notify);
        connected.refresh.watch = Watch::new(move |reading| notify(Notice::Reading(reading)));
        Ok(connected)
    }

    /// The store of the state, without a connection to the server.
    pub(crate) fn store(&self) -> Result<Box<dyn Store>, SessionError> {
        let sandbox = self.options.connection.sandbox.as_deref();
        Ok(backend::open(self.place(&self.addresses()), sandbox)?.0)
    }

    /// Ends what a connection has started.
    pub(crate) async fn close(&self, connected: Connected) {
        if let Err(error) = connected.close().await {
            self.notify(Notice::SandboxNotSaved(&error));
        }
    }

    pub(crate) fn notify(&self, notice: Notice<'_>) {
        (self.options.notify)(notice);
    }

    pub(crate) fn now(&self) -> jiff::Zoned {
        (self.options.clock)()
    }

    /// Where and when something is made, of what this server has.
    pub(crate) fn origin(&self, server: Option<Identity>) -> Origin {
        Origin { server: server.map(|server| server.name), ..self.options.origin() }
    }

    /// What the platform offers, if it is not what v0.4.2 brings.
    pub(crate) fn catalogue(&self) -> Option<Arc<Catalogue>> {
        self.read.catalogue.clone()
    }

    /// What manifests are loaded with.
    pub(crate) fn load_options(&self) -> LoadOptions {
        self.options.load_options(&self.read)
    }

    fn addresses(&self) -> Addresses {
        Addresses::new(&self.options.trust, &self.options.environment)
    }

    fn place<'a>(&'a self, addresses: &'a Addresses) -> Place<'a> {
        let Self { settings, options, read, fleet } = self;
        let OpenOptions { environment, trust, .. } = options;
        let declared = Declarations { all: &read.environments, chosen: settings };
        let catalogue = read.catalogue.as_deref();
        Place { root: &fleet.root, settings, environment, declared, catalogue, addresses, trust }
    }
}
