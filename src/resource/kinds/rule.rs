//! What rules are written with.

use std::collections::HashMap;

use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::value::{Path, Value};
use crate::resource::schema::Located;

/// The error about the field at `path`.
pub(super) fn wrong(
    located: &Located<'_>,
    path: &Path,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Diagnostic {
    Diagnostic::error("invalid-combination", message).at(located.span(path)).help(help)
}

/// Reports every item of a list whose text at `key` an earlier item has too.
pub(super) fn no_duplicates(
    located: &Located<'_>,
    diagnostics: &mut Diagnostics,
    list: &'static str,
    key: &'static str,
) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, item) in items(located.spec, list).iter().enumerate() {
        let Some(text) = item.text_at(&[key]) else { continue };
        if seen.insert(text, index).is_some() {
            let path = Path::root().join(list).index(index).join(key);
            let message = format!("'{text}' is the {key} of two {list}");
            diagnostics.push(wrong(located, &path, message, "give each its own"));
        }
    }
}

/// The items of a list field.
pub(super) fn items<'a>(spec: &'a Value, list: &str) -> &'a [Value] {
    spec.get(list).map(Value::items).unwrap_or_default()
}
