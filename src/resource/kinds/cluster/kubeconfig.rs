//! Kubeconfigs: what the server demands of them, how it can read them (§3.2 steps 5 and 7), and when two are
//! the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;

#[derive(Deserialize)]
struct Kubeconfig {
    #[serde(default)]
    clusters: Vec<IgnoredAny>,
    #[serde(default)]
    users: Vec<IgnoredAny>,
}

/// It must be YAML with at least one cluster and one user. The error says nothing of the content.
pub(super) fn check(text: &str) -> Result<(), String> {
    let Ok(kubeconfig) = serde_yaml::from_str::<Kubeconfig>(text) else {
        return Err("is not a kubeconfig: it can't be read as YAML with clusters and users".into());
    };
    match (kubeconfig.clusters.is_empty(), kubeconfig.users.is_empty()) {
        (true, _) => Err("is not a usable kubeconfig: it has no cluster".into()),
        (_, true) => Err("is not a usable kubeconfig: it has no user".into()),
        _ => Ok(()),
    }
}

/// What it says, whatever its layout: YAML or JSON, comments, line breaks, the order of keys and the wrapping
/// of base64 do not count. Lists keep their order.
pub(super) fn content(text: &str) -> Option<SecretString> {
    let kubeconfig: Json = serde_yaml::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let mut canonical = String::new();
    write(&kubeconfig, false, &mut canonical);
    kubeconfig.is_object().then(|| SecretString::from(canonical))
}

/// JSON with sorted keys.
fn write(value: &Json, is_base64: bool, into: &mut String) {
    match value {
        Json::Object(members) => {
            let mut sorted: Vec<(&String, &Json)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            into.push('{');
            for (key, value) in sorted {
                into.push_str(&Json::from(key.as_str()).to_string());
                into.push(':');
                // certificate-authority-data, client-certificate-data, client-key-data
                write(value, key.ends_with("-data"), into);
                into.push(',');
            }
            into.push('}');
        }
        Json::Array(items) => {
            into.push('[');
            for item in items {
                write(item, false, into);
                into.push(',');
            }
            into.push(']');
        }
        Json::String(text) if is_base64 => {
            let unwrapped: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            into.push_str(&Json::from(unwrapped).to_string());
        }
        scalar => into.push_str(&scalar.to_string()),
    }
}

/// Unwrapped standard base64 is the one form that the server always recognises.
pub(super) fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const TEXT: &str = "apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster:\n    server: https://a\n    \
        certificate-authority-data: QUJD\nusers: [{name: a, user: {token: '0123'}}]\n";

    fn text(text: &str) -> Option<String> {
        content(text).map(|content| content.expose_secret().to_owned())
    }

    #[test]
    fn content_is_the_same_in_every_layout() {
        let known = text(TEXT);
        assert!(known.is_some());
        let others = [
            format!("# renewed by ops\n---\n{TEXT}\n\n"),
            TEXT.replace('\n', "\r\n"),
            format!("\u{feff}{}", TEXT.trim_end()),
            TEXT.replace("QUJD", "|\n      QU\n      JD"),
            TEXT.replace("'0123'", "\"0123\""),
            r#"{"users": [{"user": {"token": "0123"}, "name": "a"}], "kind": "Config", "apiVersion": "v1",
                "clusters": [{"name": "a", "cluster": {"certificate-authority-data": "QU\nJD",
                "server": "https://a"}}]}"#
                .to_owned(),
        ];
        for other in others {
            assert_eq!(text(&other), known, "{other}");
        }
    }

    #[test]
    fn content_differs_where_a_value_does() {
        for other in [
            TEXT.replace("https://a", "https://b"),
            TEXT.replace("0123", "0124"),
            TEXT.replace("'0123'", "123"),
            TEXT.replace("QUJD", "QUJE"),
            format!("{TEXT}current-context: a\n"),
        ] {
            assert_ne!(text(&other), text(TEXT), "{other}");
        }
    }

    #[test]
    fn text_that_is_not_one_mapping_has_no_content_to_compare() {
        for other in ["", "a", "[a]", "a: [", "a: 1\n---\nb: 2\n"] {
            assert_eq!(text(other), None, "{other}");
        }
    }
}
