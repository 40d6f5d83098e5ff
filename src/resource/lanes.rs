//! Which requests may run at the same time (§8.5).
//!
//! The server works in clones of Git repositories, and two requests in one clone break each other. A clone is
//! a folder, and a lane is everything that uses the same folder: one request at a time, reads included.

use serde::Deserialize;

use super::Address;
use super::schema::{Kind, Lane};

/// How many folders the server has for its clones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lanes {
    /// A v0.4 server: one for the tenant, and one for all products together (§8.2). The default, since it is
    /// safe on every server.
    #[default]
    Shared,
    /// A server whose products have folders of their own: one request at a time for each.
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
    /// The lane of a request about one object; a product's own is that of what is in it.
    pub fn of_object(self, address: &Address) -> LaneKey {
        self.of(address.kind(), address.product_or_own())
    }

    /// The lane of a request about an object of `kind` in `product`.
    pub fn of(self, kind: &Kind, product: Option<&str>) -> LaneKey {
        match (kind.lane, self, product) {
            (Lane::Tenant, _, _) => LaneKey::Tenant,
            (Lane::Products, Self::PerProduct, Some(product)) => LaneKey::Product(product.to_owned()),
            (Lane::Products, _, _) => LaneKey::Products,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_share_the_lane_of_their_content() {
        let lane = |lanes: Lanes, address: &str| lanes.of_object(&address.parse().unwrap());
        for lanes in [Lanes::Shared, Lanes::PerProduct] {
            assert_eq!(lane(lanes, "Product/shop"), lane(lanes, "Project/shop/web"));
            assert_eq!(lane(lanes, "Cluster/a"), LaneKey::Tenant);
        }
        assert_ne!(lane(Lanes::PerProduct, "Product/shop"), lane(Lanes::PerProduct, "Product/other"));
        assert_eq!(lane(Lanes::Shared, "Product/shop"), lane(Lanes::Shared, "Product/other"));
    }
}
