//! The components of a cluster (§3.4): which exist where, their defaults, and how a supplied one is
//! completed.

use crate::sandbox::model::{Cluster, Component, Components, Options, Slot, ThirdPartyComponent};

impl Components {
    /// Puts the default component of a slot there, if the list has one.
    pub(super) fn put_default(&mut self, slot: Slot, naming: &Naming<'_>) {
        if let Some(component) = complete(slot, Component::default(), naming) {
            self.put(slot, component);
        }
    }
}

const HOST: (&str, Option<&str>) = ("host", None);

/// Slot, name, namespace, properties with their values.
type BuiltIn = (Slot, &'static str, &'static str, &'static [(&'static str, Option<&'static str>)]);

/// What v0.4.2 brings; all properties are required, and those without a value are computed.
const THIRD_PARTY: [BuiltIn; 10] = [
    (Slot::Pipeline, "tekton", "tekton-pipelines", &[HOST]),
    (Slot::Deployment, "argocd", "argocd", &[HOST]),
    (Slot::EventListener, "argo-events", "argo-events", &[]),
    (Slot::ProgressiveDelivery, "argo-rollouts", "argo-rollouts", &[]),
    (Slot::MultiTenant, "hnc", "hnc-system", &[]),
    (Slot::CertManagement, "cert-manager", "cert-manager", &[]),
    (Slot::SecretManagement, "vault", "vault", &[]),
    (Slot::SecretSync, "external-secrets", "external-secrets", &[]),
    (Slot::OauthProxy, "oauth2-proxy", "oauth2-proxy", &[]),
    (
        Slot::Gateway,
        "traefik",
        "traefik",
        &[("httpNodePort", Some("30080")), ("httpsNodePort", Some("30443"))],
    ),
];

/// The third-party list of a platform. A type that the server does not know is never looked up.
pub(super) fn table(options: &Options) -> Vec<ThirdPartyComponent> {
    let is_known = |kind: &str| Slot::ALL.iter().any(|slot| slot.camel_case() == kind);
    match &options.components {
        Some(components) => components.iter().filter(|entry| is_known(&entry.kind)).cloned().collect(),
        None => THIRD_PARTY.iter().map(built_in).collect(),
    }
}

fn built_in((slot, name, namespace, properties): &BuiltIn) -> ThirdPartyComponent {
    let property = |(key, value): &(&str, Option<&str>)| ((*key).to_owned(), value.map(str::to_owned), true);
    ThirdPartyComponent {
        name: (*name).to_owned(),
        namespace: (*namespace).to_owned(),
        kind: slot.camel_case().to_owned(),
        default: true,
        properties: properties.iter().map(property).collect(),
    }
}

pub(super) fn by_name<'t>(table: &'t [ThirdPartyComponent], name: &str) -> Option<&'t ThirdPartyComponent> {
    table.iter().find(|entry| entry.name == name)
}

fn by_slot(table: &[ThirdPartyComponent], slot: Slot) -> Option<&ThirdPartyComponent> {
    table.iter().find(|entry| entry.kind == slot.camel_case() && entry.default)
}

/// The slots of a combination that a client sees; `None` for an unknown combination.
pub(super) fn definition(cluster: &Cluster) -> Option<&'static [Slot]> {
    use Slot::{Deployment, EventListener, Gateway, MultiTenant, Pipeline, ProgressiveDelivery, SecretSync};
    match (&*cluster.usage, &*cluster.cluster_type, &*cluster.worker_type) {
        ("host", "physical", "") => Some(&[Gateway]),
        ("worker", "physical", "deployment") => {
            Some(&[MultiTenant, SecretSync, Gateway, Deployment, ProgressiveDelivery])
        }
        ("worker", "virtual", "deployment") => {
            Some(&[MultiTenant, SecretSync, Deployment, ProgressiveDelivery])
        }
        ("worker", "physical" | "virtual", "pipeline") => {
            Some(&[MultiTenant, SecretSync, Gateway, Deployment, Pipeline, EventListener])
        }
        _ => None,
    }
}

/// What a component is completed with.
pub(super) struct Naming<'a> {
    pub(super) table: &'a [ThirdPartyComponent],
    pub(super) cluster: &'a str,
    /// `None` if the look-up failed: the key is stored with an empty string, and nothing fails.
    pub(super) address: Option<&'a str>,
}

/// Completes a supplied component. A namespace without a name is lost. `None` if the name is not in the list.
pub(super) fn complete(slot: Slot, supplied: Component, naming: &Naming<'_>) -> Option<Component> {
    let unnamed = supplied.name.is_empty();
    let entry = if unnamed { by_slot(naming.table, slot)? } else { by_name(naming.table, &supplied.name)? };
    let keep = !unnamed && !supplied.namespace.is_empty();
    let mut additions = supplied.additions;
    for (key, value) in defaults(entry, slot, naming) {
        additions.entry(key).or_insert(value);
    }
    Some(Component {
        name: entry.name.clone(),
        namespace: if keep { supplied.namespace } else { entry.namespace.clone() },
        additions,
    })
}

/// The values of the properties that have one. That of a host, `<prefix>.<cluster name>.<ip>.nip.io`, is
/// computed, and only in the entry's own slot.
fn defaults<'n>(
    entry: &'n ThirdPartyComponent,
    slot: Slot,
    naming: &'n Naming<'_>,
) -> impl Iterator<Item = (String, String)> + 'n {
    let has_host = matches!(slot, Slot::Pipeline | Slot::Deployment) && entry.kind == slot.camel_case();
    entry.properties.iter().filter_map(move |(key, default, _)| {
        let host = |address| format!("{}.{}.{address}.nip.io", entry.name, naming.cluster);
        let computed = || (has_host && key == "host").then(|| naming.address.map(host).unwrap_or_default());
        Some((key.clone(), default.clone().or_else(computed)?))
    })
}
