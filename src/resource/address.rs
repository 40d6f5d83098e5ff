//! The identity of an object: kind, product and name. Names are chosen by the user, so nothing needs
//! importing.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use foldhash::quality::FixedState;
use smol_str::SmolStr;

use crate::resource::kinds;
use crate::resource::schema::{Kind, Scope};

/// The same in every process; names come from the user's own directory and server, so collisions are no
/// attack.
const HASHER: FixedState = FixedState::with_seed(0);

/// `Cluster/host-a`, `Environment/shop/dev`. Ordered by kind, product, name. Cheap to copy and small: a plan
/// has some twenty copies of each address.
#[derive(Clone)]
pub struct Address {
    /// Of the names: addresses are looked up many times as often as they are made, mostly among thousands of
    /// others, of which no other memory is read.
    hash: u64,
    names: Arc<Names>,
}

/// What an address says.
struct Names {
    kind: &'static Kind,
    product: Option<SmolStr>,
    name: SmolStr,
}

impl Address {
    /// An object of the tenant.
    ///
    /// # Panics
    /// If the kind lives in a product.
    pub fn of_tenant(kind: &'static Kind, name: impl Into<SmolStr>) -> Self {
        assert!(kind.scope == Scope::Tenant, "{} lives in a product", kind.name);
        Self::new(kind, None, name.into())
    }

    /// An object of a product.
    ///
    /// # Panics
    /// If the kind does not live in a product.
    pub fn of_product(kind: &'static Kind, product: impl Into<SmolStr>, name: impl Into<SmolStr>) -> Self {
        assert!(kind.scope == Scope::Product, "{} does not live in a product", kind.name);
        Self::new(kind, Some(product.into()), name.into())
    }

    /// An object that `from`'s field names: in the same product if the kind lives in one; `None` if `from`
    /// has no product then.
    pub fn sibling(from: &Self, kind: &'static Kind, name: impl Into<SmolStr>) -> Option<Self> {
        let product = match kind.scope {
            Scope::Tenant => None,
            Scope::Product => Some(from.names.product.clone()?),
        };
        Some(Self::new(kind, product, name.into()))
    }

    /// The product that an object lives in, as an object of its own.
    pub fn owner(&self) -> Option<Self> {
        Some(Self::new(kinds::owner(), None, self.names.product.clone()?))
    }

    fn new(kind: &'static Kind, product: Option<SmolStr>, name: SmolStr) -> Self {
        let hash = HASHER.hash_one((kind.name, product.as_deref(), &*name));
        Self { hash, names: Arc::new(Names { kind, product, name }) }
    }

    /// The address in lower case: equal for addresses that differ in case only, which are one object for the
    /// server.
    pub fn to_lower_case(&self) -> Self {
        if self.is_lower_case() {
            return self.clone();
        }
        let lower = |name: &str| SmolStr::new(name.to_lowercase());
        Self::new(self.kind(), self.product().map(lower), lower(self.name()))
    }

    /// Whether [`Address::to_lower_case`] is certainly the same.
    pub fn is_lower_case(&self) -> bool {
        let mut bytes = self.product().unwrap_or_default().bytes().chain(self.name().bytes());
        bytes.all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    }

    /// The kind's table.
    pub fn kind(&self) -> &'static Kind {
        self.names.kind
    }

    /// The owning product's name.
    pub fn product(&self) -> Option<&str> {
        self.names.product.as_deref()
    }

    /// The product that it lives in, or is; `None` for the other objects of the tenant.
    pub fn product_or_own(&self) -> Option<&str> {
        if self.kind().is_owner { Some(self.name()) } else { self.product() }
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        &self.names.name
    }

    fn key(&self) -> (&'static str, Option<&str>, &str) {
        (self.kind().name, self.product(), self.name())
    }

    /// Most comparisons are among objects of one kind, whose name need not be compared then.
    fn is_of_same_kind(&self, other: &Self) -> bool {
        std::ptr::eq(self.kind(), other.kind())
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && (Arc::ptr_eq(&self.names, &other.names) || self.key() == other.key())
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_of_same_kind(other) {
            return (self.product(), self.name()).cmp(&(other.product(), other.name()));
        }
        self.key().cmp(&other.key())
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.product() {
            Some(product) => write!(f, "{}/{product}/{}", self.kind().name, self.name()),
            None => write!(f, "{}/{}", self.kind().name, self.name()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseAddressError {
    /// No such kind.
    #[error("unknown kind in address '{0}'")]
    UnknownKind(String),
    /// Too few or too many parts.
    #[error("'{text}' is not an address: {kind} objects are addressed as {form}")]
    WrongForm {
        /// What was given.
        text: String,
        /// The kind it names.
        kind: &'static str,
        /// How its addresses look.
        form: &'static str,
    },
}

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('/');
        let kind = parts
            .next()
            .and_then(kinds::find_by_alias)
            .ok_or_else(|| ParseAddressError::UnknownKind(text.to_owned()))?;
        let names = [parts.next(), parts.next(), parts.next()];
        match (kind.scope, names) {
            (Scope::Tenant, [Some(name), None, _]) if !name.is_empty() => Ok(Self::of_tenant(kind, name)),
            (Scope::Product, [Some(product), Some(name), None])
                if !product.is_empty() && !name.is_empty() =>
            {
                Ok(Self::of_product(kind, product, name))
            }
            (scope, _) => Err(ParseAddressError::WrongForm {
                text: text.to_owned(),
                kind: kind.name,
                form: if scope == Scope::Tenant { "KIND/NAME" } else { "KIND/PRODUCT/NAME" },
            }),
        }
    }
}
