//! Builds requests from addresses. Pure: every URL is tested without a network.
//!
//! Invariant: a path never ends in a slash and never holds an unescaped name (§1: both would be redirected or
//! not found).

use bytes::Bytes;

use crate::model::encoding::percent_encoded;
use crate::model::value::Value;
use crate::resource::Address;
use crate::resource::schema::{Kind, Scope, wire};

use super::transport::{Method, Request};

/// GET of one object.
pub fn get(address: &Address) -> Request {
    Request { method: Method::Get, path: path(address), body: None, secrets: Vec::new() }
}

/// GET of all objects of a kind, in `product` if the kind lives in one.
pub fn list(kind: &Kind, product: Option<&str>) -> Request {
    Request { method: Method::Get, path: collection(kind, product), body: None, secrets: Vec::new() }
}

/// Whether the server checks the whole product at a write (§1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// As always.
    Made,
    /// Only where the user has allowed it for this object.
    Skipped,
}

impl Checks {
    /// What comes behind the path. This spelling works for every kind.
    pub const fn query(self) -> &'static str {
        match self {
            Self::Made => "",
            Self::Skipped => "?insecure_skip_check=true",
        }
    }
}

/// POST of one object.
pub fn save(address: &Address, spec: &Value, checks: Checks) -> Request {
    let body = Bytes::from(wire::body(address.kind(), address.name(), spec));
    let path = path(address) + checks.query();
    Request { method: Method::Post, path, body: Some(body), secrets: spec.secrets() }
}

/// DELETE of one object.
pub fn delete(address: &Address, checks: Checks) -> Request {
    Request { method: Method::Delete, path: path(address) + checks.query(), body: None, secrets: Vec::new() }
}

/// The path of one object.
pub(crate) fn path(address: &Address) -> String {
    format!("{}/{}", collection(address.kind(), address.product()), percent_encoded(address.name()))
}

fn collection(kind: &Kind, product: Option<&str>) -> String {
    match (kind.scope, product) {
        (Scope::Product, Some(product)) => {
            format!("/api/v1/products/{}/{}", percent_encoded(product), kind.names.collection)
        }
        _ => format!("/api/v1/{}", kind.names.collection),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::kinds;

    #[test]
    fn paths_are_those_of_the_api() {
        let cluster = kinds::find("Cluster").unwrap();
        let environment = kinds::find("Environment").unwrap();
        assert_eq!(get(&Address::of_tenant(cluster, "host a")).path, "/api/v1/clusters/host%20a");
        assert_eq!(list(cluster, None).path, "/api/v1/clusters");
        assert_eq!(
            delete(&Address::of_product(environment, "shop", "dev"), Checks::Made).path,
            "/api/v1/products/shop/environments/dev"
        );
        assert_eq!(list(environment, Some("shop")).path, "/api/v1/products/shop/environments");
    }
}
