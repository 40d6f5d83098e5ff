//! What one LIST answers.

use crate::resource::Address;
use crate::resource::kinds;
use crate::resource::schema::{Kind, Scope};

/// All objects of a kind, in a product or the tenant: what one LIST answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Collection {
    kind: KindName,
    product: Option<String>,
}

/// A kind, ordered by name.
type KindName = &'static str;

impl Collection {
    /// A kind's objects in `product` (`None` for kinds of the tenant).
    pub fn new(kind: &'static Kind, product: Option<&str>) -> Self {
        Self { kind: kind.name, product: product.filter(|_| kind.scope == Scope::Product).map(str::to_owned) }
    }

    /// The collection an object belongs to.
    pub fn of(address: &Address) -> Self {
        Self::new(address.kind(), address.product())
    }

    /// Whether an object belongs to it.
    pub(super) fn holds(&self, address: &Address) -> bool {
        let product = address.product().filter(|_| address.kind().scope == Scope::Product);
        address.kind().name == self.kind && product == self.product.as_deref()
    }

    /// The kind's name.
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// The kind's table.
    pub fn table(&self) -> &'static Kind {
        kinds::find(self.kind).expect("collections are made of known kinds")
    }

    /// The product, for kinds that live in one.
    pub fn product(&self) -> Option<&str> {
        self.product.as_deref()
    }
}
