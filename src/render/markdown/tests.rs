use serde_json::json;

use super::*;
use crate::render::fixture::{self, CANARY, text};

fn of_job(label: &str, job: &str) -> Origin {
    Origin { label: label.to_owned(), job: Some(job.to_owned()), ..Origin::default() }
}

#[test]
fn note_lists_destroyed_objects_outside_the_fold() {
    let all = text(|out| {
        plan(&fixture::everything(), &Note { origin: &of_job("", "https://ci/1"), ..Note::default() }, out)
    });
    assert!(!all.contains(CANARY));
    insta::assert_snapshot!(all, @r#"
    <!-- nautform:plan:default -->
    ### nautform plan: `default`

    **Plan: 3 to add, 2 to change, 3 to destroy, 1 to forget.**

    :rotating_light: **1 object will be PERMANENTLY DESTROYED:**

    - `CodeRepo/demo/old`: the GitLab repository with its history
      - and with it `CodeRepoBinding/demo/old-binding`

    :warning: **2 objects will be destroyed or replaced:**

    - `Environment/demo/test`
    - `DeploymentRuntime/demo/run` (replaced)

    :no_entry: **This plan can't be applied as it is:**

    - `CodeRepo/demo/old`: `the GitLab repository would be destroyed with its history`  
      Help: `allow it with --allow-irreversible CodeRepo/demo/old`
    - `Environment/demo/test`: `still used by DeploymentRuntime/demo/stray`  
      Help: `delete the runtime first, or keep the environment`

    :grey_question: **1 object could not be read:**

    - `CodeRepo/demo/web`: `GitLab answered 502`

    - `Product/demo: GitLab keeps a deleted path reserved for a while.`

    <details><summary>Show the changes (8 objects)</summary>

    ```diff
    @@ Cluster/worker-1 will be created @@
    + apiServer   = "https://10.0.0.1:6443"
    + clusterKind = "kubernetes"
    + clusterType = "physical"
    + usage       = "worker"
    + workerType  = "deployment"
    + componentsList.gateway.additions.httpNodePort = "30080"
    + kubeconfig  = (sensitive value)

    @@ Environment/demo/stage will be created @@
    # (because it was deleted outside of nautform since the last apply)
    + cluster = "worker-1"
    + envType = "test"

    @@ Product/demo will be updated in-place @@
    ! git.gitlab.description = "旧的描述" -> "新的描述"
      # (3 unchanged fields hidden)

    @@ ProjectPipelineRuntime/demo/pipe will be updated in-place @@
    ! eventSources = [
    !     {
              name            = "push"
    !         gitlab.revision = "main" -> "dev"
    !         gitlab.events   = [
    +             "tag_push_events",
                  # (1 unchanged item hidden)
              ]
              # (1 unchanged field hidden)
          },
          # (1 unchanged item hidden)
      ]
      # (6 unchanged fields hidden)

    @@ DeploymentRuntime/demo/run must be replaced @@
    # (because destination.environment can't be changed in place)
    ! destination.environment = "dev" -> "prod" # forces replacement
      # (1 unchanged field hidden)

    @@ Project/demo/legacy will no longer be managed by nautform, and stays on the server @@
    # (because of the annotation nautform.dev/deletion-policy: orphan)

    @@ Environment/demo/test will be destroyed @@
    # (because it is no longer in the manifests; last seen in demo/env.yaml)
    - cluster = "worker-2"
    - envType = "test"

    @@ CodeRepo/demo/old will be destroyed @@
    # (because it is no longer in the manifests; last seen in demo/env.yaml)
    - project           = "shop"
    - deploymentRuntime = true
    - webhook.events    = ["push_events"]
    - git.gitlab        = { name = "old", path = "old", visibility = "private" }
    ```

    </details>

    [The whole log](https://ci/1)
    "#);
}

#[test]
fn note_without_changes() {
    let quiet = fixture::plan(vec![fixture::same("Environment/demo/dev")]);
    insta::assert_snapshot!(text(|out| plan(&quiet, &Note::default(), out)), @"
    <!-- nautform:plan:default -->
    ### nautform plan: `default`

    **No changes. Your Nautes platform matches the configuration.** nautform has compared 1 object in 12 requests and found no differences, so no changes are needed.
    ");
}

#[test]
fn note_names_drifted_objects() {
    let all = text(|out| drift(&fixture::everything(), &Note { limit: 900, ..Note::default() }, out));
    insta::assert_snapshot!(all, @"
    <!-- nautform:drift:default -->
    ### nautform drift: `default`

    **Drift: 1 changed, 1 missing; 7 pending, 1 unmanaged, 1 unknown, 0 in sync.**

    **Deleted outside of nautform:**

    - `Environment/demo/stage`

    **Changed outside of nautform:**

    - `Environment/demo/dev`

    :grey_question: **1 object could not be read:**

    - `CodeRepo/demo/web`: `GitLab answered 502`

    <details><summary>Show the differences (9 objects)</summary>

    ```diff
    ! Environment/demo/stage

    ! Environment/demo/dev

    ! DeploymentRuntime/demo/run

    - Environment/demo/test

    - CodeRepo/demo/old
    ```

    4 objects more did not fit in here.

    </details>
    ");
}

#[test]
fn note_is_cut_but_lists_all_deletes() {
    let create = |index: usize| {
        fixture::create(&format!("Environment/shop/new-{index}"), json!({"cluster": "w", "envType": "dev"}))
    };
    let delete =
        |index: usize| fixture::delete(&format!("Environment/shop/old-{index}"), json!({"cluster": "w"}));
    let long = fixture::plan((0..200).map(create).chain((0..20).map(delete)).collect());
    for limit in [0, 2_000, 5_000, 20_000, 1_000_000] {
        let all = text(|out| plan(&long, &Note { limit, ..Note::default() }, out));
        // One by one where there is room for that, else by their names alone.
        let named = |index: usize| {
            if limit < 2_000 { format!("old-{index}") } else { format!("- `Environment/shop/old-{index}`") }
        };
        (0..20).for_each(|index| assert!(all.contains(&named(index)), "{limit}: {}", named(index)));
        assert!(all.len() <= limit.max(1_500), "{} for a limit of {limit}", all.len());
        assert_eq!(all.contains("did not fit"), limit < 20_000, "{limit}");
        assert!(all.ends_with("</details>\n"));
    }
}

#[test]
fn note_counts_deletes_whose_names_do_not_fit() {
    let delete = |index: usize| {
        fixture::delete(&format!("CodeRepo/shop/a-rather-long-name-{index}"), json!({"project": "x"}))
    };
    let long = fixture::plan((0..5_000).map(delete).collect());
    let all = text(|out| plan(&long, &Note { limit: 65_536, ..Note::default() }, out));
    assert!(all.len() <= 65_536, "{}", all.len());
    assert!(
        all.contains("5000 objects will be PERMANENTLY DESTROYED")
            && all.contains("- CodeRepo: 5000 objects")
    );
    assert!(all.contains("Their names do not fit in here"));
}

#[test]
fn note_names_thousands_of_deletes_within_the_limit() {
    let delete = |index: usize| {
        fixture::delete(&format!("Project/shop-{}/web-{index}", index / 100), json!({"language": "rust"}))
    };
    let long = fixture::plan((0..4_000).map(delete).collect());
    let all = text(|out| plan(&long, &Note { limit: 65_536, ..Note::default() }, out));
    assert!(all.len() <= 65_536, "{}", all.len());
    let line = all.lines().find(|line| line.starts_with("- Project of `shop-39`: ")).unwrap();
    assert!((3_900..4_000).all(|index| line.contains(&format!("web-{index}"))), "{line}");
    assert_eq!(all.matches("- Project of").count(), 40);
}

#[test]
fn note_escapes_foreign_text() {
    let mut hostile =
        fixture::plan(vec![fixture::create("Product/demo", fixture::product("```\n</details> @all\n"))]);
    hostile.gaps.push(Gap { address: fixture::address("Product/x"), why: "`@all` <b>\n\n# no".into() });
    let all = text(|out| {
        plan(&hostile, &Note { origin: &of_job("--> x", "javascript:x"), ..Note::default() }, out)
    });
    insta::assert_snapshot!(all, @r#"
    <!-- nautform:plan:%2D%2D%3E%20x -->
    ### nautform plan: `--> x`

    **Plan: 1 to add, 0 to change, 0 to destroy.**

    :grey_question: **1 object could not be read:**

    - `Product/x`: `` `@all` <b>  # no ``

    <details><summary>Show the changes (1 object)</summary>

    ````diff
    @@ Product/demo will be created @@
    + git.gitlab = {
    +     name        = "demo"
    +     path        = "demo"
    +     visibility  = "private"
    +     description = <<EOT
    +         ```
    +         </details> @all
          EOT
      }
    ````

    </details>
    "#);
}
