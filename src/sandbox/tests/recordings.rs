//! The double is held to what a real server answered (testdata/recordings/README.md).
//!
//! Every story is played against a world of its own. Status, reason, message and body must be the same after
//! hosts are normalised. What differs is in [`DIFFERENCES`], each entry with a reason; an entry that nothing
//! needs fails the test.

mod differences;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::differences::{DIFFERENCES, Difference};
use crate::sandbox::{HookMetadata, Method, Now, Options, Request, Response, World, handle};

/// The token of every request that names no other.
const TOKEN: &str = "<token>";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/recordings")
}

/// One recorded request and its reply.
struct Step {
    story: String,
    number: u64,
    request: Value,
    response: Value,
}

/// A reply as it is compared.
#[derive(Debug, PartialEq)]
struct Reply {
    status: u64,
    content_type: String,
    location: String,
    body: Value,
}

fn steps(file: &str) -> Vec<Step> {
    let text = std::fs::read_to_string(directory().join(file)).expect("a recording");
    let kubeconfig = std::fs::read_to_string(directory().join("kubeconfig.yaml")).expect("a kubeconfig");
    text.lines().map(|line| step(line, &kubeconfig)).collect()
}

fn step(line: &str, kubeconfig: &str) -> Step {
    let mut step: Value = serde_json::from_str(line).expect("JSON");
    fill_in(&mut step["request"], kubeconfig);
    Step {
        story: step["story"].as_str().expect("a story").to_owned(),
        number: step["step"].as_u64().expect("a step"),
        request: step["request"].take(),
        response: step["response"].take(),
    }
}

/// Puts the kubeconfig where the recording has a placeholder.
fn fill_in(value: &mut Value, kubeconfig: &str) {
    use base64::Engine;
    match value {
        Value::String(text) if text.contains("{{kubeconfig") => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(kubeconfig);
            *text = text.replace("{{kubeconfig_base64}}", &encoded).replace("{{kubeconfig}}", kubeconfig);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, kubeconfig)),
        Value::Object(members) => members.values_mut().for_each(|member| fill_in(member, kubeconfig)),
        _ => {}
    }
}

fn request(recorded: &Value) -> Request {
    let mut path = recorded["path"].as_str().expect("a path").to_owned();
    if let Some(query) = recorded["query"].as_str() {
        path.push('?');
        path.push_str(query);
    }
    let method = Method::parse(recorded["method"].as_str().expect("a method"));
    let body = match (&recorded["body"], recorded["raw_body"].as_str()) {
        (_, Some(raw)) => raw.to_owned(),
        (Value::Null, None) => String::new(),
        (body, None) => spaced(body),
    };
    let mut request = Request::get(path);
    request.content_type = (method == Method::Post).then(|| "application/json".to_owned());
    request.method = method;
    request.authorization = Some(format!("Bearer {TOKEN}"));
    request.body = body.into();
    for (name, value) in recorded["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().map(str::to_owned);
        match name.as_str() {
            "Authorization" => request.authorization = value,
            "Content-Type" => request.content_type = value,
            "Accept" => request.accept = value,
            "AuthType" => {}
            other => panic!("unexpected header {other}"),
        }
    }
    request
}

/// As the recorder wrote it, because error texts have columns: with a space behind each comma and colon.
fn spaced(body: &Value) -> String {
    struct Spaced;
    impl serde_json::ser::Formatter for Spaced {
        fn begin_array_value<W: std::io::Write + ?Sized>(
            &mut self,
            out: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            if first { Ok(()) } else { out.write_all(b", ") }
        }

        fn begin_object_key<W: std::io::Write + ?Sized>(
            &mut self,
            out: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            if first { Ok(()) } else { out.write_all(b", ") }
        }

        fn begin_object_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
            out.write_all(b": ")
        }
    }
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Spaced);
    serde::Serialize::serialize(body, &mut serializer).expect("JSON");
    String::from_utf8(text).expect("UTF-8")
}

/// The server of the recordings: its hooks, its tokens, and a resolver that knows `localhost` only.
fn options(story: &[Step]) -> Options {
    let hook = |name: &str, post: bool, event_sources: &[&str]| HookMetadata {
        name: name.to_owned(),
        pre: true,
        post,
        event_sources: event_sources.iter().map(|&source| source.to_owned()).collect(),
    };
    let mut dns = BTreeMap::new();
    for step in story {
        let url = step.request["body"]["api_server"].as_str().unwrap_or_default();
        if let Some(host) = url::Url::parse(url).ok().as_ref().and_then(url::Url::domain)
            && host != "localhost"
        {
            dns.insert(host.to_owned(), String::new());
        }
    }
    Options {
        dns,
        hooks: Some(vec![
            hook("log", true, &[]),
            hook("ls", true, &[]),
            hook("pull-code", false, &["gitlab"]),
        ]),
        required_token: Some(TOKEN.to_owned()),
        read_only_token: Some("good-reader".to_owned()),
        ..Options::default()
    }
}

/// Texts as both sides would write them on the same hosts. Ids of groups are counted over all stories;
/// folders of clones are named by the second.
fn normalised(text: &str) -> String {
    let hosts = text
        .replace("http://gitlab.example.com", "https://gitlab.sandbox")
        .replace("http://root:<token>@gitlab.example.com", "https://root:<token>@gitlab.sandbox")
        .replace("ssh://git@gitlab.example.com:22", "ssh://git@gitlab.sandbox:2222")
        .replace('\u{a0}', " ");
    let text = without_number(&hosts, "/tmp/product", "<sec>");
    let text = without_number(&text, "/tmp/cluster-templates-", "<sec>");
    without_number(&text, "PUT https://gitlab.sandbox/api/v4/groups/", "<id>")
}

/// Replaces the number behind each `prefix`.
fn without_number(text: &str, prefix: &str, placeholder: &str) -> String {
    let mut parts = text.split(prefix);
    let mut normalised = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        normalised.push_str(prefix);
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        normalised.push_str(if rest.len() < part.len() { placeholder } else { "" });
        normalised.push_str(rest);
    }
    normalised
}

fn normalise(value: &mut Value) {
    match value {
        Value::String(text) => *text = normalised(text),
        Value::Array(items) => items.iter_mut().for_each(normalise),
        Value::Object(members) => members.values_mut().for_each(normalise),
        _ => {}
    }
}

fn recorded(step: &Step) -> Reply {
    let response = &step.response;
    let mut body = response["body"].clone();
    normalise(&mut body);
    Reply {
        status: response["status"].as_u64().expect("a status"),
        content_type: match response.get("content_type") {
            None => "application/json".to_owned(),
            Some(content_type) => content_type.as_str().unwrap_or_default().to_owned(),
        },
        location: response["location"].as_str().unwrap_or_default().to_owned(),
        body: in_order(step, body),
    }
}

fn answered(step: &Step, response: &Response) -> Reply {
    let json = serde_json::from_slice(&response.body).ok();
    let mut body = json.unwrap_or_else(|| Value::String(response.text()));
    normalise(&mut body);
    Reply {
        status: response.status.into(),
        content_type: response.content_type.to_owned(),
        location: response.location.clone().unwrap_or_default(),
        body: in_order(step, body),
    }
}

/// `GET /products` has no order.
fn in_order(step: &Step, mut body: Value) -> Value {
    if step.request["path"] == "/api/v1/products"
        && let Some(items) = body.get_mut("items").and_then(Value::as_array_mut)
    {
        items.sort_by_key(Value::to_string);
    }
    body
}

/// Plays all stories of a file and prints the share of replies that are the same.
fn play(file: &str) {
    let steps = steps(file);
    let mut same = 0;
    let mut by_chance = 0;
    let mut problems = Vec::new();
    let mut needed = vec![false; DIFFERENCES.len()];
    for story in steps.chunk_by(|a, b| a.story == b.story) {
        let mut world = World::new(options(story));
        for (step, now) in story.iter().zip((1_000_000..).step_by(2000)) {
            let before = world.clone();
            let request = request(&step.request);
            let found = answered(step, &handle(&mut world, &request, now));
            let expected = recorded(step);
            if found == expected {
                same += 1;
            } else if is_possible(&before, step, &request, now, &expected) {
                by_chance += 1;
            } else if let Some(index) = listed(step, &expected, &found) {
                needed[index] = true;
            } else {
                problems.push(problem(step, &expected, &found));
            }
        }
    }
    let share = format!("{same} the same and {by_chance} by chance of {}", steps.len());
    println!("{file}: {share}");
    for (entry, needed) in DIFFERENCES.iter().zip(needed) {
        if entry.file == file && !needed {
            problems.push(format!("no longer needed: {entry:?}"));
        }
    }
    assert!(problems.is_empty(), "{file}: {share}\n{}", problems.join("\n"));
}

/// Whether the recorded reply is one of those that the sandbox leaves to chance: any of several violations
/// (§4.0).
fn is_possible(before: &World, step: &Step, request: &Request, now: Now, expected: &Reply) -> bool {
    expected.status == 500
        && (0..100).any(|seed| {
            let mut world = before.clone();
            world.options.shuffle = true;
            world.options.seed = seed;
            answered(step, &handle(&mut world, request, now)) == *expected
        })
}

fn listed(step: &Step, expected: &Reply, found: &Reply) -> Option<usize> {
    let message = |reply: &Reply| reply.body["message"].as_str().unwrap_or_default().to_owned();
    let matches = |entry: &Difference| {
        step.story == entry.story
            && entry.steps.contains(&step.number)
            && message(expected).contains(entry.recorded)
            && message(found).contains(entry.sandbox)
    };
    DIFFERENCES.iter().position(matches)
}

fn problem(step: &Step, expected: &Reply, found: &Reply) -> String {
    let body = step.request.get("body").or(step.request.get("raw_body")).unwrap_or(&Value::Null);
    format!(
        "{} {}: {} {} {} {body}\n  recorded {} {} {} {}\n  sandbox  {} {} {} {}",
        step.story,
        step.number,
        step.request["method"].as_str().unwrap_or_default(),
        step.request["path"].as_str().unwrap_or_default(),
        step.request["query"].as_str().unwrap_or_default(),
        expected.status,
        expected.content_type,
        expected.location,
        expected.body,
        found.status,
        found.content_type,
        found.location,
        found.body,
    )
}

macro_rules! recordings {
    ($($name:ident),*) => {
        $(
            #[test]
            fn $name() {
                play(concat!(stringify!($name), ".jsonl"));
            }
        )*
    };
}

recordings!(
    cluster,
    coderepo,
    coderepobinding,
    deploymentruntime,
    environment,
    mixed,
    names,
    product,
    project,
    projectpipelineruntime,
    random,
    transport
);

/// Every recorded text of a collision is one that the sandbox gives to two requests that come together.
#[test]
fn collisions() {
    let text = std::fs::read_to_string(directory().join("collisions.jsonl")).expect("a recording");
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let expected = normalised(line["response"]["body"]["message"].as_str().expect("a message"));
        let found = (0..2000).any(|seed| {
            let latency = std::time::Duration::from_secs(1).into();
            let options = Options { clone_collisions: true, latency, shuffle: true, seed, ..options(&[]) };
            let mut world = World::new(options);
            let product = Request::post("/api/v1/products/demo", r#"{"git":{}}"#);
            let product = Request { authorization: Some(format!("Bearer {TOKEN}")), ..product };
            assert_eq!(handle(&mut world, &product, 1_000_000).status, 200);
            let mut first = line["at_the_same_time"].clone();
            let mut second = line["request"].clone();
            let body = serde_json::json!({"api_server": "https://10.0.0.1", "cluster_kind": "kubernetes",
                "cluster_type": "physical", "usage": "host", "kubeconfig": super::KUBECONFIG});
            for request in [&mut first, &mut second] {
                if request["method"] == "POST" {
                    request["body"] = body.clone();
                }
            }
            handle(&mut world, &request(&first), 1_010_000);
            let response = handle(&mut world, &request(&second), 1_010_001);
            normalised(response.json()["message"].as_str().unwrap_or_default()) == expected
        });
        assert!(found, "{expected}");
    }
}
