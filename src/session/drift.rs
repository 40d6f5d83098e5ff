//! `drift`: a plan that is only looked at, compared with an earlier check. Only reads; takes no lock.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::resolve::Configuration;
use crate::config::settings::Thresholds;
use crate::files;
use crate::model::diagnostic::SourceMap;
use crate::plan::drift::{Baseline, BaselineDiff, Findings, suppress};
use crate::plan::{Mode, Origin, Plan};

use super::begin::Begun;
use super::binding::{Bound, check_file};
use super::blame::Blame;
use super::error::SessionError;
use super::fleet::Fleet;
use super::open::{Notice, Session};
use super::plan::{PlanOptions, plan_from};
use super::selection::{PlanRequest, SelectionOptions};

/// What to check.
#[derive(Clone, Debug, Default)]
pub struct DriftRequest {
    /// Which part of the directory.
    pub selection: SelectionOptions,
    /// Whether to look for unmanaged objects.
    pub discover: bool,
    /// Whether to look up who wrote what has drifted.
    pub blame: bool,
    /// The earlier check; without one, all findings are new.
    pub baseline: Option<Baseline>,
}

/// What a check found.
#[derive(Debug)]
pub struct DriftReport {
    /// The plan with its drift; findings that rules of the settings suppress are marked.
    pub plan: Plan,
    /// The texts that its places are in.
    pub sources: SourceMap,
    /// Where and when it was made.
    pub origin: Origin,
    /// The findings.
    pub now: Baseline,
    /// Those of the earlier check.
    pub earlier: Option<Baseline>,
    /// What is new and what is resolved since then.
    pub since_baseline: BaselineDiff,
    /// Who wrote what has drifted, if that was asked for.
    pub blame: Vec<Blame>,
    /// What the manifests declare.
    pub(crate) configuration: Configuration,
}

impl DriftReport {
    /// Whether there is anything to report: with a baseline, only changes are.
    pub fn is_worth_reporting(&self) -> bool {
        self.earlier.is_none() || !self.since_baseline.is_empty()
    }
}

impl Session {
    /// Checks what was changed on the server since the last apply.
    ///
    /// # Errors
    /// If the manifests have errors, or server or state can't be read.
    pub async fn drift(&self, request: DriftRequest) -> Result<DriftReport, SessionError> {
        let DriftRequest { selection, discover, blame, baseline } = request;
        if let Some(baseline) = &baseline {
            self.check_baseline_owner(baseline)?;
        }
        let Begun { connected, validated, state, snapshot } = self.begin(self.is_all(&selection)).await?;
        if state.is_none() {
            self.notify(Notice::NoState);
        }
        let selection = self.select(&selection, &validated, state.as_ref()).await?;
        let request = PlanRequest { discover, rehearse: false, ..PlanRequest::new(Mode::Apply) };
        let options = self.plan_options(&request, selection, connected.refresh.clone())?;
        let options = PlanOptions { thresholds: Thresholds::default(), ..options };
        let configuration = &validated.configuration;
        let reader = connected.reader();
        let planned = plan_from(snapshot, configuration, state.as_ref(), &reader, &options).await;
        #[cfg_attr(not(feature = "sandbox"), expect(unused_mut, reason = "nothing is added to it"))]
        let mut planned = self.located(planned)?;
        #[cfg(feature = "sandbox")]
        self.add_ways_out(&mut planned, &reader, configuration, state.as_ref(), &options).await;
        let mut plan = planned.plan;
        let server = reader.server();
        if let Some(baseline) = &baseline {
            let made_with = baseline.server.as_ref();
            let checked = check_file(Bound::Baseline, made_with, state.as_ref(), server.as_ref());
            self.located(checked.map_err(SessionError::from))?;
        }
        suppress(&mut plan, &self.settings.suppress, self.now().date());
        let blame = if blame { self.blame(&plan, &connected).await } else { Vec::new() };
        self.close(connected).await;
        let origin = self.origin(server);
        let mut now = Baseline::of(&Findings::of(&plan), origin.created.clone());
        now.fleet.clone_from(&self.settings.fleet);
        now.environment.clone_from(&self.settings.environment);
        now.server.clone_from(&origin.server);
        let since_baseline = now.since(baseline.as_ref());
        Ok(DriftReport {
            plan,
            sources: validated.manifests.sources,
            origin,
            now,
            earlier: baseline,
            since_baseline,
            blame,
            configuration: validated.configuration,
        })
    }
}

/// Where a checkout remembers when a check last succeeded, in seconds since 1970.
fn memory(path: &Path) -> PathBuf {
    Fleet::of(path).root.join(".nautform/drift-success")
}

/// When a check of the fleet of a path last succeeded in this checkout, in seconds since 1970, if that is known.
pub fn last_success(path: &Path) -> Option<u64> {
    files::read_text(&memory(path), files::SMALL).ok()?.trim().parse().ok()
}

/// Remembers when a check succeeded, where the checkout has files of nautform's own; only for metrics.
pub fn remember_success(path: &Path, seconds: u64) {
    let file = memory(path);
    if file.parent().is_some_and(Path::is_dir) {
        // A checkout may be read-only.
        let _ = files::output(&file, format!("{seconds}\n").as_bytes());
    }
}

/// Reads the baseline in a file; `None` if there is no file yet, or it is a device or a pipe, which keeps
/// nothing.
///
/// # Errors
/// If it can't be read, or is not a baseline.
pub fn read_baseline(path: &Path) -> Result<Option<Baseline>, SessionError> {
    if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Ok(None);
    }
    match files::read(path, files::LARGE) {
        Ok(bytes) => Baseline::read(&bytes)
            .map(Some)
            .map_err(|source| SessionError::Baseline { path: path.to_owned(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SessionError::Read { path: path.to_owned(), source }),
    }
}
