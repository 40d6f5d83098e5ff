//! Virtual clusters, and the host that each runs on.

use crate::model::value::Value;

pub(super) fn is_virtual(spec: &Value) -> bool {
    spec.text_at(&["clusterType"]) == Some("virtual")
}

/// The host that a virtual cluster runs on.
pub(super) fn host_of(spec: &Value) -> Option<&str> {
    spec.text_at(&["hostCluster"]).filter(|_| is_virtual(spec))
}
