//! Which file an object belongs in: `clusters/host-a.yaml`, `products/shop/product.yaml`,
//! `products/shop/projects/api.yaml`.

use std::path::PathBuf;

use crate::resource::Address;
use crate::resource::kinds;
use crate::resource::schema::Scope;

/// The file of an object, relative to the directory of manifests. Names are taken to be ones that the kind
/// allows.
pub(super) fn path(address: &Address) -> PathBuf {
    let kind = address.kind();
    let name = visible(address.name());
    let owner = kinds::owner();
    match address.product() {
        Some(product) => {
            [owner.names.collection, &visible(product), kind.names.collection, &format!("{name}.yaml")]
                .iter()
                .collect()
        }
        None if kind.is_owner => {
            [kind.names.collection, &name, &format!("{}.yaml", kind.name.to_ascii_lowercase())]
                .iter()
                .collect()
        }
        None => [kind.names.collection, &format!("{name}.yaml")].iter().collect(),
    }
}

/// Whether an object can have a file: a name that is invalid in a manifest could be a path out of the
/// directory.
pub(super) fn check(address: &Address) -> Result<(), String> {
    (address.kind().names.check)(address.name()).map_err(|why| format!("its name {why}"))?;
    let Some(product) = address.product() else { return Ok(()) };
    debug_assert!(address.kind().scope == Scope::Product);
    (kinds::owner().names.check)(product).map_err(|why| format!("its product's name {why}"))
}

/// Hidden files are not manifests.
fn visible(name: &str) -> String {
    name.strip_prefix('.').map_or_else(|| name.to_owned(), |rest| format!("%2E{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_laid_out_by_kind_and_product() {
        let shown = |address: &str| path(&address.parse().unwrap()).display().to_string();
        assert_eq!(shown("Cluster/host-a"), "clusters/host-a.yaml");
        assert_eq!(shown("Product/shop"), "products/shop/product.yaml");
        assert_eq!(shown("Environment/shop/dev"), "products/shop/environments/dev.yaml");
        assert_eq!(shown("CodeRepo/shop/.github"), "products/shop/coderepos/%2Egithub.yaml");
    }

    #[test]
    fn invalid_names_have_no_file() {
        let fits = |kind: &str, product: Option<&str>, name: &str| {
            let kind = kinds::find(kind).unwrap();
            check(&match product {
                Some(product) => Address::of_product(kind, product, name),
                None => Address::of_tenant(kind, name),
            })
        };
        assert!(fits("Cluster", None, "..").is_err());
        assert!(fits("Environment", Some(".."), "dev").is_err());
        assert!(fits("Environment", Some("shop"), "a b").is_err());
        assert_eq!(fits("Environment", Some("shop"), "dev"), Ok(()));
    }
}
