//! Manifest to spec: turns located nodes into checked values, driven by a kind's table; all diagnostics at
//! once.
//!
//! Invariant: a value that comes out without an error has only fields of its table, under their canonical
//! names, of the right types, and none that is empty. Secret text never gets into a diagnostic.

mod errors;
mod located;
mod scalar;
mod secret;
mod walk;

pub(crate) use located::Located;
pub(crate) use scalar::{placeholder, truth};
pub(crate) use secret::{SecretProblem, SecretSource};

use crate::model::diagnostic::Diagnostics;
use crate::model::value::Value;

use super::{Kind, Node};

/// Decodes the spec of an object. The object's name and product are in the same node and are skipped.
/// `None` if something is so wrong that rules about the whole can't be checked.
pub(crate) fn decode(
    kind: &'static Kind,
    name: &str,
    spec: &Node,
    secrets: &mut dyn SecretSource,
    diagnostics: &mut Diagnostics,
) -> Option<Value> {
    let mut found = Diagnostics::new();
    let mut walk = walk::Walk { kind, secrets, diagnostics: &mut found, unfilled: false };
    let mut value = walk.root(spec);
    let broken = walk.unfilled || found.has_errors();
    (kind.complete)(name, &mut value);
    if !broken {
        let located = Located::new(name, &value, kind.attributes, spec);
        kind.rules.iter().for_each(|rule| rule(&located, &mut found));
    }
    diagnostics.append(found);
    (!broken).then_some(value)
}
