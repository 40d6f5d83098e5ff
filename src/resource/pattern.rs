//! Globs over addresses: `Cluster/host-*`, `Environment/shop/*`, `*/shop/*`. What `--target`, `--prune` and
//! `ignore:` are given.
//!
//! `*` and `?` match characters within one part of an address. Kinds may be written as the official CLI
//! abbreviates them. Invariant: a pattern's text, read again, is the same pattern.

use std::fmt;
use std::str::FromStr;

use wildmatch::WildMatch;

use crate::resource::kinds;
use crate::resource::schema::{Kind, Scope};

use super::Address;

/// A glob over addresses.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    kind: WildMatch,
    product: Option<WildMatch>,
    name: WildMatch,
}

/// The text is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParsePatternError {
    /// No such kind.
    #[error("unknown kind in '{0}'; kinds are {names}", names = names().join(", "))]
    UnknownKind(String),
    /// Too few or too many parts.
    #[error(
        "'{0}' is not a pattern of addresses: write KIND/NAME or KIND/PRODUCT/NAME, such as Cluster/host-*"
    )]
    WrongForm(String),
    /// A shell's glob. No name has such characters, so it would never match.
    #[error("'{0}' can't mean any object: patterns know * and ?, and no [ ] {{ }}; give several instead")]
    OtherGlob(String),
}

impl Pattern {
    /// Whether this is the object's address.
    pub fn matches(&self, address: &Address) -> bool {
        self.kind.matches(address.kind().name)
            && self.name.matches(address.name())
            && match (&self.product, address.product()) {
                (Some(pattern), Some(product)) => pattern.matches(product),
                (None, None) => true,
                _ => false,
            }
    }

    /// Whether it means the object: by its address, or by the product that it lives in. `Product/shop` covers
    /// all that is in it.
    pub fn covers(&self, address: &Address) -> bool {
        let in_product = |product: &str| self.matches(&Address::of_tenant(kinds::owner(), product));
        self.matches(address) || address.product().is_some_and(in_product)
    }

    /// Whether it can mean objects of a kind in a product (`None` for kinds of the tenant), whatever their
    /// names.
    pub fn may_cover(&self, kind: &'static Kind, product: Option<&str>) -> bool {
        let own = self.kind.matches(kind.name)
            && match (&self.product, product) {
                (Some(pattern), Some(product)) => pattern.matches(product),
                (None, None) => true,
                _ => false,
            };
        let owner = |product| self.matches(&Address::of_tenant(kinds::owner(), product));
        own || product.is_some_and(owner)
    }

    /// Whether it can mean objects of a kind in some product.
    pub fn may_mean(&self, kind: &'static Kind) -> bool {
        let depth = self.product.is_some() == (kind.scope == Scope::Product);
        depth && self.kind.matches(kind.name)
    }

    /// The one product that all it means lives in or is, if it names one.
    pub fn product(&self) -> Option<&str> {
        let parts: Vec<&str> = self.text.split('/').collect();
        let plain = |text: &&str| !text.contains(['*', '?']);
        match parts.as_slice() {
            [_, product, _] => Some(*product).filter(plain),
            [kind, name] if *kind == kinds::owner().name => Some(*name).filter(plain),
            _ => None,
        }
    }

    /// The pattern of exactly one object.
    pub fn exactly(address: &Address) -> Self {
        let part = |text: &str| WildMatch::new(text);
        Self {
            text: address.to_string(),
            kind: part(address.kind().name),
            product: address.product().map(part),
            name: part(address.name()),
        }
    }

    /// The object, if it names exactly one.
    pub fn address(&self) -> Option<Address> {
        (!self.text.contains(['*', '?'])).then(|| self.text.parse().ok()).flatten()
    }
}

impl FromStr for Pattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParsePatternError::WrongForm(text.to_owned());
        if text.contains(['[', ']', '{', '}']) {
            return Err(ParsePatternError::OtherGlob(text.to_owned()));
        }
        // Everything: the tenant's objects, products among them, and so all that is in products.
        let text = if text == "*" { "*/*" } else { text };
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() == 1 || parts.iter().any(|part| part.is_empty()) {
            return Err(wrong());
        }
        let kind = canonical_kind(parts[0]).ok_or_else(|| ParsePatternError::UnknownKind(text.to_owned()))?;
        let (product, name) = match (parts.as_slice(), kinds::find(kind).map(|kind| kind.scope)) {
            ([_, name], None | Some(Scope::Tenant)) => (None, *name),
            ([_, product, name], None | Some(Scope::Product)) => (Some(*product), *name),
            _ => return Err(wrong()),
        };
        let text =
            product.map_or_else(|| format!("{kind}/{name}"), |product| format!("{kind}/{product}/{name}"));
        Ok(Self {
            text,
            kind: WildMatch::new(kind),
            product: product.map(WildMatch::new),
            name: WildMatch::new(name),
        })
    }
}

fn names() -> Vec<&'static str> {
    kinds::KINDS.iter().map(|kind| kind.name).collect()
}

/// The kind's own name, or a glob that some kind answers to.
fn canonical_kind(text: &str) -> Option<&str> {
    if text.contains(['*', '?']) {
        let glob = WildMatch::new(text);
        return names().iter().any(|name| glob.matches(name)).then_some(text);
    }
    kinds::find_by_alias(text).map(|kind| kind.name)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl serde::Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn pattern_matches_part_by_part() {
        assert!(pattern("Cluster/host-*").matches(&address("Cluster/host-a")));
        assert!(!pattern("Cluster/host-*").matches(&address("Cluster/worker")));
        assert!(pattern("env/shop/*").matches(&address("Environment/shop/dev")));
        assert!(pattern("*/shop/d?v").matches(&address("Environment/shop/dev")));
        assert!(!pattern("*/shop/*").matches(&address("Product/shop")));
        assert!(!pattern("*/*").matches(&address("Environment/shop/dev")));
        assert!(pattern("*Runtime/shop/*").matches(&address("DeploymentRuntime/shop/x")));
    }

    #[test]
    fn pattern_of_a_product_covers_its_objects() {
        let shop = pattern("Product/shop");
        assert!(shop.covers(&address("Environment/shop/dev")) && shop.covers(&address("Product/shop")));
        assert!(!shop.matches(&address("Environment/shop/dev")));
        assert!(!shop.covers(&address("Environment/other/dev")));
        assert!(pattern("*/*").covers(&address("Environment/shop/dev")), "all products, so all in them");
        assert_eq!(shop.product(), Some("shop"));
        assert_eq!(pattern("*/shop/*").product(), Some("shop"));
        assert_eq!(pattern("Cluster/a").product(), None);
    }

    #[test]
    fn pattern_may_cover_a_kind() {
        let environment = kinds::find("Environment").unwrap();
        assert!(pattern("Product/*").may_cover(environment, Some("shop")));
        assert!(pattern("*/s*/x").may_cover(environment, Some("shop")));
        assert!(!pattern("Cluster/*").may_cover(environment, Some("shop")));
        assert!(pattern("Cluster/*").may_cover(kinds::find("Cluster").unwrap(), None));
    }

    #[test]
    fn pattern_errors() {
        let wrong = |text: &str| text.parse::<Pattern>().unwrap_err().to_string();
        insta::assert_snapshot!(
            ["Cluster", "Clustre/a", "Cluster/a/b", "Environment/x", "X*/a", "Project/shop/{a,b}"]
                .map(wrong)
                .join("\n"),
            @"
        'Cluster' is not a pattern of addresses: write KIND/NAME or KIND/PRODUCT/NAME, such as Cluster/host-*
        unknown kind in 'Clustre/a'; kinds are Cluster, Product, Environment, Project, CodeRepo, CodeRepoBinding, ProjectPipelineRuntime, DeploymentRuntime
        'Cluster/a/b' is not a pattern of addresses: write KIND/NAME or KIND/PRODUCT/NAME, such as Cluster/host-*
        'Environment/x' is not a pattern of addresses: write KIND/NAME or KIND/PRODUCT/NAME, such as Cluster/host-*
        unknown kind in 'X*/a'; kinds are Cluster, Product, Environment, Project, CodeRepo, CodeRepoBinding, ProjectPipelineRuntime, DeploymentRuntime
        'Project/shop/{a,b}' can't mean any object: patterns know * and ?, and no [ ] { }; give several instead
        "
        );
    }

    #[test]
    fn pattern_round_trips() {
        for text in ["Cluster/host-*", "Environment/shop/*", "*/shop/*", "*/*"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        assert_eq!(pattern("*"), pattern("*/*"));
        assert_eq!(pattern("Cluster/a").address(), Some(address("Cluster/a")));
        assert_eq!(pattern("Cluster/*").address(), None);
        assert_eq!(Pattern::exactly(&address("Environment/shop/dev")), pattern("Environment/shop/dev"));
    }
}
