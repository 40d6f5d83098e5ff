use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::apply::tests::{address, change, changed};
use crate::plan::{Action, Change};
use crate::resource::Observed;

fn classified(
    change: &Change,
    verb: Verb,
    live: Option<serde_json::Value>,
    names: &DisplayNames,
) -> ReadBack {
    let key = OperationKey { address: change.address.clone(), verb };
    let observed = |spec| {
        let spec = Arc::new(Value::from_json(spec));
        Presence::Present(Observed::replied(change.address.clone(), spec))
    };
    classify(&key, &Operation { verb, change }, live.map_or(Presence::Absent, observed), names)
}

fn none() -> DisplayNames {
    DisplayNames::default()
}

#[test]
fn read_back_of_a_delete() {
    let change = change("Project/p/web", Action::Delete);
    assert_eq!(classified(&change, Verb::Delete, None, &none()), ReadBack::Landed);
    assert_eq!(classified(&change, Verb::Delete, Some(json!({})), &none()), ReadBack::NotLanded);
}

/// What the server fills in, and what it never shows, proves nothing.
#[test]
fn read_back_of_a_create_compares_declared_fields() {
    let spec = json!({"cluster": "a", "envType": "dev"});
    let change = changed("Environment/p/e", Action::Create, None, spec.clone());
    assert_eq!(classified(&change, Verb::Create, Some(spec), &none()), ReadBack::Landed);
    let other = json!({"cluster": "b", "envType": "dev"});
    assert_eq!(classified(&change, Verb::Create, Some(other), &none()), ReadBack::NotLanded);
    assert_eq!(classified(&change, Verb::Create, None, &none()), ReadBack::NotLanded);
}

/// The field is not declared any more, so a comparison with the declared fields alone would find no
/// difference.
#[test]
fn read_back_of_an_update_sees_removed_fields() {
    let before = json!({"project": "web", "webhook": {"events": ["push_events"]}, "deploymentRuntime": true});
    let after = json!({"project": "web", "deploymentRuntime": true});
    let change = changed("CodeRepo/p/r", Action::Update, Some(before.clone()), after.clone());
    assert_eq!(change.attributes.len(), 1, "{:?}", change.attributes);
    assert_eq!(classified(&change, Verb::Update, Some(before), &none()), ReadBack::NotLanded);
    assert_eq!(classified(&change, Verb::Update, Some(after), &none()), ReadBack::Landed);
}

#[test]
fn read_back_translates_display_names() {
    let spec = |repository: &str| {
        json!({
            "projectsRef": ["web"], "destination": {"environment": "dev"},
            "manifestSource": {"codeRepo": repository, "targetRevision": "main", "path": "x"},
        })
    };
    let change = changed("DeploymentRuntime/p/run", Action::Create, None, spec("api"));
    let repository = Value::from_json(json!({"git": {"gitlab": {"name": "The API"}}}));
    let api = address("CodeRepo/p/api");
    let names = DisplayNames::of(std::iter::once((&api, &repository)));
    assert_eq!(classified(&change, Verb::Create, Some(spec("The API")), &names), ReadBack::Landed);
    assert_eq!(classified(&change, Verb::Create, Some(spec("The API")), &none()), ReadBack::NotLanded);
}
