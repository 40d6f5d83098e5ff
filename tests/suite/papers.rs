//! What README.md and docs/ name exists: files of the repository, and the files and headings that links lead to.
//! Links to other sites are not followed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::repository;

/// Top-level folders, by which a path in backticks is recognised.
const FOLDERS: [&str; 7] = ["src/", "tests/", "testdata/", "benches/", "docs/", "examples/", ".ci/"];

/// The front page and all below `docs`.
fn papers() -> Vec<PathBuf> {
    let docs = walkdir::WalkDir::new(repository("docs")).sort_by_file_name().into_iter();
    let docs = docs.map(|entry| entry.unwrap().into_path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|end| end == "md");
    std::iter::once(repository("README.md")).chain(docs.filter(is_page)).collect()
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

/// What is in the parentheses of `[text](target)` and of pictures, outside of code.
fn targets(page: &str) -> Vec<String> {
    let prose: Vec<&str> = page.lines().filter(|line| !line.starts_with("    ")).collect();
    let prose = prose.join("\n");
    // What is between backticks is at odd places.
    let text: Vec<&str> = prose.split('`').collect();
    let text: String =
        text.iter().enumerate().map(|(at, part)| if at % 2 == 0 { *part } else { "x" }).collect();
    let after = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    after.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors that GitHub and GitLab make of headings, and those that are written.
fn anchors(page: &str) -> BTreeSet<String> {
    let of_heading = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    let headings = page.lines().filter(|line| line.starts_with('#')).map(of_heading);
    let written = page.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    headings.chain(written.map(|(id, _)| id.to_owned())).collect()
}

fn problem(page: &Path, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    if !path.exists() {
        return Some(format!("{}: {target} does not exist", page.display()));
    }
    let is_found = anchor.is_empty() || anchors(&std::fs::read_to_string(&path).unwrap()).contains(anchor);
    (!is_found).then(|| format!("{}: {target} has no such heading", page.display()))
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
    }
    assert!(missing.is_empty(), "no such file:\n{}", missing.join("\n"));
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut found = 0;
    let mut problems = Vec::new();
    for page in papers() {
        let text = std::fs::read_to_string(&page).unwrap();
        let targets = targets(&text);
        found += targets.len();
        problems.extend(targets.iter().filter_map(|target| problem(&page, target)));
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(found > 30, "{found}");
}

#[test]
fn front_page_leads_to_every_page_for_users() {
    let index = std::fs::read_to_string(repository("docs/README.md")).unwrap();
    let linked = targets(&index);
    for page in papers() {
        let name = page.strip_prefix(repository("docs")).unwrap_or(Path::new("")).to_str().unwrap();
        let is_other = name.is_empty() || name == "README.md" || name.starts_with("zh/");
        assert!(
            is_other || linked.iter().any(|target| target == name),
            "docs/README.md has no link to {name}"
        );
    }
}

#[test]
fn lines_end_within_110_columns() {
    let mut long = Vec::new();
    // Chinese characters take two columns, and the page of the API is quoted as it was written.
    let is_wrapped =
        |paper: &&PathBuf| !paper.ends_with("nautes-api.md") && !paper.to_str().unwrap().contains("/zh/");
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
