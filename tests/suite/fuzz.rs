//! Mutated manifests, settings, plans, states, baselines and replies: none may cause a panic, and the time
//! grows with the bytes only. `FUZZ=1000000 cargo test --release --test suite fuzz` plays so many of them;
//! without the variable, a few thousand.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nautform::internals::config::load::{LoadOptions, Manifests};
use nautform::internals::config::settings::parse;
use nautform::internals::live::client::Sending;
use nautform::internals::live::client::{Reader, Reply, Request, Transport};
use nautform::internals::plan::saved;
use nautform::internals::state::format;
use nautform::{Address, Baseline};

use crate::support::{Workspace, block_on, cluster, repository};

/// How many inputs without `FUZZ`.
const FEW: usize = 3_000;
/// The most time for a byte, over all inputs: a debug build on a busy machine.
const PER_BYTE: Duration = Duration::from_micros(50);
/// The most time for one input.
const PER_INPUT: Duration = Duration::from_secs(10);

/// A generator that gives the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() % limit.max(1)
    }
}

/// What is put in somewhere.
const PARTS: &[&str] = &[
    "${A}",
    "${",
    "$${",
    "*a",
    "&a ",
    "!!x",
    "---\n",
    "[",
    "{",
    "\"",
    "'",
    "\u{0}",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{feff}",
    ": ",
    "\n",
    "\t",
    "\r",
    "-1",
    "18446744073709551616",
    "null",
    "~",
    "1e999",
    "\\u0000",
    "/",
    "..",
    "%2f",
    "中",
    "\\",
];

fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let part = bytes[at..end].repeat(1 + random.below(30));
                bytes.splice(at..at, part);
            }
            _ => {
                let part = PARTS[random.below(PARTS.len())];
                bytes.splice(at..at, part.bytes());
            }
        }
    }
    bytes
}

/// Answers everything with the same bytes.
struct Answer(u16, Vec<u8>);

impl Transport for Answer {
    fn send(&self, _: Request) -> Sending<'_> {
        let body = self.1.clone().into();
        let reply =
            Reply { status: self.0, content_type: "application/json".to_owned(), retry_after: None, body };
        Box::pin(async move { Ok(reply) })
    }
}

fn take(kind: usize, bytes: &[u8], random: &mut Random) {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    match kind {
        0 => {
            let manifests = Manifests::default().load_text("a.yaml", &text(), &LoadOptions::default());
            let mut out = Vec::new();
            let Manifests { diagnostics, sources, .. } = &manifests;
            nautform::output::diagnostics::json(diagnostics, sources, &manifests.skipped, &mut out).unwrap();
            let _: serde_json::Value = serde_json::from_slice(&out).unwrap();
        }
        1 => {
            let loaded = parse(Path::new("nautform.yaml"), text(), jiff::civil::date(2026, 11, 28));
            let mut out = Vec::new();
            let style = nautform::output::Style::default();
            nautform::output::diagnostics::text(&loaded.diagnostics, &loaded.sources, style, &mut out)
                .unwrap();
        }
        2 => drop(saved::read(bytes)),
        3 => drop(format::read(bytes)),
        4 => drop(Baseline::read(bytes)),
        _ => {
            let status = [200, 200, 404, 500, 502][random.below(5)];
            let reader = Reader::new(Arc::new(Answer(status, bytes.to_vec())));
            let names = ["Cluster/a", "Product/shop", "CodeRepo/shop/api", "Environment/shop/dev"];
            let address: Address = names[random.below(names.len())].parse().unwrap();
            let _ = block_on(reader.get(&address));
            let _ = block_on(reader.list(address.kind(), address.product()));
        }
    }
}

/// One text of each kind.
fn seeds() -> Vec<Vec<Vec<u8>>> {
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    workspace.run(&["plan", "--sandbox", "--destroy", "--out", "a.plan"]).exits(0);
    workspace.run(&["drift", "--sandbox", "--baseline", "a.baseline"]).exits(0);
    let read = |name: &str| std::fs::read(workspace.file(name)).unwrap();
    let manifests = walkdir::WalkDir::new(repository("examples")).into_iter().flatten();
    let manifests = manifests.filter(|entry| entry.path().extension().is_some_and(|end| end == "yaml"));
    let mut manifests: Vec<_> = manifests.map(|entry| std::fs::read(entry.path()).unwrap()).collect();
    manifests.push(cluster("a", "host", "'x'").into_bytes());
    let settings = "server: {url: 'https://a', requestTimeout: 10m, lanes: shared}\nstate: {backend: gitlab, name: x}\n\
                    thresholds: {deletes: {share: 10%, count: 3}}\nmoved: [{from: Project/a/b, to: Project/a/c}]\n\
                    ignore: [{address: 'Project/*/*', fields: [language], until: 2026-11-24}]\n";
    let reply = serde_json::json!({"code": 200, "message": "ok", "data": {"name": "a", "git": {"gitlab": {"name": "a"}}, "kubeconfig": "x"}});
    vec![
        manifests,
        vec![settings.as_bytes().to_vec()],
        vec![read("a.plan")],
        vec![read(".nautform/sandbox/state.json")],
        vec![read("a.baseline")],
        vec![
            reply.to_string().into_bytes(),
            b"{\"code\":500,\"reason\":\"x\",\"message\":\"fatal: exit status 128\"}".to_vec(),
        ],
    ]
}

#[test]
fn fuzz_inputs_cause_no_panic_in_linear_time() {
    let count = std::env::var("FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(FEW);
    let seeds = seeds();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut bytes = 0;
    let began = Instant::now();
    let mut slowest = (Duration::ZERO, 0);
    for number in 0..count {
        let kind = number % seeds.len();
        let seed = &seeds[kind][random.below(seeds[kind].len())];
        let input = mutate(seed, &mut random);
        let started = Instant::now();
        take(kind, &input, &mut random);
        let took = started.elapsed();
        assert!(took < PER_INPUT, "input {number} of {} bytes takes {took:?}", input.len());
        slowest = slowest.max((took, input.len()));
        bytes += input.len();
    }
    let per_byte = began.elapsed() / u32::try_from(bytes).unwrap_or(u32::MAX);
    println!(
        "{count} inputs, {bytes} bytes, {:?}, {per_byte:?} a byte, slowest {slowest:?}",
        began.elapsed()
    );
    assert!(per_byte < PER_BYTE, "{per_byte:?} a byte");
}
