//! Replies name some objects by their display names (nautes-api.md §4.0); manifests name them by their own.

use std::collections::HashMap;

use crate::model::value::{Path, Segment, Value};

use super::{Address, references};

/// What some objects are called instead.
#[derive(Debug, Default)]
pub(crate) struct DisplayNames(HashMap<Shown, String>);

/// Kind, product and what it is called.
type Shown = (&'static str, Option<String>, String);

impl DisplayNames {
    /// Reads them off the fields of objects, as the kinds' tables say.
    pub(crate) fn of<'a>(objects: impl Iterator<Item = (&'a Address, &'a Value)>) -> Self {
        let shown =
            displayed(objects).map(|(address, display)| (key(address, display), address.name().to_owned()));
        Self(shown.collect())
    }

    /// The other way round: from names to display names, as replies have them.
    #[cfg(feature = "sandbox")]
    pub(crate) fn reversed<'a>(objects: impl Iterator<Item = (&'a Address, &'a Value)>) -> Self {
        let names =
            displayed(objects).map(|(address, display)| (key(address, address.name()), display.to_owned()));
        Self(names.collect())
    }

    /// The fields with each display name in a reference replaced by the name of the object it means; `None`
    /// if there is none.
    pub(crate) fn translate(&self, address: &Address, spec: &Value) -> Option<Value> {
        if self.0.is_empty() {
            return None;
        }
        let meant = |named: super::Named| {
            let target = self.0.get(&key(&named.address, named.address.name()))?;
            Some((named.path, target))
        };
        let found: Vec<(Path, &String)> = references(address, spec).into_iter().filter_map(meant).collect();
        found.first()?;
        let mut spec = spec.clone();
        found.iter().for_each(|(path, target)| set(&mut spec, path.segments(), target));
        Some(spec)
    }
}

/// The objects whose display name is not their name.
fn displayed<'a>(
    objects: impl Iterator<Item = (&'a Address, &'a Value)>,
) -> impl Iterator<Item = (&'a Address, &'a str)> {
    objects.filter_map(|(address, spec)| {
        let field = Some(address.kind().reading.display_name).filter(|field| !field.is_empty())?;
        let display = spec.text_at(field).filter(|display| *display != address.name())?;
        Some((address, display))
    })
}

fn key(address: &Address, display: &str) -> Shown {
    (address.kind().name, address.product().map(str::to_owned), display.to_owned())
}

fn set(value: &mut Value, path: &[Segment], text: &str) {
    match (path.split_first(), value) {
        (None, value) => *value = Value::text(text),
        (Some((Segment::Name(name), rest)), Value::Map(map)) => {
            if let Some(inner) = map.get_mut(name) {
                set(inner, rest, text);
            }
        }
        (Some((Segment::Index(index), rest)), Value::List(items)) => {
            if let Some(inner) = items.get_mut(*index) {
                set(inner, rest, text);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reply_display_names_become_names() {
        let repository: Address = "CodeRepo/p/api".parse().unwrap();
        let spec = Value::from_json(serde_json::json!({"git": {"gitlab": {"name": "The API"}}}));
        let names = DisplayNames::of(std::iter::once((&repository, &spec)));
        let runtime: Address = "DeploymentRuntime/p/run".parse().unwrap();
        let spec = |repository: &str| {
            Value::from_json(
                serde_json::json!({"manifestSource": {"codeRepo": repository, "path": "The API"}}),
            )
        };
        assert_eq!(names.translate(&runtime, &spec("The API")), Some(spec("api")));
        assert_eq!(names.translate(&runtime, &spec("other")), None);
        let shown = Value::from_json(serde_json::json!({"git": {"gitlab": {"name": "The API"}}}));
        let back = DisplayNames::reversed(std::iter::once((&repository, &shown)));
        assert_eq!(back.translate(&runtime, &spec("api")), Some(spec("The API")));
        let elsewhere: Address = "DeploymentRuntime/q/run".parse().unwrap();
        assert_eq!(names.translate(&elsewhere, &spec("The API")), None);
    }
}
