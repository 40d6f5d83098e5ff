//! Saved plans: found where a path leads to one, and compared with what they were made from.

use std::path::Path;

use crate::config::resolve::Configuration;
use crate::plan::saved::{self as file, PlanFileError, SavedPlan};
use crate::state::State;

use super::error::{Outdated, SessionError};

/// Reads a saved plan.
///
/// # Errors
/// If it can't be read, or is not a saved plan.
pub fn read(path: &Path) -> Result<SavedPlan, SessionError> {
    let bytes = std::fs::read(path).map_err(|source| SessionError::Read { path: path.to_owned(), source })?;
    file::read(&bytes).map_err(|source| SessionError::PlanFile { path: path.to_owned(), source })
}

/// The saved plan in a file, if the path leads to one; `None` for directories and manifests.
///
/// # Errors
/// If it can't be read.
pub fn find(path: &Path) -> Result<Option<SavedPlan>, SessionError> {
    let is_named = |names: &[&str]| {
        path.extension().is_some_and(|extension| names.iter().any(|name| extension == *name))
    };
    if !path.is_file() || is_named(&["yaml", "yml"]) {
        return Ok(None);
    }
    match read(path) {
        // Both manifests and plans may be JSON.
        Err(SessionError::PlanFile { source: PlanFileError::Foreign(_), .. }) if is_named(&["json"]) => {
            Ok(None)
        }
        found => found.map(Some),
    }
}

/// Refuses a saved plan that can't be carried out whatever the server says.
pub(crate) fn check(
    saved: &SavedPlan,
    configuration: &Configuration,
    state: Option<&State>,
) -> Result<(), Outdated> {
    if file::digest(configuration, &saved.salt) != saved.inputs {
        return Err(Outdated::Manifests(saved.directory.clone()));
    }
    match (state, &saved.lineage) {
        (Some(state), _) if state.applied_plans.contains(&saved.id) => Err(Outdated::Applied),
        (Some(state), Some(lineage)) if state.serial > 0 && state.lineage != *lineage => {
            Err(Outdated::OtherState)
        }
        (None, Some(_)) => Err(Outdated::Stateless),
        _ => Ok(()),
    }
}
