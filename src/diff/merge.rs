//! What to send when an object is changed: the wish, and the live fields that belong to nobody.
//!
//! The API replaces objects as a whole and resets what a request leaves out (§3.4, §5). So a live field that is neither declared
//! nor was applied by us, and is not the server's own default, goes along unchanged.

use std::borrow::Cow;

use crate::schema::{Attribute, Kind, Type};
use crate::value::{Map, Name, Path, Segment, Value};

use super::equal::{Fields, members, same};

/// The complete fields to send: `wished`, and what is to be kept of `live`. Of the fields to `ignore`, the live values are sent.
pub fn merge(
    kind: &'static Kind,
    name: &str,
    wished: &Value,
    live: &Value,
    applied: Option<&Value>,
    ignore: &[Path],
) -> Value {
    let mut wished = Cow::Borrowed(wished);
    for path in ignore {
        put(wished.to_mut(), path.segments(), live.at(path).cloned());
    }
    let wished = wished.as_ref();
    let defaults = (kind.defaults)(name, live);
    object(kind.attributes, Some(wished), live, applied, &defaults).unwrap_or_else(|| wished.clone())
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
            .filter(|live| !live.is_empty() && (applied.is_none() || attribute.keeps_when_empty))
            .filter(|live| default.is_none_or(|default| !same(attribute, default, live, Fields::All)))
            .cloned(),
    }
}

/// Sets the value at a path, or removes it. Parents that are missing are made where a name leads on.
fn put(value: &mut Value, path: &[Segment], new: Option<Value>) {
    let Some((segment, rest)) = path.split_first() else { return };
    match (segment, value) {
        (Segment::Name(name), Value::Map(map)) => match (rest.is_empty(), new) {
            (true, Some(new)) => drop(map.insert(name.clone(), new)),
            (true, None) => drop(map.remove(name)),
            (false, new) => {
                if map.get(name).is_none() && new.is_some() {
                    map.insert(name.clone(), Value::Map(Map::new()));
                }
                if let Some(inner) = map.get_mut(name) {
                    put(inner, rest, new);
                }
            }
        },
        (Segment::Index(index), Value::List(items)) => {
            if let Some(inner) = items.get_mut(*index) {
                match (rest.is_empty(), new) {
                    (true, Some(new)) => *inner = new,
                    (true, None) => {}
                    (false, new) => put(inner, rest, new),
                }
            }
        }
        _ => {}
    }
}
