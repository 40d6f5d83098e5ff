//! Plans for the tests of the renderings.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::model::value::{Name, Secret, Value};
use crate::plan::diff::{Comparison, LiveSide, Sending, Sides, compare};
use crate::plan::model::unread::Unread;
use crate::plan::{Action, Change, Drift, DriftKind, Gap, Plan, Reason, Refusal, RefusalKind, Unmanaged};
use crate::resource::Address;

/// What no rendering may ever show.
pub(super) const CANARY: &str = "canary-7f3a-kubeconfig";

/// An address that exists.
pub(super) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn change(name: &str, action: Action) -> Change {
    let address = address(name);
    Change {
        irreversible: address
            .kind()
            .deleting
            .irreversible
            .filter(|_| action == Action::Delete || action == Action::Replace),
        ..Change::bare(address, action)
    }
}

fn differences(address: &Address, before: Option<&Value>, after: &Value) -> Comparison {
    let record =
        crate::resource::Record { applied: before.cloned().unwrap_or_default().into(), ..Default::default() };
    compare(&Sides {
        kind: address.kind(),
        name: address.name(),
        desired: after,
        live: before.map_or(LiveSide::Absent, LiveSide::Present),
        record: Some(&record),
        recognizes: &|_: &Secret, _: &str| false,
        returned: None,
        send: Sending::Nothing,
        ignore: &[],
    })
}

/// An object that is created.
pub(super) fn create(name: &str, after: Json) -> Change {
    let mut change = change(name, Action::Create);
    let after = Value::from_json(after);
    change.attributes = differences(&change.address, None, &after).changes.into();
    change.after = Some(after.into());
    change.reasons.push(Reason::NotLive);
    change
}

/// An object that changes, in place or not.
pub(super) fn update(name: &str, before: Json, after: Json) -> Change {
    let mut change = change(name, Action::Update);
    let before = Value::from_json(before);
    let after = Value::from_json(after);
    let found = differences(&change.address, Some(&before), &after);
    change.attributes = found.changes.into();
    change.unchanged = found.unchanged;
    if let Some(forcing) = change.attributes.iter().find(|attribute| attribute.forces_replacement) {
        change.reasons.push(Reason::FixedField(forcing.path.clone()));
        change.action = Action::Replace;
        change.irreversible = change.address.kind().deleting.irreversible;
    } else {
        change.reasons.push(Reason::Differs);
    }
    change.before = Some(Arc::new(before));
    change.after = Some(after.into());
    change
}

/// An object that is deleted.
pub(super) fn delete(name: &str, before: Json) -> Change {
    let mut change = change(name, Action::Delete);
    change.before = Some(Arc::new(Value::from_json(before)));
    change.reasons.push(Reason::ManifestGone(Some("demo/env.yaml".to_owned())));
    change
}

/// An object that nautform stops managing.
pub(super) fn forget(name: &str) -> Change {
    let mut change = change(name, Action::Forget);
    change.reasons.push(Reason::Orphaned);
    change
}

/// An object that stays.
pub(super) fn same(name: &str) -> Change {
    let mut change = change(name, Action::NoOp);
    change.before = Some(Arc::new(Value::from_json(json!({"cluster": "worker-1", "envType": "dev"}))));
    change
}

/// A cluster that is created, with a secret in it.
pub(super) fn cluster_with_secret() -> Change {
    let mut change = create(
        "Cluster/worker-1",
        json!({
            "apiServer": "https://10.0.0.1:6443", "clusterKind": "kubernetes", "clusterType": "physical",
            "usage": "worker", "workerType": "deployment",
            "componentsList": {"gateway": {"additions": {"httpNodePort": "30080"}}},
        }),
    );
    let mut after = Arc::unwrap_or_clone(change.after.take().unwrap());
    let secret = Value::Secret(Secret::new(CANARY.to_owned()));
    after.as_map_mut().unwrap().insert(Name::known(&"kubeconfig"), secret);
    change.attributes = differences(&change.address, None, &after).changes.into();
    change.after = Some(after.into());
    change
}

/// A runtime's spec.
pub(super) fn runtime(events: &[&str], revision: &str) -> Json {
    json!({
        "project": "shop", "pipelineSource": "pipes",
        "pipelines": [{"name": "build", "path": "build.yaml"}, {"name": "test", "path": "test.yaml"}],
        "eventSources": [
            {"name": "push", "gitlab": {"repoName": "api", "revision": revision, "events": events}},
            {"name": "nightly", "calendar": {"schedule": "0 2 * * *"}},
        ],
        "pipelineTriggers": [{"eventSource": "push", "pipeline": "build"}],
        "destination": {"environment": "ci"}, "isolation": "shared",
    })
}

/// A product's spec.
pub(super) fn product(description: &str) -> Json {
    json!({"git": {"gitlab": {"name": "demo", "path": "demo", "visibility": "private", "description": description}}})
}

/// A plan of these changes.
pub(super) fn plan(changes: Vec<Change>) -> Plan {
    Plan { changes, requests: 12, ..Plan::default() }
}

/// Something of everything.
pub(super) fn everything() -> Plan {
    let repo = json!({
        "project": "shop", "deploymentRuntime": true,
        "git": {"gitlab": {"visibility": "private", "name": "old", "path": "old"}},
        "webhook": {"events": ["push_events"]},
    });
    let mut going = delete("CodeRepo/demo/old", repo);
    going.takes_along = vec![address("CodeRepoBinding/demo/old-binding")].into();
    let mut vanished = create("Environment/demo/stage", json!({"cluster": "worker-1", "envType": "test"}));
    vanished.reasons = vec![Reason::Vanished].into();
    let mut plan = plan(vec![
        cluster_with_secret(),
        same("Environment/demo/dev"),
        vanished,
        update("Product/demo", product("旧的描述"), product("新的描述")),
        update(
            "ProjectPipelineRuntime/demo/pipe",
            runtime(&["push_events"], "main"),
            runtime(&["push_events", "tag_push_events"], "dev"),
        ),
        update(
            "DeploymentRuntime/demo/run",
            json!({"projectsRef": ["shop"], "destination": {"environment": "dev"}}),
            json!({"projectsRef": ["shop"], "destination": {"environment": "prod"}}),
        ),
        forget("Project/demo/legacy"),
        delete("Environment/demo/test", json!({"cluster": "worker-2", "envType": "test"})),
        going,
    ]);
    let environment = |of: &str| Value::from_json(json!({"cluster": "worker-1", "envType": of}));
    let dev = address("Environment/demo/dev");
    let changed = differences(&dev, Some(&environment("dev")), &environment("prod")).changes;
    let drift = |address, kind, attributes, object| Drift {
        address,
        kind,
        attributes,
        object,
        unread: Unread::default(),
    };
    plan.drift = vec![
        drift(address("Environment/demo/stage"), DriftKind::Missing, Vec::new(), environment("test")),
        drift(dev, DriftKind::Changed, changed, environment("prod")),
    ];
    plan.unmanaged = vec![Unmanaged { address: address("Environment/demo/stray") }];
    plan.gaps = vec![Gap { address: address("CodeRepo/demo/web"), why: "GitLab answered 502".to_owned() }];
    let refusal = |kind, about, message: &str, hint: &str| Refusal {
        kind,
        address: Some(address(about)),
        message: message.to_owned(),
        hints: vec![hint.into()],
        span: None,
    };
    plan.refusals = vec![
        refusal(
            RefusalKind::Irreversible,
            "CodeRepo/demo/old",
            "the GitLab repository would be destroyed with its history",
            "allow it with --allow-irreversible CodeRepo/demo/old",
        ),
        refusal(
            RefusalKind::InUse,
            "Environment/demo/test",
            "still used by DeploymentRuntime/demo/stray",
            "delete the runtime first, or keep the environment",
        ),
    ];
    plan.notes = vec!["Product/demo: GitLab keeps a deleted path reserved for a while.".to_owned()];
    plan
}

/// Fails where a document does not match the JSON schema in `text`, with all violations.
#[track_caller]
pub(super) fn check_schema(text: &str, document: &Json) {
    let validator = jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap();
    let violations: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(violations.is_empty(), "{violations:#?}");
}

/// A rendering as text.
pub(super) fn text(render: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    render(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A plan with a host, two workers, and for each product 40 objects that depend on each other.
pub(super) fn fleet(products: usize) -> Plan {
    let mut all = vec![cluster_with_secret()];
    let mut add = |name: &str, spec: Json, needs: &[&str]| {
        let mut change = create(name, spec);
        change.dependencies = needs.iter().map(|need| address(need)).collect();
        all.push(change);
    };
    for product in 0..products {
        let of = |kind: &str, name: &str| format!("{kind}/product-{product}/{name}");
        let owner = &format!("Product/product-{product}");
        add(owner, self::product("支付"), &[]);
        for name in ["dev", "test", "prod"] {
            let spec = json!({"cluster": "worker-1", "envType": name});
            add(&of("Environment", name), spec, &["Cluster/worker-1", owner]);
        }
        let dev = &of("Environment", "dev");
        for index in 0..9 {
            let project = &of("Project", &format!("project-{index}"));
            let repo = &of("CodeRepo", &format!("repo-{index}"));
            let binding = &of("CodeRepoBinding", &format!("binding-{index}"));
            let runtime = &of("DeploymentRuntime", &format!("a-rather-long-runtime-name-{index}"));
            add(project, json!({"language": "go"}), &[owner]);
            add(repo, json!({"project": format!("project-{index}")}), &[owner, project]);
            add(binding, json!({"codeRepo": format!("repo-{index}")}), &[owner, project, repo]);
            add(runtime, json!({"projectsRef": ["x"]}), &[owner, project, repo, binding, dev]);
        }
    }
    plan(all)
}
