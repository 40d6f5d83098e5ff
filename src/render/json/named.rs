//! An object, as plans and drift name it.

use serde::{Serialize, Serializer};

use crate::resource::Address;

/// An object, the way Terraform names it, and by product.
#[derive(Serialize)]
pub(super) struct Named<'a> {
    #[serde(serialize_with = "as_text")]
    address: &'a Address,
    r#type: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Names it.
    pub(super) fn of(address: &'a Address) -> Self {
        Self { address, r#type: address.kind().name, name: address.name(), product: address.product() }
    }
}

fn as_text<S: Serializer>(address: &&Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}
