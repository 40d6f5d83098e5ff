use serde_json::Value as Json;

use crate::plan::Origin;
use crate::render::fixture::{self, CANARY, text};

fn render(plan: &crate::plan::Plan) -> Json {
    let all = text(|out| super::plan(plan, &Origin::default(), None, crate::model::hint::plain, out));
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
    assert_eq!(cluster["change"]["after"]["kubeconfig"], "(sensitive value)");
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
    let elsewhere =
        ["resource_changes", "nautform_version", "planned_values", "prior_state", "configuration"];
    all.as_object_mut().unwrap().retain(|key, _| !elsewhere.contains(&key.as_str()));
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap(), @r#"
    {
      "format_version": "1.2",
      "terraform_version": "1.11.4",
      "timestamp": "",
      "errored": true,
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
            "before": {
              "cluster": "worker-1",
              "envType": "test"
            },
            "after": null,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": false,
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
              "cluster": "worker-1",
              "envType": "dev"
            },
            "after": {
              "cluster": "worker-1",
              "envType": "prod"
            },
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
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
      "output_changes": {},
      "variables": {},
      "relevant_attributes": [],
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

#[test]
fn json_has_values_as_terraform_has_them() {
    let mut plan = fixture::everything();
    // One that is created, one that changes, and one that is deleted.
    let shown = ["Cluster/worker-1", "DeploymentRuntime/demo/run", "Environment/demo/test"];
    plan.changes.retain(|change| shown.contains(&change.address.to_string().as_str()));
    let all = render(&plan);
    let values = ["planned_values", "prior_state", "configuration"].map(|key| &all[key]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&values).unwrap(), @r#"
    [
      {
        "root_module": {
          "resources": [
            {
              "address": "Cluster/worker-1",
              "mode": "managed",
              "type": "Cluster",
              "name": "worker-1",
              "provider_name": "nautes",
              "schema_version": 0,
              "values": {
                "apiServer": "https://10.0.0.1:6443",
                "clusterKind": "kubernetes",
                "clusterType": "physical",
                "componentsList": {
                  "gateway": {
                    "additions": {
                      "httpNodePort": "30080"
                    }
                  }
                },
                "usage": "worker",
                "workerType": "deployment",
                "kubeconfig": "(sensitive value)"
              },
              "sensitive_values": {
                "kubeconfig": true
              }
            },
            {
              "address": "DeploymentRuntime/demo/run",
              "mode": "managed",
              "type": "DeploymentRuntime",
              "name": "run",
              "provider_name": "nautes",
              "schema_version": 0,
              "values": {
                "destination": {
                  "environment": "prod"
                },
                "projectsRef": [
                  "shop"
                ]
              },
              "sensitive_values": {}
            }
          ]
        }
      },
      {
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": {
          "root_module": {
            "resources": [
              {
                "address": "DeploymentRuntime/demo/run",
                "mode": "managed",
                "type": "DeploymentRuntime",
                "name": "run",
                "provider_name": "nautes",
                "schema_version": 0,
                "values": {
                  "destination": {
                    "environment": "dev"
                  },
                  "projectsRef": [
                    "shop"
                  ]
                },
                "sensitive_values": {}
              },
              {
                "address": "Environment/demo/test",
                "mode": "managed",
                "type": "Environment",
                "name": "test",
                "provider_name": "nautes",
                "schema_version": 0,
                "values": {
                  "cluster": "worker-2",
                  "envType": "test"
                },
                "sensitive_values": {}
              }
            ]
          }
        }
      },
      {
        "provider_config": {
          "nautes": {
            "name": "nautes",
            "full_name": "nautes"
          }
        },
        "root_module": {
          "resources": [
            {
              "address": "Cluster/worker-1",
              "mode": "managed",
              "type": "Cluster",
              "name": "worker-1",
              "provider_config_key": "nautes",
              "expressions": {
                "apiServer": {
                  "constant_value": "https://10.0.0.1:6443"
                },
                "clusterKind": {
                  "constant_value": "kubernetes"
                },
                "clusterType": {
                  "constant_value": "physical"
                },
                "componentsList": {
                  "constant_value": {
                    "gateway": {
                      "additions": {
                        "httpNodePort": "30080"
                      }
                    }
                  }
                },
                "usage": {
                  "constant_value": "worker"
                },
                "workerType": {
                  "constant_value": "deployment"
                },
                "kubeconfig": {}
              },
              "schema_version": 0
            },
            {
              "address": "DeploymentRuntime/demo/run",
              "mode": "managed",
              "type": "DeploymentRuntime",
              "name": "run",
              "provider_config_key": "nautes",
              "expressions": {
                "destination": {
                  "constant_value": {
                    "environment": "prod"
                  }
                },
                "projectsRef": {
                  "constant_value": [
                    "shop"
                  ]
                }
              },
              "schema_version": 0
            }
          ]
        }
      }
    ]
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
