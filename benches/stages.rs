//! The stages apart, at two sizes of two fleets: processor time and peak memory of each, the ratio between the sizes, and the floor: the
//! parser's own events of the same manifests, and the same replies as bare JSON.
//!
//!     cargo bench --bench stages            # 10,000 and 20,000 objects
//!     cargo bench --bench stages -- 50000   # 50,000 and 100,000
//!
//! Each fleet and size is a process of its own, so that peaks are its own. Processor time, not wall time: machines are shared.

mod fleets;

use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use nautform::kinds;
use nautform::load::{LoadOptions, load};
use nautform::plan::guard::{Permissions, Thresholds};
use nautform::plan::selection::Selection;
use nautform::plan::{Mode, Plan, PlanInput, file};
use nautform::refresh::{Collection, Snapshot};
use nautform::report::text::View;
use nautform::report::{html, json, markdown, text};
use nautform::resolve::{Configuration, resolve_manifests};
use nautform::resource::{Address, Observed};
use nautform::schema::{Scope, wire};
use nautform::state::State;
use serde_yaml::granit_parser::Parser;

use fleets::Fleet;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, word, fleet, size, ..] = args.as_slice()
        && word == "measure"
    {
        let fleet = Fleet::find(fleet).expect("the parent knows the fleets");
        return measure(fleet, size.parse().expect("the parent writes numbers"));
    }
    let size: usize = args.iter().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10_000);
    for fleet in [Fleet::Clusters, Fleet::Products] {
        compare(fleet, &child(fleet, size), &child(fleet, 2 * size), size);
    }
}

/// Name, milliseconds of processor time, peak memory of the process so far in MB.
type Row = (String, f64, f64);

fn child(fleet: Fleet, size: usize) -> Vec<Row> {
    let myself = std::env::current_exe().expect("a process has a program");
    let output = Command::new(myself).args(["measure", fleet.name(), &size.to_string()]).output();
    let output = output.expect("the program can be run again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let mut number =
            |name: &str| cells.next().and_then(|cell| cell.parse().ok()).unwrap_or_else(|| panic!("{name}"));
        let (time, peak) = (number("a time"), number("a peak"));
        (cells.next().expect("a name").to_owned(), time, peak)
    };
    text.lines().map(row).collect()
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn compare(fleet: Fleet, small: &[Row], large: &[Row], size: usize) {
    println!("\n{:34} {:>12} {:>12} {:>7} {:>10}", fleet.name(), size, 2 * size, "ratio", "peak so far");
    let time = |rows: &[Row], names: &[&str]| -> f64 {
        rows.iter().filter(|(name, _, _)| names.contains(&name.as_str())).map(|(_, time, _)| time).sum()
    };
    for ((name, before, _), (_, after, peak)) in small.iter().zip(large) {
        println!("{name:34} {before:9.1} ms {after:9.1} ms  x{:5.2} {peak:7.0} MB", after / before);
    }
    for (what, own, floor) in [
        ("validate", &["load", "resolve"][..], &["floor: events of the parser"][..]),
        (
            "plan, nothing to do",
            &["load", "resolve", "read replies", "plan, nothing to do", "text, nothing to do"][..],
            &["floor: events of the parser", "floor: replies as bare JSON"][..],
        ),
    ] {
        println!("{what}: {:.2} times the floor", time(large, own) / time(large, floor));
    }
}

fn used() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts");
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    f64::from(i32::try_from(micros).expect("a bench takes less than half an hour")) / 1000.0
}

#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn stage<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let before = used();
    let result = work();
    let time = used() - before;
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts");
    println!("{time}\t{}\t{name}", usage.max_rss() / 1024);
    result
}

/// One fleet of one size, stage by stage.
fn measure(fleet: Fleet, size: usize) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    fleet.write(directory.path(), size);
    let replies = fleet.replies(size);
    let texts: Vec<String> = fleet.manifests(size).into_iter().map(|(_, text)| text).collect();
    stage("floor: events of the parser", || {
        texts.iter().map(|text| Parser::new_from_str(text).filter(Result::is_ok).count()).sum::<usize>()
    });
    drop(texts);
    stage("floor: replies as bare JSON", || {
        let parse = |body: &String| serde_json::from_str::<serde_json::Value>(body).expect("it is JSON");
        replies.iter().map(|(_, _, body)| parse(body).is_null()).filter(|null| *null).count()
    });
    let mut manifests = stage("load", || load(directory.path(), &LoadOptions::default()));
    assert!(manifests.diagnostics.is_empty(), "the fleet is valid");
    let configuration = stage("resolve", || resolve_manifests(&mut manifests));
    let snapshot = stage("read replies", || snapshot(&replies));
    let nothing = absent(&configuration);
    let state = State::new("bench".to_owned(), "salt".to_owned());
    let none = stage("plan, nothing to do", || plan(&configuration, &state, &snapshot));
    assert!(none.summary().is_empty(), "{:?}", none.summary());
    stage("text, nothing to do", || written(|out| text::plan(&none, &View::default(), out)));
    let all = stage("plan, all to create", || plan(&configuration, &state, &nothing));
    assert_eq!(all.summary().add, configuration.resources.len());
    stage("order of operations", || nautform::plan::Operations::of(&all).all.len());
    let rehearsed = stage("rehearsal", || nautform::ops::rehearse::rehearse(&all, &nothing));
    assert!(rehearsed.refusals.is_empty(), "{:?}", rehearsed.refusals.first());
    stage("text", || written(|out| text::plan(&all, &View::default(), out)));
    stage("JSON", || written(|out| json::plan(&all, None, out)));
    stage("Markdown", || written(|out| markdown::plan(&all, &markdown::Note::default(), out)));
    stage("HTML", || written(|out| html::plan(&all, "bench", None, out)));
    let saved = file::SavedPlan {
        id: String::new(),
        created: String::new(),
        directory: String::new(),
        mode: Mode::Apply,
        lineage: None,
        inputs: stage("digest of inputs", || file::digest(&configuration, "salt")),
        salt: "salt".to_owned(),
        plan: all,
        selection: Selection::default(),
        permissions: Permissions::default(),
    };
    let bytes = stage("saved plan, written", || file::write(&saved));
    stage("saved plan, read", || file::read(&bytes).expect("it was just written").plan.changes.len());
}

fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> usize {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes all");
    out.len()
}

fn plan(configuration: &Configuration, state: &State, snapshot: &Snapshot) -> Plan {
    nautform::plan::plan(&PlanInput {
        configuration,
        state: Some(state),
        snapshot,
        mode: Mode::Apply,
        drift: true,
        selection: &Selection::default(),
        left_out: &std::collections::BTreeSet::new(),
        moves: &[],
        thresholds: &Thresholds::default(),
        permissions: &Permissions::default(),
    })
}

/// What a refresh would have found.
fn snapshot(replies: &[(&'static str, Option<String>, String)]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for (kind, product, body) in replies {
        let kind = kinds::find(kind).expect("the fleet knows the kinds");
        let objects = if kind.is_owner {
            vec![wire::read(kind, body.as_bytes()).expect("it is a reply")]
        } else {
            wire::read_list(kind, body.as_bytes()).expect("it is a reply")
        };
        for (name, spec) in objects {
            let name = if kind.is_owner { product.clone().unwrap_or_default() } else { name };
            let address = match (kind.scope, product) {
                (Scope::Product, Some(product)) => Address::of_product(kind, product.as_str(), name),
                _ => Address::of_tenant(kind, name),
            };
            snapshot.insert(Observed { address, spec: spec.into() });
        }
        if !kind.is_owner {
            snapshot.complete(Collection::new(kind, product.as_deref()));
        }
    }
    snapshot
}

/// A server that has nothing.
fn absent(configuration: &Configuration) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for address in configuration.resources.keys() {
        snapshot.absent(address.clone());
        if address.kind().complete_list {
            snapshot.complete(Collection::of(address));
        }
    }
    snapshot
}
