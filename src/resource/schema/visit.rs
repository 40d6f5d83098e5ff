//! Walks over the types of a table: what is inside of a field, without a `match` at every place that looks
//! for it.

use crate::model::value::{Path, Segment};

use super::{Attribute, Kind, Scope, Strength, Type};

impl Type {
    /// The item of a list, a set or a map.
    pub const fn item(self) -> Option<&'static Attribute> {
        match self {
            Self::List(item) | Self::Set(item) | Self::Map { value: item, .. } => Some(item),
            Self::String | Self::Bool | Self::Enum(_) | Self::Secret | Self::Object(_) => None,
        }
    }

    /// What a step of a path leads to, under canonical names.
    pub fn part(self, step: &Segment) -> Option<&'static Attribute> {
        match (self, step) {
            (Self::Object(fields), Segment::Name(name)) => fields.iter().find(|field| field.name == name),
            (Self::Map { value, .. }, Segment::Name(_)) => Some(value),
            (Self::List(item) | Self::Set(item), Segment::Index(_)) => Some(item),
            _ => None,
        }
    }

    /// The fields of an object, or of the objects that are the items of a list, a set or a map.
    pub const fn fields(self) -> &'static [Attribute] {
        let mut ty = self;
        while let Some(item) = ty.item() {
            ty = item.ty;
        }
        match ty {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }
}

impl Kind {
    /// Whether a field of its objects can name one of `target` that must exist.
    pub(crate) fn refers_to(&self, target: &Self) -> bool {
        self.attributes.iter().any(|attribute| refers(attribute, target))
    }

    /// Whether its objects are neither products nor in one.
    pub(crate) fn is_outside_products(&self) -> bool {
        self.scope == Scope::Tenant && !self.is_owner
    }
}

fn refers(attribute: &Attribute, target: &Kind) -> bool {
    let named = [attribute.refers_to, attribute.keys_refer_to].into_iter().flatten();
    named.into_iter().any(|reference| reference.kind == target.name && reference.strength == Strength::Hard)
        || match attribute.ty {
            Type::Object(fields) => fields.iter().any(|field| refers(field, target)),
            Type::List(item) | Type::Set(item) | Type::Map { value: item, .. } => refers(item, target),
            Type::String | Type::Bool | Type::Enum(_) | Type::Secret => false,
        }
}

/// Visits all fields of a table and, after each, those inside of it. Items have no name of their own and are
/// not visited.
pub(crate) fn visit(attributes: &'static [Attribute], visitor: &mut impl FnMut(&'static Attribute)) {
    for attribute in attributes {
        visitor(attribute);
        visit(attribute.ty.fields(), visitor);
    }
}

/// The table's entry for the value at a path; `None` where the table says nothing.
pub(crate) fn attribute_at(kind: &'static Kind, path: &Path) -> Option<&'static Attribute> {
    let (first, rest) = path.segments().split_first()?;
    let first = Type::Object(kind.attributes).part(first);
    rest.iter().fold(first, |found, step| found?.ty.part(step))
}
