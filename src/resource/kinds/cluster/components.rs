//! Which components exist for which cluster, and what they are by default (§3.4).

use crate::model::value::{Name, Value};

/// A category of components and its usual member.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Category {
    /// The field below `componentsList`; `None` for what the API can't name.
    pub(crate) field: Option<&'static str>,
    /// The usual component.
    pub(super) name: &'static str,
    /// Its namespace.
    pub(super) namespace: &'static str,
}

const fn category(field: &'static str, name: &'static str, namespace: &'static str) -> Category {
    Category { field: Some(field), name, namespace }
}

const fn hidden(name: &'static str) -> Category {
    Category { field: None, name, namespace: name }
}

const MULTI_TENANT: Category = category("multiTenant", "hnc", "hnc-system");
const SECRET_SYNC: Category = category("secretSync", "external-secrets", "external-secrets");
const GATEWAY: Category = category("gateway", "traefik", "traefik");
const DEPLOYMENT: Category = category("deployment", "argocd", "argocd");
const PROGRESSIVE_DELIVERY: Category = category("progressiveDelivery", "argo-rollouts", "argo-rollouts");
const PIPELINE: Category = category("pipeline", "tekton", "tekton-pipelines");
const EVENT_LISTENER: Category = category("eventListener", "argo-events", "argo-events");
const VAULT: Category = hidden("vault");
const OAUTH_PROXY: Category = hidden("oauth2-proxy");
const CERT_MANAGER: Category = hidden("cert-manager");

static ALL: &[&Category] = &[
    &MULTI_TENANT,
    &SECRET_SYNC,
    &GATEWAY,
    &DEPLOYMENT,
    &PROGRESSIVE_DELIVERY,
    &PIPELINE,
    &EVENT_LISTENER,
    &VAULT,
    &OAUTH_PROXY,
    &CERT_MANAGER,
];

/// The categories of a cluster, hidden ones included; `None` for a combination that does not exist.
pub(crate) fn categories(spec: &Value) -> Option<&'static [&'static Category]> {
    let of = |name| spec.text_at(&[name]).unwrap_or_default();
    match (of("usage"), of("clusterType"), of("workerType")) {
        ("host", "physical", "") => Some(&[&GATEWAY, &VAULT, &OAUTH_PROXY]),
        ("worker", "physical", "deployment") => Some(&[
            &MULTI_TENANT,
            &SECRET_SYNC,
            &GATEWAY,
            &DEPLOYMENT,
            &PROGRESSIVE_DELIVERY,
            &VAULT,
            &OAUTH_PROXY,
        ]),
        ("worker", "physical", "pipeline") => Some(&[
            &MULTI_TENANT,
            &SECRET_SYNC,
            &GATEWAY,
            &DEPLOYMENT,
            &EVENT_LISTENER,
            &PIPELINE,
            &VAULT,
            &OAUTH_PROXY,
        ]),
        ("worker", "virtual", "deployment") => {
            Some(&[&MULTI_TENANT, &SECRET_SYNC, &DEPLOYMENT, &PROGRESSIVE_DELIVERY, &VAULT])
        }
        ("worker", "virtual", "pipeline") => {
            Some(&[&MULTI_TENANT, &SECRET_SYNC, &GATEWAY, &DEPLOYMENT, &EVENT_LISTENER, &PIPELINE, &VAULT])
        }
        _ => None,
    }
}

/// Whether such a cluster has a component of this field.
pub(super) fn has(spec: &Value, field: &str) -> bool {
    categories(spec).is_some_and(|all| all.iter().any(|category| category.field == Some(field)))
}

/// The category of a field below `componentsList`.
pub(super) fn of_field(field: &str) -> Option<&'static Category> {
    ALL.iter().copied().find(|category| category.field == Some(field))
}

/// The third-party component of a name.
pub(super) fn named(name: &str) -> Option<&'static Category> {
    ALL.iter().copied().find(|category| category.name == name)
}

/// The third-party component whose usual namespace this is.
pub(super) fn with_namespace(namespace: &str) -> Option<&'static Category> {
    ALL.iter().copied().find(|category| category.namespace == namespace)
}

/// The names of all third-party components.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|category| category.name)
}

/// A component without a name would lose its namespace on the server (§3.4): it gets the usual name.
pub(super) fn complete(_name: &str, spec: &mut Value) {
    let Some(list) =
        spec.as_map_mut().and_then(|spec| spec.get_mut("componentsList")).and_then(Value::as_map_mut)
    else {
        return;
    };
    let fields: Vec<Name> = list.iter().map(|(field, _)| field.clone()).collect();
    for field in fields {
        let Some(category) = of_field(&field) else { continue };
        if let Some(component) = list.get_mut(&field).and_then(Value::as_map_mut)
            && component.get("name").is_none()
        {
            component.insert("name", category.name.into());
        }
    }
}

/// The namespace of a cluster's component unless its spec says another (§3.4): that of the component that is
/// named.
pub(super) fn usual_namespace(spec: &Value, category: &Category) -> &'static str {
    let name = category.field.and_then(|field| spec.text_at(&["componentsList", field, "name"]));
    name.and_then(named).map_or(category.namespace, |named| named.namespace)
}

/// The namespace of a cluster's component.
pub(super) fn namespace<'a>(spec: &'a Value, category: &Category) -> &'a str {
    let own = category.field.and_then(|field| spec.text_at(&["componentsList", field, "namespace"]));
    own.unwrap_or_else(|| usual_namespace(spec, category))
}

/// The namespaces of all components of a cluster, hidden ones included; `None` for a combination that does
/// not exist.
pub(crate) fn namespaces(spec: &Value) -> Option<Vec<&str>> {
    Some(categories(spec)?.iter().map(|category| namespace(spec, category)).collect())
}
