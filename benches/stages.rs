//! The stages apart, at three sizes of two fleets: processor time and peak memory of each, what a doubling
//! costs, and the floor: the parser's own events of the same manifests, and the same replies as bare JSON.
//!
//!     cargo bench --bench stages                    # 1,000, 10,000 and 100,000 objects
//!     cargo bench --bench stages -- 10000 20000     # these
//!     cargo test --bench stages -- --test           # a few: whether it works
//!
//! Each fleet and size is a process of its own, so that peaks are its own; the cheapest of three counts.
//! Processor time, not wall time: machines are shared. Loading and comparing objects use all processors, so that
//! completion, `validate` and a plan have a row by the clock, too.

mod fleets;
mod rows;

use std::time::Instant;

use nautform::hint::plain;
use nautform::internals::config::load::{LoadOptions, load, yaml};
use nautform::internals::config::resolve::{Configuration, resolve_manifests};
use nautform::internals::config::settings::Thresholds;
use nautform::internals::live::snapshot::{Collection, Live, Snapshot};
use nautform::internals::plan::diff::{self, LiveSide, Sides};
use nautform::internals::plan::{Coverage, PlanInput, Selection, saved};
use nautform::internals::resource::schema::{Scope, wire};
use nautform::internals::resource::{Observed, kinds};
use nautform::internals::session::{Ground, rehearse};
use nautform::output::text::{self, View};
use nautform::output::{html, json, markdown};
use nautform::{Address, Diagnostics, Mode, OpenOptions, Origin, Permissions, Plan, SourceMap, State};
use serde_yaml::granit_parser::Parser;

use fleets::Fleet;
use rows::{Row, stage};

const RUNS: usize = 3;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, word, fleet, size, ..] = args.as_slice()
        && word == "measure"
    {
        let fleet = Fleet::find(fleet).expect("the parent knows the fleets");
        return measure(fleet, size.parse().expect("the parent writes numbers"));
    }
    let mut sizes: Vec<usize> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let is_test = args.iter().any(|arg| arg == "--test");
    if sizes.is_empty() {
        sizes = if is_test { vec![10, 20] } else { vec![1_000, 10_000, 100_000] };
    }
    let runs = if is_test { 1 } else { RUNS };
    for fleet in [Fleet::Clusters, Fleet::Products] {
        let measured = |size: &usize| rows::cheapest(&["measure", fleet.name(), &size.to_string()], runs);
        let rows: Vec<Vec<Row>> = sizes.iter().map(measured).collect();
        rows::compare(fleet.name(), &sizes, &rows);
        sizes.iter().zip(&rows).for_each(|(size, rows)| against_the_floor(*size, rows));
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn against_the_floor(size: usize, rows: &[Row]) {
    const VALIDATE: &[&str] = &["load", "decode", "resolve"];
    const PLAN: &[&str] = &["what to read", "read replies", "plan, nothing to do", "text, nothing to do"];
    let (yaml, json) = (rows::sum(rows, &[EVENTS]), rows::sum(rows, &[REPLIES]));
    let validate = rows::sum(rows, VALIDATE);
    let plan = validate + rows::sum(rows, PLAN);
    println!(
        "{size}: validate {:.2} times its floor, plan {:.2} times",
        validate / yaml,
        plan / (yaml + json)
    );
}

const EVENTS: &str = "floor: events of the parser";
const REPLIES: &str = "floor: replies as bare JSON";

/// One fleet of one size, stage by stage.
fn measure(fleet: Fleet, size: usize) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    fleet.write(directory.path(), size);
    let replies = fleet.replies(size);
    let texts: Vec<String> = fleet.manifests(size).into_iter().map(|(_, text)| text).collect();
    stage(EVENTS, || {
        texts.iter().map(|text| Parser::new_from_str(text).filter(Result::is_ok).count()).sum::<usize>()
    });
    drop(texts);
    stage(REPLIES, || {
        let parse = |body: &String| serde_json::from_str::<serde_json::Value>(body).expect("it is JSON");
        replies.iter().map(|(_, _, body)| parse(body).is_null()).filter(|null| *null).count()
    });
    let begun = Instant::now();
    let found = OpenOptions::new(directory.path()).addresses();
    rows::by_the_clock("addresses for completion, by the clock", begun);
    assert!(found.len() >= size, "{}", found.len());
    let (_, nodes) = rows::timed(|| nodes(directory.path()));
    rows::print("load", nodes);
    let state = earlier(directory.path());
    let begun = Instant::now();
    let (mut manifests, both) = rows::timed(|| load(directory.path(), &LoadOptions::default()));
    rows::print("decode", both - nodes);
    let configuration = stage("resolve", || resolve_manifests(&mut manifests));
    rows::by_the_clock("validate, by the clock", begun);
    assert!(manifests.diagnostics.is_empty(), "the fleet is valid");
    stage("what to read", || what_to_read(&configuration, &state));
    let snapshot = stage("read replies", || snapshot(&replies));
    let none = stage("plan, nothing to do", || plan(&configuration, &state, &snapshot));
    stage("text, nothing to do", || written(|out| text::plan(&none, &View::default(), out)));
    rows::by_the_clock("plan with all before, by the clock", begun);
    assert!(none.summary().is_empty(), "{:?}", none.summary());
    stage("diff", || differences(&configuration, &snapshot));
    let empty = State::new("bench".to_owned(), "salt".to_owned());
    let nothing = absent(&configuration);
    let all = stage("plan, all to create", || plan(&configuration, &empty, &nothing));
    assert_eq!(all.summary().add, configuration.resources.len());
    stage("order of operations", || nautform::internals::plan::Order::of(&all.changes));
    let options = nautform::sandbox::Options::default();
    let rehearsed = stage("rehearsal", || rehearse(&all, &Ground::of(&nothing, options.clone())));
    assert!(rehearsed.refusals.is_empty(), "{:?}", rehearsed.refusals.first());
    stage("text", || written(|out| text::plan(&all, &View::default(), out)));
    stage("JSON", || written(|out| json::plan(&all, &Origin::default(), None, plain, out)));
    stage("Markdown", || written(|out| markdown::plan(&all, &markdown::Note::default(), out)));
    stage("HTML", || written(|out| html::plan(&all, &Origin::default(), None, plain, out)));
    let server = Some("https://nautes.example.com".to_owned());
    let saved = saved::SavedPlan {
        server: server.clone(),
        relative: None,
        id: String::new(),
        origin: Origin { server, ..Origin::default() },
        lists_unmanaged: false,
        sources: std::mem::take(&mut manifests.sources),
        directory: String::new(),
        mode: Mode::Apply,
        lineage: None,
        declarations: stage("digests of declarations", || {
            saved::Declarations::of(&all, &configuration, "salt")
        }),
        sensitive: std::collections::BTreeMap::new(),
        salt: "salt".to_owned(),
        plan: all,
        selection: Selection::default(),
        permissions: Permissions::default(),
    };
    let bytes = stage("saved plan, written", || saved::write(&saved));
    stage("saved plan, read", || saved::read(&bytes).expect("it was just written").plan.changes.len());
}

/// The files read and parsed into located nodes, which are dropped document by document as a load does.
fn nodes(directory: &std::path::Path) -> usize {
    let files = std::fs::read_dir(directory).expect("it was just written");
    let mut sources = SourceMap::new();
    let mut found = Diagnostics::new();
    let mut count = 0;
    for file in files {
        let path = file.expect("it can be listed").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).expect("it is text");
            let id = sources.add(&path, text.as_str());
            let mut documents = yaml::Documents::new(id, &text);
            count += std::iter::from_fn(|| documents.next_document(&mut found)).count();
        }
    }
    count
}

fn what_to_read(configuration: &Configuration, state: &State) -> usize {
    nautform::internals::plan::wanted(configuration, Some(state), Mode::Apply, &Coverage::default())
        .addresses
        .len()
}

/// Each declared object compared with the live one.
fn differences(configuration: &Configuration, snapshot: &Snapshot) -> usize {
    let compare = |resource: &nautform::internals::resource::Resource| {
        let Live::Present(observed) = snapshot.live(&resource.address) else { return 0 };
        diff::compare(&Sides {
            kind: resource.address.kind(),
            name: resource.address.name(),
            desired: &resource.spec,
            live: LiveSide::Present(&observed.spec),
            record: None,
            recognizes: &|_, _| true,
            returned: None,
            send: diff::Sending::Nothing,
            ignore: &[],
        })
        .changes
        .len()
    };
    configuration.resources.values().map(compare).sum()
}

fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> usize {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes all");
    out.len()
}

fn plan(configuration: &Configuration, state: &State, snapshot: &Snapshot) -> Plan {
    nautform::internals::plan::plan(&PlanInput {
        configuration,
        state: Some(state),
        snapshot,
        mode: Mode::Apply,
        drift: true,
        coverage: &Coverage::default(),
        moves: &[],
        thresholds: &Thresholds::default(),
        rules: None,
        permissions: &Permissions::default(),
    })
}

/// The state that an apply has left: of another run, which knows nothing that this one has found out, and with
/// another salt than that of an empty one.
fn earlier(directory: &std::path::Path) -> State {
    let mut manifests = load(directory, &LoadOptions::default());
    let configuration = resolve_manifests(&mut manifests);
    let mut state = State::new("bench".to_owned(), "grains".to_owned());
    let plan = plan(&configuration, &state, &absent(&configuration));
    let records = plan.changes.into_iter().filter_map(|change| Some((change.address, *change.record?)));
    state.records = records.collect();
    state.records.sort();
    state
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
            snapshot.insert(Observed::replied(address, spec.into()));
        }
        if !kind.is_owner {
            snapshot.complete(Collection::new(kind, product.as_deref()));
        }
    }
    snapshot.sort();
    snapshot
}

/// A server that has nothing.
fn absent(configuration: &Configuration) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for address in configuration.resources.keys() {
        snapshot.mark_absent(address.clone());
        if address.kind().reading.listing != nautform::internals::resource::schema::Listing::Sample {
            snapshot.complete(Collection::of(address));
        }
    }
    snapshot
}
