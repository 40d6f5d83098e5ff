use serde_json::json;

use super::super::{View, drift, plan as show};
use crate::plan::Plan;
use crate::render::Style;
use crate::render::fixture::{self, text};

fn render(plan: &Plan, view: &View<'_>) -> String {
    text(|out| show(plan, view, out))
}

fn body(change: crate::plan::Change) -> String {
    let all = render(&fixture::plan(vec![change]), &View::default());
    let from = all.find("  # ").unwrap();
    all[from..all.find("\nPlan:").unwrap()].to_owned()
}

#[test]
fn plan_shows_everything() {
    insta::assert_snapshot!(render(&fixture::everything(), &View::default()), @r#"
    Note: Objects have changed outside of nautform

    These changes were made on the server since the last apply, and the plan below reverts or keeps
    them:

      # Environment/demo/stage has been deleted
      - Environment "stage" (product "demo")
          - cluster = "worker-1"
          - envType = "test"

    Actions are indicated with the following symbols:
        + create
        ~ update in-place (current -> planned)
      -/+ destroy and then create replacement
        - destroy
        . forget, without destroying

    nautform will perform the following actions:

      # Cluster/worker-1 will be created
      + Cluster "worker-1"
          + apiServer   = "https://10.0.0.1:6443"
          + clusterKind = "kubernetes"
          + clusterType = "physical"
          + usage       = "worker"
          + workerType  = "deployment"
          + componentsList.gateway.additions.httpNodePort = "30080"
          + kubeconfig  = (sensitive value)

      # Environment/demo/stage will be created
      # (because it was deleted outside of nautform since the last apply)
      + Environment "stage" (product "demo")
          + cluster = "worker-1"
          + envType = "test"

      # Product/demo will be updated in-place
      ~ Product "demo"
          ~ git.gitlab.description = "旧的描述" -> "新的描述"
            # (3 unchanged fields hidden)

      # ProjectPipelineRuntime/demo/pipe will be updated in-place
      ~ ProjectPipelineRuntime "pipe" (product "demo")
          ~ eventSources = [
              ~ {
                    name            = "push"
                  ~ gitlab.revision = "main" -> "dev"
                  ~ gitlab.events   = [
                      + "tag_push_events",
                        # (1 unchanged item hidden)
                    ]
                    # (1 unchanged field hidden)
                },
                # (1 unchanged item hidden)
            ]
            # (6 unchanged fields hidden)

      # DeploymentRuntime/demo/run must be replaced
      # (because destination.environment can't be changed in place)
    -/+ DeploymentRuntime "run" (product "demo")
          ~ destination.environment = "dev" -> "prod" # forces replacement
            # (1 unchanged field hidden)

      # Project/demo/legacy will no longer be managed by nautform, and stays on the server
      # (because of the annotation nautform.dev/deletion-policy: orphan)
      . Project "legacy" (product "demo")

    1 object will be DESTROYED:

      # Environment/demo/test will be destroyed
      # (because it is no longer in the manifests; last seen in demo/env.yaml)
      - Environment "test" (product "demo")
          - cluster = "worker-2"
          - envType = "test"

    !!! 1 object will be PERMANENTLY DESTROYED:

      # CodeRepo/demo/old will be destroyed
      # (because it is no longer in the manifests; last seen in demo/env.yaml)
      # Permanently destroys the GitLab repository with its history. This can't be undone.
      # Destroyed with it (1): CodeRepoBinding/demo/old-binding
      - CodeRepo "old" (product "demo")
          - project           = "shop"
          - deploymentRuntime = true
          - webhook.events    = ["push_events"]
          - git.gitlab        = { name = "old", path = "old", visibility = "private" }

    1 object could not be read; nothing that depends on it will be written:

      ? CodeRepo/demo/web: GitLab answered 502

    At least 1 object on the server is in no manifest and is left alone (they can be listed).

    Note: Product/demo: GitLab keeps a deleted path reserved for a while.

    This plan can't be applied as it is:

      ! Environment/demo/test: still used by DeploymentRuntime/demo/stray [in-use]
        help: delete the runtime first, or keep the environment
      ! CodeRepo/demo/old: the GitLab repository would be destroyed with its history [irreversible]
        help: allow it with --allow-irreversible CodeRepo/demo/old

    Plan: 3 to add, 2 to change, 3 to destroy, 1 to forget.
    "#);
}

#[test]
fn compact_plans_have_a_line_for_each_change() {
    let view = View { compact: true, unmanaged: true, drift: true, ..View::default() };
    insta::assert_snapshot!(render(&fixture::everything(), &view), @r#"
    Note: Objects have changed outside of nautform

    These changes were made on the server since the last apply:

      # Environment/demo/stage has been deleted
      - Environment "stage" (product "demo")
          - cluster = "worker-1"
          - envType = "test"

      # Environment/demo/dev has changed
      ~ Environment "dev" (product "demo")
          ~ envType = "dev" -> "prod"

    Actions are indicated with the following symbols:
        + create
        ~ update in-place (current -> planned)
      -/+ destroy and then create replacement
        - destroy
        . forget, without destroying

    nautform will perform the following actions:

        + Cluster/worker-1
        + Environment/demo/stage
        ~ Product/demo  (git.gitlab.description)
        ~ ProjectPipelineRuntime/demo/pipe  (eventSources)
      -/+ DeploymentRuntime/demo/run  (destination.environment)
        . Project/demo/legacy

    1 object will be DESTROYED:

        - Environment/demo/test

    !!! 1 object will be PERMANENTLY DESTROYED:

        - CodeRepo/demo/old
            Permanently destroys the GitLab repository with its history. This can't be undone.
            Destroyed with it (1): CodeRepoBinding/demo/old-binding

    1 object could not be read; nothing that depends on it will be written:

      ? CodeRepo/demo/web: GitLab answered 502

    1 object on the server is in no manifest and is left alone.
      Environment/demo/stray

    Note: Product/demo: GitLab keeps a deleted path reserved for a while.

    This plan can't be applied as it is:

      ! Environment/demo/test: still used by DeploymentRuntime/demo/stray [in-use]
        help: delete the runtime first, or keep the environment
      ! CodeRepo/demo/old: the GitLab repository would be destroyed with its history [irreversible]
        help: allow it with --allow-irreversible CodeRepo/demo/old

    Plan: 3 to add, 2 to change, 3 to destroy, 1 to forget.
    "#);
}

#[test]
fn plan_without_changes() {
    let plan = fixture::plan(vec![fixture::same("Environment/demo/dev")]);
    insta::assert_snapshot!(render(&plan, &View::default()), @"
    No changes. Your Nautes platform matches the configuration.

    nautform has compared 1 object in 12 requests and found no differences, so no changes are needed.
    ");
    insta::assert_snapshot!(render(&plan, &View { destroy: true, ..View::default() }), @"
    No changes. No objects need to be destroyed.

    Nothing that nautform manages here exists on the server.
    ");
}

#[test]
fn plan_without_changes_counts_unread_objects() {
    let mut plan = fixture::everything();
    plan.changes.clear();
    plan.drift.clear();
    plan.refusals.clear();
    insta::assert_snapshot!(render(&plan, &View::default()), @"
    1 object could not be read; nothing that depends on it will be written:

      ? CodeRepo/demo/web: GitLab answered 502

    At least 1 object on the server is in no manifest and is left alone (they can be listed).

    Note: Product/demo: GitLab keeps a deleted path reserved for a while.

    No changes found.

    But 1 object could not be read, so there may be more differences.
    ");
}

#[test]
fn long_plans_begin_with_a_table() {
    let environment = |index: usize| {
        let name = format!("Environment/{}/env-{index}", ["shop", "billing"][index % 2]);
        fixture::create(&name, json!({"cluster": "worker-1", "envType": "dev"}))
    };
    let mut changes: Vec<_> = (0..21).map(environment).collect();
    changes.push(fixture::delete("Product/old", fixture::product("")));
    let all = render(&fixture::plan(changes), &View { compact: true, ..View::default() });
    let table = &all[all.find("  kind").unwrap()..all.find("nautform will").unwrap()];
    insta::assert_snapshot!(table, @"
    kind         create  destroy
    Environment      21        -
    Product           -        1

    product   create  destroy
    (tenant)       -        1
    billing       10        -
    shop          11        -
    ");
}

#[test]
fn long_texts_are_compared_line_by_line() {
    let before = "# Shop\n\nSells things.\nOwned by team A\nSee wiki\nOnce\nTwice\nThrice\n";
    let after = "# Shop\n\nSells things.\nOwned by team B\nSee wiki\nOnce\nTwice\nThrice\nEnd\n";
    let change = fixture::update("Product/demo", fixture::product(before), fixture::product(after));
    insta::assert_snapshot!(body(change), @r#"
    # Product/demo will be updated in-place
    ~ Product "demo"
        ~ git.gitlab.description = <<EOT
              # (1 unchanged line hidden)

              Sells things.
            - Owned by team A
            + Owned by team B
              See wiki
              Once
              Twice
              Thrice
            + End
          EOT
          # (3 unchanged fields hidden)
    "#);
}

#[test]
fn long_values_are_shown_one_below_the_other() {
    let long = |word: &str| {
        format!("{} {word} {}", "the quick brown fox ".repeat(4), "jumps over the dog ".repeat(4))
    };
    let change =
        fixture::update("Product/demo", fixture::product(&long("red")), fixture::product(&long("blue")));
    insta::assert_snapshot!(body(change), @r#"
    # Product/demo will be updated in-place
    ~ Product "demo"
        ~ git.gitlab.description = …the quick brown fox  red jumps over the dog …
                                -> …the quick brown fox  blue jumps over the dog …
          # (3 unchanged fields hidden)
    "#);
    let change = fixture::create("Product/demo", fixture::product(&"长".repeat(400)));
    insta::assert_snapshot!(body(change), @r#"
    # Product/demo will be created
    + Product "demo"
        + git.gitlab = {
            + name        = "demo"
            + path        = "demo"
            + visibility  = "private"
            + description = "长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长… (402 characters)
          }
    "#);
}

#[test]
fn lists_of_objects_are_compared_item_by_item() {
    let hooks = |hooks: serde_json::Value| {
        let mut spec = fixture::runtime(&["push_events"], "main");
        spec["hooks"] = json!({ "preHooks": hooks });
        spec
    };
    let change = fixture::update(
        "ProjectPipelineRuntime/demo/pipe",
        hooks(json!([{"name": "clone", "vars": {"depth": "1"}}, {"name": "scan"}, {"name": "old"}])),
        hooks(
            json!([{"name": "clone", "vars": {"depth": "2", "my key": "x"}}, {"name": "scan"}, {"name": "sign"}]),
        ),
    );
    insta::assert_snapshot!(body(change), @r#"
    # ProjectPipelineRuntime/demo/pipe will be updated in-place
    ~ ProjectPipelineRuntime "pipe" (product "demo")
        ~ hooks.preHooks = [
            ~ {
                  name = "clone"
                ~ vars = {
                    ~ depth    = "1" -> "2"
                    + "my key" = "x"
                  }
              },
            - { name = "old" },
            + { name = "sign" },
              # (1 unchanged item hidden)
          ]
          # (7 unchanged fields hidden)
    "#);
}

#[test]
fn reordered_sets_inside_items_are_equal() {
    let a = fixture::runtime(&["a", "b"], "main");
    let mut b = fixture::runtime(&["b", "a"], "main");
    let sources = b["eventSources"].as_array_mut().unwrap();
    sources.reverse();
    sources.push(json!({"name": "weekly", "calendar": {"interval": "168h"}}));
    let change = fixture::update("ProjectPipelineRuntime/demo/pipe", a, b);
    insta::assert_snapshot!(body(change), @r#"
    # ProjectPipelineRuntime/demo/pipe will be updated in-place
    ~ ProjectPipelineRuntime "pipe" (product "demo")
        ~ eventSources = [
            + { name = "weekly", calendar = { interval = "168h" } },
              # (2 unchanged items hidden)
          ]
          # (6 unchanged fields hidden)
    "#);
}

#[test]
fn removed_fields_are_back_to_the_default() {
    let before =
        json!({"project": "shop", "pipelineRuntime": true, "git": {"gitlab": {"visibility": "private"}}});
    let after = json!({"git": {"gitlab": {"visibility": "private"}}});
    insta::assert_snapshot!(body(fixture::update("CodeRepo/demo/api", before, after)), @r#"
    # CodeRepo/demo/api will be updated in-place
    ~ CodeRepo "api" (product "demo")
        - project         = "shop" # back to the server's default
        - pipelineRuntime = true # back to the server's default
          # (1 unchanged field hidden)
    "#);
}

#[test]
fn irreversible_replacements_are_last() {
    let mut change = fixture::update("CodeRepo/demo/api", json!({"project": "a"}), json!({"project": "b"}));
    change.action = crate::plan::Action::Replace;
    change.irreversible = change.address.kind().deleting.irreversible;
    change.reasons = vec![crate::plan::Reason::ReplacedWith(fixture::address("Product/demo"))].into();
    insta::assert_snapshot!(render(&fixture::plan(vec![change]), &View::default()), @r#"
    Actions are indicated with the following symbols:
      -/+ destroy and then create replacement

    !!! 1 object will be PERMANENTLY DESTROYED:

      # CodeRepo/demo/api must be replaced
      # (because Product/demo, which it depends on, is replaced)
      # Permanently destroys the GitLab repository with its history. This can't be undone.
    -/+ CodeRepo "api" (product "demo")
          ~ project = "a" -> "b"

    Plan: 1 to add, 0 to change, 1 to destroy.
    "#);
}

#[test]
fn drift_has_sections_by_cause() {
    insta::assert_snapshot!(text(|out| drift(&fixture::everything(), Style::default(), out)), @r#"
    1 object deleted outside of nautform:

      # Environment/demo/stage has been deleted
      - Environment "stage" (product "demo")
          - cluster = "worker-1"
          - envType = "test"

    1 object changed outside of nautform:

      # Environment/demo/dev has changed
      ~ Environment "dev" (product "demo")
          ~ envType = "dev" -> "prod"

    7 objects changed in the manifests and not applied yet:

      # Cluster/worker-1 will be created
      + Cluster "worker-1"
          + apiServer   = "https://10.0.0.1:6443"
          + clusterKind = "kubernetes"
          + clusterType = "physical"
          + usage       = "worker"
          + workerType  = "deployment"
          + componentsList.gateway.additions.httpNodePort = "30080"
          + kubeconfig  = (sensitive value)

      # Product/demo will be updated in-place
      ~ Product "demo"
          ~ git.gitlab.description = "旧的描述" -> "新的描述"
            # (3 unchanged fields hidden)

      # ProjectPipelineRuntime/demo/pipe will be updated in-place
      ~ ProjectPipelineRuntime "pipe" (product "demo")
          ~ eventSources = [
              ~ {
                    name            = "push"
                  ~ gitlab.revision = "main" -> "dev"
                  ~ gitlab.events   = [
                      + "tag_push_events",
                        # (1 unchanged item hidden)
                    ]
                    # (1 unchanged field hidden)
                },
                # (1 unchanged item hidden)
            ]
            # (6 unchanged fields hidden)

      # DeploymentRuntime/demo/run must be replaced
    -/+ DeploymentRuntime "run" (product "demo")
          ~ destination.environment = "dev" -> "prod" # forces replacement
            # (1 unchanged field hidden)

      # Project/demo/legacy will no longer be managed by nautform, and stays on the server
      . Project "legacy" (product "demo")

      # Environment/demo/test will be destroyed
      - Environment "test" (product "demo")
          - cluster = "worker-2"
          - envType = "test"

      # CodeRepo/demo/old will be destroyed
      - CodeRepo "old" (product "demo")
          - project           = "shop"
          - deploymentRuntime = true
          - webhook.events    = ["push_events"]
          - git.gitlab        = { name = "old", path = "old", visibility = "private" }

    1 object on the server and in no manifest:

      ? Environment/demo/stray

    1 object could not be read; nothing that depends on it will be written:

      ? CodeRepo/demo/web: GitLab answered 502

    Drift: 1 changed, 1 missing; 7 pending, 1 unmanaged, 1 unknown, 0 in sync.
    "#);
    let quiet = fixture::plan(vec![fixture::same("Environment/demo/dev")]);
    insta::assert_snapshot!(text(|out| drift(&quiet, Style::default(), out)), @"
    No drift. Your Nautes platform still matches the configuration.

    nautform has compared 1 object in 12 requests and found no differences.
    ");
}
