//! Which parts of a request's body are secret, so that they can be removed from the reply.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::model::value::Secret;
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Type, visit};

/// A word of so many characters is a key or a token.
const LONG: usize = 16;

/// The secrets of a body, as they are sent, as they were before base64, and the keys and tokens in them.
pub(super) fn of_body(body: &[u8]) -> Vec<Secret> {
    let Ok(body) = serde_json::from_slice(body) else { return Vec::new() };
    let mut texts = Vec::new();
    collect(&body, &fields(), &mut texts);
    let mut found = Vec::new();
    for text in texts {
        found.push(text.clone());
        let plain = decoded(&text).unwrap_or(text);
        let decoded: Vec<String> = words(&plain).filter_map(decoded).collect();
        // A key in base64 is lines of base64 itself.
        found.extend(words(&plain).chain(decoded.iter().flat_map(|text| words(text))).map(str::to_owned));
        found.extend(values(&plain).map(str::to_owned));
        found.push(plain);
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(Secret::new).collect()
}

/// The names of the fields that hold secrets.
fn fields() -> Vec<&'static str> {
    let mut found = Vec::new();
    for kind in KINDS {
        visit(kind.attributes, &mut |attribute| {
            if matches!(attribute.ty.item().unwrap_or(attribute).ty, Type::Secret) {
                found.push(attribute.wire_name());
            }
        });
    }
    found
}

fn collect(value: &Json, fields: &[&str], found: &mut Vec<String>) {
    match value {
        Json::Object(members) => {
            for (name, value) in members {
                match value {
                    Json::String(text) if fields.contains(&name.as_str()) => found.push(text.clone()),
                    value => collect(value, fields, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, fields, found)),
        _ => {}
    }
}

fn decoded(text: impl AsRef<str>) -> Option<String> {
    let compact: String = text.as_ref().split_whitespace().collect();
    String::from_utf8(STANDARD.decode(compact).ok()?).ok()
}

/// Words that are long enough for a key or a token.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    text.split(move |c| !is_part(c)).filter(|word| word.len() >= LONG && !word.contains("//"))
}

/// The values of the keys of a kubeconfig that are secrets, however short.
fn values(text: &str) -> impl Iterator<Item = &str> {
    let is_secret = |key: &str| {
        let key = key.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
        ["token", "password", "secret", "-data", "key"].iter().any(|end| key.ends_with(end))
    };
    let pairs = text.split(['\n', ',', '{', '}']).filter_map(|line| line.split_once(':'));
    let values = pairs.filter(move |(key, _)| is_secret(key)).map(|(_, value)| value);
    values.map(|value| value.trim().trim_matches(['"', '\''])).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Redactor;

    #[test]
    fn kubeconfig_is_secret_as_a_whole_and_in_its_parts() {
        let key = STANDARD.encode(format!("-----BEGIN KEY-----\n{}\n-----END KEY-----\n", "aB3x".repeat(16)));
        let kubeconfig = format!(
            "clusters: [{{cluster: {{server: 'https://10.0.0.1'}}}}]\nusers:\n- user:\n    token: short-token\n    \
             client-key-data: {key}\n"
        );
        let body = serde_json::json!({"name": "a", "kubeconfig": STANDARD.encode(&kubeconfig)}).to_string();
        let redactor = Redactor::new(&of_body(body.as_bytes()));
        for quoted in
            [&*body, &body[..120], &kubeconfig, &key, "no token short-token here", &"aB3x".repeat(16)]
        {
            let shown = redactor.text(quoted);
            for secret in ["short-token", "aB3xaB3x", &key[..20], &STANDARD.encode(&kubeconfig)[..20]] {
                assert!(!shown.contains(secret), "{secret} in {shown}");
            }
        }
        assert_eq!(redactor.text("cannot reach https://10.0.0.1"), "cannot reach https://10.0.0.1");
        assert!(of_body(b"{\"name\": \"a\"}").is_empty() && of_body(b"not JSON").is_empty());
    }
}
