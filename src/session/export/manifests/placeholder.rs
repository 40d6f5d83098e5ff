//! Names for the environment variables that stand in for secrets.

use std::collections::BTreeSet;

use crate::model::value::{Path, Segment};
use crate::resource::Address;

/// A field that can't be read back, and where its value is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The object.
    pub address: Address,
    /// The field.
    pub path: Path,
    /// The environment variable.
    pub variable: String,
}

/// Hands out variables: `KUBECONFIG_HOST_A` for the kubeconfig of `host-a`. No two secrets get the same.
#[derive(Debug, Default)]
pub(super) struct Variables(BTreeSet<String>);

impl Variables {
    /// The variable for a field of an object.
    pub(super) fn name(&mut self, address: &Address, path: &Path) -> String {
        let fields = path.segments().iter().map(|segment| match segment {
            Segment::Name(name) => name.to_string(),
            Segment::Index(index) => index.to_string(),
        });
        let parts: Vec<String> = fields
            .chain(address.product().map(str::to_owned))
            .chain([address.name().to_owned()])
            .map(|part| upper_case(&part))
            .collect();
        let name = parts.join("_");
        let mut all = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}_{number}")));
        let free = all.find(|name| !self.0.contains(name)).expect("there is always another number");
        self.0.insert(free.clone());
        free
    }
}

/// `clientKey` and `client-key` become `CLIENT_KEY`.
fn upper_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut before = '_';
    for c in text.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_say_what_they_are_for_and_are_never_shared() {
        let mut variables = Variables::default();
        let mut name =
            |address: &str, path: &str| variables.name(&address.parse().unwrap(), &path.parse().unwrap());
        assert_eq!(name("Cluster/host-a", "kubeconfig"), "KUBECONFIG_HOST_A");
        assert_eq!(name("Environment/shop/dev", "auth.clientKey"), "AUTH_CLIENT_KEY_SHOP_DEV");
        assert_eq!(name("Cluster/host.a", "kubeconfig"), "KUBECONFIG_HOST_A_2");
    }
}
