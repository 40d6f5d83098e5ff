//! Two plans in place of one that no order of single writes leads through: the first grants what is new and
//! takes nothing away yet, the second does the rest. Pure.

use std::collections::BTreeSet;

use crate::model::value::Value;
use crate::model::way_out::Fields;
use crate::plan::diff::AttributeChange;
use crate::plan::{Action, Change, Plan};
use crate::resource::Address;

/// The two plans. `granting` are the objects that the first one updates without taking anything away.
pub(in crate::session) fn plans(changes: &[Change], granting: &BTreeSet<Address>) -> [Plan; 2] {
    let plan = |of: &dyn Fn(&Change) -> Change| Plan {
        changes: changes.iter().map(of).collect(),
        ..Plan::default()
    };
    let idle = |change: &Change| Change { action: Action::NoOp, after: None, ..change.clone() };
    let first = plan(&|change| match change.action {
        Action::Update if granting.contains(&change.address) => grants(change),
        Action::Create | Action::Update => change.clone(),
        _ => idle(change),
    });
    let second = plan(&|change| match change.action {
        Action::Update if granting.contains(&change.address) => change.clone(),
        Action::Create | Action::Update => {
            Change { used: change.dependencies.clone().into(), ..idle(change) }
        }
        _ => change.clone(),
    });
    [first, second]
}

/// What the first plan declares of an object that grants something.
pub(in crate::session) fn granted(change: &Change) -> Fields {
    let field =
        |changed: AttributeChange| Some((changed.path.to_string(), changed.after?.to_json().to_string()));
    let fields = grants(change).attributes.into_inner().into_iter().filter_map(field).collect();
    Fields { address: change.address.to_string(), fields }
}

/// An update that keeps what it would take away.
fn grants(change: &Change) -> Change {
    let mut granting = change.clone();
    if let (Some(before), Some(after)) = (&change.before, &change.after) {
        granting.after = Some(union(before, after).into());
    }
    for AttributeChange { before, after, .. } in granting.attributes.iter_mut() {
        if let (Some(before), Some(after)) = (before, after) {
            *after = union(before, after);
        }
    }
    granting
}

/// What is in either, item by item.
fn union(before: &Value, after: &Value) -> Value {
    match (before, after) {
        (Value::Map(old), Value::Map(new)) => {
            let mut all = old.clone();
            for (name, value) in new.iter() {
                let merged = old.get(name).map_or_else(|| value.clone(), |before| union(before, value));
                all.insert(*name, merged);
            }
            Value::Map(all)
        }
        (Value::List(old), Value::List(new)) => {
            let gone = old.iter().filter(|item| !new.contains(item));
            Value::List(new.iter().chain(gone).cloned().collect())
        }
        _ => after.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn union_has_the_items_of_both_and_the_newest_values() {
        let before =
            json!({"projects": ["a", "b"], "product": "p", "permissions": "readonly", "kept": {"x": "1"}});
        let after =
            json!({"projects": ["c", "b"], "product": "p", "permissions": "readwrite", "kept": {"y": "2"}});
        let all = union(&Value::from_json(before), &Value::from_json(after)).to_json();
        assert_eq!(
            all,
            json!({
                "projects": ["c", "b", "a"], "product": "p", "permissions": "readwrite",
                "kept": {"x": "1", "y": "2"},
            })
        );
    }
}
