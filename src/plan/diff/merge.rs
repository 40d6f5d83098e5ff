//! What to send when an object is changed: the wish, and the live fields that belong to nobody.
//!
//! The API replaces objects as a whole and resets what a request leaves out (§3.4, §5). So a live field that is neither declared
//! nor was applied by us, and is not the server's own default, goes along unchanged; so does one that is to be ignored.

use crate::model::value::{Map, Name, Path, Segment, Value};
use crate::resource::schema::{Attribute, Kind, Type};

use super::equal::{Fields, members, same};

/// The complete fields to send: `wished` but for what `ignore` names, and what is to be kept of `live`.
pub fn merge(
    kind: &'static Kind,
    name: &str,
    wished: &Value,
    live: &Value,
    applied: Option<&Value>,
    ignore: &[Path],
) -> Value {
    let mut wished = wished.clone();
    ignore.iter().for_each(|path| defer(kind.attributes, &mut wished, live, path.segments()));
    let defaults = (kind.defaults)(name, live);
    object(kind.attributes, Some(&wished), live, applied, &defaults).unwrap_or(wished)
}

/// Replaces the wish at `path` by the live value. What the server does not show has to be sent as it is wished.
fn defer(attributes: &'static [Attribute], wished: &mut Value, live: &Value, path: &[Segment]) {
    let Some((Segment::Name(name), rest)) = path.split_first() else { return };
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name) else { return };
    if matches!(attribute.ty, Type::Secret) || !attribute.is_readable_in(live) {
        return;
    }
    let (Some(members), live) = (wished.as_map_mut(), live.get(name)) else { return };
    match (rest, attribute.ty) {
        ([], _) => replace(members, name, live),
        (rest, Type::Object(fields)) => {
            let inner = live.unwrap_or(&Value::Null);
            if members.get(name).is_none() && !inner.is_empty() {
                members.insert(name.clone(), Value::Map(Map::new()));
            }
            if let Some(wished) = members.get_mut(name) {
                defer(fields, wished, inner, rest);
            }
        }
        ([Segment::Name(key)], Type::Map { .. }) => {
            if let Some(wished) = members.get_mut(name).and_then(Value::as_map_mut) {
                replace(wished, key, live.and_then(|live| live.get(key)));
            }
        }
        _ => {}
    }
}

fn replace(members: &mut Map, name: &Name, value: Option<&Value>) {
    match value {
        Some(value) => drop(members.insert(name.clone(), value.clone())),
        None => drop(members.remove(name)),
    }
}

fn object(
    attributes: &'static [Attribute],
    wished: Option<&Value>,
    live: &Value,
    applied: Option<&Value>,
    defaults: &Value,
) -> Option<Value> {
    let mut all: Vec<(Name, Value)> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| !attribute.computed && attribute.ignored.is_none())
    {
        let of = |side: Option<&'_ Value>| side.and_then(|value| value.get(attribute.name)).cloned();
        let (wish, live) = (wished.and_then(|value| value.get(attribute.name)), live.get(attribute.name));
        let (applied, default) = (of(applied), defaults.get(attribute.name));
        if let Some(value) = field(attribute, wish, live, applied.as_ref(), default) {
            all.push((Name::Borrowed(attribute.name), value));
        }
    }
    (!all.is_empty() || wished.is_some()).then(|| Value::Map(all.into_iter().collect()))
}

fn field(
    attribute: &'static Attribute,
    wish: Option<&Value>,
    live: Option<&Value>,
    applied: Option<&Value>,
    default: Option<&Value>,
) -> Option<Value> {
    let null = Value::Null;
    match attribute.ty {
        Type::Object(fields) => {
            object(fields, wish, live.unwrap_or(&null), applied, default.unwrap_or(&null))
                .filter(|v| !v.is_empty() || wish.is_some())
        }
        Type::Map { value: item, open: true } => {
            let mut all: Map = members(wish.unwrap_or(&null)).clone();
            let (applied, default) = (members(applied.unwrap_or(&null)), members(default.unwrap_or(&null)));
            for (key, value) in members(live.unwrap_or(&null)).iter() {
                let ours = all.get(key).is_some() || applied.get(key).is_some();
                let usual = default.get(key).is_some_and(|default| same(item, default, value, Fields::All));
                if !ours && !usual {
                    all.insert(key.clone(), value.clone());
                }
            }
            (!all.is_empty()).then_some(Value::Map(all))
        }
        _ if wish.is_some() => wish.cloned(),
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
    fn ignored_fields_are_sent_as_they_are_live_and_not_as_they_are_wished() {
        let kind = crate::resource::kinds::find("CodeRepo").unwrap();
        let value = |json| Value::from_json(json);
        let wished = value(serde_json::json!({
            "project": "b", "webhook": {"events": ["push_events"]}, "git": {"gitlab": {"description": "ours", "visibility": "private"}},
        }));
        let live = value(serde_json::json!({
            "project": "a", "git": {"gitlab": {"description": "theirs", "visibility": "public"}},
        }));
        let ignore = ["git.gitlab.description", "webhook"].map(|path| path.parse().unwrap());
        let merged = merge(kind, "r", &wished, &live, Some(&wished), &ignore);
        assert_eq!(
            merged,
            value(serde_json::json!({
                "project": "b", "git": {"gitlab": {"description": "theirs", "visibility": "private"}},
            }))
        );
    }
}
