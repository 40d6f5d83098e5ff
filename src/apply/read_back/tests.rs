use std::sync::Arc;

use serde_json::json;

use super::super::fixture::{address, change, changed};
use super::*;
use crate::plan::{Action, Change};

fn judged(change: &Change, verb: Verb, live: Option<serde_json::Value>, names: &DisplayNames) -> ReadBack {
    let key = OperationKey { address: change.address.clone(), verb };
    let observed =
        |spec| Observed { address: change.address.clone(), spec: Arc::new(Value::from_json(spec)) };
    classify(&key, &Operation { verb, change }, live.map(observed), names)
}

fn none() -> DisplayNames {
    DisplayNames::default()
}

#[test]
fn a_delete_has_happened_when_nothing_is_there() {
    let change = change("Project/p/web", Action::Delete);
    assert_eq!(judged(&change, Verb::Delete, None, &none()), ReadBack::Landed);
    assert_eq!(judged(&change, Verb::Delete, Some(json!({})), &none()), ReadBack::NotLanded);
}

/// What the server fills in, and what it never shows, speaks neither for nor against.
#[test]
fn a_create_has_happened_when_the_declared_fields_are_there() {
    let wish = json!({"cluster": "a", "envType": "dev"});
    let change = changed("Environment/p/e", Action::Create, None, wish.clone());
    assert_eq!(judged(&change, Verb::Create, Some(wish), &none()), ReadBack::Landed);
    let other = json!({"cluster": "b", "envType": "dev"});
    assert_eq!(judged(&change, Verb::Create, Some(other), &none()), ReadBack::NotLanded);
    assert_eq!(judged(&change, Verb::Create, None, &none()), ReadBack::NotLanded);
}

/// The field is not in the wish any more, so comparing with the wish alone would find nothing to object to.
#[test]
fn a_field_that_goes_has_to_be_gone() {
    let before = json!({"project": "web", "webhook": {"events": ["push_events"]}, "deploymentRuntime": true});
    let after = json!({"project": "web", "deploymentRuntime": true});
    let change = changed("CodeRepo/p/r", Action::Update, Some(before.clone()), after.clone());
    assert_eq!(change.attributes.len(), 1, "{:?}", change.attributes);
    assert_eq!(judged(&change, Verb::Update, Some(before), &none()), ReadBack::NotLanded);
    assert_eq!(judged(&change, Verb::Update, Some(after), &none()), ReadBack::Landed);
}

#[test]
fn replies_that_use_display_names_are_understood() {
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
    assert_eq!(judged(&change, Verb::Create, Some(spec("The API")), &names), ReadBack::Landed);
    assert_eq!(judged(&change, Verb::Create, Some(spec("The API")), &none()), ReadBack::NotLanded);
}
