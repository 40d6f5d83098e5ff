//! Rules across the fields of a Cluster (§3.2, §3.4).

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::names;
use crate::kinds::rule::complain;
use crate::schema::{Located, Rule};
use crate::value::{Path, Value};

use super::components::{Category, categories, named, names as component_names, of_field};

pub(super) const ALL: &[Rule] = &[shape, kubeconfig, components, additions, reserved_namespaces];

fn text<'a>(located: &Located<'a>, field: &str) -> &'a str {
    located.spec.text_at(&[field]).unwrap_or_default()
}

/// Which of host, worker type and port go with which usage and type.
fn shape(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let spec = located.spec;
    let (is_virtual, is_host) = (text(located, "clusterType") == "virtual", text(located, "usage") == "host");
    let mut wrong = |field: &'static str, message: &str, help: &str| {
        complain(located, diagnostics, &Path::of(&[field]), message, help);
    };
    if is_host && is_virtual {
        wrong("clusterType", "a host cluster can't be virtual", "write clusterType: physical");
    }
    if is_host && spec.get("workerType").is_some() {
        wrong("workerType", "a host cluster has no workerType", "remove it");
    }
    if !is_host && spec.get("workerType").is_none() {
        wrong(
            "usage",
            "a worker cluster needs a workerType",
            "add workerType: deployment or workerType: pipeline",
        );
    }
    if is_virtual && spec.get("hostCluster").is_none() {
        wrong("clusterType", "a virtual cluster needs a hostCluster", "add hostCluster: NAME");
    }
    if !is_virtual && spec.get("hostCluster").is_some() {
        wrong(
            "hostCluster",
            "a physical cluster has no hostCluster",
            "remove it, or write clusterType: virtual",
        );
    }
    if !is_virtual && spec.get("vcluster").is_some() {
        wrong("vcluster", "only a virtual cluster has vcluster settings", "remove it");
    }
    if text(located, "hostCluster") == located.name {
        wrong("hostCluster", "a cluster can't be its own host", "name another cluster");
    }
    let port = url::Url::parse(text(located, "apiServer")).ok().and_then(|url| url.port());
    if is_virtual && port.is_none() && spec.member(&["vcluster", "httpsNodePort"]).is_none() {
        wrong(
            "apiServer",
            "a virtual cluster needs the port of its API server",
            "add it to apiServer or write vcluster.httpsNodePort",
        );
    }
}

fn kubeconfig(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let (given, path) = (located.spec.get("kubeconfig").is_some(), Path::of(&["kubeconfig"]));
    match (text(located, "clusterType"), given) {
        ("physical", false) => diagnostics.push(
            Diagnostic::error("missing-field", "a physical cluster needs a kubeconfig")
                .at(located.span(&path))
                .help("add kubeconfig: {file: PATH}, {env: NAME}, base64 or inline YAML"),
        ),
        ("virtual", true) => diagnostics.push(
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
    let what = format!(
        "{} {} cluster",
        text(located, "clusterType"),
        if text(located, "usage") == "host" { "host" } else { text(located, "workerType") }
    );
    for (field, component) in list.iter() {
        let path = Path::of(&["componentsList"]).join(field.clone());
        if !categories.iter().any(|category| category.field == Some(field)) {
            let known: Vec<&str> = categories.iter().filter_map(|category| category.field).collect();
            let help = format!("remove it; this kind of cluster has: {}", known.join(", "));
            complain(located, diagnostics, &path, format!("a {what} has no component '{field}'"), help);
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
    let path = path.join("name");
    if named(name).is_none() {
        let known: Vec<&str> = component_names().collect();
        let help = format!("the platform has: {}", known.join(", "));
        complain(located, diagnostics, &path, format!("the platform has no component '{name}'"), help);
    } else if name != category.name {
        let field = category.field.unwrap_or_default();
        let help = format!("write name: {}, or leave it out", category.name);
        complain(located, diagnostics, &path, format!("component '{name}' does not serve as {field}"), help);
    }
}

/// What the server declares and does not check (§3.4).
fn additions(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let checks: &[(&str, &str, crate::schema::Check)] = &[
        ("gateway", "httpNodePort", names::port),
        ("gateway", "httpsNodePort", names::port),
        ("pipeline", "host", names::host),
        ("deployment", "host", names::host),
    ];
    for (field, key, check) in checks {
        let value = located.spec.member(&["componentsList", field, "additions", key]);
        if let Some(Err(problem)) = value.and_then(Value::as_str).map(check) {
            let path = Path::of(&["componentsList"]).join(*field).join("additions").join(*key);
            complain(
                located,
                diagnostics,
                &path,
                format!("'{key}' {problem}"),
                "the server would accept it and the component fail",
            );
        }
    }
}

/// The keys must be namespaces of the cluster's components, hidden ones included (§3.2 step 6).
fn reserved_namespaces(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let Some(categories) = categories(located.spec) else { return };
    let Some(reserved) = located.spec.get("reservedNamespacesAllowedProducts").and_then(Value::as_map) else {
        return;
    };
    let known: Vec<&str> = categories.iter().map(|category| namespace(located.spec, category)).collect();
    for (key, _) in reserved.iter() {
        if !known.contains(&key.as_ref()) {
            let path = Path::of(&["reservedNamespacesAllowedProducts"]).join(key.clone());
            let moved = match key.as_ref() {
                "tekton" => "write tekton-pipelines; ",
                "hnc" => "write hnc-system; ",
                "cert-manager" => "remove it; ",
                _ => "",
            };
            let help = format!("{moved}namespaces of this cluster's components: {}", known.join(", "));
            complain(
                located,
                diagnostics,
                &path,
                format!("'{key}' is not the namespace of a component"),
                help,
            );
        }
    }
}

fn namespace<'a>(spec: &'a Value, category: &'a Category) -> &'a str {
    let Some(field) = category.field else { return category.namespace };
    let of = |name| spec.text_at(&["componentsList", field, name]);
    of("namespace").unwrap_or_else(|| of("name").and_then(named).unwrap_or(category).namespace)
}
