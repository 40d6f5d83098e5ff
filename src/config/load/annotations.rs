//! `metadata.annotations`: what a manifest asks of nautform. Other annotations are ignored; nautform's must
//! be right, since a misspelt protection protects nothing.

use crate::model::diagnostic::{Diagnostic, Diagnostics, Fix};
use crate::model::suggestion::{did_you_mean, nearest, unmistakable};
use crate::model::value::{ParsePathError, Path};
use crate::resource::Annotations;
use crate::resource::schema::{Entry, Kind, Node, NodeValue, edit, field_path};

use super::envelope;

const DOMAIN: &str = "nautform.dev";
const PREVENT: &str = "prevent-destroy";
const DELETION: &str = "deletion-policy";
const IGNORE: &str = "ignore-fields";
/// Keeps an object from being deleted or replaced: `"true"`.
pub const PREVENT_DESTROY: &str = "nautform.dev/prevent-destroy";
/// What happens to an object whose manifest is removed: `orphan` or `delete`.
pub const DELETION_POLICY: &str = "nautform.dev/deletion-policy";
/// Fields that are neither compared nor changed.
pub const IGNORE_FIELDS: &str = "nautform.dev/ignore-fields";
const WORDS: &[&str] = &[PREVENT, DELETION, IGNORE];

/// An annotation and its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Annotation {
    /// Its key.
    pub name: &'static str,
    /// What it may say.
    pub values: &'static str,
    /// What it does.
    pub doc: &'static str,
}

/// All annotations that nautform knows.
pub static ANNOTATIONS: &[Annotation] = &[
    Annotation {
        name: PREVENT_DESTROY,
        values: "\"true\" or \"false\"",
        doc: "Keeps the object from being deleted or replaced, also after its manifest is gone.",
    },
    Annotation {
        name: DELETION_POLICY,
        values: "orphan or delete",
        doc: "With orphan, the object stays when its manifest is removed, and is no longer managed.",
    },
    Annotation {
        name: IGNORE_FIELDS,
        values: "paths with commas between them",
        doc: "Fields that are neither compared nor changed: description, git.gitlab.visibility.",
    },
];

/// Reads the annotations of a document. Without a kind, fields can't be looked up and are taken as they are.
pub(super) fn read(
    document: &Node,
    kind: Option<&'static Kind>,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Annotations {
    let mut found = Annotations::default();
    let Some(metadata) = mapping(document, "metadata", diagnostics) else { return found };
    if let Some(labels) = metadata.get("labels") {
        for entry in labels.entries().iter().filter(|entry| is_ours(&entry.key)) {
            report(entry, "put it under metadata.annotations, not under labels", None, diagnostics);
        }
    }
    let Some(all) = mapping(metadata, "annotations", diagnostics) else { return found };
    for entry in all.entries().iter().filter(|entry| is_ours(&entry.key)) {
        if let Err(help) = one(entry, kind, &mut found) {
            let fix = meant(&entry.key).filter(|name| all.get(name).is_none());
            let fix = fix.and_then(|name| envelope::edited(document, edit::rename(text, entry, &name)));
            report(entry, &help, fix, diagnostics);
        }
    }
    found
}

fn mapping<'n>(node: &'n Node, key: &str, diagnostics: &mut Diagnostics) -> Option<&'n Node> {
    let entry = node.entry(key).filter(|entry| !entry.value.is_null())?;
    if matches!(entry.value.value, NodeValue::Mapping(_)) {
        return Some(&entry.value);
    }
    diagnostics
        .push(Diagnostic::error("wrong-type", format!("'{key}' must be a mapping")).at(entry.key_span));
    None
}

/// Whether a key is meant for nautform: it has its domain, a similar one, or is one of its names without a
/// domain.
fn is_ours(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, _)) => {
            domain.contains("nautform") || nearest(domain, std::iter::once(DOMAIN)).is_some()
        }
        None => WORDS.contains(&key),
    }
}

/// The annotation that a misspelt key must mean.
fn meant(key: &str) -> Option<String> {
    let word = key.rsplit('/').next().unwrap_or_default();
    unmistakable(word, WORDS.iter().copied()).map(|word| format!("{DOMAIN}/{word}"))
}

fn report(entry: &Entry, help: &str, fix: Option<Fix>, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        Diagnostic::error("invalid-annotation", format!("annotation '{}' is not understood", entry.key))
            .at(entry.key_span)
            .help(help)
            .fixed_by(fix),
    );
}

/// Takes in one annotation; the error says what to write.
fn one(entry: &Entry, kind: Option<&'static Kind>, found: &mut Annotations) -> Result<(), String> {
    let text = entry.value.text().unwrap_or_default();
    let word = entry.key.strip_prefix(DOMAIN).and_then(|rest| rest.strip_prefix('/'));
    match (word.filter(|word| WORDS.contains(word)), text) {
        (Some(PREVENT), "true" | "false") => found.prevent_destroy = text == "true",
        (Some(PREVENT), _) => return Err("write \"true\" or \"false\"".to_owned()),
        (Some(DELETION), "orphan" | "delete") => found.orphan = text == "orphan",
        (Some(DELETION), _) => return Err("write orphan or delete".to_owned()),
        (Some(IGNORE), _) => {
            found.ignore_fields =
                text.split(',').map(|path| field(path.trim(), kind)).collect::<Result<_, _>>()?;
        }
        _ => return Err(known_words(word.unwrap_or(&entry.key))),
    }
    Ok(())
}

fn known_words(word: &str) -> String {
    let word = word.rsplit('/').next().unwrap_or_default();
    match nearest(word, WORDS.iter().copied()) {
        Some(near) => did_you_mean(&format!("{DOMAIN}/{near}")),
        None => format!("known annotations: {DOMAIN}/{}", WORDS.join(&format!(", {DOMAIN}/"))),
    }
}

/// The path of a field under its canonical names.
fn field(text: &str, kind: Option<&'static Kind>) -> Result<Path, String> {
    if text.is_empty() {
        return Err(
            "write the fields' paths with commas between them: description, git.gitlab.visibility".to_owned()
        );
    }
    match kind {
        Some(kind) => field_path(text, kind).map_err(|error| error.to_string()),
        None => text.parse().map_err(|error: ParsePathError| error.to_string()),
    }
}
