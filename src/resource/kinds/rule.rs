//! What rules are written with.

use std::collections::HashMap;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Fix};
use crate::model::value::{Path, Value};
use crate::resource::schema::Located;

/// Reports the field at `path`.
pub(super) fn report(
    located: &Located<'_>,
    diagnostics: &mut Diagnostics,
    path: &Path,
    message: impl Into<String>,
    help: impl Into<String>,
) {
    report_fixable(located, diagnostics, path, message, help, None);
}

/// Reports the field at `path`, with the edits that mend it.
pub(super) fn report_fixable(
    located: &Located<'_>,
    diagnostics: &mut Diagnostics,
    path: &Path,
    message: impl Into<String>,
    help: impl Into<String>,
    fix: Option<Fix>,
) {
    let diagnostic = Diagnostic::error("invalid-combination", message).at(located.span(path));
    diagnostics.push(diagnostic.help(help).fixed_by(fix));
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
            let path = Path::of(&[list]).index(index).join(key);
            report(
                located,
                diagnostics,
                &path,
                format!("'{text}' is the {key} of two {list}"),
                "give each its own",
            );
        }
    }
}

/// The items of a list field.
pub(super) fn items<'a>(spec: &'a Value, list: &str) -> &'a [Value] {
    spec.get(list).map(Value::items).unwrap_or_default()
}
