//! What `nautform.yaml` sets. Everything is optional; `keys` says what each setting means, under the same names
//! in camelCase.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::model::diagnostic::Span;
use crate::resource::Lanes;

use super::rules::{FieldRule, Move, MoveRule, Thresholds};

/// The file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// The fleet's name.
    pub fleet: Option<String>,
    /// The environment that they are of, where several are declared.
    #[serde(skip)]
    pub environment: Option<String>,
    /// The API server.
    pub server: Server,
    /// How to write.
    pub apply: Apply,
    /// Where the state is kept.
    pub state: StateSettings,
    /// What the platform offers.
    pub platform: PlatformSettings,
    /// How much may change at once.
    pub thresholds: Thresholds,
    /// What warnings are, where they are not plain warnings.
    #[serde(skip)]
    pub lint: BTreeMap<&'static str, LintLevel>,
    /// Objects that got another name.
    #[serde(skip)]
    pub moved: Vec<MoveRule>,
    /// Findings of a drift check that are not reported.
    #[serde(skip)]
    pub suppress: Vec<FieldRule>,
    /// Fields that are neither compared nor changed.
    #[serde(skip)]
    pub ignore: Vec<FieldRule>,
    /// What fills manifests in, with the lowest rank.
    #[serde(flatten)]
    pub variables: VariableSettings,
}

impl Settings {
    /// The renames.
    pub fn moves(&self) -> Vec<Move> {
        self.moved.iter().map(|rule| rule.addresses.clone()).collect()
    }
}

/// Files with what the platform offers, relative to the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PlatformSettings {
    /// Its components.
    pub components: Option<PathBuf>,
    /// Its hooks.
    pub hooks: Option<PathBuf>,
}

/// What fills manifests in, of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VariableSettings {
    /// Values.
    #[serde(rename = "variables")]
    pub values: BTreeMap<String, String>,
    /// Files of values, relative to the settings; later ones win, and `values` over all.
    #[serde(rename = "variableFiles")]
    pub files: Vec<PathBuf>,
    /// The same, of values that are never shown.
    #[serde(rename = "secretVariableFiles")]
    pub secret_files: Vec<PathBuf>,
}

/// An environment of `nautform.yaml`.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// Its settings, with those that are there for all.
    pub settings: Settings,
}

/// What becomes of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintLevel {
    /// Nothing is said.
    Allow,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

/// Where the state is kept. Credentials come from the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StateSettings {
    /// The kind of store.
    pub backend: Backend,
    /// Where the file names it.
    #[serde(skip)]
    pub place: Option<Span>,
    /// `http`: the state's URL.
    pub address: Option<String>,
    /// `http`: the URL that locks.
    pub lock_address: Option<String>,
    /// `http`: the URL that unlocks.
    pub unlock_address: Option<String>,
    /// `http`: how to write.
    pub update_method: Option<String>,
    /// `http`: how to lock.
    pub lock_method: Option<String>,
    /// `http`: how to unlock.
    pub unlock_method: Option<String>,
    /// `http`, `gitlab`: the user's name.
    pub username: Option<String>,
    /// `gitlab`: the state's name.
    pub name: Option<String>,
    /// `gitlab`: the project, a number or a path.
    pub project: Option<String>,
    /// `gitlab`: the API's URL.
    pub api: Option<String>,
    /// `s3`: the bucket.
    pub bucket: Option<String>,
    /// `s3`: the state's key.
    pub key: Option<String>,
    /// `s3`: the region.
    pub region: Option<String>,
    /// `s3`: the URL of a store that is not AWS.
    pub endpoint: Option<String>,
    /// `s3`: whether the bucket is part of the path.
    pub path_style: Option<bool>,
    /// `s3`: how long the lock outlives its holder.
    pub lease: Option<Duration>,
    /// All but `local`: a CA certificate, PEM, relative to the file.
    pub ca_file: Option<PathBuf>,
    /// All but `local`: the shortest time between two saves of a running apply; zero saves each step.
    pub save_interval: Option<Duration>,
}

/// Kinds of stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// A file in the directory of the manifests.
    #[default]
    Local,
    /// A server that speaks Terraform's http-backend protocol.
    Http,
    /// State that GitLab manages.
    Gitlab,
    /// An object in a store that speaks S3.
    S3,
}

/// The API server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Server {
    /// Its URL.
    pub url: Option<String>,
    /// Where the file says it.
    #[serde(skip)]
    pub place: Option<Span>,
    /// The URL of its GitLab.
    pub gitlab: Option<String>,
    /// The path of the tenant's repository in GitLab.
    pub tenant_repository: Option<String>,
    /// A CA certificate, PEM, relative to the file.
    pub ca_file: Option<PathBuf>,
    /// Which requests exclude each other.
    pub lanes: Option<Lanes>,
    /// Whether to pause after writes that leave clones on the server (§8.2).
    pub rest: Option<bool>,
    /// How long a request may take.
    pub request_timeout: Option<Duration>,
    /// How long the server may fail before it is given up.
    pub retry_timeout: Option<Duration>,
    /// The most requests in a second.
    pub max_requests_per_second: Option<u32>,
}

/// How to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Apply {
    /// How many requests may run at once.
    pub parallelism: Option<usize>,
    /// How often one request is repeated after a temporary error.
    pub retries: Option<usize>,
    /// How often a run repeats requests altogether before it starts nothing new.
    pub run_retries: Option<usize>,
    /// How long to wait for clusters to reach Kubernetes.
    pub sync_timeout: Option<Duration>,
    /// How long to wait for GitLab to finish deletes.
    pub delete_timeout: Option<Duration>,
}
