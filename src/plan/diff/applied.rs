//! What was applied last, with the secrets among it in their places: the state has only their keyed hashes.

use std::borrow::Cow;

use crate::model::value::{Secret, Value};
use crate::resource::Record;
use crate::resource::schema::{Kind, Type, attribute_at};

/// The fields as they were applied. A secret in a field that the server returns is what `known` finds by its
/// hash; otherwise one that is equal to nothing.
pub fn applied<'r>(
    kind: &'static Kind,
    record: &'r Record,
    known: &dyn Fn(&str) -> Option<Secret>,
) -> Cow<'r, Value> {
    let mut fields = Cow::Borrowed(&*record.applied);
    for (path, hash) in &record.hashes {
        if attribute_at(kind, path).is_some_and(|attribute| !matches!(attribute.ty, Type::Secret)) {
            let secret = known(hash).unwrap_or_else(|| Secret::missing("its value is not known here"));
            fields.to_mut().put(path.segments(), Value::Secret(secret));
        }
    }
    fields
}
