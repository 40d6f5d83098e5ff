//! From the text of `nautform.yaml` to settings. Errors name keys and places, never values: somebody may have
//! written a token there.

use serde::Deserialize as _;
use serde_path_to_error::{Deserializer, Track};
use serde_yaml::Error;

use super::Settings;

/// Reads a text; the error is a sentence behind its place in the text.
pub(super) fn parse(text: &str) -> Result<Settings, String> {
    let mut track = Track::new();
    let read = serde_yaml::with_deserializer_from_str(text, |yaml| {
        Settings::deserialize(Deserializer::new(yaml, &mut track))
    });
    read.map_err(|error| {
        let place = error.location().map(|place| format!("{}:{}: ", place.line(), place.column()));
        format!("{}{}", place.unwrap_or_default(), reason(error.without_snippet(), &track.path().to_string()))
    })
}

/// What is wrong with the value of a key; `.` is the whole text.
fn reason(error: &Error, key: &str) -> String {
    // Of the second of two equal keys, the path ends before it is known.
    let parent = key.trim_end_matches('?').trim_end_matches('.');
    let below = |name: &str| if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
    match error {
        Error::SerdeUnknownField { expected, .. } => {
            format!("unknown setting {key}: expected one of {}", expected.join(", "))
        }
        Error::SerdeMissingField { field, .. } => format!("{} is missing", below(field)),
        Error::SerdeUnknownVariant { expected, .. } => {
            format!("{key}: expected one of {}", expected.join(", "))
        }
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            format!("{key}: expected {expected}")
        }
        Error::InvalidScalar { ty, .. } => format!("{key}: expected {ty}"),
        Error::DuplicateMappingKey { key: Some(name), .. } => format!("{} is set twice", below(name)),
        _ if key == "." => "it is not valid YAML".to_owned(),
        _ => format!("{key}: the value is not valid"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text).unwrap_err()
    }

    #[test]
    fn errors_name_keys_and_places_and_no_values() {
        let all = [
            "server: {url: http://x, token: canary}",
            "token: canary",
            "server:\n  lanes: canary",
            "apply: {parallelism: canary}",
            "server: canary",
            "moved:\n- {from: canary, to: Product/a}",
            "moved:\n- {from: Product/a}",
            "server: {url: a, url: canary}",
            "state: {lease: [canary]}",
            "server: [canary",
            "canary",
            "server: *canary",
            "a: &a [*a, canary]",
        ];
        let errors: Vec<String> = all.map(error).into();
        assert!(!errors.join("").contains("canary"), "{errors:#?}");
        insta::assert_snapshot!(errors.join("\n"), @"
        1:25: unknown setting server.token: expected one of url, caFile, lanes, rest, requestTimeout, maxRequestsPerSecond
        1:1: unknown setting token: expected one of server, apply, state, thresholds, moved, suppress, ignore
        2:10: server.lanes: expected one of shared, per-product
        1:22: apply.parallelism: expected u64
        1:9: server: the value is not valid
        2:10: moved[0].from: the value is not valid
        2:4: moved[0].to is missing
        1:18: server.url is set twice
        1:16: state.lease: the value is not valid
        1:9: server: the value is not valid
        1:1: it is not valid YAML
        1:9: it is not valid YAML
        1:1: unknown setting a: expected one of server, apply, state, thresholds, moved, suppress, ignore
        ");
    }
}
