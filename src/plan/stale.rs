//! An object that is no longer as it was planned from, and the values that show it. Pure.

use std::collections::BTreeSet;

use crate::model::value::{Path, Segment, Value};
use crate::plan::diff::AttributeChange;
use crate::resource::Address;

/// An object that is no longer as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The object.
    pub address: Address,
    /// What differs: field, planned from, found, wanted. Empty if it is the existence of the object.
    pub fields: Vec<StaleField>,
    /// What is wrong, if it is not a field.
    pub message: Option<String>,
}

/// A field that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleField {
    /// The field.
    pub path: Path,
    /// The value that the plan was made from.
    pub planned_from: Option<Value>,
    /// The value that is there now.
    pub found: Option<Value>,
    /// The value that the plan would write.
    pub wanted: Option<Value>,
}

impl Stale {
    /// One whose fields do not say what is wrong.
    pub(crate) fn because(address: &Address, message: &str) -> Self {
        Self { address: address.clone(), fields: Vec::new(), message: Some(message.to_owned()) }
    }

    /// What an update would change now and was not planned to; `None` if there is nothing.
    pub(crate) fn unplanned(
        address: &Address,
        before: &Value,
        planned: &[AttributeChange],
        found: &[AttributeChange],
    ) -> Option<Self> {
        let field = |attribute: &AttributeChange| StaleField {
            path: attribute.path.clone(),
            planned_from: before.at(&attribute.path).map(Value::without_secrets),
            found: attribute.before.clone(),
            wanted: attribute.after.clone(),
        };
        // What Git showed when it was planned, the server does not return: it is compared with the last apply.
        let is_hidden = |attribute: &&AttributeChange| {
            attribute.is_by_record()
                && planned.iter().any(|one| one.path == attribute.path && one.after == attribute.after)
        };
        let unplanned =
            found.iter().filter(|attribute| !planned.contains(attribute) && !is_hidden(attribute));
        let fields: Vec<StaleField> = unplanned.map(field).collect();
        (!fields.is_empty()).then(|| Self { address: address.clone(), fields, message: None })
    }

    /// What differs between the fields that a plan was made from and those that are found; `None` if there is
    /// no object.
    pub(crate) fn between(
        address: &Address,
        before: Option<&Value>,
        now: Option<&Value>,
        wanted: Option<&Value>,
    ) -> Self {
        let message = match (before, now) {
            (None, Some(_)) => "it was to be created, and exists now",
            (Some(_), None) => "it existed when the plan was made, and is gone or can't be read",
            _ => "the change to it is no longer the planned one",
        };
        let (Some(before), Some(now)) = (before, now) else { return Self::because(address, message) };
        let mut found = Differences::default();
        found.collect(&mut Path::root(), before, now, wanted.unwrap_or(&Value::Null));
        match found {
            Differences { fields, .. } if !fields.is_empty() => {
                Self { address: address.clone(), fields, message: None }
            }
            Differences { sensitive: Some(path), .. } => Self::sensitive(address, &path),
            Differences { .. } => Self::because(address, message),
        }
    }

    /// One of which a value differs that is not shown.
    pub(crate) fn sensitive(address: &Address, path: &Path) -> Self {
        let message = format!("{path} has changed since the plan was made (sensitive value)");
        Self::because(address, &message)
    }
}

#[derive(Default)]
struct Differences {
    fields: Vec<StaleField>,
    /// The first that is not shown.
    sensitive: Option<Path>,
}

impl Differences {
    fn collect(&mut self, path: &mut Path, before: &Value, now: &Value, wanted: &Value) {
        if before == now {
            return;
        }
        let (Some(old), Some(new)) = (before.as_map(), now.as_map()) else {
            return self.add(path, before, now, wanted);
        };
        let names: BTreeSet<_> = old.iter().chain(new.iter()).map(|(name, _)| *name).collect();
        let nothing = Value::Null;
        for name in names {
            let of = |value: Option<&Value>| value.cloned().unwrap_or_default();
            path.push(Segment::Name(name));
            let old = of(old.get(&name));
            let new = of(new.get(&name));
            self.collect(path, &old, &new, wanted.get(&name).unwrap_or(&nothing));
            path.pop();
        }
    }

    fn add(&mut self, path: &Path, before: &Value, now: &Value, wanted: &Value) {
        if before.holds_secret() || now.holds_secret() {
            self.sensitive.get_or_insert_with(|| path.clone());
            return;
        }
        let some = |value: &Value| (!value.is_empty()).then(|| value.without_secrets());
        self.fields.push(StaleField {
            path: path.clone(),
            planned_from: some(before),
            found: some(now),
            wanted: some(wanted),
        });
    }
}
