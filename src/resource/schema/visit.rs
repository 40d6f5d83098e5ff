//! Walks over the types of a table: what is inside of a field, without a `match` at every place that looks
//! for it.

use crate::model::value::{Path, Segment};

use super::{Attribute, Kind, Type};

impl Type {
    /// The item of a list, a set or a map.
    pub const fn item(self) -> Option<&'static Attribute> {
        match self {
            Self::List(item) | Self::Set(item) | Self::Map { value: item, .. } => Some(item),
            Self::String | Self::Bool | Self::Enum(_) | Self::Secret | Self::Object(_) => None,
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
    let Segment::Name(name) = first else { return None };
    let mut found = kind.attributes.iter().find(|attribute| attribute.name == name)?;
    for segment in rest {
        found = match (found.ty, segment) {
            (Type::Object(fields), Segment::Name(name)) => {
                fields.iter().find(|attribute| attribute.name == name)?
            }
            (Type::Map { value, .. }, Segment::Name(_)) => value,
            (Type::List(item) | Type::Set(item), Segment::Index(_)) => item,
            _ => return None,
        };
    }
    Some(found)
}
