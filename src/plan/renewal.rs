//! Whether an object that was read again is still as it was planned from, right before it is written. Pure.
//!
//! A write replaces an object as a whole. What others changed and the write would change back is lost, so
//! such an object is not written. What the write would leave as it is found is sent as it is found now.

use std::sync::Arc;

use crate::config::resolve::Configuration;
use crate::live::snapshot::Live;
use crate::model::value::{Name, Value};
use crate::resource::Observed;
use crate::resource::schema::{Attribute, is_never_replied, with_hidden};
use crate::state::{State, Verb};

use super::changes::desired;
use super::diff::{self, AttributeChange, Fields, LiveSide};
use super::stale::Stale;
use super::{Change, Operation, Selection};

/// What a plan was made of besides the live state.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// What the manifests declare.
    pub configuration: &'a Configuration,
    /// What was asked for.
    pub selection: &'a Selection,
}

/// What an object is now, compared with what the plan was made from.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// The same, as far as the operation is concerned.
    Same,
    /// Fields differ that the operation leaves as they are: the change with these.
    Renewed(Box<Change>),
    /// It was to be deleted, and does not exist any more.
    Gone,
    /// What the operation would do is not what was planned.
    Changed(Stale),
    /// It can't be known: why.
    Unknown(String),
}

impl Basis<'_> {
    /// Compares what is live now, of an object of which nothing was written yet, with what an operation was
    /// planned from: `planned`, if the server could show it. `state` is what was applied before.
    pub(crate) fn compare(
        &self,
        operation: &Operation<'_>,
        planned: Option<&Value>,
        live: Live<'_>,
        state: &State,
    ) -> Found {
        let Operation { verb, change } = *operation;
        // What a replacement creates was there when it was planned, and is deleted by now.
        let before = planned.filter(|_| verb != Verb::Create);
        let fields = change.address.kind().attributes;
        let stale = |now: Option<&Value>| {
            Found::Changed(Stale::between(&change.address, before, now, change.after.as_deref()))
        };
        match (verb, before, live) {
            (_, _, Live::Unknown(why)) => Found::Unknown(why.to_owned()),
            (Verb::Create, _, Live::Absent) => Found::Same,
            (Verb::Create, _, Live::Present(observed)) => stale(Some(&observed.spec)),
            (Verb::Create, _, Live::Unreadable(_)) => stale(Some(&Value::Null)),
            (Verb::Delete, _, Live::Absent) => Found::Gone,
            (Verb::Update, _, Live::Absent) => Found::Changed(Stale::because(
                &change.address,
                "it existed when the plan was made, and is gone",
            )),
            // It was planned and shown as one that can't be read.
            (_, None, Live::Unreadable(_)) => Found::Same,
            // Only Git could show it.
            (_, Some(before), Live::Unreadable(_)) if is_never_replied(fields, before) => Found::Same,
            (_, Some(_), Live::Unreadable(why)) => Found::Unknown(why.to_owned()),
            (_, None, Live::Present(_)) => Found::Changed(Stale::because(
                &change.address,
                "it could not be read when the plan was made, and can be read now",
            )),
            (_, Some(before), Live::Present(now)) => {
                // What only Git could show is taken for unchanged, if it is not read from Git again.
                let spec = match now.is_whole {
                    true => Arc::clone(&now.spec),
                    false => Arc::new(with_hidden(fields, &now.spec, before)),
                };
                match verb {
                    _ if *before == *spec => Found::Same,
                    Verb::Update => self.update(change, before, &Observed { spec, ..now.clone() }, state),
                    _ => delete(change, before, &spec),
                }
            }
        }
    }

    fn update(&self, change: &Change, before: &Value, now: &Observed, state: &State) -> Found {
        let Some(resource) = self.configuration.resources.get(&change.address) else {
            return delete(change, before, &now.spec);
        };
        let send = self.selection.send.of(&change.address);
        let found = desired::compare(resource, Some(state), send, LiveSide::of(now)).changes;
        if let Some(stale) = Stale::unplanned(&change.address, before, &change.attributes, &found) {
            return Found::Changed(stale);
        }
        // The values of sensitive fields are not among the attributes.
        let is_other =
            |field: &AttributeChange| field.sensitive && before.at(&field.path) != now.spec.at(&field.path);
        if let Some(field) = found.iter().find(|field| is_other(field)) {
            return Found::Changed(Stale::sensitive(&change.address, &field.path));
        }
        let record = state.records.get(&change.address);
        let after = desired::merged(resource, &now.spec, record);
        if change.after.as_deref() == Some(&after) {
            return Found::Same;
        }
        let before = Some(Arc::clone(&now.spec));
        Found::Renewed(Box::new(Change { before, after: Some(after.into()), ..change.clone() }))
    }
}

/// What is deleted has to be what was shown, but for fields that only the server sets.
fn delete(change: &Change, before: &Value, now: &Value) -> Found {
    let value = |side: &Value, name| side.get(name).cloned().unwrap_or_default();
    let fields = change.address.kind().attributes.iter().filter(|field| field.is_sent());
    let differs = |field: &&Attribute| {
        !diff::same(field, &value(before, field.name), &value(now, field.name), Fields::All)
    };
    let names: Vec<Name> = fields.filter(differs).map(|field| Name::known(&field.name)).collect();
    if names.is_empty() {
        return Found::Same;
    }
    let only = |side: &Value| Value::Map(names.iter().map(|name| (*name, value(side, name))).collect());
    Found::Changed(Stale::between(&change.address, Some(&only(before)), Some(&only(now)), None))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::config::{load, resolve};
    use crate::plan::{Action, StaleField};
    use crate::resource::Address;

    const MANIFEST: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: CodeRepo\nspec: {name: api, \
                            product: shop, project: web, deploymentRuntime: true, git: {gitlab: \
                            {visibility: private, description: new}}}\n";

    fn configuration() -> Configuration {
        let mut manifests =
            load::Manifests::default().load_text("m.yaml", MANIFEST, &load::LoadOptions::default());
        let configuration = resolve::resolve(manifests.resources, &mut manifests.diagnostics);
        assert_eq!(configuration.resources.len(), 1);
        configuration
    }

    fn spec(description: &str, more: &[(&str, Json)]) -> Value {
        let mut spec = json!({
            "project": "web", "deploymentRuntime": true,
            "git": {"gitlab": {"visibility": "private", "description": description}},
        });
        for (field, value) in more {
            spec[*field] = value.clone();
        }
        Value::from_json(spec)
    }

    /// The change as it was planned from a description, and what is found now.
    fn compare(verb: Verb, before: Option<Value>, now: Live<'_>) -> String {
        let configuration = configuration();
        let selection = Selection::default();
        let basis = Basis { configuration: &configuration, selection: &selection };
        let state = State::new("lineage".to_owned(), "salt".to_owned());
        let address: Address = "CodeRepo/shop/api".parse().unwrap();
        let resource = &configuration.resources[&address];
        let live = before.as_ref().map_or(LiveSide::Absent, LiveSide::Present);
        let attributes = desired::compare(resource, Some(&state), diff::Sending::Nothing, live).changes;
        let after = match (verb, &before) {
            (Verb::Delete, _) => None,
            (_, Some(before)) => Some(desired::merged(resource, before, None).into()),
            (_, None) => Some(Arc::clone(&resource.spec)),
        };
        let action = match verb {
            Verb::Create => Action::Create,
            Verb::Update => Action::Update,
            Verb::Delete => Action::Delete,
        };
        let before = before.map(Arc::new);
        let change = Change {
            before: before.clone(),
            after,
            attributes: attributes.into(),
            ..Change::bare(address, action)
        };
        let operation = Operation { verb, change: &change };
        match basis.compare(&operation, before.as_deref(), now, &state) {
            Found::Same => "same".to_owned(),
            Found::Gone => "gone".to_owned(),
            Found::Unknown(why) => format!("unknown: {why}"),
            Found::Renewed(change) => format!("renewed: {}", change.after.unwrap().to_json()),
            Found::Changed(Stale { fields, message, .. }) => {
                let mut text = message.unwrap_or_default();
                for StaleField { path, planned_from, found, wanted } in fields {
                    let values = [planned_from, found, wanted];
                    let values = values.map(|value| value.map(|value| value.to_json()).unwrap_or_default());
                    write!(text, "{path}: {}, {}, {}", values[0], values[1], values[2]).unwrap();
                }
                text
            }
        }
    }

    fn present(spec: Value) -> Observed {
        Observed::replied("CodeRepo/shop/api".parse().unwrap(), Arc::new(spec))
    }

    #[test]
    fn update_keeps_what_others_wrote_and_it_does_not() {
        let update = |now: Value| compare(Verb::Update, Some(spec("old", &[])), Live::Present(&present(now)));
        assert_eq!(update(spec("old", &[])), "same");
        let renewed = update(spec("old", &[("webhook", json!({"events": ["push_events"]}))]));
        insta::assert_snapshot!(renewed, @r#"renewed: {"deploymentRuntime":true,"git":{"gitlab":{"description":"new","visibility":"private"}},"project":"web","webhook":{"events":["push_events"]}}"#);
    }

    #[test]
    fn update_is_not_sent_if_it_would_overwrite_others() {
        let update = |now: Value| compare(Verb::Update, Some(spec("old", &[])), Live::Present(&present(now)));
        insta::assert_snapshot!(update(spec("theirs", &[])), @r#"git.gitlab.description: "old", "theirs", "new""#);
        insta::assert_snapshot!(update(spec("old", &[("project", json!("other"))])), @r#"project: "web", "other", "web""#);
        // They wrote what is wanted.
        assert_eq!(update(spec("new", &[])), "same");
    }

    #[test]
    fn update_needs_the_object_that_was_planned() {
        let before = || Some(spec("old", &[]));
        insta::assert_snapshot!(compare(Verb::Update, before(), Live::Absent), @"it existed when the plan was made, and is gone");
        insta::assert_snapshot!(compare(Verb::Update, before(), Live::Unreadable("broken")), @"unknown: broken");
        insta::assert_snapshot!(compare(Verb::Update, before(), Live::Unknown("503")), @"unknown: 503");
        assert_eq!(compare(Verb::Update, None, Live::Unreadable("broken")), "same");
        insta::assert_snapshot!(compare(Verb::Update, None, Live::Present(&present(spec("x", &[])))), @"it could not be read when the plan was made, and can be read now");
    }

    #[test]
    fn create_needs_a_free_name() {
        assert_eq!(compare(Verb::Create, None, Live::Absent), "same");
        insta::assert_snapshot!(compare(Verb::Create, None, Live::Present(&present(spec("new", &[])))), @"it was to be created, and exists now");
        insta::assert_snapshot!(compare(Verb::Create, None, Live::Unreadable("broken")), @"it was to be created, and exists now");
        // A replacement is created where the old object was.
        assert_eq!(compare(Verb::Create, Some(spec("old", &[])), Live::Absent), "same");
    }

    #[test]
    fn delete_needs_the_object_as_it_was_shown() {
        let delete = |now: Live<'_>| compare(Verb::Delete, Some(spec("old", &[])), now);
        assert_eq!(delete(Live::Absent), "gone");
        assert_eq!(delete(Live::Present(&present(spec("old", &[])))), "same");
        let urls = json!({"gitlab": {
            "visibility": "private", "description": "old", "httpUrlToRepo": "https://gitlab/shop/api",
        }});
        assert_eq!(delete(Live::Present(&present(spec("old", &[("git", urls)])))), "same", "set by GitLab");
        insta::assert_snapshot!(delete(Live::Present(&present(spec("theirs", &[])))), @r#"git.gitlab.description: "old", "theirs", null"#);
        insta::assert_snapshot!(delete(Live::Unreadable("broken")), @"unknown: broken");
    }
}
