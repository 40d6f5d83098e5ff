use serde_json::{Value as Json, json};

use super::{KUBECONFIG, classify, judge_all, spec};
use crate::model::value::Value;
use crate::resource::kinds;

fn host() -> Json {
    json!({
        "name": "host-a", "apiServer": "https://10.0.0.1:6443", "clusterKind": "kubernetes",
        "clusterType": "physical", "usage": "host", "kubeconfig": KUBECONFIG,
    })
}

fn pipeline() -> Json {
    json!({
        "name": "vp", "apiServer": "https://10.0.0.1:30443", "clusterKind": "kubernetes",
        "clusterType": "virtual", "usage": "worker", "workerType": "pipeline", "hostCluster": "host-a",
    })
}

fn deployment() -> Json {
    json!({
        "name": "pd", "apiServer": "https://10.0.0.1:6443", "clusterKind": "kubernetes",
        "clusterType": "physical", "usage": "worker", "workerType": "deployment", "kubeconfig": KUBECONFIG,
    })
}

#[test]
fn required_fields_and_enums() {
    let judged = judge_all(
        "Cluster",
        &host(),
        &[
            json!({"apiServer": null, "clusterKind": "", "usage": null}),
            json!({"apiServer": "10.0.0.1:6443"}),
            json!({"apiServer": "https://"}),
            json!({"clusterKind": "k3s", "clusterType": "phisical", "usage": "Host"}),
            json!({"primaryDomain": "https://a.b"}),
            json!({"name": "kustomization"}),
            json!({"name": "Host_A"}),
            json!({"componentsList": []}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"apiServer":null,"clusterKind":"","usage":null}
    missing-field: required field 'apiServer' is missing => apiServer: URL of the Kubernetes API server. Its host needs a dot with at most 6 letters or digits behind it: Kubernetes refuses others, unseen by the API.
    missing-field: required field 'usage' is missing => usage: Whether it carries virtual clusters or runtimes. One of: host, worker.
    missing-field: required field 'clusterKind' must not be empty => clusterKind: Only kubernetes is supported. One of: kubernetes.

    # {"apiServer":"10.0.0.1:6443"}
    invalid-value: 'apiServer' must begin with https://

    # {"apiServer":"https://"}
    invalid-value: 'apiServer' must be a URL such as https://10.0.0.1:6443

    # {"clusterKind":"k3s","clusterType":"phisical","usage":"Host"}
    invalid-value: 'clusterKind' can't be 'k3s' => one of: kubernetes
    invalid-value: 'clusterType' can't be 'phisical' => one of: physical, virtual; did you mean 'physical'?
    invalid-value: 'usage' can't be 'Host' => one of: host, worker; did you mean 'host'?

    # {"primaryDomain":"https://a.b"}
    invalid-value: 'primaryDomain' must be a host name without scheme and port

    # {"name":"kustomization"}
    invalid-name: the name 'kustomization' must not be used: it would overwrite the list of clusters (nautes-api.md §7)

    # {"name":"Host_A"}
    invalid-name: the name 'Host_A' must be a DNS label: at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit

    # {"componentsList":[]}
    wrong-type: 'componentsList' must be a mapping, not a list
    "#);
}

#[test]
fn cluster_usage_type_and_worker_type() {
    let judged = judge_all(
        "Cluster",
        &host(),
        &[
            json!({"workerType": "pipeline"}),
            json!({"clusterType": "virtual"}),
            json!({"hostCluster": "b", "vcluster": {"httpsNodePort": 30443}}),
            json!({"kubeconfig": null}),
            json!({"kubeconfig": ""}),
            json!({"kubeconfig": "hello"}),
            json!({"kubeconfig": "clusters: []\nusers: [{name: a}]"}),
            json!({"kubeconfig": "clusters: [{name: a}]"}),
            json!({"kubeconfig": {"path": "x"}}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"workerType":"pipeline"}
    invalid-combination: a host cluster has no workerType => remove it

    # {"clusterType":"virtual"}
    invalid-combination: a host cluster can't be virtual => write clusterType: physical
    (warning) ignored-field: the server ignores the kubeconfig of a virtual cluster => remove it

    # {"hostCluster":"b","vcluster":{"httpsNodePort":30443}}
    invalid-combination: a physical cluster has no hostCluster => remove it, or write clusterType: virtual
    invalid-combination: only a virtual cluster has vcluster settings => remove it

    # {"kubeconfig":null}
    missing-field: a physical cluster needs a kubeconfig => add kubeconfig: {file: PATH}, {env: NAME}, base64 or inline YAML

    # {"kubeconfig":""}
    missing-field: a physical cluster needs a kubeconfig => add kubeconfig: {file: PATH}, {env: NAME}, base64 or inline YAML

    # {"kubeconfig":"hello"}
    invalid-secret: 'kubeconfig' is not a kubeconfig: it can't be read as YAML with clusters and users => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented

    # {"kubeconfig":"clusters: []\nusers: [{name: a}]"}
    invalid-secret: 'kubeconfig' is not a usable kubeconfig: it has no cluster => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented

    # {"kubeconfig":"clusters: [{name: a}]"}
    invalid-secret: 'kubeconfig' is not a usable kubeconfig: it has no user => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented

    # {"kubeconfig":{"path":"x"}}
    wrong-type: 'kubeconfig' must be text, its content as a mapping, {file: PATH} or {env: NAME}, not this mapping => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    "#);
    let judged = judge_all(
        "Cluster",
        &pipeline(),
        &[
            json!({"workerType": null}),
            json!({"hostCluster": null}),
            json!({"hostCluster": "vp"}),
            json!({"apiServer": "https://10.0.0.1"}),
            json!({"apiServer": "https://10.0.0.1:443"}),
            json!({"apiServer": "https://10.0.0.1", "vcluster": {"httpsNodePort": "30443"}}),
            json!({"vcluster": {"httpsNodePort": "https"}}),
            json!({"kubeconfig": KUBECONFIG}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"workerType":null}
    invalid-combination: a worker cluster needs a workerType => add workerType: deployment or workerType: pipeline

    # {"hostCluster":null}
    invalid-combination: a virtual cluster needs a hostCluster => add hostCluster: NAME

    # {"hostCluster":"vp"}
    invalid-combination: a cluster can't be its own host => name another cluster

    # {"apiServer":"https://10.0.0.1"}
    invalid-combination: a virtual cluster needs the port of its API server => add it to apiServer or write vcluster.httpsNodePort

    # {"apiServer":"https://10.0.0.1:443"}
    fine

    # {"apiServer":"https://10.0.0.1","vcluster":{"httpsNodePort":"30443"}}
    fine

    # {"vcluster":{"httpsNodePort":"https"}}
    invalid-value: 'httpsNodePort' must be a port number between 1 and 65535

    # {"kubeconfig":"clusters: [{name: a}]\nusers: [{name: a}]\n"}
    (warning) ignored-field: the server ignores the kubeconfig of a virtual cluster => remove it
    "#);
}

#[test]
fn cluster_components_must_fit_the_cluster() {
    let judged = judge_all(
        "Cluster",
        &host(),
        &[
            json!({"componentsList": {"deployment": {"name": "argocd"}}}),
            json!({"componentsList": {"deployment": {}, "pipeline": {}, "gateway": {}}}),
            json!({"componentsList": {"gateway": {"name": "nginx"}}}),
            json!({"componentsList": {"gateway": {"name": "argocd"}}}),
            json!({"componentsList": {"gateway": {"namespace": "Traefik"}}}),
            json!({"componentsList": {"gateway": {"additions": {"httpNodePort": "", "httpsNodePort": "x", "other": 1}}}}),
            json!({"componentsList": {"gatewya": {}, "oauthProxy": {}, "secret_management": {"name": "vault"}}}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"componentsList":{"deployment":{"name":"argocd"}}}
    invalid-combination: a physical host cluster has no component 'deployment' => remove it; this kind of cluster has: gateway

    # {"componentsList":{"deployment":{},"pipeline":{},"gateway":{}}}
    fine

    # {"componentsList":{"gateway":{"name":"nginx"}}}
    invalid-combination: the platform has no component 'nginx' => the platform has: hnc, external-secrets, traefik, argocd, argo-rollouts, tekton, argo-events, vault, oauth2-proxy, cert-manager

    # {"componentsList":{"gateway":{"name":"argocd"}}}
    invalid-combination: component 'argocd' does not serve as gateway => write name: traefik, or remove it

    # {"componentsList":{"gateway":{"namespace":"Traefik"}}}
    invalid-value: 'namespace' must be a DNS label: at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit

    # {"componentsList":{"gateway":{"additions":{"httpNodePort":"","httpsNodePort":"x","other":1}}}}
    invalid-combination: 'httpNodePort' must be a port number between 1 and 65535 => the server would accept it and the component fail
    invalid-combination: 'httpsNodePort' must be a port number between 1 and 65535 => the server would accept it and the component fail

    # {"componentsList":{"gatewya":{},"oauthProxy":{},"secret_management":{"name":"vault"}}}
    unknown-field: unknown field 'gatewya' in 'componentsList' => did you mean 'gateway'?
    removed-field: 'oauthProxy' means nothing to a v0.4 server, which ignores it silently => remove it: the platform manages oauth2-proxy itself
    removed-field: 'secret_management' means nothing to a v0.4 server, which ignores it silently => remove it: the platform manages the vault itself
    "#);
    let judged = judge_all(
        "Cluster",
        &pipeline(),
        &[
            json!({"componentsList": {"progressiveDelivery": {"name": "argo-rollouts"}}}),
            json!({"componentsList": {"pipeline": {"additions": {"host": "https://a.b"}}}}),
            json!({"componentsList": {"deployment": {"additions": {"host": ""}}}}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"componentsList":{"progressiveDelivery":{"name":"argo-rollouts"}}}
    invalid-combination: a virtual pipeline cluster has no component 'progressiveDelivery' => remove it; this kind of cluster has: multiTenant, secretSync, gateway, deployment, eventListener, pipeline

    # {"componentsList":{"pipeline":{"additions":{"host":"https://a.b"}}}}
    invalid-combination: 'host' must be a host name without scheme and port => the server would accept it and the component fail

    # {"componentsList":{"deployment":{"additions":{"host":""}}}}
    invalid-combination: 'host' must be a host name without scheme and port => the server would accept it and the component fail
    "#);
}

/// §3.4: (usage, clusterType, workerType) and the components that exist there; everything else is refused.
#[test]
fn cluster_components_of_every_combination() {
    const ALL: [&str; 7] = [
        "multiTenant",
        "secretSync",
        "gateway",
        "deployment",
        "progressiveDelivery",
        "pipeline",
        "eventListener",
    ];
    for usage in ["host", "worker"] {
        for cluster_type in ["physical", "virtual"] {
            for worker_type in [None, Some("deployment"), Some("pipeline")] {
                let expected: &[&str] = match (usage, cluster_type, worker_type) {
                    ("host", "physical", None) => &["gateway"],
                    ("worker", "physical", Some("deployment")) => {
                        &["multiTenant", "secretSync", "gateway", "deployment", "progressiveDelivery"]
                    }
                    ("worker", "virtual", Some("deployment")) => {
                        &["multiTenant", "secretSync", "deployment", "progressiveDelivery"]
                    }
                    ("worker", _, Some("pipeline")) => {
                        &["multiTenant", "secretSync", "gateway", "deployment", "pipeline", "eventListener"]
                    }
                    _ => &[],
                };
                let mut base = json!({
                    "name": "c", "apiServer": "https://10.0.0.1:6443", "clusterKind": "kubernetes",
                    "usage": usage, "clusterType": cluster_type, "workerType": worker_type,
                });
                match cluster_type {
                    "virtual" => base["hostCluster"] = "h".into(),
                    _ => base["kubeconfig"] = KUBECONFIG.into(),
                }
                let fits = |patch: &Json| classify("Cluster", &base, patch).is_empty();
                assert_eq!(fits(&json!({})), !expected.is_empty(), "{base}");
                for field in ALL {
                    let given = json!({"componentsList": {field: {"namespace": "own"}}});
                    assert_eq!(fits(&given), expected.contains(&field), "{field} in {base}");
                }
            }
        }
    }
}

#[test]
fn cluster_reserved_namespaces() {
    let reserved = |namespaces: Json| json!({"reservedNamespacesAllowedProducts": namespaces});
    let judged = judge_all(
        "Cluster",
        &deployment(),
        &[
            reserved(
                json!({"argocd": ["shop"], "hnc-system": [], "vault": ["shop"], "oauth2-proxy": ["shop"]}),
            ),
            reserved(json!({"tekton": ["shop"], "hnc": ["shop"], "cert-manager": ["shop"]})),
            json!({
                "componentsList": {"deployment": {"namespace": "cd"}},
                "reservedNamespacesAllowedProducts": {"cd": ["shop"], "argocd": ["shop"]}
            }),
            reserved(json!({"argocd": "shop", "traefik": ["shop", "shop", ""]})),
            json!({"productAllowedClusterResources": {"shop": [{"kind": "ClusterRole", "group": ""}, {"kind": "x", "group": "y", "verb": "z"}]}}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"reservedNamespacesAllowedProducts":{"argocd":["shop"],"hnc-system":[],"vault":["shop"],"oauth2-proxy":["shop"]}}
    fine

    # {"reservedNamespacesAllowedProducts":{"tekton":["shop"],"hnc":["shop"],"cert-manager":["shop"]}}
    invalid-combination: 'tekton' is not the namespace of a component => remove it; namespaces of this cluster's components: hnc-system, external-secrets, traefik, argocd, argo-rollouts, vault, oauth2-proxy
    invalid-combination: 'hnc' is not the namespace of a component => write hnc-system; namespaces of this cluster's components: hnc-system, external-secrets, traefik, argocd, argo-rollouts, vault, oauth2-proxy
    invalid-combination: 'cert-manager' is not the namespace of a component => remove it; namespaces of this cluster's components: hnc-system, external-secrets, traefik, argocd, argo-rollouts, vault, oauth2-proxy

    # {"componentsList":{"deployment":{"namespace":"cd"}},"reservedNamespacesAllowedProducts":{"cd":["shop"],"argocd":["shop"]}}
    invalid-combination: 'argocd' is not the namespace of a component => namespaces of this cluster's components: hnc-system, external-secrets, traefik, cd, argo-rollouts, vault, oauth2-proxy

    # {"reservedNamespacesAllowedProducts":{"argocd":"shop","traefik":["shop","shop",""]}}
    wrong-type: 'reservedNamespacesAllowedProducts' must be a list, not a plain value
    (warning) duplicate-item: 'shop' is listed twice in 'reservedNamespacesAllowedProducts' => list it once
    empty-item: an item of 'reservedNamespacesAllowedProducts' is empty => remove it, or say what it is

    # {"productAllowedClusterResources":{"shop":[{"kind":"ClusterRole","group":""},{"kind":"x","group":"y","verb":"z"}]}}
    missing-field: required field 'group' in 'productAllowedClusterResources' must not be empty => group: Its API group; the core group can't be given.
    unknown-field: unknown field 'verb' in 'productAllowedClusterResources' => known fields: kind, group
    "#);
    assert_eq!(
        classify("Cluster", &pipeline(), &reserved(json!({"vault": ["shop"], "argo-events": ["shop"]}))),
        ""
    );
    insta::assert_snapshot!(classify("Cluster", &pipeline(), &reserved(json!({"oauth2-proxy": ["shop"]}))), @"invalid-combination: 'oauth2-proxy' is not the namespace of a component => remove it; namespaces of this cluster's components: hnc-system, external-secrets, traefik, argocd, argo-events, tekton-pipelines, vault");
}

#[test]
fn map_keys_keep_empty_values() {
    let text = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Cluster\nspec: {name: h, componentsList: {gateway: {additions: {a: , b: ''}}}, reservedNamespacesAllowedProducts: {x: }}\n";
    let found = crate::config::load::Manifests::default()
        .load_text("a.yaml", text, &crate::config::load::LoadOptions::default())
        .diagnostics;
    let diagnostics: Vec<_> = found
        .iter()
        .filter(|diagnostic| diagnostic.code.0 == "missing-value")
        .map(|diagnostic| {
            format!("{} => {}", diagnostic.message, diagnostic.help.as_deref().unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(diagnostics.join("\n"), @r#"
    'a' in 'additions' has no value => remove it, or write "" for an empty text
    'x' in 'reservedNamespacesAllowedProducts' has no value => remove it, or write [] for an empty list
    "#);
}

#[test]
fn removed_fields_name_their_replacement() {
    let judged = classify(
        "Cluster",
        &deployment(),
        &json!({
            "traefik": {"httpNodePort": "30080"}, "argocdHost": "a", "tekton_host": "b",
            "componentsList": {
                "ingressController": {"name": "traefik"}, "cert_mgt": {"name": "cert-manager"}, "secretMgt": {"name": "vault"},
                "multiTenant": {"name": "hnc", "additions": {"ProductResourcePathPipeline": "a", "ProductResourceRevision": "b", "SyncResourceTypes": "c"}}
            },
        }),
    );
    insta::assert_snapshot!(judged, @"
    removed-field: 'traefik' means nothing to a v0.4 server, which ignores it silently => write componentsList.gateway.additions: {httpNodePort, httpsNodePort}
    removed-field: 'argocdHost' means nothing to a v0.4 server, which ignores it silently => write componentsList.deployment.additions.host
    removed-field: 'tekton_host' means nothing to a v0.4 server, which ignores it silently => write componentsList.pipeline.additions.host (pipeline clusters only), or remove it
    removed-field: 'ingressController' means nothing to a v0.4 server, which ignores it silently => write componentsList.gateway
    removed-field: 'cert_mgt' means nothing to a v0.4 server, which ignores it silently => remove it: the platform manages certificates itself
    removed-field: 'secretMgt' means nothing to a v0.4 server, which ignores it silently => remove it: the platform manages the vault itself
    removed-field: 'ProductResourcePathPipeline' means nothing to a v0.4 server, which ignores it silently => write productResourceKustomizeFileFolder
    removed-field: 'ProductResourceRevision' means nothing to a v0.4 server, which ignores it silently => write productResourceRevision
    removed-field: 'SyncResourceTypes' means nothing to a v0.4 server, which ignores it silently => write syncResourceTypes
    ");
}

/// A component without its name would lose the namespace on the server (§3.4).
#[test]
fn component_without_a_name_gets_the_default() {
    let spec = spec(
        "Cluster",
        &deployment(),
        &json!({"componentsList": {"deployment": {"namespace": "cd"}, "gateway": {"additions": {"httpNodePort": 31080}}}}),
    );
    assert_eq!(
        spec.get("componentsList").unwrap().to_json(),
        json!({
            "deployment": {"name": "argocd", "namespace": "cd"},
            "gateway": {"name": "traefik", "additions": {"httpNodePort": "31080"}}
        })
    );
}

fn defaults(name: &str, spec: Json) -> Json {
    (kinds::find("Cluster").unwrap().defaults)(name, &Value::from_json(spec)).to_json()
}

#[test]
fn cluster_defaults_are_those_of_the_server() {
    insta::assert_snapshot!(format!("{:#}", defaults("vp", pipeline())), @r#"
    {
      "componentsList": {
        "deployment": {
          "additions": {
            "host": "argocd.vp.10.0.0.1.nip.io"
          },
          "name": "argocd",
          "namespace": "argocd"
        },
        "eventListener": {
          "name": "argo-events",
          "namespace": "argo-events"
        },
        "gateway": {
          "additions": {
            "httpNodePort": "30080",
            "httpsNodePort": "30443"
          },
          "name": "traefik",
          "namespace": "traefik"
        },
        "multiTenant": {
          "name": "hnc",
          "namespace": "hnc-system"
        },
        "pipeline": {
          "additions": {
            "host": "tekton.vp.10.0.0.1.nip.io"
          },
          "name": "tekton",
          "namespace": "tekton-pipelines"
        },
        "secretSync": {
          "name": "external-secrets",
          "namespace": "external-secrets"
        }
      },
      "primaryDomain": "10.0.0.1.nip.io",
      "vcluster": {
        "httpsNodePort": "30443"
      }
    }
    "#);
    insta::assert_snapshot!(format!("{:#}", defaults("host-a", host())), @r#"
    {
      "componentsList": {
        "gateway": {
          "additions": {
            "httpNodePort": "30080",
            "httpsNodePort": "30443"
          },
          "name": "traefik",
          "namespace": "traefik"
        }
      },
      "primaryDomain": "10.0.0.1.nip.io"
    }
    "#);
}

/// Behind a host name, only the server's DNS knows the computed hosts: what looks like one is one (§3.4).
#[test]
fn cluster_computed_hosts_are_defaults() {
    let with = |api_server: &str, host: &str| {
        let mut spec = pipeline();
        spec["apiServer"] = api_server.into();
        spec["componentsList"] = json!({"deployment": {"name": "argocd", "additions": {"host": host}}});
        let all = defaults("vp", spec);
        (all["primaryDomain"].clone(), all["componentsList"]["deployment"]["additions"]["host"].clone())
    };
    let by_name = "https://Kube.example.com:6443";
    assert_eq!(
        with(by_name, "argocd.vp.1.2.3.4.nip.io"),
        (json!("Kube.example.com"), json!("argocd.vp.1.2.3.4.nip.io"))
    );
    assert_eq!(with(by_name, "").1, json!(""));
    assert_eq!(with(by_name, "argocd.example.com").1, Json::Null);
    assert_eq!(with(by_name, "argocd.other.1.2.3.4.nip.io").1, Json::Null);
    let by_address = with("https://9.9.9.9:6443", "argocd.vp.1.2.3.4.nip.io");
    assert_eq!(by_address, (json!("9.9.9.9.nip.io"), json!("argocd.vp.9.9.9.9.nip.io")));
}
