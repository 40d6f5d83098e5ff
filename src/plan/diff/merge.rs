//! What to send when an object is changed: the declared fields, and the live fields that are not managed.
//!
//! The API replaces objects as a whole and resets what a request leaves out (§3.4, §5). So a live field that
//! is neither declared nor was applied, and is not the server's own default, is sent unchanged; so is a field
//! that is to be ignored.

use crate::model::value::{Map, Name, Path, Segment, Value};
use crate::resource::schema::{Attribute, Kind, Type};

use super::equal::{Fields, NULL, same};

/// The complete fields to send: `desired` but for what `ignore` names, and what is to be kept of `live`.
pub fn merge(
    kind: &'static Kind,
    name: &str,
    desired: &Value,
    live: &Value,
    applied: Option<&Value>,
    ignore: &[Path],
) -> Value {
    let mut desired = desired.clone();
    ignore.iter().for_each(|path| defer(kind.attributes, &mut desired, live, path.segments()));
    let defaults = (kind.defaults)(name, live);
    object(kind.attributes, Some(&desired), live, applied, &defaults).unwrap_or(desired)
}

/// Replaces the desired value at `path` by the live value. What the server does not show is sent as declared.
fn defer(attributes: &'static [Attribute], desired: &mut Value, live: &Value, path: &[Segment]) {
    let Some((Segment::Name(name), rest)) = path.split_first() else { return };
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name) else { return };
    if matches!(attribute.ty, Type::Secret) || !attribute.is_readable_in(live) {
        return;
    }
    let live = live.get(name);
    let Some(members) = desired.as_map_mut() else { return };
    match (rest, attribute.ty) {
        ([], _) => replace(members, name, live),
        (rest, Type::Object(fields)) => {
            let inner = live.unwrap_or(&Value::Null);
            if members.get(name).is_none() && !inner.is_empty() {
                members.insert(*name, Value::Map(Map::new()));
            }
            if let Some(desired) = members.get_mut(name) {
                defer(fields, desired, inner, rest);
            }
        }
        ([Segment::Name(key)], Type::Map { .. }) => {
            if let Some(desired) = members.get_mut(name).and_then(Value::as_map_mut) {
                replace(desired, key, live.and_then(|live| live.get(key)));
            }
        }
        _ => {}
    }
}

fn replace(members: &mut Map, name: &Name, value: Option<&Value>) {
    match value {
        Some(value) => drop(members.insert(*name, value.clone())),
        None => drop(members.remove(name)),
    }
}

fn object(
    attributes: &'static [Attribute],
    desired: Option<&Value>,
    live: &Value,
    applied: Option<&Value>,
    defaults: &Value,
) -> Option<Value> {
    let mut all: Vec<(Name, Value)> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.is_sent()) {
        let of = |side: Option<&'_ Value>| side.and_then(|value| value.get(attribute.name)).cloned();
        let desired = desired.and_then(|value| value.get(attribute.name));
        let live = live.get(attribute.name);
        let applied = of(applied);
        let default = defaults.get(attribute.name);
        if let Some(value) = field(attribute, desired, live, applied.as_ref(), default) {
            all.push((Name::known(&attribute.name), value));
        }
    }
    (!all.is_empty() || desired.is_some()).then(|| Value::Map(all.into_iter().collect()))
}

fn field(
    attribute: &'static Attribute,
    desired: Option<&Value>,
    live: Option<&Value>,
    applied: Option<&Value>,
    default: Option<&Value>,
) -> Option<Value> {
    match attribute.ty {
        Type::Object(fields) => {
            object(fields, desired, live.unwrap_or(NULL), applied, default.unwrap_or(NULL))
                .filter(|v| !v.is_empty() || desired.is_some())
        }
        Type::Map { value: item, open: true } => {
            let mut all: Map = desired.unwrap_or(NULL).members().clone();
            let applied = applied.unwrap_or(NULL).members();
            let default = default.unwrap_or(NULL).members();
            for (key, value) in live.unwrap_or(NULL).members().iter() {
                let ours = all.get(key).is_some() || applied.get(key).is_some();
                let usual = default.get(key).is_some_and(|default| same(item, default, value, Fields::All));
                if !ours && !usual {
                    all.insert(*key, value.clone());
                }
            }
            (!all.is_empty()).then_some(Value::Map(all))
        }
        _ if desired.is_some() => desired.cloned(),
        _ => live
            .filter(|live| {
                let ours = applied.is_some() || attribute.absent_is_empty;
                !live.is_empty() && (!ours || attribute.keeps_when_empty)
            })
            .filter(|live| default.is_none_or(|default| !same(attribute, default, live, Fields::All)))
            .cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_sends_live_values_of_ignored_fields() {
        let kind = crate::resource::kinds::find("CodeRepo").unwrap();
        let value = |json| Value::from_json(json);
        let desired = value(serde_json::json!({
            "project": "b", "webhook": {"events": ["push_events"]},
            "git": {"gitlab": {"description": "ours", "visibility": "private"}},
        }));
        let live = value(serde_json::json!({
            "project": "a", "git": {"gitlab": {"description": "theirs", "visibility": "public"}},
        }));
        let ignore = ["git.gitlab.description", "webhook"].map(|path| path.parse().unwrap());
        let merged = merge(kind, "r", &desired, &live, Some(&desired), &ignore);
        assert_eq!(
            merged,
            value(serde_json::json!({
                "project": "b", "git": {"gitlab": {"description": "theirs", "visibility": "private"}},
            }))
        );
    }
}
