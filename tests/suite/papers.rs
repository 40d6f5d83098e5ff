//! What README.md and docs/ name exists: files of the repository and targets of links.

use std::path::{Path, PathBuf};

use crate::support::repository;

/// Top-level folders, by which a path in backticks is recognised.
const FOLDERS: [&str; 7] = ["src/", "tests/", "testdata/", "benches/", "docs/", "examples/", ".ci/"];

fn papers() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(repository("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut papers: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    papers.extend([repository("README.md"), repository("examples/README.zh.md")]);
    papers.sort();
    papers
}

/// Paths in backticks: `src/plan/diff`. Placeholders (`NAME`, `*`) stand for files that do not exist yet.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|quoted| quoted.split_whitespace().next())
        .map(|word| word.split(':').next().unwrap_or(word))
        .filter(|path| FOLDERS.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !path.contains("NAME") && !path.contains('*') && !path.contains('{'))
}

/// Targets of `[text](target)` that are files.
fn linked(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .map(|target| target.split('#').next().unwrap_or(target))
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

#[test]
fn named_files_exist() {
    let mut missing = Vec::new();
    for paper in papers().iter().filter(|paper| !paper.ends_with("nautes-api.md")) {
        let text = std::fs::read_to_string(paper).unwrap();
        let exists = |path: &str| {
            let path = repository(path.trim_end_matches('/'));
            path.exists() || path.with_extension("rs").exists()
        };
        missing.extend(
            named(&text).filter(|path| !exists(path)).map(|path| format!("{}: {path}", paper.display())),
        );
        let folder = paper.parent().unwrap_or(Path::new(""));
        let targets = linked(&text).filter(|target| !folder.join(target).exists());
        missing.extend(targets.map(|target| format!("{}: {target}", paper.display())));
    }
    assert!(missing.is_empty(), "no such file:\n{}", missing.join("\n"));
}

#[test]
fn lines_end_within_110_columns() {
    let mut long = Vec::new();
    // Chinese characters take two columns, and the page of the API is quoted as it was written.
    let is_wrapped = |paper: &&PathBuf| !paper.ends_with("nautes-api.md") && !paper.ends_with("README.zh.md");
    for paper in papers().iter().filter(is_wrapped) {
        let text = std::fs::read_to_string(paper).unwrap();
        let is_prose = |line: &&str| !line.starts_with('|') && !line.starts_with("    ");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| is_prose(line)) {
            if line.chars().count() > 110 {
                long.push(format!("{}:{}", paper.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}
