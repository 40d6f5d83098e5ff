//! Saved plans: found where a path leads to one, and compared with what they were made from.

use std::path::{Component, Path, PathBuf};

use crate::config::load;
use crate::config::resolve::Configuration;
use crate::files;
use crate::plan::Permissions;
use crate::plan::saved::{self as file, Changed, PlanFileError, SavedPlan};
use crate::resource::Pattern;
use crate::state::State;

use super::error::{NotRepeated, Outdated, SessionError};
use super::fleet::directory_of;

/// Reads a saved plan.
///
/// # Errors
/// If it can't be read, or is not a saved plan.
pub fn read(path: &Path) -> Result<SavedPlan, SessionError> {
    let bytes = files::read(path, files::LARGE).map_err(SessionError::unread(path))?;
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

/// The directory of manifests that a saved plan in `file` is for: where it is as seen from the file, since
/// another checkout may be at another place; else where it was.
pub fn directory(saved: &SavedPlan, file: &Path) -> PathBuf {
    let near = file.canonicalize().ok().and_then(|file| {
        let place = file.parent()?.join(saved.relative.as_ref()?).canonicalize().ok()?;
        (place.is_file() || !load::is_empty_besides(&place, &file)).then_some(place)
    });
    near.unwrap_or_else(|| PathBuf::from(&saved.directory))
}

/// The way from the folder of a file to a directory of manifests; `None` if there is none.
pub(crate) fn relative(directory: &Path, file: &Path) -> Option<String> {
    let from = directory_of(file).canonicalize().ok()?;
    let to = directory.canonicalize().ok()?;
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(common)).collect();
    Some(way.to_str()?.to_owned())
}

/// Refuses a saved plan that can't be carried out whatever the server says.
pub(crate) fn check(
    saved: &SavedPlan,
    configuration: &Configuration,
    state: Option<&State>,
) -> Result<(), SessionError> {
    let outdated = match (state, &saved.lineage) {
        (Some(state), _) if state.applied_plans.contains(&saved.id) => Some(Outdated::Applied),
        (Some(state), Some(lineage)) if state.serial > 0 && state.lineage != *lineage => {
            Some(Outdated::OtherState)
        }
        (None, Some(_)) => Some(Outdated::Stateless),
        _ => None,
    };
    if let Some(outdated) = outdated {
        return Err(SessionError::Outdated(outdated));
    }
    match file::changed(&saved.plan, &saved.declarations, &saved.salt, configuration) {
        Changed::Nothing => Ok(()),
        Changed::Something => Err(SessionError::Outdated(Outdated::Manifests(saved.directory.clone()))),
        Changed::Objects(stale) => Err(SessionError::Stale(stale)),
    }
}

/// Refuses to carry a plan out with less than it was made with: a plan permits nothing by itself.
pub(crate) fn check_permissions(
    saved: &SavedPlan,
    prune: &[Pattern],
    permissions: &Permissions,
) -> Result<(), SessionError> {
    let is_missing = |pattern: &&Pattern| !prune.contains(pattern);
    let missing = NotRepeated {
        prune: saved.selection.prune.iter().filter(is_missing).cloned().collect(),
        permissions: saved.permissions.beyond(permissions),
    };
    if missing.is_empty() { Ok(()) } else { Err(SessionError::NotRepeated(Box::new(missing))) }
}
