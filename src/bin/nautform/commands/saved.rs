//! Saved plans: written by `plan --out`, read by `apply FILE` and `show FILE`.

use std::path::Path;

use anyhow::Context as _;

use nautform::config::resolve::Configuration;
use nautform::plan::Plan;
use nautform::plan::saved::{self, SavedPlan};
use nautform::session::plan::PlanOptions;
use nautform::state::State;

use crate::terminal;

/// Saves a plan, for its owner's eyes only.
pub(super) async fn save(
    path: &Path,
    directory: &Path,
    configuration: &Configuration,
    state: Option<&State>,
    plan: Plan,
    options: PlanOptions,
) -> anyhow::Result<()> {
    let salt = uuid::Uuid::new_v4().simple().to_string();
    let saved = SavedPlan {
        id: uuid::Uuid::new_v4().to_string(),
        created: super::timestamp(),
        directory: std::path::absolute(directory)?.display().to_string(),
        mode: options.mode,
        lineage: state.map(|state| state.lineage.clone()),
        inputs: saved::digest(configuration, &salt),
        salt,
        plan,
        selection: options.selection,
        permissions: options.permissions,
    };
    terminal::file(path, |out| out.write_all(&saved::write(&saved))).await
}

/// The saved plan in a file, if the path leads to one; `None` for directories and manifests.
pub(super) fn find(path: &Path) -> anyhow::Result<Option<SavedPlan>> {
    let manifest = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if !path.is_file() || manifest {
        return Ok(None);
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    match saved::read(&bytes) {
        // A manifest in JSON is no plan, and a plan is no manifest.
        Err(saved::PlanFileError::Foreign(_))
            if path.extension().is_some_and(|extension| extension == "json") =>
        {
            Ok(None)
        }
        found => found.map(Some).with_context(|| format!("{}", path.display())),
    }
}
