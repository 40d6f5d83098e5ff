//! What holds for every rendering: no secret, the same bytes every time.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::model::hint::plain;
use crate::model::value::{Name, Secret, Value};
use crate::plan::model::unread::Unread;
use crate::plan::{Action, Origin, Plan};

use super::fixture::{self, CANARY, text};
use super::{Style, ci, events, html, json, markdown};

type Render = fn(&Plan, &mut dyn Write) -> io::Result<()>;

/// Every rendering of a plan that there is.
const RENDERINGS: &[(&str, Render)] = &[
    ("text", |plan, out| {
        super::text::plan(plan, &super::text::View { drift: true, ..Default::default() }, out)
    }),
    ("text, coloured", |plan, out| {
        let style = Style { color: true, width: 60, ..Style::default() };
        super::text::plan(plan, &super::text::View { style, ..Default::default() }, out)
    }),
    ("text, compact", |plan, out| {
        super::text::plan(plan, &super::text::View { compact: true, ..Default::default() }, out)
    }),
    ("drift", |plan, out| super::text::drift(plan, Style::default(), out)),
    ("json", |plan, out| json::plan(plan, &Origin::default(), None, plain, out)),
    ("events", |plan, out| {
        events::Events::new(out, String::new).plan(plan, None, plain);
        Ok(())
    }),
    ("markdown", |plan, out| markdown::plan(plan, &markdown::Note::default(), out)),
    ("markdown, drift", |plan, out| markdown::drift(plan, &markdown::Note::default(), out)),
    ("html", |plan, out| html::plan(plan, &Origin::default(), None, plain, out)),
    ("junit", |plan, out| ci::junit(plan, &|_, _| true, out)),
    ("widget", ci::widget),
    ("metrics", |plan, out| {
        let check = ci::Check { directory: "x", finished: 0, duration: Duration::ZERO };
        ci::metrics(plan, &check, out)
    }),
];

/// Secrets wherever a value may be, also where they should never be: as plain text in a live object, in a
/// difference that forgot to say that it is sensitive.
fn secrets_everywhere() -> Plan {
    let mut plan = fixture::everything();
    let plain = Value::text(CANARY);
    let secret = Value::Secret(Secret::new(CANARY.to_owned()));
    let with = |value: &Value| {
        let field = (Name::known(&"kubeconfig"), value.clone());
        let unknown = (Name::known(&"unknown"), Value::Secret(Secret::new(CANARY.to_owned())));
        Value::Map([field, unknown].into_iter().collect())
    };
    let mut going = fixture::delete("Cluster/old", serde_json::json!({}));
    going.before = Some(Arc::new(with(&plain)));
    let mut kept = fixture::delete("Cluster/kept", serde_json::json!({}));
    (kept.action, kept.before, kept.after) =
        (Action::NoOp, Some(Arc::new(with(&secret))), Some(Arc::new(with(&plain))));
    let mut changed = fixture::cluster_with_secret();
    changed.action = Action::Update;
    for field in changed.attributes.iter_mut() {
        (field.sensitive, field.before, field.after) = (false, Some(secret.clone()), Some(secret.clone()));
    }
    let mut leaking = fixture::cluster_with_secret();
    for field in leaking.attributes.iter_mut().filter(|field| field.path.to_string() == "kubeconfig") {
        (field.sensitive, field.before, field.after) = (false, Some(plain.clone()), Some(plain.clone()));
    }
    let drifted = |fields: &[crate::plan::diff::AttributeChange]| crate::plan::Drift {
        address: changed.address.clone(),
        kind: crate::plan::DriftKind::Changed,
        attributes: fields.to_vec(),
        object: with(&plain),
        unread: Unread::default(),
    };
    plan.drift.extend([drifted(&changed.attributes), drifted(&leaking.attributes)]);
    plan.changes.extend([going, kept, changed, leaking]);
    plan
}

#[test]
fn renderings_show_no_secret() {
    let plan = secrets_everywhere();
    for (name, render) in RENDERINGS {
        let all = text(|out| render(&plan, out));
        assert!(!all.is_empty(), "{name}");
        assert!(!all.contains(CANARY), "{name} shows the secret");
    }
}

/// A plan whose texts, names of members and values hold what could deceive a reader.
fn deceptive() -> (Plan, String) {
    let text: String =
        "\u{1b}[2J\u{7}\u{9b}0m\u{ad}\u{61c}\u{200b}\u{2028}\u{202e}\u{2066}\u{feff}\u{e0041}".into();
    let mut plan = fixture::everything();
    let value = Value::Map([(text.as_str().into(), Value::text(text.clone()))].into_iter().collect());
    let create =
        fixture::create("Product/x", serde_json::json!({"description": text, "extra": value.to_json()}));
    let mut update = fixture::cluster_with_secret();
    update.action = Action::Update;
    for field in update.attributes.iter_mut() {
        (field.before, field.after) = (Some(Value::text(text.clone())), Some(value.clone()));
        field.note = Some(text.clone().into());
    }
    plan.drift.push(crate::plan::Drift {
        address: update.address.clone(),
        kind: crate::plan::DriftKind::Changed,
        attributes: update.attributes.to_vec(),
        object: value.clone(),
        unread: Unread::default(),
    });
    plan.changes.extend([create, update]);
    plan.notes.push(text.clone());
    plan.gaps[0].why.clone_from(&text);
    for refusal in &mut plan.refusals {
        refusal.message.clone_from(&text);
        refusal.hints = vec![text.clone().into()];
    }
    (plan, text)
}

#[test]
fn renderings_escape_deceptive_characters() {
    let (plan, text) = deceptive();
    for (name, render) in RENDERINGS.iter().filter(|(name, _)| !name.contains("coloured")) {
        let all = fixture::text(|out| render(&plan, out));
        let found: Vec<char> =
            text.chars().filter(|c| crate::model::text::is_deceptive(*c) && all.contains(*c)).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn renderings_are_deterministic() {
    for (name, render) in RENDERINGS {
        let once = text(|out| render(&secrets_everywhere(), out));
        assert_eq!(once, text(|out| render(&secrets_everywhere(), out)), "{name}");
    }
}

#[test]
fn renderings_accept_an_empty_plan() {
    for (name, render) in RENDERINGS {
        let all = text(|out| render(&Plan::default(), out));
        assert!(!all.is_empty(), "{name}");
    }
}
