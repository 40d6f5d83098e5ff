//! The house rules of design.md: who may import whom, that only `kinds` knows kinds, and that files stay small.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::repository;

/// Module -> what it may import. `resource` means `crate::resource` and so on; a module may always import itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("value", &[]),
    ("diagnostic", &[]),
    ("exchange", &["value"]),
    ("files", &[]),
    ("worktree", &[]),
    ("schema", &["value", "diagnostic"]),
    ("kinds", &["schema", "value", "diagnostic"]),
    ("resource", &["kinds", "schema", "value", "diagnostic"]),
    ("graph", &[]),
    ("load", &["kinds", "schema", "resource", "value", "diagnostic", "worktree"]),
    ("describe", &["load", "kinds", "schema"]),
    ("resolve", &["load", "resource", "kinds", "schema", "graph", "diagnostic", "value"]),
    ("client", &["kinds", "schema", "resource", "value"]),
    ("state", &["exchange", "files", "resource", "value"]),
    ("forge", &["exchange", "value"]),
    ("webhook", &["exchange", "value"]),
    ("refresh", &["client", "state", "resource", "kinds", "schema", "value"]),
    ("diff", &["schema", "kinds", "resource", "value"]),
    (
        "plan",
        &[
            "diff",
            "graph",
            "resolve",
            "refresh",
            "state",
            "resource",
            "kinds",
            "schema",
            "diagnostic",
            "value",
        ],
    ),
    ("drift", &["plan", "diff", "load", "resource", "value", "diagnostic"]),
    ("export", &["load", "diff", "refresh", "state", "resource", "kinds", "schema", "value"]),
    ("apply", &["plan", "graph", "client", "state", "resource", "diff", "schema", "value"]),
    (
        "report",
        &[
            "describe",
            "plan",
            "drift",
            "apply",
            "diagnostic",
            "graph",
            "diff",
            "resource",
            "kinds",
            "schema",
            "value",
            "state",
        ],
    ),
    ("init", &["load"]),
    ("sandbox", &["files"]),
];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text before the tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

fn is_test(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("/tests/")
        || text.ends_with("tests.rs")
        || text.ends_with("fixture.rs")
        || text.ends_with("bound.rs")
}

/// Every source file outside tests, by the module at the top that it belongs to.
fn by_module() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let root = repository("src");
    let mut modules: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for path in sources(&root).into_iter().filter(|path| !is_test(path)) {
        let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
        let module = first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        let code = code(&path);
        modules.entry(module).or_default().push((path, code));
    }
    modules
}

#[test]
fn modules_import_only_what_they_may() {
    let modules = by_module();
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_IMPORT {
        for (path, code) in &modules[*module] {
            for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                for part in line.split("crate::").skip(1) {
                    let name: String =
                        part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    if modules.contains_key(&name) && name != *module && !allowed.contains(&name.as_str()) {
                        wrong.push(format!("{}: {}", path.display(), line.trim()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_is_in_the_table() {
    let known: Vec<&str> =
        MAY_IMPORT.iter().map(|(module, _)| *module).chain(["ops", "bin", "lib"]).collect();
    let unknown: Vec<String> =
        by_module().into_keys().filter(|module| !known.contains(&module.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn only_kinds_and_the_sandbox_know_a_kind_by_name() {
    let mut wrong = Vec::new();
    for (module, files) in by_module() {
        if ["kinds", "sandbox"].contains(&module.as_str()) {
            continue;
        }
        for (path, code) in files {
            for kind in nautform::kinds::KINDS {
                let quoted = format!("\"{}\"", kind.name);
                for line in
                    code.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains(&quoted))
                {
                    wrong.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn modules_say_what_they_are_for_and_stay_small() {
    for (_, files) in by_module() {
        for (path, code) in files {
            assert!(code.starts_with("//!"), "{} does not begin with what it is for", path.display());
            assert!(
                code.lines().count() <= 600,
                "{} has {} lines: give it rooms",
                path.display(),
                code.lines().count()
            );
        }
    }
}
