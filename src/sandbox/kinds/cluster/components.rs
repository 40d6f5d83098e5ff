//! The components of a cluster (§3.4): which exist where, their defaults, and how a supplied one is
//! completed.

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
pub(super) struct ThirdParty {
    slot: Slot,
    pub(super) name: &'static str,
    namespace: &'static str,
    /// All of them required.
    pub(super) properties: &'static [(&'static str, Default)],
}

/// Where the default of a property comes from.
#[derive(Clone, Copy)]
pub(super) enum Default {
    Fixed(&'static str),
    /// `<prefix>.<cluster name>.<ip>.nip.io`, only in the entry's own slot.
    Host,
}

const THIRD_PARTY: [ThirdParty; 10] = [
    entry(Slot::Pipeline, "tekton", "tekton-pipelines", &[("host", Default::Host)]),
    entry(Slot::Deployment, "argocd", "argocd", &[("host", Default::Host)]),
    entry(Slot::EventListener, "argo-events", "argo-events", &[]),
    entry(Slot::ProgressiveDelivery, "argo-rollouts", "argo-rollouts", &[]),
    entry(Slot::MultiTenant, "hnc", "hnc-system", &[]),
    entry(Slot::CertManagement, "cert-manager", "cert-manager", &[]),
    entry(Slot::SecretManagement, "vault", "vault", &[]),
    entry(Slot::SecretSync, "external-secrets", "external-secrets", &[]),
    entry(Slot::OauthProxy, "oauth2-proxy", "oauth2-proxy", &[]),
    entry(
        Slot::Gateway,
        "traefik",
        "traefik",
        &[("httpNodePort", Default::Fixed("30080")), ("httpsNodePort", Default::Fixed("30443"))],
    ),
];

const fn entry(
    slot: Slot,
    name: &'static str,
    namespace: &'static str,
    properties: &'static [(&'static str, Default)],
) -> ThirdParty {
    ThirdParty { slot, name, namespace, properties }
}

pub(super) fn by_name(name: &str) -> Option<&'static ThirdParty> {
    THIRD_PARTY.iter().find(|entry| entry.name == name)
}

fn by_slot(slot: Slot) -> &'static ThirdParty {
    THIRD_PARTY.iter().find(|entry| entry.slot == slot).expect("every slot has an entry")
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

/// What the computed host depends on.
pub(super) struct Naming<'a> {
    pub(super) cluster: &'a str,
    /// `None` if the look-up failed: the key is stored with an empty string, and nothing fails.
    pub(super) address: Option<&'a str>,
}

/// The default component of a slot.
pub(super) fn default_component(slot: Slot, naming: &Naming<'_>) -> Component {
    let entry = by_slot(slot);
    Component {
        name: entry.name.to_owned(),
        namespace: entry.namespace.to_owned(),
        additions: defaults(entry, slot, naming).collect(),
    }
}

/// Completes a supplied component. A namespace without a name is lost. `None` if the name is not in the list.
pub(super) fn complete(slot: Slot, supplied: Component, naming: &Naming<'_>) -> Option<Component> {
    let unnamed = supplied.name.is_empty();
    let entry = if unnamed { by_slot(slot) } else { by_name(&supplied.name)? };
    let keep = !unnamed && !supplied.namespace.is_empty();
    let mut additions = supplied.additions;
    for (key, value) in defaults(entry, slot, naming) {
        additions.entry(key).or_insert(value);
    }
    Some(Component {
        name: entry.name.to_owned(),
        namespace: if keep { supplied.namespace } else { entry.namespace.to_owned() },
        additions,
    })
}

fn defaults<'n>(
    entry: &'static ThirdParty,
    slot: Slot,
    naming: &'n Naming<'_>,
) -> impl Iterator<Item = (String, String)> + 'n {
    entry.properties.iter().filter_map(move |(key, default)| {
        let value = match default {
            Default::Fixed(value) => (*value).to_owned(),
            Default::Host if entry.slot != slot => return None,
            Default::Host => naming
                .address
                .map(|address| format!("{}.{}.{address}.nip.io", entry.name, naming.cluster))
                .unwrap_or_default(),
        };
        Some(((*key).to_owned(), value))
    })
}
