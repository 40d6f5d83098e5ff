//! `field_selector` (§1.2): its grammar, its operators, its errors. Knows no kind.

use serde_json::Value as Json;

use crate::sandbox::api::{ApiError, go_bool};

/// How a key is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// The field contains the value.
    Contains,
    /// The field equals the value.
    Equals,
}

/// The keys that a kind supports, each with the path of its field in a reply.
pub(crate) type Keys = &'static [(&'static str, &'static str, Test)];

/// Whether an object passes, by its reply. Errors exist only when an object is tested, so an empty list never
/// fails.
pub(crate) fn matches(selector: &str, keys: Keys, reply: &Json) -> Result<bool, ApiError> {
    for term in selector.split(',') {
        let (key, operator, value) = split(term, selector)?;
        let known = keys.iter().find(|(name, ..)| *name == key).filter(|_| operator == "=");
        let (_, path, test) = known.ok_or_else(|| {
            ApiError::plain(format!(
                "failed to get selector, the filter field {key} operator symbol {operator} is not supported"
            ))
        })?;
        if !passes(reply, path, *test, value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Key, operator and value. The operator is the first run of symbols, so a value cannot begin with one.
fn split<'t>(term: &'t str, selector: &str) -> Result<(&'t str, &'t str, &'t str), ApiError> {
    let symbol = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | ' '));
    let start = term
        .find(symbol)
        .ok_or_else(|| ApiError::plain(format!("this operation symbol is not supported: {term}")))?;
    let length = term[start..].find(|c| !symbol(c)).unwrap_or(term.len() - start);
    let (key, rest) = term.split_at(start);
    let (operator, value) = rest.split_at(length);
    if value.contains(operator) {
        return Err(ApiError::plain(format!("the parameter {selector} is wrong, eg: key=value")));
    }
    Ok((key, operator, value))
}

/// Whether the field at a path passes; of a list, one of its items.
fn passes(reply: &Json, path: &str, test: Test, value: &str) -> Result<bool, ApiError> {
    let failed = |why: &str| ApiError::plain(format!("failed to match resource, err: {why}"));
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let items = reply[name].as_array().map_or(std::slice::from_ref(&reply[name]), Vec::as_slice);
    for field in items {
        let passes = match field {
            field if !rest.is_empty() => passes(field, rest, test, value)?,
            Json::Object(_) => {
                return Err(failed("inconsistent data type, expected is 'String', but now is 'struct'"));
            }
            Json::Bool(field) => {
                let why = || failed(&format!("match value must be a Boolean value: {value}"));
                *field == go_bool(value).ok_or_else(why)?
            }
            field if test == Test::Equals => field == value,
            field => field.as_str().is_some_and(|text| text.contains(value)),
        };
        if passes {
            return Ok(true);
        }
    }
    Ok(false)
}
