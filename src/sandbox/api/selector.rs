//! `field_selector` (§1.2): its grammar, its operators, its errors. Knows no kind.

use crate::sandbox::api::error::ApiError;

/// How a key is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// The field contains the value.
    Contains,
    /// The field equals the value.
    Equals,
    /// The field is a boolean.
    Boolean,
}

/// A field of the object that is tested.
pub(crate) enum Field<'a> {
    Text(&'a str),
    Texts(Vec<&'a str>),
    Bool(bool),
    /// A nested object: always an error, e.g. `destination`.
    Struct,
}

/// The keys that a kind supports.
pub(crate) type Keys = &'static [(&'static str, Test)];

/// Whether the object passes. Errors exist only when an object is tested, so an empty list never fails.
pub(crate) fn matches<'a>(
    selector: Option<&str>,
    keys: Keys,
    field: impl Fn(&str) -> Field<'a>,
) -> Result<bool, ApiError> {
    let Some(selector) = selector else { return Ok(true) };
    for term in selector.split(',') {
        let (key, operator, value) = split(term, selector)?;
        let test =
            keys.iter().find(|(name, _)| *name == key).filter(|_| operator == "=").ok_or_else(|| {
                ApiError::plain(format!(
                    "failed to get selector, the filter field {key} operator symbol {operator} is not \
                     supported"
                ))
            })?;
        if !passes(&field(key), test.1, value)? {
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

fn passes(field: &Field<'_>, test: Test, value: &str) -> Result<bool, ApiError> {
    let compare = |text: &str| if test == Test::Equals { text == value } else { text.contains(value) };
    match (field, test) {
        (Field::Text(text), _) => Ok(compare(text)),
        (Field::Texts(texts), _) => Ok(texts.iter().any(|text| compare(text))),
        (Field::Bool(field), _) => match value {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(*field),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(!field),
            _ => Err(ApiError::plain(format!(
                "failed to match resource, err: match value must be a Boolean value: {value}"
            ))),
        },
        (Field::Struct, _) => Err(ApiError::plain(
            "failed to match resource, err: inconsistent data type, expected is 'String', but now is \
             'struct'",
        )),
    }
}
