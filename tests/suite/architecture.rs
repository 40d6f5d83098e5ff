//! The rules of docs/architecture.md: who may import whom, no circles between files, that only
//! `resource/kinds` and the sandbox know a kind, and that files stay small and say what they are for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use crate::support::sources::{File, Tree};

/// Room -> the rooms that it imports. Exact: an import that is missing here fails, and so does an entry that
/// no file uses.
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("files", &[]),
    ("http", &["model"]),
    ("resource", &["model"]),
    ("config", &["files", "model", "resource"]),
    ("live", &["http", "model", "resource"]),
    ("state", &["files", "http", "model", "resource"]),
    ("plan", &["config", "live", "model", "resource", "state"]),
    ("apply", &["live", "model", "plan", "resource", "state"]),
    ("render", &["apply", "config", "live", "model", "plan", "resource", "state"]),
    ("notify", &["http", "model"]),
    ("sandbox", &["files"]),
    (
        "session",
        &[
            "apply", "config", "files", "http", "live", "model", "notify", "plan", "resource", "sandbox",
            "state",
        ],
    ),
];

/// Lines of a file without its tests.
const LONGEST: usize = 500;

/// Room -> rooms that its files import.
fn arrows(tree: &Tree) -> BTreeMap<String, BTreeSet<String>> {
    let rooms = tree.files.iter().filter_map(|file| file.module.first());
    let mut arrows: BTreeMap<String, BTreeSet<String>> =
        rooms.map(|room| (room.clone(), BTreeSet::new())).collect();
    for (from, to) in tree.imports() {
        let (Some(from), Some(to)) = (from.first(), to.first()) else { continue };
        let targets = arrows.entry(from.clone()).or_default();
        if from != to {
            targets.insert(to.clone());
        }
    }
    arrows
}

#[test]
fn rooms_import_exactly_what_the_table_says() {
    let found = arrows(&Tree::library());
    let allowed: BTreeMap<String, BTreeSet<String>> = IMPORTS
        .iter()
        .map(|(room, rooms)| ((*room).to_owned(), rooms.iter().map(|room| (*room).to_owned()).collect()))
        .collect();
    let mut table = String::new();
    for (room, rooms) in &found {
        let names: Vec<String> = rooms.iter().map(|room| format!("\"{room}\"")).collect();
        writeln!(table, "    (\"{room}\", &[{}]),", names.join(", ")).unwrap();
    }
    println!("{} rooms, {} arrows", found.len(), found.values().map(BTreeSet::len).sum::<usize>());
    println!("{table}");
    assert!(found == allowed, "the imports are not those of the table; they are\n{table}");
}

#[test]
fn rooms_import_only_rooms_above_them() {
    for (index, (room, imported)) in IMPORTS.iter().enumerate() {
        for other in *imported {
            let above = IMPORTS[..index].iter().any(|(name, _)| name == other);
            assert!(above, "{room} imports {other}, which is not above it");
        }
    }
}

#[test]
fn files_of_a_room_have_no_circles() {
    for tree in [Tree::library(), Tree::binary()] {
        let imports: Vec<(String, String)> = tree
            .imports()
            .into_iter()
            .map(|(from, to)| (from.join("::"), to.join("::")))
            .filter(|(from, to)| from != to)
            .collect();
        let mut graph: DiGraph<&str, ()> = DiGraph::new();
        let mut nodes = BTreeMap::new();
        for (from, to) in &imports {
            let ends = [from, to].map(|name| *nodes.entry(name).or_insert_with(|| graph.add_node(name)));
            graph.add_edge(ends[0], ends[1], ());
        }
        let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
        let circles: Vec<Vec<&str>> =
            circles.map(|circle| circle.into_iter().map(|node| graph[node]).collect()).collect();
        assert!(circles.is_empty(), "{circles:#?}");
    }
}

#[test]
fn only_kinds_and_the_sandbox_know_a_kind_by_name() {
    let mut wrong = Vec::new();
    for File { path, code, module, .. } in Tree::library().files {
        let knows = module.first().is_some_and(|room| room == "sandbox")
            || module.starts_with(&["resource".to_owned(), "kinds".to_owned()]);
        if knows {
            continue;
        }
        for kind in nautform::internals::resource::kinds::KINDS {
            let quoted = format!("\"{}\"", kind.name);
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            wrong.extend(
                lines
                    .filter(|line| line.contains(&quoted))
                    .map(|line| format!("{}: {}", path.display(), line.trim())),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_say_what_they_are_for_and_stay_small() {
    let mut wrong: Vec<(PathBuf, String)> = Vec::new();
    for File { path, code, .. } in Tree::library().files.into_iter().chain(Tree::binary().files) {
        if !code.starts_with("//!") {
            wrong.push((path.clone(), "does not begin with what it is for".to_owned()));
        }
        let lines = code.lines().count();
        if lines > LONGEST {
            wrong.push((path, format!("has {lines} lines")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
