//! What is known of an object although the server does not return it. Pure.

use crate::model::value::{Map, Name, Path, Value};
use crate::plan::diff::AttributeChange;
use crate::plan::model::unread::Unread;
use crate::resource::schema::{Attribute, Type, attribute_at};
use crate::resource::{Address, Record};

/// The sides of an object.
pub(in crate::plan) struct Sides<'a> {
    /// The live fields, if the object exists and can be shown.
    pub(in crate::plan) live: Option<&'a Value>,
    /// The last apply.
    pub(in crate::plan) record: Option<&'a Record>,
    /// The declared fields.
    pub(in crate::plan) declared: Option<&'a Value>,
    /// What changes.
    pub(in crate::plan) changes: &'a [AttributeChange],
}

/// What is known of an object that exists, or is declared.
pub(in crate::plan) fn of(address: &Address, sides: &Sides<'_>) -> Unread {
    let Sides { live, record, declared, changes } = *sides;
    let attributes = address.kind().attributes;
    let announced = declared.map(Value::secret_paths).unwrap_or_default();
    let fields = match (live, record) {
        (_, None) => Value::Null,
        (None, Some(record)) => Value::clone(&record.applied),
        (Some(live), Some(record)) => Value::Map(hidden(attributes, live, &record.applied)),
    };
    let mut secrets: Vec<Path> = match record {
        Some(record) => {
            let is_secret = |path: &&Path| {
                attribute_at(address.kind(), path).is_some_and(|field| matches!(field.ty, Type::Secret))
            };
            record.hashes.keys().chain(record.unsent.keys()).filter(is_secret).cloned().collect()
        }
        // It was made by others: it has what its manifest says it has.
        None if live.is_some() => announced.clone(),
        None => Vec::new(),
    };
    let is_changed = |path: &Path| changes.iter().any(|change| change.path == *path);
    let kept = announced.iter().filter(|path| (live.is_some() || record.is_some()) && !is_changed(path));
    secrets.extend(kept.cloned());
    secrets.sort_unstable();
    secrets.dedup();
    Unread { fields, secrets, declared: announced }
}

/// The fields that were applied and that the server does not return for this object.
fn hidden(attributes: &'static [Attribute], live: &Value, applied: &Value) -> Map {
    let mut all = Map::new();
    for attribute in attributes.iter().filter(|attribute| attribute.is_sent()) {
        let Some(value) = applied.get(attribute.name).filter(|value| !value.is_empty()) else { continue };
        if !attribute.is_readable_in(live) {
            all.insert(attribute.name, value.clone());
        } else if let Type::Object(fields) = attribute.ty {
            let inner = hidden(fields, live.get(attribute.name).unwrap_or(&Value::Null), value);
            if !inner.is_empty() {
                all.insert(Name::known(&attribute.name), Value::Map(inner));
            }
        }
    }
    all
}
