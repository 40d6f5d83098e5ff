//! The three views of an object.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smol_str::SmolStr;

use crate::model::diagnostic::Span;
use crate::model::rare::Rare;
use crate::model::value::{Path, Value};
use crate::resource::schema::Strength;

use super::Address;

/// What a manifest declares.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its identity.
    pub address: Address,
    /// The declared fields, checked, with aliases resolved and empty fields left out. May hold secrets.
    pub spec: Arc<Value>,
    /// What the fields name, in the order of the table.
    pub references: Vec<ReferenceTo>,
    /// What `metadata.annotations` asks of nautform.
    pub annotations: Annotations,
    /// The whole document.
    pub span: Span,
    /// The place of the name.
    pub name_span: Span,
    /// The place of the product's name, if it lives in a product.
    pub product_span: Option<Span>,
    /// The place of the field that the owner bounds, if it has one and it was written.
    pub bounded: Option<Span>,
    /// The manifest file, relative to the root of its fleet.
    pub file: Option<SmolStr>,
}

impl Resource {
    /// What it only names: the server never looks it up, so that it may be created, changed or missing at any
    /// time.
    pub(crate) fn mentions(&self) -> BTreeSet<&Address> {
        let of = |strength| {
            let named = self.references.iter().filter(move |named| named.strength == strength);
            named.map(|named| &named.address)
        };
        if of(Strength::Soft).next().is_none() {
            return BTreeSet::new();
        }
        let needed: BTreeSet<&Address> = of(Strength::Hard).collect();
        of(Strength::Soft).filter(|mention| !needed.contains(mention)).collect()
    }
}

/// A field that names another object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceTo {
    /// The object named.
    pub address: Address,
    /// The field.
    pub path: Path,
    /// Where the name is written.
    pub span: Span,
    /// Whether it must exist.
    pub strength: Strength,
}

/// How nautform treats an object (`nautform.dev/…`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// `prevent-destroy: "true"`: never delete or replace it.
    pub prevent_destroy: bool,
    /// `deletion-policy: orphan`: when the manifest is removed, stop managing the object without deleting it.
    pub orphan: bool,
    /// `ignore-fields`: neither compared nor changed.
    pub ignore_fields: Rare<Vec<Path>>,
}

/// What the API answers or Git has, in the manifest's vocabulary. Fields that the server filled in are all
/// there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Its identity.
    pub address: Address,
    /// The live fields; shared, since plans refer to it.
    pub spec: Arc<Value>,
    /// Whether all that is stored is among them, and not only what replies show.
    pub is_whole: bool,
}

impl Observed {
    /// An object as a reply shows it.
    pub fn replied(address: Address, spec: Arc<Value>) -> Self {
        Self { address, spec, is_whole: false }
    }

    /// An object as it is stored.
    pub(crate) fn stored(address: Address, spec: Arc<Value>) -> Self {
        Self { address, spec, is_whole: true }
    }
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its identity.
    pub address: Address,
    /// Its fields, without secrets.
    pub spec: Arc<Value>,
    /// Whether it is in the state.
    pub managed: bool,
}

/// What the state holds of an object after applying or adopting it. Holds no secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The declared fields as they were applied, without secrets; shared with the manifest that says the same.
    pub applied: Arc<Value>,
    /// A keyed hash (hex) of each secret that was sent, by field.
    pub hashes: Rare<BTreeMap<Path, String>>,
    /// Fields that the server never returns, and that were declared when the object was adopted: a keyed hash
    /// of each value. nautform has never sent them, so it is not known whether the server has the same.
    pub unsent: Rare<BTreeMap<Path, String>>,
    /// Whether the object was adopted and not written since: fields that the server never returns may be set
    /// there, whether they were declared or not.
    pub adopted: bool,
    /// Of fields that the server returned in another form right after they were written: that form. As long as
    /// it stays so, it is not a change.
    pub returned: Rare<BTreeMap<Path, Value>>,
    /// What it referred to or needed, so that deletes can be ordered after the manifest is gone.
    pub references: Vec<Address>,
    /// `prevent-destroy` at the last apply: removing the manifest does not lift it.
    pub prevent_destroy: bool,
    /// `deletion-policy: orphan` at the last apply.
    pub orphan: bool,
    /// The manifest file it came from, relative to the directory.
    pub source: Option<SmolStr>,
}

impl Record {
    /// The record once all fields are sent.
    pub(crate) fn sent(mut self) -> Self {
        let unsent = std::mem::take(&mut self.unsent);
        self.adopted = false;
        // What is not a secret is among the applied fields already.
        let is_secret = |path: &Path| self.applied.at(path).is_none();
        let unsent = unsent.into_inner().into_iter().filter(|(path, _)| is_secret(path));
        let mut hashes = self.hashes.into_inner();
        hashes.extend(unsent);
        self.hashes = hashes.into();
        self
    }
}
