//! The components of a cluster (§3.4): which exist where, their defaults, and how a supplied one is
//! completed.

use crate::sandbox::model::options::{Options, ThirdPartyComponent};
use crate::sandbox::model::spec::cluster::{Component, Components};

/// A place for a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    MultiTenant,
    SecretSync,
    Gateway,
    Deployment,
    ProgressiveDelivery,
    Pipeline,
    EventListener,
    SecretManagement,
    OauthProxy,
    CertManagement,
}

/// The slots that a client may fill, in declaration order.
pub(super) const SLOTS: [Slot; 7] = [
    Slot::MultiTenant,
    Slot::SecretSync,
    Slot::Gateway,
    Slot::Deployment,
    Slot::ProgressiveDelivery,
    Slot::Pipeline,
    Slot::EventListener,
];

/// All slots.
const ALL: [Slot; 10] = [
    Slot::MultiTenant,
    Slot::SecretSync,
    Slot::Gateway,
    Slot::Deployment,
    Slot::ProgressiveDelivery,
    Slot::Pipeline,
    Slot::EventListener,
    Slot::SecretManagement,
    Slot::OauthProxy,
    Slot::CertManagement,
];

impl Slot {
    pub(super) fn api_key(self) -> &'static str {
        match self {
            Slot::MultiTenant => "multi_tenant",
            Slot::SecretSync => "secret_sync",
            Slot::Gateway => "gateway",
            Slot::Deployment => "deployment",
            Slot::ProgressiveDelivery => "progressive_delivery",
            Slot::Pipeline => "pipeline",
            Slot::EventListener => "event_listener",
            Slot::SecretManagement => "secret_management",
            Slot::OauthProxy => "oauth_proxy",
            Slot::CertManagement => "cert_management",
        }
    }

    /// As error messages write it.
    pub(super) fn camel_case(self) -> &'static str {
        match self {
            Slot::MultiTenant => "multiTenant",
            Slot::SecretSync => "secretSync",
            Slot::Gateway => "gateway",
            Slot::Deployment => "deployment",
            Slot::ProgressiveDelivery => "progressiveDelivery",
            Slot::Pipeline => "pipeline",
            Slot::EventListener => "eventListener",
            Slot::SecretManagement => "secretManagement",
            Slot::OauthProxy => "oauthProxy",
            Slot::CertManagement => "certManagement",
        }
    }
}

impl Components {
    /// Puts the default component of a slot there, if the list has one.
    pub(super) fn put_default(&mut self, slot: Slot, naming: &Naming<'_>) {
        if let Some(component) = default_component(slot, naming) {
            self.put(slot, component);
        }
    }

    pub(super) fn put(&mut self, slot: Slot, component: Component) {
        let place = match slot {
            Slot::MultiTenant => &mut self.multi_tenant,
            Slot::SecretSync => &mut self.secret_sync,
            Slot::Gateway => &mut self.gateway,
            Slot::Deployment => &mut self.deployment,
            Slot::ProgressiveDelivery => &mut self.progressive_delivery,
            Slot::Pipeline => &mut self.pipeline,
            Slot::EventListener => &mut self.event_listener,
            Slot::SecretManagement => &mut self.secret_management,
            Slot::OauthProxy => &mut self.oauth_proxy,
            Slot::CertManagement => return,
        };
        *place = Some(component);
    }
}

/// An entry of the third-party list.
#[derive(Clone)]
pub(super) struct ThirdParty {
    slot: Slot,
    pub(super) name: String,
    namespace: String,
    /// Whether a cluster has it that names none for its slot.
    is_default: bool,
    pub(super) properties: Vec<Property>,
}

/// A property of an entry.
#[derive(Clone)]
pub(super) struct Property {
    pub(super) key: String,
    pub(super) required: bool,
    default: Default,
}

/// Where the default of a property comes from.
#[derive(Clone)]
enum Default {
    Fixed(String),
    /// `<prefix>.<cluster name>.<ip>.nip.io`, only in the entry's own slot.
    Host,
    Nothing,
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

/// The third-party list of a platform.
pub(super) fn table(options: &Options) -> Vec<ThirdParty> {
    match &options.components {
        Some(components) => components.iter().filter_map(configured).collect(),
        None => THIRD_PARTY
            .iter()
            .map(|(slot, name, namespace, properties)| {
                let property = |(key, value): &(&str, Option<&str>)| Property {
                    key: (*key).to_owned(),
                    required: true,
                    default: value.map_or(Default::Host, |value| Default::Fixed(value.to_owned())),
                };
                ThirdParty {
                    slot: *slot,
                    name: (*name).to_owned(),
                    namespace: (*namespace).to_owned(),
                    is_default: true,
                    properties: properties.iter().map(property).collect(),
                }
            })
            .collect(),
    }
}

/// An entry of the platform's own configuration. A type that the server does not know is never looked up.
fn configured(component: &ThirdPartyComponent) -> Option<ThirdParty> {
    let slot = ALL.into_iter().find(|slot| slot.camel_case() == component.kind)?;
    let has_host = matches!(slot, Slot::Pipeline | Slot::Deployment);
    let properties = component.properties.iter().map(|(key, default, required)| Property {
        key: key.clone(),
        required: *required,
        default: match default {
            Some(default) => Default::Fixed(default.clone()),
            None if has_host && key == "host" => Default::Host,
            None => Default::Nothing,
        },
    });
    Some(ThirdParty {
        slot,
        name: component.name.clone(),
        namespace: component.namespace.clone(),
        is_default: component.default,
        properties: properties.collect(),
    })
}

pub(super) fn by_name<'t>(table: &'t [ThirdParty], name: &str) -> Option<&'t ThirdParty> {
    table.iter().find(|entry| entry.name == name)
}

fn by_slot(table: &[ThirdParty], slot: Slot) -> Option<&ThirdParty> {
    table.iter().find(|entry| entry.slot == slot && entry.is_default)
}

/// The slots of a combination that a client sees; `None` for an unknown combination.
pub(super) fn definition(usage: &str, cluster_type: &str, worker_type: &str) -> Option<&'static [Slot]> {
    use Slot::{Deployment, EventListener, Gateway, MultiTenant, Pipeline, ProgressiveDelivery, SecretSync};
    match (usage, cluster_type, worker_type) {
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
    pub(super) table: &'a [ThirdParty],
    pub(super) cluster: &'a str,
    /// `None` if the look-up failed: the key is stored with an empty string, and nothing fails.
    pub(super) address: Option<&'a str>,
}

/// The default component of a slot.
pub(super) fn default_component(slot: Slot, naming: &Naming<'_>) -> Option<Component> {
    let entry = by_slot(naming.table, slot)?;
    Some(Component {
        name: entry.name.clone(),
        namespace: entry.namespace.clone(),
        additions: defaults(entry, slot, naming).collect(),
    })
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

fn defaults<'n>(
    entry: &'n ThirdParty,
    slot: Slot,
    naming: &'n Naming<'_>,
) -> impl Iterator<Item = (String, String)> + 'n {
    entry.properties.iter().filter_map(move |Property { key, default, .. }| {
        let value = match default {
            Default::Fixed(value) => value.clone(),
            Default::Nothing => return None,
            Default::Host if entry.slot != slot => return None,
            Default::Host => naming
                .address
                .map(|address| format!("{}.{}.{address}.nip.io", entry.name, naming.cluster))
                .unwrap_or_default(),
        };
        Some((key.clone(), value))
    })
}
