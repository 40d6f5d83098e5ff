//! A stored Cluster (§3).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A stored cluster, hidden components included.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) api_server: String,
    pub(crate) cluster_kind: String,
    pub(crate) cluster_type: String,
    pub(crate) usage: String,
    pub(crate) host_cluster: String,
    pub(crate) worker_type: String,
    pub(crate) primary_domain: String,
    /// The port of a virtual cluster's API server on its host.
    #[serde(default)]
    pub(crate) https_node_port: String,
    pub(crate) components: Components,
    pub(crate) reserved_namespaces_allowed_products: BTreeMap<String, Vec<String>>,
    pub(crate) product_allowed_cluster_resources: BTreeMap<String, Vec<ClusterResource>>,
    #[serde(skip)]
    pub(crate) rendered: Rendered,
}

/// The reply of a cluster as JSON, written when it is first asked for: a stored cluster never changes, it is
/// replaced.
#[derive(Debug, Default)]
pub(crate) struct Rendered(OnceLock<Bytes>);

impl Clone for Rendered {
    fn clone(&self) -> Rendered {
        Rendered::default()
    }
}

impl Cluster {
    /// The reply, which `render` writes when it is first asked for.
    pub(crate) fn rendered(&self, render: impl FnOnce() -> Bytes) -> &Bytes {
        self.rendered.0.get_or_init(render)
    }
}

/// Comes back with its keys sorted (§3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClusterResource {
    pub(crate) group: String,
    pub(crate) kind: String,
}

/// A place for a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slot {
    MultiTenant,
    SecretSync,
    Gateway,
    Deployment,
    ProgressiveDelivery,
    Pipeline,
    EventListener,
    SecretManagement,
    OauthProxy,
    /// Only in the third-party list: no cluster stores it.
    CertManagement,
}

impl Slot {
    /// All slots, in declaration order.
    pub(crate) const ALL: [Slot; 10] = [
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
    /// Those that a client may fill.
    pub(crate) const OF_CLIENTS: &[Slot] = Slot::ALL.split_at(7).0;

    /// The API's name.
    pub(crate) const fn api_key(self) -> &'static str {
        self.names().0
    }

    /// As manifests and error messages write it.
    pub(crate) const fn camel_case(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Slot::MultiTenant => ("multi_tenant", "multiTenant"),
            Slot::SecretSync => ("secret_sync", "secretSync"),
            Slot::Gateway => ("gateway", "gateway"),
            Slot::Deployment => ("deployment", "deployment"),
            Slot::ProgressiveDelivery => ("progressive_delivery", "progressiveDelivery"),
            Slot::Pipeline => ("pipeline", "pipeline"),
            Slot::EventListener => ("event_listener", "eventListener"),
            Slot::SecretManagement => ("secret_management", "secretManagement"),
            Slot::OauthProxy => ("oauth_proxy", "oauthProxy"),
            Slot::CertManagement => ("cert_management", "certManagement"),
        }
    }
}

/// One component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) additions: BTreeMap<String, String>,
}

/// All that is stored, by slot; the last two are hidden from the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Components(pub(crate) BTreeMap<Slot, Option<Component>>);

impl Default for Components {
    fn default() -> Components {
        let stored = Slot::ALL.into_iter().filter(|slot| *slot != Slot::CertManagement);
        Components(stored.map(|slot| (slot, None)).collect())
    }
}

impl Components {
    pub(crate) fn get(&self, slot: Slot) -> Option<&Component> {
        self.0.get(&slot)?.as_ref()
    }

    pub(crate) fn put(&mut self, slot: Slot, component: Component) {
        self.0.insert(slot, Some(component));
    }

    /// Those that it has, hidden ones included.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Slot, &Component)> {
        self.0.iter().filter_map(|(slot, component)| Some((*slot, component.as_ref()?)))
    }

    /// Whether some component, hidden ones included, lives in that namespace.
    pub(crate) fn has_namespace(&self, namespace: &str) -> bool {
        self.all().any(|(_, component)| component.namespace == namespace)
    }
}
