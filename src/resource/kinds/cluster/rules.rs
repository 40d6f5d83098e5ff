//! Rules across the fields of a Cluster (§3.2, §3.4).

use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::suggestion::suggestion;
use crate::model::value::{Path, Value};
use crate::resource::catalogue::Catalogue;
use crate::resource::kinds::names;
use crate::resource::kinds::rule::wrong;
use crate::resource::schema::{Check, Located, Rule};

use super::components::{
    Category, categories, named, names as component_names, namespace, namespaces, of_field, with_namespace,
};
use super::endpoint::Endpoint;
use super::hosted::is_virtual;

pub(super) const ALL: &[Rule] = &[
    usage,
    virtual_only,
    api_server,
    port,
    node_ports,
    kubeconfig,
    components,
    additions,
    reserved_namespaces,
];

fn text<'a>(located: &Located<'a>, field: &str) -> &'a str {
    located.spec.text_at(&[field]).unwrap_or_default()
}

fn is_host(located: &Located<'_>) -> bool {
    text(located, "usage") == "host"
}

/// Which worker type goes with which usage.
fn usage(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let mut report = |field: &'static str, message: &str, help: &str| {
        diagnostics.push(wrong(located, &Path::root().join(field), message, help));
    };
    match (is_host(located), located.spec.get("workerType").is_some()) {
        (true, true) => report("workerType", "a host cluster has no workerType", "remove it"),
        (false, false) => report(
            "usage",
            "a worker cluster needs a workerType",
            "add workerType: deployment or workerType: pipeline",
        ),
        _ => {}
    }
    if is_host(located) && is_virtual(located.spec) {
        report("clusterType", "a host cluster can't be virtual", "write clusterType: physical");
    }
}

/// A virtual cluster has a host, a physical one has nothing of the kind.
fn virtual_only(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let mut report = |field: &'static str, message: &str, help: &str| {
        diagnostics.push(wrong(located, &Path::root().join(field), message, help));
    };
    let host = located.spec.text_at(&["hostCluster"]);
    match (is_virtual(located.spec), host) {
        (true, None) if !is_host(located) => {
            report("clusterType", "a virtual cluster needs a hostCluster", "add hostCluster: NAME");
        }
        (false, Some(_)) => report(
            "hostCluster",
            "a physical cluster has no hostCluster",
            "remove it, or write clusterType: virtual",
        ),
        _ if host == Some(located.name) => {
            report("hostCluster", "a cluster can't be its own host", "name another cluster");
        }
        _ => {}
    }
    if !is_virtual(located.spec) && located.spec.get("vcluster").is_some() {
        report("vcluster", "only a virtual cluster has vcluster settings", "remove it");
    }
}

/// The API accepts a URL that Kubernetes refuses later, unseen (§13 item 16).
fn api_server(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let url = text(located, "apiServer");
    if super::endpoint::check(url).is_err() || Endpoint::is_known_to_kubernetes(url) {
        return;
    }
    let message = format!("Kubernetes would never take over a cluster with the API server '{url}'");
    diagnostics.push(
        Diagnostic::error("api-server-pattern", message).at(located.value_span(&Path::of(&["apiServer"]))).help(
            "its CRD wants a dot, a label of at most 6 letters or digits and the label's end in the host, as in \
             https://api.k8s.internal:6443 or https://10.0.0.1:6443; the API accepts others, and environments on \
             the cluster fail for ever (nautes-api.md §13 item 16)",
        ),
    );
}

/// Which ports nodes offer is up to each cluster.
fn node_ports(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    const PORTS: &[&[&str]] = &[
        &["componentsList", "gateway", "additions", "httpNodePort"],
        &["componentsList", "gateway", "additions", "httpsNodePort"],
        &["vcluster", "httpsNodePort"],
    ];
    for path in PORTS {
        let Some(port) = located.spec.text_at(path).filter(|port| names::is_unusual_node_port(port)) else {
            continue;
        };
        let message = format!("'{port}' is outside of 30000 to 32767");
        diagnostics
            .push(Diagnostic::warning("node-port", message).at(located.value_span(&Path::of(path))).help(
            "Kubernetes refuses other node ports unless its API server runs with --service-node-port-range; \
                 Nautes does not check them (nautes-api.md §11 item 16)",
        ));
    }
}

/// The server takes the port of a virtual cluster from `vcluster` or from `apiServer` (§3.2 step 4).
fn port(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let written = Endpoint::of(text(located, "apiServer")).is_some_and(|endpoint| endpoint.port.is_some());
    let given = located.spec.member(&["vcluster", "httpsNodePort"]).is_some();
    if is_virtual(located.spec) && !is_host(located) && !written && !given {
        let message = "a virtual cluster needs the port of its API server";
        let help = "add it to apiServer or write vcluster.httpsNodePort";
        diagnostics.push(wrong(located, &Path::of(&["apiServer"]), message, help));
    }
}

fn kubeconfig(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let given = located.spec.get("kubeconfig").is_some();
    let path = Path::of(&["kubeconfig"]);
    match (is_virtual(located.spec), given) {
        (false, false) => diagnostics.push(
            Diagnostic::error("missing-field", "a physical cluster needs a kubeconfig")
                .at(located.span(&Path::of(&["clusterType"])))
                .help("add kubeconfig: {file: PATH}, {env: NAME}, base64 or inline YAML"),
        ),
        (true, true) => diagnostics.push(
            Diagnostic::warning("ignored-field", "the server ignores the kubeconfig of a virtual cluster")
                .at(located.span(&path))
                .help("remove it"),
        ),
        _ => {}
    }
}

/// A component that does not belong to the cluster makes the server panic (§3.2 step 3).
fn components(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let Some(categories) = categories(located.spec) else { return };
    let Some(list) = located.spec.get("componentsList").and_then(Value::as_map) else { return };
    for (field, component) in list.iter() {
        let path = Path::of(&["componentsList"]).join(*field);
        if !categories.iter().any(|category| category.field == Some(field)) {
            let worker = if is_host(located) { "host" } else { text(located, "workerType") };
            let known: Vec<&str> = categories.iter().filter_map(|category| category.field).collect();
            let message =
                format!("a {} {worker} cluster has no component '{field}'", text(located, "clusterType"));
            let help = format!("remove it; this kind of cluster has: {}", known.join(", "));
            // v0.3 listed all components for every cluster. With settings of its own it may be the type of the
            // cluster that is wrong.
            let is_usual = of_field(field).is_some_and(|usual| {
                component.get("additions").is_none() && component.text_at(&["name"]) == Some(usual.name)
            });
            let is_left_over = is_usual && (is_host(located) || field == "gateway");
            let fix = is_left_over.then(|| located.removal(&path)).flatten();
            diagnostics.push(wrong(located, &path, message, help).fixed_by(fix));
        } else if let Some(category) = of_field(field) {
            check_name(
                located,
                diagnostics,
                &path,
                category,
                component.text_at(&["name"]).unwrap_or_default(),
            );
        }
    }
}

fn check_name(
    located: &Located<'_>,
    diagnostics: &mut Diagnostics,
    path: &Path,
    category: &Category,
    name: &str,
) {
    if let Some(catalogue) = located.catalogue.filter(|catalogue| catalogue.components.is_some()) {
        check_listed(located, diagnostics, path, (category.field.unwrap_or_default(), name), catalogue);
        return;
    }
    let path = path.join("name");
    if named(name).is_none() {
        let known: Vec<&str> = component_names().collect();
        let help = format!("the platform has: {}", known.join(", "));
        diagnostics.push(wrong(located, &path, format!("the platform has no component '{name}'"), help));
    } else if name != category.name {
        let field = category.field.unwrap_or_default();
        let help = format!("write name: {}, or remove it", category.name);
        let message = format!("component '{name}' does not serve as {field}");
        diagnostics.push(wrong(located, &path, message, help));
    }
}

/// A component of a platform with a list of its own.
fn check_listed(
    located: &Located<'_>,
    diagnostics: &mut Diagnostics,
    path: &Path,
    (field, name): (&str, &str),
    catalogue: &Catalogue,
) {
    let place = path.join("name");
    let mut report = |path: &Path, message: String, help: String| {
        diagnostics.push(wrong(located, path, message, help));
    };
    let all = || catalogue.components.iter().flatten();
    let Some(component) = catalogue.component(name) else {
        let help = suggestion(name, "the platform has: ", all().map(|component| component.name.as_str()));
        return report(&place, format!("the platform has no component '{name}'"), help);
    };
    if component.serves != field {
        let serving = all().filter(|component| component.serves == field);
        let serving: Vec<&str> = serving.map(|component| component.name.as_str()).collect();
        let help = format!("the platform has: {}", serving.join(", "));
        report(&place, format!("component '{name}' does not serve as {field}"), help);
    } else if field == "deployment" && name != "argocd" {
        let help = "write name: argocd (nautes-api.md §3.2 step 9)".to_owned();
        report(&place, format!("the server refuses '{name}': it deploys with argocd only"), help);
    }
    let additions = path.join("additions");
    for property in component.properties.iter().filter(|property| property.required) {
        let key = property.name.as_str();
        // The server computes the host of what has one.
        let is_computed = key == "host" && matches!(field, "pipeline" | "deployment");
        let given = ["componentsList", field, "additions", key];
        if !is_computed && property.default.is_none() && located.spec.text_at(&given).is_none() {
            let help = format!("add additions: {{{key}: ...}}");
            report(&additions, format!("component '{name}' needs '{key}'"), help);
        }
    }
}

/// What the server declares and does not check (§3.4).
fn additions(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    const CHECKS: &[(&str, &str, Check)] = &[
        ("gateway", "httpNodePort", names::port),
        ("gateway", "httpsNodePort", names::port),
        ("pipeline", "host", names::host),
        ("deployment", "host", names::host),
    ];
    for (field, key, check) in CHECKS {
        let value = located.spec.text_at(&["componentsList", field, "additions", key]);
        if let Some(Err(problem)) = value.map(check) {
            let path = Path::of(&["componentsList"]).join(*field).join("additions").join(*key);
            let help = "the server would accept it and the component fail";
            diagnostics.push(wrong(located, &path, format!("'{key}' {problem}"), help));
        }
    }
}

/// The keys must be namespaces of the cluster's components, hidden ones included (§3.2 step 6).
fn reserved_namespaces(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let Some(known) = namespaces(located.spec, located.catalogue) else { return };
    let reserved = located.spec.get("reservedNamespacesAllowedProducts").and_then(Value::as_map);
    for (key, _) in reserved.iter().flat_map(|reserved| reserved.iter()) {
        if known.contains(&key.as_ref()) {
            continue;
        }
        let path = Path::of(&["reservedNamespacesAllowedProducts"]).join(*key);
        // What the user guide of v0.3 said (§10).
        let (moved, fix) = match former_namespace(located.spec, key) {
            Some(Some(namespace)) => (format!("write {namespace}; "), located.renaming(&path, namespace)),
            Some(None) => ("remove it; ".to_owned(), located.removal(&path)),
            None => (String::new(), None),
        };
        let help = format!("{moved}namespaces of this cluster's components: {}", known.join(", "));
        let message = format!("'{key}' is not the namespace of a component");
        diagnostics.push(wrong(located, &path, message, help).fixed_by(fix));
    }
}

/// What has taken the place of a namespace that components had in v0.3: another one, or none, since such a
/// cluster has no such component.
fn former_namespace<'a>(spec: &'a Value, key: &str) -> Option<Option<&'a str>> {
    let category = named(key).or_else(|| with_namespace(key))?;
    if !categories(spec)?.contains(&category) {
        return Some(None);
    }
    (category.namespace != key).then(|| Some(namespace(spec, category)))
}
