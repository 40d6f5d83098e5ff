//! What a spec names, read off its kind's table.

use crate::model::value::{Name, Path, Segment, Value};
use crate::resource::kinds;
use crate::resource::schema::{Attribute, Reference, Strength, Type};

use super::Address;

/// A field that names another object, without its place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The object named.
    pub address: Address,
    /// The field.
    pub path: Path,
    /// Whether it must exist.
    pub strength: Strength,
}

/// Every object that the fields of `spec` name, in the order of the table. Empty names and names of unknown
/// kinds are none.
pub(crate) fn references(address: &Address, spec: &Value) -> Vec<Named> {
    let mut walk = Walk { address, path: Path::root(), found: Vec::new() };
    walk.fields(address.kind().attributes, spec);
    walk.found
}

struct Walk<'a> {
    address: &'a Address,
    path: Path,
    found: Vec<Named>,
}

impl Walk<'_> {
    fn fields(&mut self, attributes: &'static [Attribute], spec: &Value) {
        for attribute in attributes {
            let Some(value) = spec.get(attribute.name) else { continue };
            self.path.push(Segment::Name(Name::known(&attribute.name)));
            self.value(attribute, value);
            self.path.pop();
        }
    }

    fn value(&mut self, attribute: &'static Attribute, value: &Value) {
        if attribute.ignored.is_some() || attribute.computed {
            return;
        }
        match attribute.ty {
            Type::Object(fields) => self.fields(fields, value),
            Type::List(item) | Type::Set(item) => {
                for (index, inner) in value.items().iter().enumerate() {
                    self.path.push(Segment::Index(index));
                    self.value(item, inner);
                    self.path.pop();
                }
            }
            Type::Map { value: item, .. } => {
                for (key, inner) in value.members().iter() {
                    self.path.push(Segment::Name(*key));
                    self.note(attribute.keys_refer_to, key);
                    self.value(item, inner);
                    self.path.pop();
                }
            }
            Type::String | Type::Enum(_) => {
                self.note(attribute.refers_to, value.as_str().unwrap_or_default());
            }
            Type::Bool | Type::Secret => {}
        }
    }

    fn note(&mut self, reference: Option<Reference>, name: &str) {
        let Some(reference) = reference.filter(|_| !name.is_empty()) else { return };
        let target = kinds::find(reference.kind).and_then(|kind| Address::sibling(self.address, kind, name));
        if let Some(address) = target {
            self.found.push(Named { address, path: self.path.clone(), strength: reference.strength });
        }
    }
}
