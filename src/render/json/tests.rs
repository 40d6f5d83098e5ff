use serde_json::Value as Json;

use crate::render::fixture::{self, CANARY, text};

fn render(plan: &crate::plan::Plan) -> Json {
    let all = text(|out| super::plan(plan, None, crate::model::hint::plain, out));
    assert!(!all.contains(CANARY));
    let all = serde_json::from_str(&all).unwrap();
    fixture::check_schema(include_str!("../../../testdata/schemas/plan.schema.json"), &all);
    all
}

#[test]
fn json_has_the_shape_of_terraform() {
    let all = render(&fixture::everything());
    assert_eq!(all["format_version"], "1.2");
    for change in all["resource_changes"].as_array().unwrap() {
        for key in ["address", "type", "name", "mode", "provider_name"] {
            assert!(change[key].is_string(), "{change} lacks {key}");
        }
        assert!(change["change"]["actions"].is_array());
        assert!(change["change"].get("before").is_some() && change["change"].get("after").is_some());
    }
    let environment = &all["resource_changes"][1];
    insta::assert_snapshot!(serde_json::to_string_pretty(environment).unwrap(), @r#"
    {
      "address": "Environment/demo/dev",
      "type": "Environment",
      "name": "dev",
      "product": "demo",
      "mode": "managed",
      "provider_name": "nautes",
      "change": {
        "actions": [
          "no-op"
        ],
        "before": {
          "cluster": "worker-1",
          "envType": "dev"
        },
        "after": {
          "cluster": "worker-1",
          "envType": "dev"
        },
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
        "changed_paths": [],
        "attributes": []
      },
      "reasons": [],
      "dependencies": []
    }
    "#);
}

#[test]
fn json_has_no_secrets_and_marks_them() {
    let all = render(&fixture::everything());
    let cluster = &all["resource_changes"][0];
    assert_eq!(cluster["address"], "Cluster/worker-1");
    assert!(cluster["change"]["after"].get("kubeconfig").is_none());
    assert_eq!(cluster["change"]["after_sensitive"]["kubeconfig"], true);
    assert!(cluster["change"]["changed_paths"].as_array().unwrap().contains(&"kubeconfig".into()));
}

#[test]
fn json_names_the_field_that_forces_a_replacement() {
    let all = render(&fixture::everything());
    let runtime = &all["resource_changes"][5];
    insta::assert_snapshot!(serde_json::to_string_pretty(runtime).unwrap(), @r#"
    {
      "address": "DeploymentRuntime/demo/run",
      "type": "DeploymentRuntime",
      "name": "run",
      "product": "demo",
      "mode": "managed",
      "provider_name": "nautes",
      "change": {
        "actions": [
          "delete",
          "create"
        ],
        "before": {
          "destination": {
            "environment": "dev"
          },
          "projectsRef": [
            "shop"
          ]
        },
        "after": {
          "destination": {
            "environment": "prod"
          },
          "projectsRef": [
            "shop"
          ]
        },
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
        "replace_paths": [
          [
            "destination",
            "environment"
          ]
        ],
        "changed_paths": [
          "destination.environment"
        ],
        "attributes": [
          {
            "path": "destination.environment",
            "before": "dev",
            "after": "prod",
            "sensitive": false,
            "forces_replacement": true
          }
        ]
      },
      "action_reason": "replace_because_cannot_update",
      "reasons": [
        "because destination.environment can't be changed in place"
      ],
      "dependencies": []
    }
    "#);
}

#[test]
fn json_has_own_keys_beyond_terraform() {
    let mut all = render(&fixture::everything());
    all.as_object_mut().unwrap().retain(|key, _| key != "resource_changes" && key != "nautform_version");
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap(), @r#"
    {
      "format_version": "1.2",
      "applyable": false,
      "complete": false,
      "summary": {
        "add": 3,
        "change": 2,
        "destroy": 3,
        "forget": 1,
        "unchanged": 1
      },
      "resource_drift": [
        {
          "address": "Environment/demo/stage",
          "type": "Environment",
          "name": "stage",
          "product": "demo",
          "mode": "managed",
          "provider_name": "nautes",
          "change": {
            "actions": [
              "delete"
            ],
            "before": {},
            "after": null,
            "changed_paths": [],
            "attributes": []
          }
        },
        {
          "address": "Environment/demo/dev",
          "type": "Environment",
          "name": "dev",
          "product": "demo",
          "mode": "managed",
          "provider_name": "nautes",
          "change": {
            "actions": [
              "update"
            ],
            "before": {
              "envType": "dev"
            },
            "after": {
              "envType": "prod"
            },
            "changed_paths": [
              "envType"
            ],
            "attributes": [
              {
                "path": "envType",
                "before": "dev",
                "after": "prod",
                "sensitive": false,
                "forces_replacement": false
              }
            ]
          }
        }
      ],
      "drift_summary": {
        "changed": 1,
        "missing": 1,
        "incomplete": 0,
        "pending": 7,
        "unmanaged": 1,
        "unknown": 1,
        "blocked": 0,
        "broken": 0,
        "suppressed": 0,
        "in_sync": 0
      },
      "irreversible": [
        "CodeRepo/demo/old"
      ],
      "unmanaged": [
        {
          "address": "Environment/demo/stray",
          "type": "Environment",
          "name": "stray",
          "product": "demo"
        }
      ],
      "gaps": [
        {
          "address": "CodeRepo/demo/web",
          "type": "CodeRepo",
          "name": "web",
          "product": "demo",
          "why": "GitLab answered 502"
        }
      ],
      "blocked": [],
      "suppressed": [],
      "refusals": [
        {
          "kind": "irreversible",
          "address": "CodeRepo/demo/old",
          "message": "the GitLab repository would be destroyed with its history",
          "help": "allow it with --allow-irreversible CodeRepo/demo/old"
        },
        {
          "kind": "in-use",
          "address": "Environment/demo/test",
          "message": "still used by DeploymentRuntime/demo/stray",
          "help": "delete the runtime first, or keep the environment"
        }
      ],
      "left_out": [],
      "moved": [],
      "notes": [
        "Product/demo: GitLab keeps a deleted path reserved for a while."
      ],
      "requests": 12
    }
    "#);
}

/// GitLab documents this recipe for its widget: counts of each word in all `change.actions`.
#[test]
fn gitlab_recipe_counts_like_the_summary() {
    let all = render(&fixture::everything());
    let count = |word: &str| {
        let actions = all["resource_changes"].as_array().unwrap().iter();
        actions
            .filter(|change| change["change"]["actions"].as_array().unwrap().contains(&word.into()))
            .count()
    };
    assert_eq!(count("create"), all["summary"]["add"]);
    assert_eq!(count("update"), all["summary"]["change"]);
    assert_eq!(count("delete"), all["summary"]["destroy"]);
}
