//! Which components exist for which cluster, and what they are by default (§3.4).

use crate::model::value::{Map, Name, Value};
use crate::resource::catalogue::{Catalogue, Component};

/// A category of components and its usual member.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Category {
    /// The field below `componentsList`; `None` for what the API can't name.
    pub(crate) field: Option<&'static str>,
    /// What it serves as, in the list of a platform.
    serves: &'static str,
    /// The usual component.
    pub(super) name: &'static str,
    /// Its namespace.
    pub(super) namespace: &'static str,
}

const fn category(field: &'static str, name: &'static str, namespace: &'static str) -> Category {
    Category { field: Some(field), serves: field, name, namespace }
}

const fn hidden(serves: &'static str, name: &'static str) -> Category {
    Category { field: None, serves, name, namespace: name }
}

const MULTI_TENANT: Category = category("multiTenant", "hnc", "hnc-system");
const SECRET_SYNC: Category = category("secretSync", "external-secrets", "external-secrets");
const GATEWAY: Category = category("gateway", "traefik", "traefik");
const DEPLOYMENT: Category = category("deployment", "argocd", "argocd");
const PROGRESSIVE_DELIVERY: Category = category("progressiveDelivery", "argo-rollouts", "argo-rollouts");
const PIPELINE: Category = category("pipeline", "tekton", "tekton-pipelines");
const EVENT_LISTENER: Category = category("eventListener", "argo-events", "argo-events");
const VAULT: Category = hidden("secretManagement", "vault");
const OAUTH_PROXY: Category = hidden("oauthProxy", "oauth2-proxy");
const CERT_MANAGER: Category = hidden("certManagement", "cert-manager");

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

/// What a component may serve as.
pub(crate) fn types() -> impl Iterator<Item = &'static str> + Clone {
    ALL.iter().map(|category| category.serves)
}

/// The names of all third-party components.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|category| category.name)
}

/// A component without a name would lose its namespace on the server (§3.4): it gets the usual name. What a
/// platform has otherwise than v0.4.2 is filled in as the server would.
pub(super) fn complete(spec: &mut Value, catalogue: Option<&Catalogue>) {
    let catalogue = catalogue.filter(|catalogue| catalogue.components.is_some());
    for category in categories(spec).unwrap_or(if catalogue.is_some() { &[] } else { ALL }) {
        let Some(field) = category.field else { continue };
        let Some(spec) = spec.as_map_mut() else { return };
        let of_platform = catalogue.and_then(|catalogue| catalogue.usual(field));
        let differs = of_platform.is_some_and(|usual| !is_built_in(usual));
        let Some(list) = mapping(spec, "componentsList", differs) else { return };
        let Some(component) = mapping(list, field, differs) else { continue };
        fill(component, "name", of_platform.map_or(category.name, |usual| &usual.name));
        let name = component.get("name").map(Value::expose).unwrap_or_default();
        let named = catalogue.and_then(|catalogue| catalogue.component(name));
        if let Some(named) = named.filter(|named| !is_built_in(named)).cloned() {
            fill_in(component, &named);
        }
    }
}

/// What the server takes from its list where a cluster says nothing.
fn fill_in(component: &mut Map, listed: &Component) {
    fill(component, "namespace", &listed.namespace);
    let defaults =
        listed.properties.iter().filter_map(|property| Some((&property.name, property.default.as_ref()?)));
    for (name, default) in defaults {
        let Some(additions) = mapping(component, "additions", true) else { return };
        fill(additions, name.as_str(), default);
    }
}

/// The mapping under a key; made if there is nothing and it is wanted.
fn mapping<'m>(all: &'m mut Map, key: &'static str, is_wanted: bool) -> Option<&'m mut Map> {
    if is_wanted && all.get(key).is_none() {
        all.insert(key, Value::Map(Map::new()));
    }
    all.get_mut(key).and_then(Value::as_map_mut)
}

/// Writes a text where there is nothing.
fn fill(all: &mut Map, key: impl Into<Name>, text: &str) {
    let key = key.into();
    if all.get(&key).is_none() {
        all.insert(key, Value::text(text));
    }
}

/// Whether a component of a platform is what v0.4.2 has under the same name, so that its defaults are known.
fn is_built_in(component: &Component) -> bool {
    let defaults = component
        .properties
        .iter()
        .filter_map(|property| Some((property.name.as_str(), property.default.as_deref()?)));
    named(&component.name).is_some_and(|known| {
        known.namespace == component.namespace
            && known.serves == component.serves
            && defaults.eq(fixed_additions(known.name).iter().copied())
    })
}

/// Additions that have a fixed value by default.
pub(super) fn fixed_additions(name: &str) -> &'static [(&'static str, &'static str)] {
    if name == "traefik" { &[("httpNodePort", "30080"), ("httpsNodePort", "30443")] } else { &[] }
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
pub(crate) fn namespaces<'a>(spec: &'a Value, catalogue: Option<&'a Catalogue>) -> Option<Vec<&'a str>> {
    let of_platform = |category: &Category| {
        let usual = catalogue.filter(|_| category.field.is_none())?.usual(category.serves)?;
        Some(usual.namespace.as_str())
    };
    let own = |category: &Category| {
        category.field.and_then(|field| spec.text_at(&["componentsList", field, "namespace"]))
    };
    let all = categories(spec)?.iter();
    let of = |category: &Category| own(category).or_else(|| of_platform(category));
    Some(all.map(|category| of(category).unwrap_or_else(|| usual_namespace(spec, category))).collect())
}
