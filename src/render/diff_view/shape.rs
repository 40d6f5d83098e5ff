//! A kind's table for a value: its type, its members in the order people expect, its leaves.

use crate::model::value::{Name, Path, Segment, Value};
use crate::resource::schema::{Attribute, Kind, Type};

/// Shown in place of a secret.
pub(super) const SENSITIVE: &str = "(sensitive value)";

/// The table's entry for a value; `None` where the table says nothing.
pub(in crate::render) type Shape = Option<&'static Attribute>;

/// Whether a value must not be shown.
pub(in crate::render) const fn is_secret(shape: Shape, value: &Value) -> bool {
    matches!(value, Value::Secret(_)) || matches!(shape, Some(Attribute { ty: Type::Secret, .. }))
}

/// The table's entry for the items of a list, and for the values of a map without fields of its own.
pub(in crate::render) const fn item(shape: Shape) -> Shape {
    match shape {
        Some(Attribute {
            ty: Type::List(item) | Type::Set(item) | Type::Map { value: item, .. }, ..
        }) => Some(item),
        _ => None,
    }
}

/// Whether the order of the items means nothing.
pub(super) const fn is_set(shape: Shape) -> bool {
    matches!(shape, Some(Attribute { ty: Type::Set(_), .. }))
}

/// The members of a map that are not empty and not computed: in the order of the table, then by name.
pub(super) fn members(shape: Shape, value: &Value) -> Vec<(&str, Shape, &Value)> {
    let Some(map) = value.as_map() else { return Vec::new() };
    let table: &'static [Attribute] = match shape {
        Some(Attribute { ty: Type::Object(fields), .. }) => fields,
        _ => &[],
    };
    let own = table.iter().filter(|field| is_own(field));
    let known = own.filter_map(|field| Some((field.name, Some(field), map.get(field.name)?)));
    let others = map.iter().filter(|(name, _)| !table.iter().any(|field| field.name == *name));
    known
        .chain(others.map(|(name, value)| (name.as_str(), item(shape), value)))
        .filter(|(_, _, value)| !value.is_empty())
        .collect()
}

/// The field that identifies an item of a list: the first required one.
pub(super) fn identity(item: Shape) -> Option<&'static str> {
    let Some(Attribute { ty: Type::Object(fields), .. }) = item else { return None };
    fields
        .iter()
        .find(|field| field.required && matches!(field.ty, Type::String | Type::Enum(_)))
        .map(|field| field.name)
}

/// A field that is shown on a line, or in a block, of its own.
pub(super) struct Field<'a> {
    /// Where it is.
    pub(super) path: Path,
    /// Its entry in the table.
    pub(super) shape: Shape,
    /// What it holds.
    pub(super) value: &'a Value,
}

/// The fields of a spec in the order of the table, without empty ones and without what the server computes.
/// Objects stay whole; those that hold a single thing, or nothing but objects, are taken apart.
pub(super) fn whole<'a>(kind: &'static Kind, spec: &'a Value) -> Vec<Field<'a>> {
    let mut walk = Whole { path: Path::root(), found: Vec::new() };
    walk.fields(kind.attributes, spec);
    walk.found
}

struct Whole<'a> {
    path: Path,
    found: Vec<Field<'a>>,
}

impl<'a> Whole<'a> {
    fn fields(&mut self, attributes: &'static [Attribute], spec: &'a Value) {
        for attribute in attributes.iter().filter(|attribute| is_own(attribute)) {
            if let Some(value) = spec.get(attribute.name) {
                self.field(attribute.name, Some(attribute), value);
            }
        }
    }

    fn field(&mut self, name: &str, shape: Shape, value: &'a Value) {
        if value.is_empty() {
            return;
        }
        let known = shape.filter(|attribute| attribute.name == name);
        let name = known.map_or_else(|| name.into(), |attribute| Name::known(&attribute.name));
        self.path.push(Segment::Name(name));
        let inner = members(shape, value);
        let objects = inner.iter().all(|(.., value)| matches!(value, Value::Map(_)));
        if !inner.is_empty() && (inner.len() == 1 || objects) {
            inner.into_iter().for_each(|(name, shape, value)| self.field(name, shape, value));
        } else {
            self.found.push(Field { path: self.path.clone(), shape, value });
        }
        self.path.pop();
    }
}

/// Whether the field is set by manifests.
const fn is_own(attribute: &Attribute) -> bool {
    !attribute.computed && attribute.ignored.is_none()
}
