use super::*;
use serde_json::{Value as Json, json};

use crate::apply::Outcomes;
use crate::apply::event::End;
use crate::plan::drift::{Baseline, BaselineDiff, Class, Findings};
use crate::plan::{OperationKey, Plan};
use crate::render::fixture::{self, CANARY, address};
use crate::state::Verb;

const ABOUT: About<'_> =
    About { directory: "fleet", job: Some("https://gitlab.example/nautes/fleet/-/jobs/7") };

fn checked(message: &Json) -> &str {
    let schema = include_str!("../../../testdata/schemas/webhook.schema.json");
    fixture::check_schema(schema, message);
    assert!(!message.to_string().contains(CANARY));
    message["text"].as_str().unwrap()
}

fn key(verb: Verb, text: &str) -> OperationKey {
    OperationKey { address: address(text), verb }
}

fn done() -> End {
    End::Done { warning: None }
}

fn outcomes(ends: Vec<(OperationKey, End)>) -> Outcomes {
    Outcomes { ends: ends.into_iter().collect(), ..Outcomes::default() }
}

#[test]
fn apply_lists_losses_and_failures_first() {
    let failed = key(Verb::Create, "Environment/demo/stage");
    let error = "the cluster\n<!channel> `is` \u{1b}[31mgone".to_owned();
    let ends = vec![
        (key(Verb::Create, "Cluster/worker-1"), done()),
        (key(Verb::Update, "Product/demo"), done()),
        (key(Verb::Delete, "CodeRepo/demo/old"), done()),
        (key(Verb::Delete, "Environment/demo/test"), done()),
        (key(Verb::Update, "DeploymentRuntime/demo/run"), End::Skipped { because: failed.clone() }),
        (failed, End::Failed { error }),
        (key(Verb::Update, "ProjectPipelineRuntime/demo/pipe"), End::Unknown { error: "HTTP 502".into() }),
    ];
    let mut plan = fixture::everything();
    plan.gaps.clear();
    let message = apply(&plan, &outcomes(ends), false, &ABOUT).unwrap();
    insta::assert_snapshot!(checked(&message), @r#"
    nautform, `fleet`: Apply incomplete. Resources: 1 added, 1 changed, 2 destroyed. 1 failed, 1 unknown, 1 skipped.
    • permanently destroyed: `CodeRepo/demo/old` (the GitLab repository with its history)
    • creation of `Environment/demo/stage` failed: `the cluster ‹!channel› 'is' \u{1b}[31mgone`
    • destroyed `Environment/demo/test`
    • `ProjectPipelineRuntime/demo/pipe` may or may not have been changed: `HTTP 502`
    • created `Cluster/worker-1`
    • skipped: `DeploymentRuntime/demo/run`
    • changed `Product/demo`
    https://gitlab.example/nautes/fleet/-/jobs/7
    "#);
    insta::assert_snapshot!(message["summary"], @r#"{"added":1,"changed":1,"destroyed":2,"forgotten":0,"failed":1,"unknown":1,"stale":0,"skipped":1,"not_started":0,"unread":0}"#);
    insta::assert_snapshot!(message["changes"][0], @r#"{"address":"CodeRepo/demo/old","action":"delete","result":"done","irreversible":"the GitLab repository with its history"}"#);
    insta::assert_snapshot!(message["changes"][1], @r#"{"address":"Environment/demo/stage","action":"create","result":"failed","error":"the cluster\n<!channel> `is` \u001b[31mgone"}"#);
    assert_eq!((&message["result"], &message["event"]), (&json!("incomplete"), &json!("apply")));
}

#[test]
fn apply_without_operations_has_no_message() {
    let plan = fixture::plan(vec![fixture::same("Environment/demo/dev")]);
    let message = |plan: &Plan, outcomes: &Outcomes| apply(plan, outcomes, true, &ABOUT);
    assert!(message(&plan, &Outcomes::default()).is_none());
    let forgotten = Outcomes { forgotten: 1, ..Outcomes::default() };
    assert_eq!(checked(&message(&plan, &forgotten).unwrap()).lines().count(), 2);
    let unread = message(&fixture::everything(), &Outcomes::default()).unwrap();
    assert_eq!(unread["result"], "incomplete");
    insta::assert_snapshot!(checked(&unread), @r#"
    nautform, `fleet`: Destroy complete! Resources: 0 destroyed. 1 object could not be read.
    https://gitlab.example/nautes/fleet/-/jobs/7
    "#);
}

#[test]
fn long_messages_are_cut() {
    let ends = (0..40).map(|number| (key(Verb::Create, &format!("Project/demo/p{number:02}")), done()));
    let message = apply(&Plan::default(), &outcomes(ends.collect()), false, &ABOUT).unwrap();
    assert!(checked(&message).contains("• created `Project/demo/p09`\n… and 30 more\n"));
    assert_eq!((message["changes"].as_array().unwrap().len(), &message["left_out"]), (10, &json!(30)));
    let error = End::Failed { error: "x".repeat(5_000) };
    let message = outcomes(vec![(key(Verb::Create, "Cluster/a"), error)]);
    assert!(checked(&apply(&Plan::default(), &message, false, &ABOUT).unwrap()).len() < 600);
}

fn since(plan: &Plan, earlier: Option<&Baseline>) -> BaselineDiff {
    Baseline::of(&Findings::of(plan), String::new()).since(earlier)
}

#[test]
fn drift_lists_findings() {
    let plan = fixture::everything();
    let alarming = |class| matches!(class, Class::Changed | Class::Missing | Class::Unknown);
    let message = drift(&plan, &since(&plan, None), None, alarming, &ABOUT).unwrap();
    insta::assert_snapshot!(checked(&message), @r#"
    nautform, `fleet`: Drift: 1 changed, 1 missing; 7 pending, 1 unmanaged, 1 unknown, 0 in sync.
    • unknown: `CodeRepo/demo/web`
    • changed: `Environment/demo/dev` (`envType`)
    • missing: `Environment/demo/stage`
    https://gitlab.example/nautes/fleet/-/jobs/7
    "#);
    insta::assert_snapshot!(message["summary"], @r#"{"changed":1,"missing":1,"incomplete":0,"pending":7,"unmanaged":1,"unknown":1,"blocked":0,"broken":0,"suppressed":0,"in_sync":0}"#);
    insta::assert_snapshot!(message["changes"][0], @r#"{"address":"CodeRepo/demo/web","class":"unknown"}"#);
    let all = drift(&plan, &since(&plan, None), None, |_| true, &ABOUT).unwrap();
    insta::assert_snapshot!(checked(&all), @r#"
    nautform, `fleet`: Drift: 1 changed, 1 missing; 7 pending, 1 unmanaged, 1 unknown, 0 in sync.
    • pending, will be permanently destroyed: `CodeRepo/demo/old`
    • unknown: `CodeRepo/demo/web`
    • pending, will be replaced: `DeploymentRuntime/demo/run` (`destination.environment`)
    • changed: `Environment/demo/dev` (`envType`)
    • missing: `Environment/demo/stage`
    • pending, will be destroyed: `Environment/demo/test`
    • pending: `Cluster/worker-1` (`apiServer, clusterKind, clusterType, usage, workerType, componentsList.gateway.additions.httpNodePort, kubeconfig`)
    • unmanaged: `Environment/demo/stray`
    • pending: `Product/demo` (`git.gitlab.description`)
    • pending: `Project/demo/legacy`
    … and 1 more
    https://gitlab.example/nautes/fleet/-/jobs/7
    "#);
}

#[test]
fn drift_without_new_findings_has_no_message() {
    let mut plan = fixture::everything();
    let earlier = Baseline::of(&Findings::of(&plan), String::new());
    let message =
        |plan: &Plan| drift(plan, &since(plan, Some(&earlier)), Some("2026-11-25"), |_| true, &ABOUT);
    assert!(message(&plan).is_none());
    assert!(drift(&plan, &since(&plan, None), None, |_| false, &ABOUT).is_none());
    plan.drift.remove(1);
    plan.unmanaged.push(crate::plan::Unmanaged { address: address("Environment/demo/second") });
    insta::assert_snapshot!(checked(&message(&plan).unwrap()), @r#"
    nautform, `fleet`: Drift: 0 changed, 1 missing; 7 pending, 2 unmanaged, 1 unknown, 1 in sync. New since the check of 2026-11-25:
    • unmanaged: `Environment/demo/second`
    • no longer changed: `Environment/demo/dev`
    https://gitlab.example/nautes/fleet/-/jobs/7
    "#);
}
