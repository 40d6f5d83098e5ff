//! The examples are what they say: loaded as a fleet, the part before has the code and the part after has not.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::config::load::{API_VERSION, LoadOptions, Manifests};
use crate::config::resolve::{levels, resolve_manifests, unused};
use crate::config::settings::parse;

/// What `# ...` stands for: what objects of a kind need besides.
const NEEDED: &[(&str, &str)] = &[
    (
        "Cluster",
        "clusterKind: kubernetes\nclusterType: virtual\nusage: worker\nworkerType: deployment\nhostCluster: h",
    ),
    (
        "DeploymentRuntime",
        "product: shop\nprojectsRef: [api]\n\
         manifestSource: {codeRepo: deploy, targetRevision: main, path: prod}",
    ),
    (
        "ProjectPipelineRuntime",
        "product: shop\nproject: api\nisolation: shared\npipelineSource: ci\ndestination: {environment: pipe}\n\
         pipelines: [{name: main, path: main.yaml}]\npipelineTriggers: [{eventSource: push, pipeline: main}]",
    ),
];

/// A document of an example as it would be in a file.
fn complete(document: &str) -> String {
    let kind = document.lines().find_map(|line| line.strip_prefix("kind: ")).unwrap_or_default();
    let needed = NEEDED.iter().find(|(of, _)| *of == kind).map_or("", |(_, needed)| needed);
    let is_missing = |line: &&str| {
        let key = line.split(':').next().unwrap();
        !document.contains(&format!("\n  {key}:"))
    };
    let lines: Vec<String> = needed.lines().filter(is_missing).map(|line| format!("  {line}")).collect();
    let document = document.replace("  # ...", &lines.join("\n"));
    let is_bare = !kind.is_empty() && !document.contains("apiVersion");
    if is_bare {
        document.replacen("kind:", &format!("apiVersion: {API_VERSION}\nkind:"), 1)
    } else {
        document
    }
}

fn codes(code: &str, example: &Example, text: &str) -> Vec<&'static str> {
    let today = jiff::civil::date(2026, 11, 24);
    let found = match example {
        Example::Manifests(_) => {
            let text: Vec<String> = text.split("---\n").map(complete).collect();
            let text = text.join("---\n");
            let mut manifests = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
            let configuration = resolve_manifests(&mut manifests);
            if code.starts_with("unused-") {
                unused::objects(&configuration, &mut manifests.diagnostics);
            }
            levels::apply(&BTreeMap::new(), &manifests.sources, &mut manifests.diagnostics);
            manifests.diagnostics
        }
        Example::Settings(..) => parse(Path::new("nautform.yaml"), text.to_owned(), today).diagnostics,
        Example::Steps(..) => return Vec::new(),
    };
    found.iter().map(|diagnostic| diagnostic.code.0).collect()
}

#[test]
fn examples_have_the_code_before_and_none_after() {
    for Entry { code, example, .. } in all().filter(|entry| !matches!(entry.example, Example::Steps(..))) {
        let found = codes(code, example, &example.before());
        assert!(found.contains(code), "{code}: before has {found:?}\n{}", example.before());
        let found = codes(code, example, &example.after());
        assert!(found.is_empty(), "{code}: after has {found:?}\n{}", example.after());
    }
}

#[test]
fn entries_are_whole_sentences_and_have_one_code_each() {
    let mut seen = std::collections::BTreeSet::new();
    for entry in all() {
        assert!(seen.insert(entry.code), "{} is there twice", entry.code);
        assert!(entry.title.ends_with('.') && entry.reason.ends_with('.'), "{}", entry.code);
        assert_ne!(entry.example.before(), entry.example.after(), "{}", entry.code);
    }
}

#[test]
fn misspelt_codes_have_a_suggestion() {
    assert_eq!(find("node-port").map(|entry| entry.level), Some(Level::Warning));
    assert_eq!((find("node-prot"), similar("node-prot")), (None, Some("node-port")));
    assert_eq!(similar("x"), None);
}

/// `UPDATE_CASES=1` writes the page.
#[test]
fn page_of_codes_is_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/diagnostics.md");
    let mut entries: Vec<&Entry> = all().collect();
    entries.sort_unstable_by_key(|entry| entry.code);
    let escaped = |text: &str| text.replace('|', "\\|");
    let row = |Entry { code, title, reason, .. }: &&Entry| {
        format!("| <a id=\"{code}\"></a>`{code}` | {} {} |\n", escaped(title), escaped(reason))
    };
    let rows: String = entries.iter().map(row).collect();
    let page = std::fs::read_to_string(path).unwrap();
    let table = "|---|---|\n";
    let head = page.split_inclusive(table).next().unwrap();
    let wanted = format!("{head}{rows}");
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(path, &wanted).unwrap();
        return;
    }
    assert!(page == wanted, "docs/diagnostics.md is not the catalogue: UPDATE_CASES=1 writes it");
}
