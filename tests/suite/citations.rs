//! Section numbers (§) in code, tests and docs lead to headings of docs/nautes-api.md.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::repository;

const FOLDERS: [&str; 5] = ["src", "tests", "testdata", "benches", "docs"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "md" || extension == "case")
        {
            found.push(path);
        }
    }
}

/// The number behind each `§`: `3.2`, and `11#12` for `§11 item 12`. Ends of ranges (`§2.2-§2.4`) are
/// citations of their own.
fn cited(text: &str) -> BTreeSet<String> {
    let number = |text: &str| -> String {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        text[..end].trim_end_matches('.').to_owned()
    };
    let mut all = BTreeSet::new();
    for after in text.split('§').skip(1) {
        let section = number(after);
        if section.is_empty() {
            continue;
        }
        if let Some(item) = after[section.len()..].strip_prefix(" item ") {
            all.insert(format!("{section}#{}", number(item)));
        }
        all.insert(section);
    }
    all
}

/// Every section, its numbered items, and `§11.5` as the short form of `§11 item 5`.
fn known(page: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut section = String::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("### ").or_else(|| line.strip_prefix("## ")) {
            section = heading.split_whitespace().next().unwrap_or_default().trim_end_matches('.').to_owned();
            all.insert(section.clone());
        } else if let Some((number, _)) = line.split_once(". ")
            && number.chars().all(|c| c.is_ascii_digit())
            && !number.is_empty()
        {
            all.insert(format!("{section}#{number}"));
            all.insert(format!("{section}.{number}"));
        }
    }
    all
}

#[test]
fn cited_sections_exist() {
    let page = std::fs::read_to_string(repository("docs/nautes-api.md")).unwrap();
    let known = known(&page);
    let mut wrong = Vec::new();
    let mut all = Vec::new();
    for folder in FOLDERS {
        files(&repository(folder), &mut all);
    }
    for path in all {
        let missing: Vec<String> =
            cited(&std::fs::read_to_string(&path).unwrap()).difference(&known).cloned().collect();
        if !missing.is_empty() {
            wrong.push(format!("{}: {}", path.display(), missing.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "no such section in docs/nautes-api.md:\n{}", wrong.join("\n"));
}

#[test]
fn citations_are_found_in_text() {
    let found = |text| cited(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(found("see §2.3, §11 item 12 (and §4.0)."), "11 11#12 2.3 4.0");
    assert_eq!(found("§2.2-§2.4"), "2.2 2.4");
    assert_eq!(found("sections (§) of it"), "");
}
