//! Every message that was seen on a real server has a class that was chosen: a new recording changes the list
//! in `testdata/replies/classes.txt`, which is reviewed by eye.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::*;
use crate::resource::kinds::KINDS;

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// The recorded replies, and those that were noted down: where two requests collide, both.
fn exchanges() -> Vec<Json> {
    let directory = std::fs::read_dir(testdata("recordings")).unwrap();
    let mut files: Vec<PathBuf> = directory.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.push(testdata("replies/noted.jsonl"));
    let lines = |file: PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Json>>()
    };
    files.into_iter().flat_map(lines).collect()
}

/// The kind and the call of a request.
fn request(exchange: &Json) -> Option<(&'static Kind, Call)> {
    let path = exchange["request"]["path"].as_str()?;
    let mut parts = path.strip_prefix("/api/v1/")?.split('/');
    let mut collection = parts.next()?;
    let mut name = parts.next();
    if let (Some("products"), Some(inner)) = (Some(collection), parts.next()) {
        collection = inner;
        name = parts.next();
    }
    let kind = KINDS.iter().copied().find(|kind| kind.names.collection == collection)?;
    let call = match (exchange["request"]["method"].as_str()?, name) {
        ("GET", None) => Call::List,
        ("GET", Some(_)) => Call::Get,
        ("POST", _) => Call::Save,
        ("DELETE", _) => Call::Delete,
        _ => return None,
    };
    Some((kind, call))
}

/// Words after which a name comes, unless one of the others does.
const NAMED: [&str; 6] = ["resource", "namespace", "project", "cluster", "currently", "CodeRepoBinding"];
const NOT_NAMES: [&str; 9] = ["is", "not", "name", "of", "path", "cluster", "must", "in", "resource"];

/// A message without what differs from one request to the next.
fn shape(message: &str) -> String {
    let mut shape = String::new();
    for (number, part) in message.replace('\n', " ").split('\'').enumerate() {
        shape.push_str(if number.is_multiple_of(2) { part } else { "_" });
    }
    let mut words: Vec<&str> = Vec::new();
    let mut before = "";
    for word in shape.split(' ') {
        let is_path = word.starts_with("/tmp/") || word.contains("://");
        let stands_out = |c: char| c.is_ascii_digit() || "/[]{}|\"".contains(c);
        let is_data = word.contains(stands_out) && word.parse::<u16>().is_err();
        let is_name = NAMED.contains(&before) && !NOT_NAMES.contains(&word);
        words.push(match (is_path, word.split_once("/api/v4/")) {
            (true, Some((_, path))) => path.split(['/', ':']).next().unwrap_or_default(),
            (true, None) => "_",
            _ if is_data || is_name || word.len() > 40 => "_",
            _ => word,
        });
        before = word;
    }
    words.dedup_by(|a, b| a == b && *a == "_");
    words.join(" ").chars().take(130).collect()
}

#[test]
fn every_message_that_was_seen_has_a_chosen_class() {
    let mut lines = BTreeSet::new();
    for exchange in exchanges() {
        let response = &exchange["response"];
        let Some((kind, call)) = request(&exchange) else { continue };
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let text = response["body"]["message"].as_str();
        if status == 200 || text.is_none() {
            continue;
        }
        let reason = response["body"]["reason"].as_str().unwrap_or_default();
        let verdict = classify(kind, call, &reply(status, reason, text.unwrap_or_default()));
        let explained = matches!(verdict, Verdict::Permanent { meaning: Some(_), .. });
        let class = format!("{}{}", word(&verdict), if explained { ", explained" } else { "" });
        let side = if call.writes() { "write" } else { "read" };
        let reason = if reason.is_empty() { "-" } else { reason };
        lines.insert(format!("{class}: {side} {status} {reason} {}", shape(text.unwrap_or_default())));
    }
    let found: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
    let known = std::fs::read_to_string(testdata("replies/classes.txt")).unwrap_or_default();
    if found != known {
        let path = std::env::temp_dir().join("nautform-classes.txt");
        std::fs::write(&path, &found).unwrap();
        panic!("the classes differ from testdata/replies/classes.txt: see {}", path.display());
    }
}
