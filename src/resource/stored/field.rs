//! Stored values as values of a table's fields.

use std::collections::BTreeMap;

use crate::model::value::{Map, Name, Value};
use crate::resource::kinds;
use crate::resource::schema::{Attribute, Kept, Naming, Type};

use super::layout::Problem;
use super::yaml::Yaml;

/// What GitLab's numbers stand for.
pub(super) struct Numbers<'a> {
    /// The display names of the group's projects.
    pub(super) names: BTreeMap<u64, &'a str>,
    /// Numbers that were met and are not among them.
    pub(super) unknown: Vec<u64>,
}

/// The fields of an object: from its manifest (`spec`), and from the attributes that GitLab has of it.
pub(super) fn fields(
    attributes: &'static [Attribute],
    spec: Option<&Yaml<'_>>,
    gitlab: Option<&Value>,
    numbers: &mut Numbers<'_>,
) -> Result<Value, Problem> {
    let mut members: Vec<(Name, Value)> = Vec::new();
    let stored_names = attributes.iter().filter_map(|attribute| match attribute.kept {
        Kept::InManifest("") => Some(attribute.name),
        Kept::InManifest(name) => Some(name),
        Kept::InGitLab | Kept::Elsewhere => None,
    });
    if spec.is_some_and(|spec| spec.has_other_spelling(stored_names)) {
        return Err(Problem::Field);
    }
    for attribute in attributes.iter().filter(|attribute| attribute.ignored.is_none()) {
        let value = match attribute.kept {
            Kept::InManifest(name) => {
                let name = if name.is_empty() { attribute.name } else { name };
                match spec.and_then(|spec| spec.get(name)) {
                    Some(stored) => value(attribute, stored, numbers)?,
                    None => Value::Null,
                }
            }
            Kept::InGitLab => gitlab.map_or(Value::Null, |gitlab| kept_by_gitlab(attribute, gitlab)),
            Kept::Elsewhere => Value::Null,
        };
        // As in replies: what is unset is left out.
        if !value.is_empty() {
            members.push((Name::known(&attribute.name), value));
        }
    }
    Ok(Value::Map(members.into_iter().collect()))
}

fn value(
    attribute: &'static Attribute,
    stored: &Yaml<'_>,
    numbers: &mut Numbers<'_>,
) -> Result<Value, Problem> {
    if stored.is_null() {
        return Ok(Value::Null);
    }
    match (attribute.ty, stored) {
        (Type::Object(inner), Yaml::Mapping(_)) => fields(inner, Some(stored), None, numbers),
        (Type::List(item) | Type::Set(item), Yaml::Sequence(items)) => {
            let items = items.iter().map(|stored| value(item, stored, numbers));
            items.collect::<Result<_, _>>().map(Value::List)
        }
        (Type::Map { value: item, .. }, Yaml::Mapping(entries)) => {
            let members = entries
                .iter()
                .map(|(key, stored)| Ok((Name::from(key.as_ref()), value(item, stored, numbers)?)));
            members.collect::<Result<Map, _>>().map(Value::Map)
        }
        (Type::Bool, _) => stored.truth().map(Value::Bool).ok_or(Problem::Field),
        (Type::String | Type::Enum(_), _) => {
            let text = stored.text().ok_or(Problem::Field)?;
            name(attribute, text, numbers)
        }
        // Secrets are in no manifest.
        _ => Err(Problem::Field),
    }
}

/// A text, or if it stands for an object by a project's number, the name that replies show of that: the
/// project's display name.
fn name(attribute: &Attribute, text: &str, numbers: &mut Numbers<'_>) -> Result<Value, Problem> {
    let target = attribute.refers_to.and_then(|reference| kinds::find(reference.kind));
    let Some(Naming::Project { prefix, .. }) =
        target.and_then(|kind| kind.manifests).map(|place| place.naming)
    else {
        return Ok(Value::text(text));
    };
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let number = number(prefix, text).ok_or(Problem::Field)?;
    match numbers.names.get(&number) {
        Some(name) => Ok(Value::text(*name)),
        None => {
            numbers.unknown.push(number);
            Ok(Value::text(text))
        }
    }
}

/// The number behind a prefix, written as the server writes it.
pub(super) fn number(prefix: &str, text: &str) -> Option<u64> {
    let digits = text.strip_prefix(prefix)?;
    digits.parse().ok().filter(|number: &u64| number.to_string() == digits)
}

fn kept_by_gitlab(attribute: &'static Attribute, gitlab: &Value) -> Value {
    let Type::Object(inner) = attribute.ty else {
        return gitlab.get(attribute.name).cloned().unwrap_or_default();
    };
    let inner = inner.iter().filter(|field| field.ignored.is_none());
    let members = inner.map(|field| (Name::known(&field.name), kept_by_gitlab(field, gitlab)));
    Value::Map(members.filter(|(_, value)| !value.is_empty()).collect())
}
