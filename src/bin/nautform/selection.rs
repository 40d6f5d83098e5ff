//! From flags to what a plan is asked for; asks Git which manifests changed.

use std::path::Path;

use anyhow::bail;

use nautform::config::settings::Settings;
use nautform::live::snapshot::RefreshOptions;
use nautform::plan::Mode;
use nautform::plan::{Permissions, Selection};
use nautform::resource::Pattern;
use nautform::session::plan::PlanOptions;
use nautform::session::validate::Validated;
use nautform::state::State;

use crate::args::{Permitting, Selecting};
use crate::fleet::Fleet;
use crate::git::Git;
use crate::terminal;

/// The options of a plan over a directory.
pub(crate) fn options(
    mode: Mode,
    refresh: RefreshOptions,
    settings: &Settings,
    selection: Selection,
    permitting: &Permitting,
) -> anyhow::Result<PlanOptions> {
    needs_whole(&selection, !permitting.prune.is_empty(), "--prune")?;
    Ok(PlanOptions {
        drift: true,
        selection: Selection { prune: permitting.prune.clone(), ..selection },
        moves: settings.moves(),
        thresholds: settings.thresholds.clone(),
        permissions: permissions(permitting),
        rehearse: !permitting.no_rehearse,
        ..PlanOptions::new(mode, refresh)
    })
}

/// What the flags allow.
pub(crate) fn permissions(permitting: &Permitting) -> Permissions {
    Permissions {
        unprotected: permitting.unprotect.iter().cloned().collect(),
        replace: permitting.allow_replace,
        irreversible: false,
        deletes: permitting.allow_deletes,
        updates: permitting.allow_updates,
    }
}

/// The part of the directory that the flags name.
pub(crate) async fn selection(
    selecting: &Selecting,
    directory: &Path,
    loaded: &Validated,
    state: Option<&State>,
) -> anyhow::Result<Selection> {
    let fleet = Fleet::of(directory);
    if selecting.complete && directory != Path::new("-") {
        bail!("--complete is about standard input: pass - as well; a directory is complete by itself");
    }
    let declared_only = fleet.is_part && !selecting.complete;
    if declared_only && !fleet.below.as_os_str().is_empty() {
        terminal::say(&format!(
            "This is a part of the fleet in {}: its settings and state count, what it does not declare stays.",
            fleet.root.display()
        ));
    }
    let targets = match &selecting.changed_since {
        Some(revision) => {
            Some(changed_since(revision, &fleet.root, loaded, state.filter(|_| !declared_only)).await?)
        }
        None => (!selecting.target.is_empty()).then(|| selecting.target.clone()),
    };
    Ok(Selection { targets, exclude: selecting.exclude.clone(), prune: Vec::new(), declared_only })
}

/// What no manifest declares can't be known from a part of them.
pub(crate) fn needs_whole(selection: &Selection, is_given: bool, flag: &str) -> anyhow::Result<()> {
    if is_given && selection.declared_only {
        bail!("{flag} needs the whole fleet, and these manifests are a part of it");
    }
    Ok(())
}

/// The objects of the manifests that changed, and of those that went.
async fn changed_since(
    revision: &str,
    root: &Path,
    loaded: &Validated,
    state: Option<&State>,
) -> anyhow::Result<Vec<Pattern>> {
    if revision.starts_with('-') {
        bail!("--changed-since {revision}: that is not a revision");
    }
    let files = Git::around(root).await?.changed_since(revision).await?;
    let changed = |file: &Option<String>| file.as_ref().is_some_and(|file| files.contains(file));
    let resources = &loaded.configuration.resources;
    let declared = resources.values().filter(|resource| changed(&resource.file)).map(|found| &found.address);
    let records = state.into_iter().flat_map(|state| &state.records);
    let gone = records
        .filter(|(address, record)| !resources.contains_key(address) && changed(&record.source))
        .map(|(address, _)| address);
    Ok(declared.chain(gone).map(Pattern::exactly).collect())
}
