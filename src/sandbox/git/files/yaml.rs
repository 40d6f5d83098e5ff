//! YAML as Go's library writes it: sorted keys, sequences not indented, quotes where a text would be read as
//! something else.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value as Json;

/// The document.
pub(in crate::sandbox::git) fn write(value: &Json) -> String {
    let mut text = String::new();
    block(&mut text, value, 0);
    text
}

fn block(text: &mut String, value: &Json, indent: usize) {
    match value {
        Json::Object(members) => {
            let members: BTreeMap<&String, &Json> = members.iter().collect();
            for (index, (name, value)) in members.into_iter().enumerate() {
                // The first key follows a dash or the end of a line.
                if index > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                let _ = write!(text, "{}:", scalar(name));
                inner(text, value, indent);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                text.push_str("- ");
                match item {
                    Json::Object(members) if !members.is_empty() => block(text, item, indent + 2),
                    other => {
                        let _ = writeln!(text, "{}", leaf(other));
                    }
                }
            }
        }
        other => {
            let _ = writeln!(text, "{}", leaf(other));
        }
    }
}

/// The value of a key.
fn inner(text: &mut String, value: &Json, indent: usize) {
    let nested = match value {
        Json::Object(members) if !members.is_empty() => indent + 2,
        Json::Array(items) if !items.is_empty() => indent,
        other => {
            let _ = writeln!(text, " {}", leaf(other));
            return;
        }
    };
    text.push('\n');
    text.push_str(&" ".repeat(nested));
    block(text, value, nested);
}

fn leaf(value: &Json) -> String {
    match value {
        Json::String(text) => scalar(text),
        Json::Object(_) => "{}".to_owned(),
        Json::Array(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

/// A text, in quotes if it is not plain or would be read as something else.
fn scalar(text: &str) -> String {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"];
    let is_word = words.contains(&text.to_ascii_lowercase().as_str());
    let plain = |c: char| c.is_alphanumeric() || " _-./:*,()+@=".contains(c);
    let begins = text.starts_with(|c: char| c.is_alphanumeric() || c == '/' || c == '_' || c == '.');
    let is_number =
        text.replace('_', "").parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o");
    let is_date =
        text.len() >= 10 && text.as_bytes()[4] == b'-' && text.starts_with(|c: char| c.is_ascii_digit());
    let has_mark = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    if begins && text.chars().all(plain) && !is_word && !is_number && !is_date && !has_mark {
        text.to_owned()
    } else {
        // JSON's strings are YAML's.
        Json::from(text).to_string()
    }
}
