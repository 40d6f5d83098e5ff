//! Which requests may run side by side (§8.5).

use crate::schema::{Kind, Lane};

/// What the server stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lanes {
    /// A v0.4 server: one request at a time on the tenant, and one inside all products together.
    #[default]
    Shared,
    /// A server whose products have folders of their own: one request at a time in each.
    PerProduct,
}

/// A lane of a given server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneKey {
    /// Everything that clones the tenant repository.
    Tenant,
    /// Everything inside products.
    Products,
    /// Everything inside one product.
    Product(String),
}

impl Lanes {
    /// The lane of a request about an object of `kind` in `product`.
    pub fn of(self, kind: &Kind, product: Option<&str>) -> LaneKey {
        match (kind.lane, self, product) {
            (Lane::Tenant, _, _) => LaneKey::Tenant,
            (Lane::Products, Self::PerProduct, Some(product)) => LaneKey::Product(product.to_owned()),
            (Lane::Products, _, _) => LaneKey::Products,
        }
    }
}
