//! Manifest to spec: turns located nodes into checked values, driven by a kind's table; all diagnostics at
//! once.
//!
//! Invariant: a value that comes out without an error has only fields of its table, under their canonical
//! names, of the right types, and none that is empty. Secret text never gets into a diagnostic.

mod errors;
mod former;
mod located;
mod scalar;
mod secret;
mod walk;

pub(crate) use located::Located;
pub(crate) use scalar::{placeholder, truth};
pub(crate) use secret::{SecretProblem, SecretSource, is_path};

use crate::model::diagnostic::Diagnostics;
use crate::model::value::{Secret, Value};

use super::{Kind, Node, NodeValue, Type};

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
    let mut walk = walk::Walk { kind, spec, secrets, diagnostics: &mut found, unfilled: false };
    let mut value = walk.root(spec);
    let broken = walk.unfilled || found.has_errors();
    let catalogue = secrets.catalogue();
    let catalogue = catalogue.as_deref();
    (kind.complete)(&mut value, catalogue);
    if !broken {
        let text = secrets.source(spec.span.file);
        let located = Located { catalogue, text, ..Located::new(name, &value, kind.attributes, spec) };
        kind.rules.iter().for_each(|rule| rule(&located, &mut found));
        if secrets.has_secret_variables() {
            conceal(Type::Object(kind.attributes), spec, &mut value, secrets);
        }
    }
    diagnostics.append(found);
    (!broken).then_some(value)
}

/// Makes secrets of the texts that hold a secret variable, once no rule looks at them any more.
fn conceal(ty: Type, node: &Node, value: &mut Value, secrets: &dyn SecretSource) {
    match (ty, &node.value, value) {
        (Type::Object(fields), NodeValue::Mapping(entries), Value::Map(map)) => {
            for entry in entries {
                let field = fields.iter().find(|field| field.answers_to(&entry.key));
                if let Some((field, value)) = field.and_then(|field| Some((field, map.get_mut(field.name)?)))
                {
                    conceal(field.ty, &entry.value, value, secrets);
                }
            }
        }
        (Type::Map { value: item, .. }, NodeValue::Mapping(entries), Value::Map(map)) => {
            for entry in entries {
                let value = map.get_mut(&entry.key).into_iter();
                value.for_each(|value| conceal(item.ty, &entry.value, value, secrets));
            }
        }
        (Type::List(item) | Type::Set(item), NodeValue::Sequence(nodes), Value::List(items)) => {
            nodes.iter().zip(items).for_each(|(node, value)| conceal(item.ty, node, value, secrets));
        }
        (Type::String, NodeValue::Scalar { .. }, value @ Value::String(_))
            if secrets.is_secret(node.span) =>
        {
            *value = Value::Secret(Secret::new(value.expose().to_owned()));
        }
        _ => {}
    }
}
