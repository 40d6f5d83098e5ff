use super::*;
use crate::plan::{Action, Change, Plan, Reason};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn key(verb: Verb, name: &str) -> OperationKey {
    OperationKey { address: address(name), verb }
}

/// Environments a, b, … that are on a cluster of their own name, which does not exist.
fn dangling(names: &[&str]) -> Unavailable {
    let one = |name: &&str| Dangling {
        from: address(&format!("Environment/p/{name}")),
        to: address(&format!("Cluster/{name}")),
    };
    Unavailable([("p".to_owned(), names.iter().map(one).collect())].into())
}

/// What each operation of a plan would wait for in vain, if these have ended.
fn vain(unavailable: &Unavailable, changes: Vec<Change>, ended: &[(OperationKey, bool)]) -> String {
    let plan = Plan { changes, ..Plan::default() };
    let operations = plan.operations();
    let done = |key: &OperationKey| ended.iter().find(|(other, _)| other == key).map(|(_, done)| *done);
    let line = |key: &OperationKey| {
        let names: Vec<String> =
            unavailable.never_comes(key, operations, done).iter().map(ToString::to_string).collect();
        format!("{key}: {}\n", names.join(" "))
    };
    operations.keys().filter(|key| done(key).is_none()).map(line).collect()
}

fn delete(name: &str) -> Change {
    Change::bare(address(name), Action::Delete)
}

fn project() -> Change {
    Change::bare(address("Project/p/web"), Action::Create)
}

#[test]
fn writes_wait_in_vain_for_what_the_plan_leaves_broken() {
    insta::assert_snapshot!(vain(&dangling(&["a"]), vec![project()], &[]), @"create Project/p/web: Cluster/a");
    let elsewhere = Change::bare(address("Project/q/web"), Action::Create);
    insta::assert_snapshot!(vain(&dangling(&["a"]), vec![elsewhere], &[]), @"create Project/q/web:");
}

#[test]
fn writes_wait_for_the_delete_of_what_is_broken() {
    let changes = || vec![project(), delete("Environment/p/a")];
    insta::assert_snapshot!(vain(&dangling(&["a"]), changes(), &[]), @r"
    create Project/p/web: 
    delete Environment/p/a: 
    ");
    let failed = [(key(Verb::Delete, "Environment/p/a"), false)];
    insta::assert_snapshot!(vain(&dangling(&["a"]), changes(), &failed), @"create Project/p/web: Cluster/a");
}

#[test]
fn deletes_that_are_refused_because_of_each_other_wait_in_vain() {
    let changes = || vec![project(), delete("Environment/p/a"), delete("Environment/p/b")];
    insta::assert_snapshot!(vain(&dangling(&["a", "b"]), changes(), &[]), @r"
    create Project/p/web: Cluster/a Cluster/b
    delete Environment/p/a: Cluster/b
    delete Environment/p/b: Cluster/a
    ");
}

#[test]
fn what_is_sent_unchecked_ends_the_wait_of_the_others() {
    let unchecked = |name| Change { reasons: vec![Reason::Unchecked].into(), ..delete(name) };
    let changes = || {
        vec![project(), unchecked("Environment/p/a"), delete("Environment/p/b"), delete("Environment/p/c")]
    };
    insta::assert_snapshot!(vain(&dangling(&["a", "b"]), changes(), &[]), @r"
    create Project/p/web: 
    delete Environment/p/a: 
    delete Environment/p/b: 
    delete Environment/p/c: 
    ");
    let failed = [(key(Verb::Delete, "Environment/p/a"), false)];
    insta::assert_snapshot!(vain(&dangling(&["a", "b"]), changes(), &failed), @r"
    create Project/p/web: Cluster/a Cluster/b
    delete Environment/p/b: Cluster/a
    delete Environment/p/c: Cluster/a Cluster/b
    ");
    let done = [(key(Verb::Delete, "Environment/p/a"), true)];
    insta::assert_snapshot!(vain(&dangling(&["a", "b"]), changes(), &done), @r"
    create Project/p/web: 
    delete Environment/p/b: 
    delete Environment/p/c: 
    ");
}

#[test]
fn destroy_half_of_a_replacement_is_a_delete() {
    let replaced = |name| Change::bare(address(name), Action::Replace);
    let changes = vec![replaced("Environment/p/a"), replaced("Environment/p/b")];
    insta::assert_snapshot!(vain(&dangling(&["a", "b"]), changes, &[]), @r"
    delete Environment/p/a: Cluster/b
    create Environment/p/a: Cluster/a Cluster/b
    delete Environment/p/b: Cluster/a
    create Environment/p/b: Cluster/a Cluster/b
    ");
}

#[test]
fn what_the_plan_creates_is_waited_for_unless_that_failed() {
    let changes = || vec![Change::bare(address("Cluster/a"), Action::Create), project()];
    insta::assert_snapshot!(vain(&dangling(&["a"]), changes(), &[]), @r"
    create Cluster/a: 
    create Project/p/web: 
    ");
    let failed = [(key(Verb::Create, "Cluster/a"), false)];
    insta::assert_snapshot!(vain(&dangling(&["a"]), changes(), &failed), @"create Project/p/web: Cluster/a");
}

#[test]
fn update_that_names_something_else_is_waited_for() {
    let to = |cluster: &str| Change {
        after: Some(crate::model::value::Value::from_json(serde_json::json!({"cluster": cluster})).into()),
        ..Change::bare(address("Environment/p/a"), Action::Update)
    };
    insta::assert_snapshot!(vain(&dangling(&["a"]), vec![project(), to("b")], &[]), @r"
    create Project/p/web: 
    update Environment/p/a: 
    ");
    insta::assert_snapshot!(vain(&dangling(&["a"]), vec![project(), to("a")], &[]), @r"
    create Project/p/web: Cluster/a
    update Environment/p/a: Cluster/a
    ");
}
