//! Cluster (§3).

use std::time::Duration;

use serde_json::{Value, json};

use super::{Fixture, KUBECONFIG, failure, host, virtual_cluster, worker};
use crate::sandbox::Options;

const PANIC: &str = "500 UNKNOWN unknown request error";

/// A body with some members replaced.
fn with(mut body: Value, changes: &Value) -> Value {
    for (key, value) in changes.as_object().expect("changes") {
        body[key] = value.clone();
    }
    body
}

fn saved(fixture: &mut Fixture, body: &Value) -> String {
    let response = fixture.post("/api/v1/clusters/c", body);
    if response.status == 200 { "ok".to_owned() } else { failure(&response) }
}

/// §3.2 step 1: proto rules, in declaration order, with Go field names.
#[test]
fn proto_rules() {
    let mut fixture = Fixture::new();
    let rule = |field: &str, rule: &str| {
        format!(
            "400 VALIDATOR invalid SaveRequest.Body: embedded message failed validation | caused by: invalid \
             SaveRequest_Body.{field}: {rule}"
        )
    };
    let mut body = json!({});
    let length = "value length must be at least 1 runes";
    assert_eq!(saved(&mut fixture, &body), rule("ApiServer", length));
    body["api_server"] = json!("https://x");
    assert_eq!(saved(&mut fixture, &body), rule("ClusterKind", length));
    body["cluster_kind"] = json!("anything");
    assert_eq!(saved(&mut fixture, &body), rule("ClusterType", "value must be in list [physical virtual]"));
    body["cluster_type"] = json!("physical");
    assert_eq!(saved(&mut fixture, &body), rule("Usage", "value must be in list [host worker]"));
}

/// §3.2 steps 2 to 7, in evaluation order: each row has every later fault, too.
#[test]
fn evaluation_order() {
    let mut fixture = Fixture::new();
    let request = "500  failed to validate save request, err: ";
    let construct = "500  failed to construct cluster, err: ";
    let validate = "500  failed to validate cluster, err: ";
    let worst = json!({"api_server": "ftp://x", "cluster_kind": "k", "cluster_type": "virtual",
        "usage": "worker",
        "components_list": {"gateway": {"name": "nope"}}, "kubeconfig": "=AAA",
        "reserved_namespaces_allowed_products": {"nope": [1]},
        "product_allowed_cluster_resources": {"p": [{"kind": "k", "group": ""}]}});
    let mut body = worst;
    let steps: [(Value, String); 11] = [
        (json!({}), format!("{request}the apiserver ftp://x is not an https URL")),
        (json!({"api_server": "https://x"}),
            format!("{request}the 'Host Cluster' for virtual cluster is required")),
        (json!({"host_cluster": "h"}),
            format!("{request}when the cluster usage is 'worker', the 'WorkerType' field is required")),
        (
            json!({"worker_type": "foo"}),
            format!("{construct}failed to match component type [worker|virtual|foo], please check if the \
                     cluster c is correct"),
        ),
        (json!({"worker_type": "pipeline"}), format!("{construct}failed to get nope component for the \
            component type 'gateway'")),
        (json!({"components_list": null}), format!("{construct}the value of the reserved namespace must be a \
            string")),
        (
            json!({"reserved_namespaces_allowed_products": {"nope": ["p"]}}),
            format!("{construct}failed to get cluster resource information of p, the group and kind of the \
                     cluster resource cannot be empty"),
        ),
        (
            json!({"product_allowed_cluster_resources": {"p": ["text"]}}),
            format!("{construct}the cluster information of p must be an struct 'ClusterResourceInfo' type"),
        ),
        (json!({"product_allowed_cluster_resources": null}),
            "500  address x: missing port in address".to_owned()),
        (
            json!({"vcluster": {"https_node_port": "30000"}}),
            "500  failed to parse kubeconfig, err: failed to decode kubeconfig: illegal base64 data at input \
             byte 0".to_owned(),
        ),
        (json!({"kubeconfig": ""}), format!("{validate}reserved namespace nope is not in component list")),
    ];
    for (change, expected) in steps {
        body = with(body, &change);
        assert_eq!(saved(&mut fixture, &body), expected);
    }
}

/// §3.2 step 2: a prefix match, case-sensitive.
#[test]
fn api_server_prefix() {
    let mut fixture = Fixture::new();
    for (url, ok) in
        [("http://10.0.0.1", true), ("https://x", true), ("HTTPS://x", false), ("10.0.0.1:6443", false)]
    {
        let answer = saved(&mut fixture, &with(host(), &json!({"api_server": url})));
        assert_eq!(answer == "ok", ok, "{url}: {answer}");
    }
}

/// §3.2 step 3, §3.4: the combinations that exist.
#[test]
fn combinations() {
    let mut fixture = Fixture::new();
    fixture.put("/api/v1/clusters/host", &host());
    for (usage, kind, worker_type) in
        [("host", "virtual", ""), ("host", "physical", "deployment"), ("worker", "physical", "foo")]
    {
        let body = with(
            host(),
            &json!({"usage": usage, "cluster_type": kind, "worker_type": worker_type,
                "host_cluster": "host"}),
        );
        let expected = format!(
            "500  failed to construct cluster, err: failed to match component type \
             [{usage}|{kind}|{worker_type}], please check if the cluster c is correct"
        );
        assert_eq!(saved(&mut fixture, &body), expected);
    }
    let components = |fixture: &mut Fixture| {
        let list = fixture.read("/api/v1/clusters/c")["components_list"].clone();
        let present =
            list.as_object().expect("never null").iter().filter(|(_, component)| !component.is_null());
        present.map(|(key, _)| key.clone()).collect::<Vec<_>>().join(" ")
    };
    let rows = [
        (host(), "gateway"),
        (worker("deployment"), "multi_tenant secret_sync gateway deployment progressive_delivery"),
        (worker("pipeline"), "multi_tenant secret_sync gateway deployment pipeline"),
        (virtual_cluster("deployment"), "multi_tenant secret_sync deployment progressive_delivery"),
        (virtual_cluster("pipeline"), "multi_tenant secret_sync gateway deployment pipeline"),
    ];
    for (body, expected) in rows {
        assert_eq!(saved(&mut fixture, &body), "ok");
        assert_eq!(components(&mut fixture), expected, "event_listener is never shown (§3.3)");
        fixture.remove("/api/v1/clusters/c");
    }
}

/// §3.2 step 3: a component outside the definition panics; null is harmless; unknown keys are dropped.
#[test]
fn components_outside_the_definition() {
    let mut fixture = Fixture::new();
    fixture.put("/api/v1/clusters/host", &host());
    for (body, slot) in [
        (host(), "deployment"),
        (virtual_cluster("deployment"), "gateway"),
        (worker("deployment"), "pipeline"),
        (worker("deployment"), "event_listener"),
        (worker("pipeline"), "progressive_delivery"),
    ] {
        let supplied = with(body.clone(), &json!({"components_list": {slot: {}}}));
        assert_eq!(saved(&mut fixture, &supplied), PANIC, "{slot}");
        let null = with(
            body,
            &json!({"components_list": {slot: null, "cert_management": {"name": "x"}, "oauth_proxy": 1}}),
        );
        assert_eq!(saved(&mut fixture, &null), "ok", "{slot}");
        fixture.remove("/api/v1/clusters/c");
    }
}

/// §3.4: the merge of supplied components, and what POST resets.
#[test]
fn component_merge() {
    let mut fixture = Fixture::new();
    let components = |fixture: &mut Fixture, list: Value| {
        let body = with(worker("pipeline"), &json!({"components_list": list}));
        assert_eq!(saved(fixture, &body), "ok");
        fixture.read("/api/v1/clusters/c")["components_list"].clone()
    };
    let list = components(&mut fixture, json!({"pipeline": {"namespace": "lost"}}));
    assert_eq!(
        list["pipeline"],
        json!({"name": "tekton", "namespace": "tekton-pipelines",
            "additions": {"host": "tekton.c.10.0.0.2.nip.io"}})
    );
    assert_eq!(list["deployment"]["additions"]["host"], "argocd.c.10.0.0.2.nip.io");
    assert_eq!(list["multi_tenant"], json!({"name": "hnc", "namespace": "hnc-system", "additions": {}}));
    let list = components(
        &mut fixture,
        json!({"gateway": {"name": "traefik", "namespace": "own", "additions": {"httpNodePort": "1",
            "extra": "x"}},
            "secret_sync": {"name": "external-secrets"}}),
    );
    assert_eq!(
        list["gateway"],
        json!({"name": "traefik", "namespace": "own", "additions": {"extra": "x", "httpNodePort": "1",
            "httpsNodePort": "30443"}})
    );
    assert_eq!(list["secret_sync"]["namespace"], "external-secrets");
    let list = components(&mut fixture, json!(null));
    assert_eq!(list["gateway"]["namespace"], "traefik", "a POST is a full replacement");
    let list = components(&mut fixture, json!({"pipeline": {"name": "tekton", "additions": {"host": ""}}}));
    assert_eq!(
        list["pipeline"]["additions"]["host"], "",
        "required only tests that the key exists (§3.2 step 6)"
    );
}

/// §3.4: any of the known names is accepted anywhere, but a computed default needs its own slot.
#[test]
fn components_in_foreign_slots() {
    let mut fixture = Fixture::new();
    let with_gateway =
        |name: &str| with(worker("deployment"), &json!({"components_list": {"gateway": {"name": name}}}));
    assert_eq!(saved(&mut fixture, &with_gateway("vault")), "ok");
    assert_eq!(
        saved(&mut fixture, &with_gateway("tekton")),
        "500  failed to validate cluster, err: validation of component list failed with errors: the 'host' \
         of component tekton is a required value"
    );
    let deployment = with(worker("deployment"), &json!({"components_list": {"deployment": {"name": "hnc"}}}));
    assert_eq!(saved(&mut fixture, &deployment), "500  failed to get deployment component", "§3.2 step 10");
}

/// §3.4: addresses and domains.
#[test]
fn computed_hosts_and_domains() {
    let dns = [
        ("api.example.com".to_owned(), "192.0.2.7".to_owned()),
        ("gone.example.com".to_owned(), String::new()),
    ];
    let mut fixture = Fixture::with(Options { dns: dns.into_iter().collect(), ..Options::default() });
    let rows = [
        ("https://10.0.0.2:6443", "argocd.c.10.0.0.2.nip.io", "10.0.0.2.nip.io"),
        ("https://api.example.com:6443/path", "argocd.c.192.0.2.7.nip.io", "api.example.com"),
        ("https://gone.example.com", "", "gone.example.com"),
        ("https://x.invalid:1", "", "x.invalid"),
        ("https://[2001:db8::1]:6443", "argocd.c.2001:db8::1.nip.io", "2001:db8::1.nip.io"),
    ];
    for (url, host, domain) in rows {
        assert_eq!(saved(&mut fixture, &with(worker("deployment"), &json!({"api_server": url}))), "ok");
        let cluster = fixture.read("/api/v1/clusters/c");
        assert_eq!(cluster["components_list"]["deployment"]["additions"]["host"], host, "{url}");
        assert_eq!(cluster["primary_domain"], domain, "{url}");
    }
    let named = with(worker("deployment"), &json!({"api_server": "https://any.example.org"}));
    assert_eq!(saved(&mut fixture, &named), "ok");
    let first = fixture.read("/api/v1/clusters/c");
    assert_eq!(saved(&mut fixture, &named), "ok");
    assert_eq!(fixture.read("/api/v1/clusters/c"), first, "other names resolve to a stable address");
    assert_eq!(saved(&mut fixture, &with(named, &json!({"primary_domain": "own"}))), "ok");
    assert_eq!(fixture.read("/api/v1/clusters/c")["primary_domain"], "own");
}

/// §3.2 step 6: rules of the Kubernetes validation; hidden components count for reserved namespaces.
#[test]
fn cluster_rules() {
    let mut fixture = Fixture::new();
    let physical = with(host(), &json!({"host_cluster": "h"}));
    assert_eq!(
        saved(&mut fixture, &physical),
        "500  failed to validate cluster, err: host cluster can not belong to another host"
    );
    let reserved = |namespace: &str| {
        with(host(), &json!({"reserved_namespaces_allowed_products": {namespace: ["p", "a"]}}))
    };
    for namespace in ["traefik", "vault", "oauth2-proxy"] {
        assert_eq!(saved(&mut fixture, &reserved(namespace)), "ok", "{namespace}");
    }
    assert_eq!(
        saved(&mut fixture, &reserved("argocd")),
        "500  failed to validate cluster, err: reserved namespace argocd is not in component list"
    );
    fixture.put("/api/v1/clusters/host", &host());
    let guest = with(
        virtual_cluster("deployment"),
        &json!({"reserved_namespaces_allowed_products": {"oauth2-proxy": []}}),
    );
    assert!(
        saved(&mut fixture, &guest).ends_with("reserved namespace oauth2-proxy is not in component list"),
        "physical only"
    );
}

/// §3.3: order and emptiness of the two maps; extra members are ignored.
#[test]
fn maps_come_back_as_saved() {
    let mut fixture = Fixture::new();
    let body = with(
        worker("deployment"),
        &json!({"reserved_namespaces_allowed_products": {"traefik": [], "argocd": ["z", "a"]},
            "product_allowed_cluster_resources": {"p": [{"kind": "K", "group": "g", "extra": 1}], "a": []}}),
    );
    assert_eq!(saved(&mut fixture, &body), "ok");
    let text = fixture.get("/api/v1/clusters/c").text();
    let tail = r#""reserved_namespaces_allowed_products":{"argocd":["z","a"],"traefik":[]},"product_allowed_cluster_resources":{"a":[],"p":[{"group":"g","kind":"K"}]}}"#;
    assert!(text.ends_with(tail), "{text}");
    assert_eq!(saved(&mut fixture, &worker("deployment")), "ok");
    assert_eq!(fixture.read("/api/v1/clusters/c")["product_allowed_cluster_resources"], json!({}));
}

/// §3.2 steps 5 and 7: the kubeconfig of physical clusters, encoded or not.
#[test]
fn kubeconfigs() {
    use base64::Engine;
    let mut fixture = Fixture::new();
    fixture.put("/api/v1/clusters/host", &host());
    let store = "500  failed to save kubeconfig to secret store, err: ";
    let kubeconfig = |text: &str| with(worker("deployment"), &json!({"kubeconfig": text}));
    assert_eq!(
        saved(&mut fixture, &kubeconfig("")),
        format!("{store}register physical cluster, kubeconfig is not empty")
    );
    assert_eq!(
        saved(&mut fixture, &kubeconfig("clusters: []\nusers: []\n")),
        format!("{store}invalid kubeconfig file: must have at least one cluster")
    );
    assert_eq!(
        saved(&mut fixture, &kubeconfig("clusters: [{name: c}]\n")),
        format!("{store}invalid kubeconfig file: must have at least one user")
    );
    assert!(saved(&mut fixture, &kubeconfig("a: b: c")).starts_with(&format!("{store}yaml: ")));
    let encoded = base64::engine::general_purpose::STANDARD.encode(KUBECONFIG);
    assert_eq!(saved(&mut fixture, &kubeconfig(&encoded)), "ok");
    let digest = fixture.world.kubeconfig_digest("c").map(str::to_owned);
    assert_eq!(saved(&mut fixture, &kubeconfig(KUBECONFIG)), "ok");
    assert_eq!(fixture.world.kubeconfig_digest("c").map(str::to_owned), digest, "the same secret");
    let wrapped = format!("{}\n{}", &encoded[..40], &encoded[40..]);
    assert!(
        saved(&mut fixture, &kubeconfig(&wrapped)).starts_with(store),
        "wrapped base64 is taken for YAML"
    );
    fixture.put(
        "/api/v1/clusters/v",
        &with(virtual_cluster("deployment"), &json!({"kubeconfig": "ignored, and not YAML: ["})),
    );
    assert_eq!(fixture.world.kubeconfig_digest("v"), None);
    let text = fixture.get("/api/v1/clusters").text();
    assert!(!text.contains("kubeconfig") && !text.contains("vcluster"), "§3.3: never returned");
}

/// §3.2 steps 4, 9 and 10: virtual clusters.
#[test]
fn virtual_clusters() {
    let mut fixture = Fixture::new();
    assert_eq!(
        saved(&mut fixture, &virtual_cluster("deployment")),
        "500  failed to get host cluster, err: cluster host is not found"
    );
    fixture.world.options.sync_lag = Duration::from_secs(1000);
    fixture.put("/api/v1/clusters/host", &host());
    assert_eq!(
        saved(&mut fixture, &virtual_cluster("deployment")),
        "ok",
        "existence is checked in git, not in Kubernetes"
    );
    let nested = with(virtual_cluster("pipeline"), &json!({"host_cluster": "c"}));
    let refused = failure(&fixture.post("/api/v1/clusters/d", &nested));
    assert!(
        refused.starts_with("500  failed to execute /tmp/cluster-templates-")
            && refused.ends_with("invalid memory address or nil pointer dereference"),
        "a host without a gateway: {refused}"
    );
    let port = with(virtual_cluster("deployment"), &json!({"api_server": "https://10.0.0.1"}));
    assert_eq!(saved(&mut fixture, &port), "500  address 10.0.0.1: missing port in address");
    assert_eq!(saved(&mut fixture, &with(port, &json!({"vcluster": {"https_node_port": "1"}}))), "ok");
    fixture.put("/api/v1/clusters/worker", &worker("deployment"));
    let on_worker = with(virtual_cluster("deployment"), &json!({"host_cluster": "worker"}));
    assert_eq!(saved(&mut fixture, &on_worker), "ok", "it is not checked that the host has usage host");
}

/// §3.6: what blocks the deletion of a cluster, and what does not.
#[test]
fn deletion() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/clusters/v", &virtual_cluster("deployment"));
    assert_eq!(
        failure(&fixture.delete("/api/v1/clusters/host")),
        "500  failed to remove cluster host, this cluster is referenced by v"
    );
    fixture.put("/api/v1/clusters/w", &worker("deployment"));
    fixture.put("/api/v1/clusters/v2", &with(virtual_cluster("deployment"), &json!({"host_cluster": "w"})));
    fixture.remove("/api/v1/clusters/w");
    assert_eq!(
        failure(&fixture.delete("/api/v1/clusters/v2")),
        "500  failed to get host cluster, err: cluster w is not found",
        "a worker used as host is not protected, but then its virtual cluster cannot go"
    );
    fixture.remove("/api/v1/clusters/v");
    fixture.remove("/api/v1/clusters/host");
    fixture.remove("/api/v1/clusters/deploy");
    let blocked = fixture.post(&super::shop("projects/web"), &json!({}));
    assert!(failure(&blocked).contains("Cluster 'deploy' does not exist or is unavailable"), "§11 item 14");
}

/// §3.2 step 10, §5: what a cluster is may change, unless the stored one lacks a component that the new one
/// must have: a host has no deployment, a virtual cluster no OAuth proxy. Nothing is saved then.
#[test]
fn changes_of_what_a_cluster_is() {
    let deployment = "500  failed to get deployment component";
    let oauth_proxy = "500  failed to get oauth proxy component";
    let kinds = || [host(), worker("deployment"), worker("pipeline"), virtual_cluster("pipeline")];
    let expected = [
        ["ok", deployment, deployment, deployment],
        ["ok", "ok", "ok", "ok"],
        ["ok", "ok", "ok", "ok"],
        [oauth_proxy, oauth_proxy, oauth_proxy, "ok"],
    ];
    for (from, row) in kinds().into_iter().zip(expected) {
        for (to, expected) in kinds().into_iter().zip(row) {
            let mut fixture = Fixture::new();
            fixture.put("/api/v1/clusters/host", &host());
            fixture.put("/api/v1/clusters/c", &from);
            let before = fixture.read("/api/v1/clusters/c");
            assert_eq!(saved(&mut fixture, &to), expected, "{from} to {to}");
            if expected != "ok" {
                assert_eq!(fixture.read("/api/v1/clusters/c"), before);
            }
        }
    }
}

/// §3.6: a host that is no longer named is no longer protected.
#[test]
fn a_host_that_lost_its_virtual_cluster_may_go() {
    let mut fixture = Fixture::new();
    fixture.put("/api/v1/clusters/host", &host());
    fixture.put("/api/v1/clusters/host2", &host());
    fixture.put("/api/v1/clusters/c", &virtual_cluster("deployment"));
    fixture
        .put("/api/v1/clusters/c", &with(virtual_cluster("deployment"), &json!({"host_cluster": "host2"})));
    fixture.remove("/api/v1/clusters/host");
}

/// §3.3, §7: the directory of the clusters has a file `kustomization.yaml`, which is read as an empty
/// cluster.
#[test]
fn the_cluster_kustomization() {
    let mut fixture = Fixture::new();
    let path = "/api/v1/clusters/kustomization";
    assert_eq!(fixture.read(path)["name"], "");
    let save = |fixture: &mut Fixture, body: &Value| failure(&fixture.post(path, body));
    assert_eq!(save(&mut fixture, &worker("deployment")), "500  failed to get deployment component");
    assert_eq!(save(&mut fixture, &host()), "500  failed to get oauth proxy component");
    assert_eq!(
        failure(&fixture.delete(path)),
        "500  failed to match component type [remove||], please check if the cluster  is correct"
    );
}

/// §7: the secret store takes letters, digits and `-`; virtual clusters are not stored there. Files have at
/// most 255 bytes.
#[test]
fn cluster_names() {
    let mut fixture = Fixture::new();
    fixture.put("/api/v1/clusters/host", &host());
    let mut save = |name: &str, body: &Value| {
        let response = fixture.post(&format!("/api/v1/clusters/{name}"), body);
        if response.status == 200 { "ok".to_owned() } else { failure(&response) }
    };
    let refused = "500  failed to save kubeconfig to secret store, err: error: code = 400 reason = \
                   INPUT_ARG_ERROR message = secret verify failed metadata = map[] cause = <nil>";
    for name in ["a.b", "a_b", "a%20b", "%C3%BC"] {
        assert_eq!(save(name, &worker("deployment")), refused, "{name}");
        assert_eq!(save(name, &virtual_cluster("deployment")), "ok", "{name}");
    }
    let long = |length: usize| "x".repeat(length);
    assert_eq!(save(&long(247), &worker("deployment")), "ok");
    let too_long = save(&long(248), &worker("deployment"));
    assert!(too_long.starts_with("500  mkdir ") && too_long.ends_with("-runtime: file name too long"));
    assert_eq!(save(&long(250), &host()), "ok");
    assert!(save(&long(251), &host()).ends_with(".yaml: file name too long"));
}

/// §4.3, §11 item 15: clusters that Kubernetes refuses are never seen there; the one that was there stays.
#[test]
fn clusters_that_kubernetes_refuses() {
    let mut fixture = Fixture::full();
    let mut environment = |name: &str, cluster: &Value| {
        fixture.put(&format!("/api/v1/clusters/{name}"), cluster);
        let path = super::shop(&format!("environments/{name}"));
        let response = fixture.post(&path, &json!({"cluster": name, "env_type": "x"}));
        if response.status == 200 { "ok".to_owned() } else { failure(&response) }
    };
    let unavailable = |name: &str| {
        format!(
            "500  during global validation, it was found that Cluster '{name}' does not exist or is \
             unavailable. Please check Environment '{name}' in directory 'envs'err: \
             clusters.nautes.resource.nautes.io \"{name}\" not found"
        )
    };
    let url = |url: &str| with(worker("deployment"), &json!({"api_server": url}));
    assert_eq!(environment("a", &url("https://kube-api:6443")), unavailable("a"));
    assert_eq!(
        environment("b", &with(worker("deployment"), &json!({"cluster_kind": "k3s"}))),
        unavailable("b")
    );
    assert_eq!(environment("C", &worker("deployment")), unavailable("C"));
    assert_eq!(environment("d", &url("https://api.example.com:6443")), "ok");
    assert_eq!(environment("d", &url("https://kube-api:6443")), "ok", "the accepted one stays");
}

/// §3.3: LIST is in the order of the files, where `-` sorts before the dot of the ending.
#[test]
fn list_order() {
    let mut fixture = Fixture::new();
    for name in ["b", "a", "a-b", "a0", "A"] {
        fixture.put(&format!("/api/v1/clusters/{name}"), &host());
    }
    assert_eq!(fixture.names("/api/v1/clusters"), ["A", "a-b", "a", "a0", "b"]);
}

/// §3.2 step 7: what is not a kubeconfig.
#[test]
fn kubeconfigs_that_are_none() {
    use base64::Engine;
    let mut fixture = Fixture::new();
    let invalid_utf8 = base64::engine::general_purpose::STANDARD.encode(b"a\xC3(b");
    let go_type = "Go value of type kubeconfig.KubectlConfig";
    for (kubeconfig, why) in [
        ("some text", "json: cannot unmarshal string into {}"),
        ("[1]", "json: cannot unmarshal array into {}"),
        ("17", "json: cannot unmarshal number into {}"),
        ("[a, b", "yaml: line 1: did not find expected ',' or ']'"),
        ("{}", "invalid kubeconfig file: must have at least one cluster"),
        (invalid_utf8.as_str(), "yaml: invalid trailing UTF-8 octet"),
    ] {
        let answer = saved(&mut fixture, &with(host(), &json!({"kubeconfig": kubeconfig})));
        let why = why.replace("{}", go_type);
        assert_eq!(
            answer,
            format!("500  failed to save kubeconfig to secret store, err: {why}"),
            "{kubeconfig}"
        );
    }
}
