//! `nautform.yaml`: settings beside the manifests that are no secrets. Flags and the environment win over it.

mod parse;

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::config::resolve::ignore::IgnoreRule;
use crate::files::worktree::{ReadError, WorkTree};
use crate::plan::drift::Suppression;
use crate::plan::guard::Thresholds;
use crate::plan::moves::Move;
use crate::resource::Lanes;

/// The largest file of settings, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// The file's content; everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Settings {
    /// The API server.
    pub server: Server,
    /// How to write.
    pub apply: Apply,
    /// Where the state is kept.
    pub state: StateSettings,
    /// How much may change at once.
    pub thresholds: Thresholds,
    /// Objects that got another name.
    pub moved: Vec<Move>,
    /// Findings of a drift check that need no alarm.
    pub suppress: Vec<Suppression>,
    /// Fields that are neither compared nor changed.
    pub ignore: Vec<IgnoreRule>,
}

/// Where the state is kept. Credentials come from the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct StateSettings {
    /// `local` (in `.nautform` beside the manifests), `http`, `gitlab` or `s3`.
    pub backend: Backend,
    /// `http`: the state's URL (else `TF_HTTP_ADDRESS`).
    pub address: Option<String>,
    /// `http`: the URL that locks (else `TF_HTTP_LOCK_ADDRESS`).
    pub lock_address: Option<String>,
    /// `http`: the URL that unlocks (else `TF_HTTP_UNLOCK_ADDRESS`).
    pub unlock_address: Option<String>,
    /// `http`: how to write; `POST`.
    pub update_method: Option<String>,
    /// `http`: how to lock; `LOCK`.
    pub lock_method: Option<String>,
    /// `http`: how to unlock; `UNLOCK`.
    pub unlock_method: Option<String>,
    /// `http`, `gitlab`: the user's name (else `NAUTFORM_HTTP_USERNAME`, `TF_HTTP_USERNAME`).
    pub username: Option<String>,
    /// `gitlab`: the state's name.
    pub name: Option<String>,
    /// `gitlab`: the project, a number or a path (else `CI_PROJECT_ID`).
    pub project: Option<String>,
    /// `gitlab`: the API's URL (else `CI_API_V4_URL`).
    pub api: Option<String>,
    /// `s3`: the bucket.
    pub bucket: Option<String>,
    /// `s3`: the state's key; the lock's is `<key>.lock`.
    pub key: Option<String>,
    /// `s3`: the region (else `AWS_REGION`, `AWS_DEFAULT_REGION`).
    pub region: Option<String>,
    /// `s3`: the URL of a store that is not AWS (else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`).
    pub endpoint: Option<String>,
    /// `s3`: whether the bucket is part of the path; true with an endpoint, false with AWS.
    pub path_style: Option<bool>,
    /// `s3`: how long the lock outlives a holder that is gone: `60s`.
    pub lease: Option<String>,
    /// All but `local`: a CA certificate, PEM, relative to the file.
    pub ca_file: Option<String>,
    /// All but `local`: the shortest time between two saves of a running apply: `10s`; `0s` saves each step.
    pub save_interval: Option<String>,
}

/// Kinds of stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// A file beside the manifests.
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
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Server {
    /// Its URL.
    pub url: Option<String>,
    /// A CA certificate, PEM, relative to the file.
    pub ca_file: Option<String>,
    /// `shared` (v0.4) or `per-product`.
    pub lanes: Option<Lanes>,
    /// Whether lanes rest after writes that leave clones behind (§8.2).
    pub rest: Option<bool>,
    /// How long a request may take: `10m`.
    pub request_timeout: Option<String>,
    /// At most so many requests in a second.
    pub max_requests_per_second: Option<u32>,
}

/// How to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Apply {
    /// How many requests may run at once.
    pub parallelism: Option<usize>,
    /// How often one request is repeated that failed in passing: 10, and one that only reads at most 6 times.
    pub retries: Option<usize>,
    /// How often a run repeats requests altogether before it starts nothing new: half the operations, at least 50.
    pub run_retries: Option<usize>,
    /// How long to wait for clusters to reach Kubernetes: `10m`.
    pub sync_timeout: Option<String>,
    /// How long to wait for GitLab to finish deletes: `5m`.
    pub delete_timeout: Option<String>,
}

/// The file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It exists and can't be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// It says something that is not understood.
    #[error("{path}:{reason}")]
    Invalid {
        /// The file.
        path: String,
        /// Where and what: `1:2: unknown setting`.
        reason: String,
    },
    /// A duration can't be read as one.
    #[error("nautform.yaml: {key} is not a duration such as 90s, 10m or 1h30m")]
    Duration {
        /// The setting.
        key: &'static str,
    },
}

/// Reads `nautform.yaml` of a directory; without one, nothing is set.
///
/// # Errors
/// If it can't be read or understood.
pub fn read(directory: &Path) -> Result<Settings, SettingsError> {
    let path = directory.join(crate::config::load::SETTINGS);
    let invalid = |reason| SettingsError::Invalid { path: path.display().to_string(), reason };
    let bytes = match WorkTree::around(directory).read(&path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => return Ok(Settings::default()),
        Err(error) => return Err(error.into()),
    };
    let text = String::from_utf8(bytes).map_err(|_| invalid(" it is not UTF-8 text".to_owned()))?;
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Settings::default());
    }
    parse::parse(&text).map_err(invalid)
}

/// The duration that a setting of this name is.
///
/// # Errors
/// If it is none; its value is not shown.
pub fn duration_of(key: &'static str, text: &str) -> Result<Duration, SettingsError> {
    duration(text).map_err(|_| SettingsError::Duration { key })
}

/// A duration as people write it: `90s`, `10m`, `1h 30m`.
///
/// # Errors
/// A sentence if it is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| format!("'{text}' is no duration such as 90s, 10m or 1h30m"))?;
    Duration::try_from(span).map_err(|_| format!("'{text}' is negative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_settings_are_errors_and_durations_read_as_written() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read(directory.path()).unwrap(), Settings::default());
        let file = directory.path().join("nautform.yaml");
        std::fs::write(&file, "server:\n  url: https://nautes:8000\n  lanes: per-product\n").unwrap();
        assert_eq!(read(directory.path()).unwrap().server.lanes, Some(Lanes::PerProduct));
        std::fs::write(&file, "server:\n  token: x\n").unwrap();
        assert!(read(directory.path()).unwrap_err().to_string().contains("token"));
        assert_eq!(duration("10m").unwrap(), Duration::from_secs(600));
        assert_eq!(duration("1h 30m").unwrap(), Duration::from_secs(5400));
        assert!(duration("soon").is_err());
    }
}
