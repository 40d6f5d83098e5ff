//! Protected objects, files that were emptied, and secrets that are missing. Pure.

use std::collections::BTreeMap;

use crate::config::load::{Ignored, Unread};
use crate::model::hint::Hint;
use crate::model::text::first_few;
use crate::model::value::Value;
use crate::plan::model::refusal::NAMES_SHOWN;
use crate::plan::{Action, Change, PlanInput, Reason, Refusal, RefusalKind};
use crate::resource::Address;

use super::users::deletes;

/// Refuses to delete or replace objects that are protected: by their manifest, or by the one they had.
pub(in crate::plan) fn check<'a>(
    input: &PlanInput<'_>,
    changes: impl Iterator<Item = &'a Change>,
) -> Vec<Refusal> {
    let goes = |change: &&Change| matches!(change.action, Action::Delete | Action::Replace);
    changes.filter(goes).filter(|change| is_protected(input, &change.address)).map(protection).collect()
}

fn is_protected(input: &PlanInput<'_>, address: &Address) -> bool {
    is_guarded(input, address) && !input.permissions.unprotected.contains(address)
}

/// Whether an object has a protection, lifted for this run or not.
pub(super) fn is_guarded(input: &PlanInput<'_>, address: &Address) -> bool {
    let declared = input.declared(address).is_some_and(|resource| resource.annotations.prevent_destroy);
    declared || input.state.is_some_and(|state| state.protects(address))
}

fn protection(change: &Change) -> Refusal {
    let text = "apply with the annotation set to \"false\" first; removing the manifest does not lift it";
    Refusal::new(RefusalKind::Protected, "protected by nautform.dev/prevent-destroy")
        .about(&change.address)
        .hint(text)
        .hint(Hint::Unprotect(change.address.to_string()))
        .at(change.source)
}

/// Refuses to delete what a file declared that exists and declares nothing: it was emptied, not removed.
pub(in crate::plan) fn emptied_files(input: &PlanInput<'_>, gone: &[Change]) -> Vec<Refusal> {
    let mut by_file: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
    for (change, file) in vanished(gone) {
        let is_emptied = |file: &&str| input.configuration.empty_files.contains(*file);
        let is_there = input.configuration.skipped.contains_key(&change.address);
        if let Some(file) = file.filter(is_emptied).filter(|_| !is_there) {
            by_file.entry(file).or_default().push(&change.address);
        }
    }
    let refusal = |(file, objects): (&str, Vec<&Address>)| {
        let names = first_few(&objects, NAMES_SHOWN);
        let message =
            format!("{file} declares nothing any more; this would destroy what it declared: {names}");
        let help = "restore the file; to destroy these objects, remove it";
        Refusal::new(RefusalKind::EmptiedFile, message).hint(help)
    };
    by_file.into_iter().map(refusal).collect()
}

/// Refuses to delete an object whose manifest is there and has the `apiVersion` of another system.
pub(in crate::plan) fn foreign_manifests(input: &PlanInput<'_>, gone: &[Change]) -> Vec<Refusal> {
    const HELP: &str = "restore the apiVersion; to destroy the object, remove the document";
    let refusal = |(change, _): (&Change, _)| {
        let file = input.configuration.skipped.get(&change.address)?;
        let message = format!("its manifest in {file} is not read: it has the apiVersion of another system");
        Some(skipped_manifest(change, message, HELP))
    };
    vanished(gone).filter_map(refusal).collect()
}

/// Refuses to delete an object whose manifest is there and left out: by `.nautformignore`, for its name, or
/// because it was given for something else. Reads what is left out if something would be deleted, and only
/// then.
pub(crate) fn ignored_manifests(ignored: &Ignored, changes: &[Change]) -> Vec<Refusal> {
    if vanished(changes).next().is_none() {
        return Vec::new();
    }
    let sources = vanished(changes).filter_map(|(_, source)| source).collect();
    let objects = ignored.objects(&sources);
    let refusal = |(change, source): (&Change, Option<&str>)| {
        let last = source.filter(|file| ignored.has_file(file)).map(|file| (file, Unread::Rule));
        let known = objects.get(&change.address).map(|(file, why)| (file.as_str(), *why));
        let (file, why) = known.or(last)?;
        let (why, mend) = match why {
            Unread::Rule => (".nautformignore leaves it out", "change .nautformignore"),
            Unread::Name => (
                "manifests end in .yaml, .yml or .json, and no name begins with a dot",
                "give the file another name",
            ),
            Unread::Given => ("the file is given as one of variables or settings", "give another file"),
        };
        let help = format!("{mend}; to destroy the object, remove its manifest");
        Some(skipped_manifest(change, format!("its manifest in {file} is not read: {why}"), &help))
    };
    vanished(changes).filter_map(refusal).collect()
}

/// The deletes of what is no longer declared, and the files that it was last declared in.
fn vanished(changes: &[Change]) -> impl Iterator<Item = (&Change, Option<&str>)> {
    deletes(changes).filter_map(|change| {
        change.reasons.iter().find_map(|reason| match reason {
            Reason::ManifestGone(file) => Some((change, file.as_deref())),
            _ => None,
        })
    })
}

fn skipped_manifest(change: &Change, message: String, help: &str) -> Refusal {
    Refusal::new(RefusalKind::SkippedManifest, message).about(&change.address).hint(help)
}

/// Refuses to send a secret that has no value.
pub(in crate::plan) fn missing_secret(change: &Change) -> Option<Refusal> {
    let why = change.after.as_deref().and_then(Value::missing_secret)?;
    let refusal = Refusal::new(RefusalKind::MissingSecret, format!("must be sent, but {why}"));
    Some(refusal.about(&change.address).hint("set the variable, or use {file: PATH}").at(change.source))
}
