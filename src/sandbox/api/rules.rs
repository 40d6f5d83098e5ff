//! Texts of violated proto rules: only the first one is reported, in declaration order (§2.2).

use crate::sandbox::api::ApiError;

pub(crate) const MIN_LENGTH: &str = "value length must be at least 1 runes";
pub(crate) const REQUIRED: &str = "value is required";
pub(crate) const MIN_ITEMS: &str = "value must contain at least 1 item(s)";

/// The chain of messages down to the field, outermost first, and the rule that failed.
pub(crate) fn violation(chain: &[&str], rule: &str) -> ApiError {
    let last = chain.len().saturating_sub(1);
    let parts: Vec<String> = chain
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let why = if index == last { rule } else { "embedded message failed validation" };
            format!("invalid {field}: {why}")
        })
        .collect();
    ApiError::new(400, "VALIDATOR", parts.join(" | caused by: "))
}

/// Fails if the string is empty.
pub(crate) fn min_length(value: &str, chain: &[&str]) -> Result<(), ApiError> {
    if value.is_empty() { Err(violation(chain, MIN_LENGTH)) } else { Ok(()) }
}

/// Fails if the string is none of the listed ones.
pub(crate) fn one_of(value: &str, allowed: &[&str], chain: &[&str]) -> Result<(), ApiError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(violation(chain, &format!("value must be in list [{}]", allowed.join(" "))))
}

/// Fails if the list is empty.
pub(crate) fn min_items<T>(items: &[T], chain: &[&str]) -> Result<(), ApiError> {
    if items.is_empty() { Err(violation(chain, MIN_ITEMS)) } else { Ok(()) }
}
