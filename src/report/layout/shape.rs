//! What a kind's table says about a value: its type, its members in the order people expect, its leaves.

use crate::schema::{Attribute, Kind, Type};
use crate::value::{Path, Segment, Value};

/// What stands for a secret.
pub(super) const SENSITIVE: &str = "(sensitive value)";

/// The table's entry for a value; `None` where the table says nothing.
pub(in crate::report) type Shape = Option<&'static Attribute>;

/// What the table says about the value at a path.
pub(in crate::report) fn at(kind: &'static Kind, path: &Path) -> Shape {
    let (first, rest) = path.segments().split_first()?;
    let Segment::Name(name) = first else { return None };
    let mut shape = kind.attributes.iter().find(|attribute| attribute.name == name)?;
    for segment in rest {
        shape = match (shape.ty, segment) {
            (Type::Object(fields), Segment::Name(name)) => {
                fields.iter().find(|attribute| attribute.name == name)?
            }
            (Type::Map { value, .. }, Segment::Name(_)) => value,
            (Type::List(item) | Type::Set(item), Segment::Index(_)) => item,
            _ => return None,
        };
    }
    Some(shape)
}

/// Whether a value must not be shown.
pub(in crate::report) const fn is_secret(shape: Shape, value: &Value) -> bool {
    matches!(value, Value::Secret(_)) || matches!(shape, Some(Attribute { ty: Type::Secret, .. }))
}

/// What the table says about the items of a list.
pub(super) const fn item(shape: Shape) -> Shape {
    match shape {
        Some(Attribute { ty: Type::List(item) | Type::Set(item), .. }) => Some(item),
        _ => None,
    }
}

/// Whether the order of the items means nothing.
pub(super) const fn is_set(shape: Shape) -> bool {
    matches!(shape, Some(Attribute { ty: Type::Set(_), .. }))
}

/// The members of a map that are not empty: in the order of the table, then by name.
pub(super) fn members(shape: Shape, value: &Value) -> Vec<(&str, Shape, &Value)> {
    let Some(map) = value.as_map() else { return Vec::new() };
    let table: &'static [Attribute] = match shape {
        Some(Attribute { ty: Type::Object(fields), .. }) => fields,
        _ => &[],
    };
    let known = table.iter().filter_map(|field| Some((field.name, Some(field), map.get(field.name)?)));
    let others = map.iter().filter(|(name, _)| !table.iter().any(|field| field.name == *name));
    let inner = match shape {
        Some(Attribute { ty: Type::Map { value, .. }, .. }) => Some(*value),
        _ => None,
    };
    known
        .chain(others.map(|(name, value)| (name.as_ref(), inner, value)))
        .filter(|(_, _, value)| !value.is_empty())
        .collect()
}

/// The field that tells the items of a list apart: the first one that must be given.
pub(super) fn identity(item: Shape) -> Option<&'static str> {
    let Some(Attribute { ty: Type::Object(fields), .. }) = item else { return None };
    fields
        .iter()
        .find(|field| field.required && matches!(field.ty, Type::String | Type::Enum(_)))
        .map(|field| field.name)
}

/// A field that is compared and shown on its own.
pub(super) struct Leaf<'a> {
    /// Where it is.
    pub(super) path: Path,
    /// What the table says about it.
    pub(super) shape: Shape,
    /// What it holds.
    pub(super) value: &'a Value,
}

/// The fields of a spec in the order of the table, as finely as a comparison tells them apart; without empty ones and without
/// what the server computes.
pub(super) fn leaves<'a>(kind: &'static Kind, spec: &'a Value) -> Vec<Leaf<'a>> {
    let mut walk = Leaves { path: Path::root(), found: Vec::new() };
    walk.fields(kind.attributes, spec);
    walk.found
}

struct Leaves<'a> {
    path: Path,
    found: Vec<Leaf<'a>>,
}

impl<'a> Leaves<'a> {
    fn fields(&mut self, attributes: &'static [Attribute], spec: &'a Value) {
        for attribute in attributes {
            let Some(value) = spec.get(attribute.name) else { continue };
            if !attribute.computed && attribute.ignored.is_none() {
                self.field(attribute.name.into(), attribute, value);
            }
        }
    }

    fn field(&mut self, name: crate::value::Name, attribute: &'static Attribute, value: &'a Value) {
        self.path.push(Segment::Name(name));
        if !value.is_empty() {
            match (attribute.ty, value) {
                (Type::Object(fields), _) => self.fields(fields, value),
                (Type::Map { value: item, .. }, Value::Map(map)) => {
                    map.iter().for_each(|(key, inner)| self.field(key.clone(), item, inner));
                }
                _ => self.found.push(Leaf { path: self.path.clone(), shape: Some(attribute), value }),
            }
        }
        self.path.pop();
    }
}
