//! Files of variables: one YAML or JSON mapping from names to plain values.

use std::collections::BTreeMap;
use std::path::Path;

use crate::files::worktree::WorkTree;
use crate::model::diagnostic::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use crate::resource::schema::NodeValue;

use super::variables::{Variables, is_name};
use super::{read, yaml};

/// The environment variables that set variables begin with this.
pub(super) const PREFIX: &str = "NAUTFORM_VAR_";

/// What the name of a variable is made of.
pub(in crate::config) const NAME_OF_VARIABLE: &str =
    "letters, digits, '_', '-' and '.', beginning with a letter or '_'";

/// Those of secret variables.
pub(super) const SECRET_PREFIX: &str = "NAUTFORM_SECRET_VAR_";

/// The variables that environment variables with this prefix set.
pub(super) fn from_environment(environment: &BTreeMap<String, String>, prefix: &str) -> Variables {
    let named =
        |(name, value): (&String, &String)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()));
    environment.iter().filter_map(named).collect()
}

/// Adds the variables of a file, which may be anywhere if there is no border. None of its values is ever
/// shown: they may be secrets.
pub(super) fn read_into(
    variables: &mut Variables,
    path: &Path,
    border: Option<&WorkTree>,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) {
    let Some(text) = read::text(path, border, diagnostics) else { return };
    let file = sources.add(path, text);
    let text = std::sync::Arc::clone(sources.text(file));
    let documents = yaml::parse(file, &text, diagnostics);
    mask_values(file, &text, sources);
    let [document] = documents.as_slice() else {
        if let Some(second) = documents.get(1) {
            let diagnostic = Diagnostic::error("wrong-variables", "a file of variables is one document");
            diagnostics.push(diagnostic.at(second.root.span));
        }
        return;
    };
    let NodeValue::Mapping(entries) = &document.root.value else {
        let diagnostic =
            Diagnostic::error("wrong-variables", "a file of variables is a mapping of names to values");
        return diagnostics.push(diagnostic.at(document.root.span).help("write NAME: value, one a line"));
    };
    for entry in entries {
        match &entry.value.value {
            _ if !is_name(&entry.key) => {
                let message = format!("'{}' can't be the name of a variable", entry.key);
                let diagnostic = Diagnostic::error("wrong-variables", message).at(entry.key_span);
                diagnostics.push(diagnostic.help(NAME_OF_VARIABLE));
            }
            NodeValue::Scalar { text, .. } if !entry.value.is_null() => {
                variables.insert(entry.key.to_string(), text.to_string());
            }
            _ => {
                let message = format!("variable '{}' must be a plain text", entry.key);
                diagnostics.push(Diagnostic::error("wrong-variables", message).at(entry.key_span));
            }
        }
    }
}

/// Hides each line behind its first ':', and lines without one.
fn mask_values(file: FileId, text: &str, sources: &mut SourceMap) {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset + line.find(':').map_or(0, |colon| colon + 1);
        offset += line.len();
        let at = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        sources.mask(Span { file, start: at(start), end: at(offset) });
    }
}
