mod random_plans;

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::model::value::Value;
use crate::plan::Plan;

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn change(name: &str, action: Action, needs: &[&str], used: &[&str]) -> Change {
    Change {
        dependencies: needs.iter().map(|name| address(name)).collect(),
        used: used.iter().map(|name| address(name)).collect(),
        ..Change::bare(address(name), action)
    }
}

fn on_cluster(mut change: Change, before: Option<&str>, after: Option<&str>) -> Change {
    let spec = |cluster: &str| Value::from_json(json!({"cluster": cluster, "envType": "dev"}));
    change.before = before.map(|cluster| Arc::new(spec(cluster)));
    change.after = after.map(|after| spec(after).into());
    change
}

/// Each edge as "later < first", and the operations in an order that keeps them.
fn shown(changes: Vec<Change>) -> String {
    let plan = Plan { changes, ..Plan::default() };
    let operations = plan.operations();
    let edges = operations.graph().edges().into_iter().map(|(from, to, ())| format!("{from} after {to}\n"));
    edges.collect()
}

#[test]
fn dependencies_are_created_first_and_deleted_last() {
    let shown = shown(vec![
        change("Product/new", Action::Create, &[], &[]),
        change("Environment/new/dev", Action::Create, &["Cluster/a", "Product/new"], &[]),
        change("Cluster/a", Action::NoOp, &[], &[]),
        change(
            "Environment/old/dev",
            Action::Delete,
            &["Cluster/b", "Product/old"],
            &["Cluster/b", "Product/old"],
        ),
        change("Product/old", Action::Delete, &[], &[]),
        change("Cluster/b", Action::Delete, &[], &[]),
        change("Project/new/left", Action::Forget, &[], &["Product/old"]),
    ]);
    insta::assert_snapshot!(shown, @r"
    delete Cluster/b after delete Environment/old/dev
    create Environment/new/dev after create Product/new
    delete Product/old after delete Environment/old/dev
    ");
}

#[test]
fn used_object_is_deleted_after_its_user_releases_it() {
    let shown = shown(vec![
        change("Cluster/b", Action::Create, &[], &[]),
        change("Environment/p/dev", Action::Update, &["Cluster/b"], &["Cluster/a"]),
        change("Cluster/a", Action::Delete, &[], &[]),
    ]);
    insta::assert_snapshot!(shown, @r"
    delete Cluster/a after update Environment/p/dev
    update Environment/p/dev after create Cluster/b
    ");
}

#[test]
fn replacement_order_deletes_users_first() {
    let shown = shown(vec![
        change("Cluster/host", Action::Replace, &[], &[]),
        change("Cluster/virtual", Action::Replace, &["Cluster/host"], &["Cluster/host"]),
        change("Environment/p/dev", Action::Create, &["Cluster/virtual"], &[]),
    ]);
    insta::assert_snapshot!(shown, @r"
    create Cluster/host after delete Cluster/host
    delete Cluster/host after delete Cluster/virtual
    create Cluster/virtual after create Cluster/host
    create Cluster/virtual after delete Cluster/virtual
    create Environment/p/dev after create Cluster/virtual
    ");
}

#[test]
fn unique_value_is_taken_after_it_is_free() {
    let environment = |name, action| change(name, action, &[], &[]);
    let shown = shown(vec![
        on_cluster(environment("Environment/p/new", Action::Create), None, Some("a")),
        on_cluster(environment("Environment/p/old", Action::Delete), Some("a"), None),
        on_cluster(environment("Environment/p/taker", Action::Create), None, Some("b")),
        on_cluster(environment("Environment/p/mover", Action::Update), Some("b"), Some("c")),
        on_cluster(environment("Environment/q/other", Action::Create), None, Some("a")),
    ]);
    insta::assert_snapshot!(shown, @r"
    create Environment/p/new after delete Environment/p/old
    create Environment/p/taker after update Environment/p/mover
    ");
}

/// §6: the repository goes to another project and is granted to its old one, whose runtime does not change at
/// all.
#[test]
fn repository_changes_project_after_the_grant_to_the_old_one() {
    let shown = shown(vec![
        change("CodeRepo/p/r", Action::Update, &["Project/p/new"], &["Project/p/old"]),
        change("CodeRepoBinding/p/b", Action::Create, &["CodeRepo/p/r", "Project/p/old"], &[]),
        change(
            "DeploymentRuntime/p/run",
            Action::NoOp,
            &["CodeRepo/p/r", "CodeRepoBinding/p/b", "Project/p/old"],
            &["CodeRepo/p/r", "Project/p/old"],
        ),
    ]);
    insta::assert_snapshot!(shown, @"update CodeRepo/p/r after create CodeRepoBinding/p/b");
}

/// … and back again: the binding goes when the repository belongs to the runtime's project.
#[test]
fn binding_is_deleted_after_its_users() {
    let shown = shown(vec![
        change("CodeRepo/p/r", Action::Update, &["Project/p/old"], &["Project/p/new"]),
        change("CodeRepoBinding/p/b", Action::Delete, &["CodeRepo/p/r"], &["CodeRepo/p/r"]),
        change(
            "DeploymentRuntime/p/run",
            Action::NoOp,
            &["CodeRepo/p/r"],
            &["CodeRepo/p/r", "CodeRepoBinding/p/b"],
        ),
    ]);
    insta::assert_snapshot!(shown, @"delete CodeRepoBinding/p/b after update CodeRepo/p/r");
}

#[test]
fn used_object_changes_between_old_and_new_users() {
    let shown = shown(vec![
        change("CodeRepoBinding/p/b", Action::Update, &[], &[]),
        change("DeploymentRuntime/p/gone", Action::Delete, &[], &["CodeRepoBinding/p/b"]),
        change("DeploymentRuntime/p/leaves", Action::Update, &[], &["CodeRepoBinding/p/b"]),
        change("DeploymentRuntime/p/comes", Action::Create, &["CodeRepoBinding/p/b"], &[]),
    ]);
    insta::assert_snapshot!(shown, @r"
    update CodeRepoBinding/p/b after delete DeploymentRuntime/p/gone
    update CodeRepoBinding/p/b after update DeploymentRuntime/p/leaves
    create DeploymentRuntime/p/comes after update CodeRepoBinding/p/b
    ");
}

#[test]
fn replacement_is_deleted_after_all_that_its_create_needs() {
    let shown = shown(vec![
        change("Cluster/new", Action::Create, &[], &[]),
        change("Environment/p/prod", Action::Create, &["Cluster/new"], &[]),
        change("CodeRepo/p/r", Action::Update, &[], &[]),
        change(
            "DeploymentRuntime/p/web",
            Action::Replace,
            &["CodeRepo/p/r", "Environment/p/prod"],
            &["Environment/p/test"],
        ),
        change("Environment/p/test", Action::Delete, &[], &[]),
    ]);
    insta::assert_snapshot!(shown, @r"
    create DeploymentRuntime/p/web after update CodeRepo/p/r
    create DeploymentRuntime/p/web after delete DeploymentRuntime/p/web
    create DeploymentRuntime/p/web after create Environment/p/prod
    delete DeploymentRuntime/p/web after update CodeRepo/p/r
    delete DeploymentRuntime/p/web after create Environment/p/prod
    create Environment/p/prod after create Cluster/new
    delete Environment/p/test after delete DeploymentRuntime/p/web
    ");
}

/// The cluster is replaced with what uses it; all of that stays if one of the new needs does not come.
#[test]
fn joint_replacements_wait_together() {
    let shown = shown(vec![
        change("Cluster/a", Action::Replace, &[], &[]),
        change("CodeRepo/p/new", Action::Create, &[], &[]),
        change("Environment/p/dev", Action::Replace, &["Cluster/a"], &["Cluster/a"]),
        change(
            "DeploymentRuntime/p/web",
            Action::Replace,
            &["CodeRepo/p/new", "Environment/p/dev"],
            &["Environment/p/dev"],
        ),
        change("Environment/q/dev", Action::Replace, &["Cluster/a"], &["Cluster/a"]),
    ]);
    insta::assert_snapshot!(shown, @r"
    create Cluster/a after delete Cluster/a
    delete Cluster/a after delete Environment/p/dev
    delete Cluster/a after delete Environment/q/dev
    create DeploymentRuntime/p/web after create CodeRepo/p/new
    create DeploymentRuntime/p/web after delete DeploymentRuntime/p/web
    create DeploymentRuntime/p/web after create Environment/p/dev
    delete DeploymentRuntime/p/web after create CodeRepo/p/new
    create Environment/p/dev after create Cluster/a
    create Environment/p/dev after delete Environment/p/dev
    delete Environment/p/dev after delete DeploymentRuntime/p/web
    create Environment/q/dev after create Cluster/a
    create Environment/q/dev after delete Environment/q/dev
    delete Environment/q/dev after delete DeploymentRuntime/p/web
    ");
}

/// A repository that goes on being used is changed before the replacement is deleted, unless that decides who
/// may use it.
#[test]
fn replacement_is_deleted_after_unrelated_updates() {
    let replaced = || {
        let used = &["CodeRepo/p/r", "Project/p/web"];
        change("ProjectPipelineRuntime/p/run", Action::Replace, used, used)
    };
    let repository = |before: &str, after: &str| {
        let spec = |project: &str| Value::from_json(json!({"project": project}));
        let mut change = change("CodeRepo/p/r", Action::Update, &[], &[]);
        change.before = Some(Arc::new(spec(before)));
        change.after = Some(spec(after).into());
        change
    };
    insta::assert_snapshot!(shown(vec![repository("web", "web"), replaced()]), @r"
    create ProjectPipelineRuntime/p/run after update CodeRepo/p/r
    create ProjectPipelineRuntime/p/run after delete ProjectPipelineRuntime/p/run
    delete ProjectPipelineRuntime/p/run after update CodeRepo/p/r
    ");
    insta::assert_snapshot!(shown(vec![repository("web", "other"), replaced()]), @r"
    update CodeRepo/p/r after delete ProjectPipelineRuntime/p/run
    create ProjectPipelineRuntime/p/run after update CodeRepo/p/r
    create ProjectPipelineRuntime/p/run after delete ProjectPipelineRuntime/p/run
    ");
}

fn renamed(name: &str, to: &str, used: &[&str]) -> Change {
    let mut change = change(name, Action::Delete, used, used);
    change.reasons = vec![crate::plan::Reason::Renamed(address(to))].into();
    change.irreversible = Some("everything");
    change
}

#[test]
fn renamed_object_is_deleted_after_the_new_one_is_created() {
    let shown = shown(vec![
        change("Product/new", Action::Create, &[], &[]),
        change("Project/old/web", Action::Update, &[], &[]),
        change("CodeRepo/new/api", Action::Create, &["Product/new"], &[]),
        change("CodeRepo/old/two", Action::Create, &["Project/old/web"], &[]),
        renamed("CodeRepo/old/api", "CodeRepo/new/api", &["Product/old"]),
        renamed("CodeRepo/old/one", "CodeRepo/old/two", &["Product/old", "Project/old/web"]),
        renamed("Product/old", "Product/new", &[]),
        // What can be brought back is not deleted before its successor either.
        Change { irreversible: None, ..renamed("Environment/old/e", "Environment/new/e", &[]) },
        change("Environment/new/e", Action::Create, &[], &[]),
    ]);
    insta::assert_snapshot!(shown, @r"
    create CodeRepo/new/api after create Product/new
    delete CodeRepo/old/api after create CodeRepo/new/api
    delete CodeRepo/old/one after create CodeRepo/old/two
    delete Environment/old/e after create Environment/new/e
    delete Product/old after delete CodeRepo/old/api
    delete Product/old after delete CodeRepo/old/one
    delete Product/old after create Product/new
    update Project/old/web after delete CodeRepo/old/one
    ");
}

/// What the new object takes over must be free before: then all else that it needs comes before the delete.
#[test]
fn rename_that_needs_the_delete_first_is_not_a_cycle() {
    let old = on_cluster(renamed("Environment/p/old", "Environment/p/new", &[]), Some("a"), None);
    let new = on_cluster(change("Environment/p/new", Action::Create, &["Project/p/x"], &[]), None, Some("a"));
    let shown = shown(vec![change("Project/p/x", Action::Create, &[], &[]), new, old]);
    insta::assert_snapshot!(shown, @r"
    create Environment/p/new after delete Environment/p/old
    create Environment/p/new after create Project/p/x
    delete Environment/p/old after create Project/p/x
    ");
}

#[test]
fn irreversible_deletes_come_last() {
    let lost =
        Change { irreversible: Some("all"), ..change("CodeRepo/p/a", Action::Delete, &[], &["Project/p/z"]) };
    let plan = Plan {
        changes: vec![
            lost,
            change("Project/p/z", Action::Delete, &[], &[]),
            change("Project/p/b", Action::Update, &[], &[]),
        ],
        ..Plan::default()
    };
    let operations = plan.operations();
    let mut schedule = operations.schedule(|_| Some(()));
    let mut order = Vec::new();
    while let Some(key) = schedule.start() {
        schedule.finish(&key);
        order.push(key.to_string());
    }
    assert_eq!(order, ["update Project/p/b", "delete CodeRepo/p/a", "delete Project/p/z"]);
}

#[test]
fn what_slows_later_writes_comes_last_where_nothing_else_decides() {
    let plan = Plan {
        changes: ["CodeRepo/p/a", "CodeRepo/p/b", "Project/p/z", "Project/p/y"]
            .map(|name| change(name, Action::Create, &[], &[]))
            .into_iter()
            .chain([change("CodeRepoBinding/p/x", Action::Create, &["CodeRepo/p/b"], &[])])
            .collect(),
        ..Plan::default()
    };
    let operations = plan.operations();
    let mut schedule = operations.schedule(|_| Some(()));
    let mut order = Vec::new();
    while let Some(key) = schedule.start() {
        schedule.finish(&key);
        order.push(key.address.to_string());
    }
    let expected = ["CodeRepo/p/b", "CodeRepoBinding/p/x", "Project/p/y", "Project/p/z", "CodeRepo/p/a"];
    assert_eq!(order, expected);
}

/// §4.3: there is no order in which the server accepts it.
#[test]
fn swap_is_a_cycle() {
    let swap = |name, from, to| on_cluster(change(name, Action::Update, &[], &[]), Some(from), Some(to));
    let changes = vec![swap("Environment/p/x", "a", "b"), swap("Environment/p/y", "b", "a")];
    let plan = Plan { changes, ..Plan::default() };
    let cycle = plan.operations().cycle().unwrap_or_default();
    let words: Vec<String> = cycle.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["update Environment/p/x", "update Environment/p/y"]);
}

/// dev moves from `a` to `b`, whose host becomes what `a` is replaced to be: no order exists.
#[test]
fn mutual_replacements_are_a_cycle() {
    let plan = Plan {
        changes: vec![
            change("Cluster/a", Action::Replace, &[], &[]),
            change("Cluster/b", Action::Replace, &["Cluster/a"], &["Cluster/h"]),
            change("Environment/p/dev", Action::Update, &["Cluster/b"], &["Cluster/a"]),
        ],
        ..Plan::default()
    };
    let cycle = plan.operations().cycle().unwrap_or_default();
    let words: Vec<String> = cycle.iter().map(ToString::to_string).collect();
    assert_eq!(
        words.join(" -> "),
        "create Cluster/a -> delete Cluster/a -> update Environment/p/dev -> create Cluster/b"
    );
}
