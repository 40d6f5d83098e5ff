//! Every code that the source can produce is in the catalogue, and the catalogue has no other.

use std::collections::BTreeSet;

use nautform::codes::{self, Level};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::support::sources::Tree;
use crate::support::{Workspace, repository};

/// The functions whose first argument is a code.
const MAKERS: &[&str] = &["error", "fixable", "warning", "diagnostic"];

/// The literal without its quotes, if it has the form of a code.
fn code(tree: &TokenTree) -> Option<String> {
    let text = tree.to_string();
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!text.is_empty() && text.bytes().all(is_inner)).then(|| text.to_owned())
}

/// Codes that calls name, and calls of `Diagnostic::…` whose code is not a literal.
fn collect(tokens: TokenStream, codes: &mut BTreeSet<String>, others: &mut Vec<String>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut of_test = false;
    for (index, tree) in trees.iter().enumerate() {
        // What `#[cfg(test)]` is written above is not part of the program.
        let text = tree.to_string();
        if of_test {
            of_test = text != ";" && !text.starts_with('{');
            continue;
        }
        of_test = text.replace(' ', "") == "[cfg(test)]";
        let TokenTree::Group(group) = tree else { continue };
        let before = |distance: usize| index.checked_sub(distance).map(|at| trees[at].to_string());
        // In attributes are the texts of errors.
        if before(1).is_some_and(|mark| mark == "#") {
            continue;
        }
        let is_call = group.delimiter() == Delimiter::Parenthesis
            && before(1).is_some_and(|name| MAKERS.contains(&name.as_str()));
        if is_call {
            let first = group.stream().into_iter().next();
            let found = first.as_ref().and_then(code);
            if found.is_none() && before(4).is_some_and(|owner| owner == "Diagnostic") {
                others.extend(first.map(|first| first.to_string()));
            }
            codes.extend(found);
        }
        collect(group.stream(), codes, others);
    }
}

/// `InUse` -> `in-use`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// The variants of the enum of refusals.
fn refusals() -> BTreeSet<String> {
    let text = std::fs::read_to_string(repository("src/plan/model/refusal.rs")).unwrap();
    let (_, body) = text.split_once("pub enum RefusalKind {").unwrap();
    let lines = body.lines().map(str::trim).take_while(|line| *line != "}");
    lines
        .filter(|line| !line.starts_with("//") && !line.is_empty())
        .map(|line| kebab(line.trim_end_matches(',')))
        .collect()
}

#[test]
fn catalogue_has_exactly_the_codes_of_the_source() {
    let mut found = BTreeSet::new();
    let mut others = Vec::new();
    for file in Tree::read(&repository("src"), "lib.rs", &["bin", "internals", "sandbox"]).files {
        if file.module.starts_with(&["config".to_owned(), "codes".to_owned()]) {
            continue;
        }
        let text = std::fs::read_to_string(&file.path).unwrap();
        collect(text.parse().unwrap(), &mut found, &mut others);
    }
    // The codes of refusals are the variants of their enum.
    let is_known = |argument: &String| ["code", "wording"].contains(&argument.as_str());
    assert!(others.iter().all(is_known), "codes must be literals: {others:?}");
    let refusals = refusals();
    assert!(found.len() > 50 && refusals.len() > 5, "{found:?} {refusals:?}");
    found.extend(refusals.iter().cloned());
    let known: BTreeSet<String> = codes::all().map(|entry| entry.code.to_owned()).collect();
    let missing: Vec<_> = found.difference(&known).collect();
    let unused: Vec<_> = known.difference(&found).collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "not in src/config/codes: {missing:?}; unused: {unused:?}"
    );
    let refused = codes::all().filter(|entry| entry.level == Level::Refusal);
    assert!(refused.map(|entry| entry.code.to_owned()).all(|code| refusals.contains(&code)));
}

#[test]
fn explain_shows_every_code() {
    let workspace = Workspace::new();
    let list = workspace.run(&["explain", "codes"]).exits(0).stdout;
    for entry in codes::all() {
        assert!(
            list.contains(&format!("\n{}  ", entry.code)) || list.starts_with(entry.code),
            "{}",
            entry.code
        );
    }
    let shown = workspace.run(&["explain", "unknown-field"]).exits(0).stdout;
    for part in ["CODE:    unknown-field\nLEVEL:   error\n", "\nBEFORE:\n    kind: Project\n", "langauge"] {
        assert!(shown.contains(part), "{shown}");
    }
    let output = workspace.run(&["explain", "unknown-fild"]).exits(1);
    assert!(output.stderr.contains("did you mean 'unknown-field'?"), "{}", output.stderr);
}

#[test]
fn clusters_that_get_into_each_others_way_are_found() {
    let workspace = Workspace::copy_of("examples/quickstart");
    assert_eq!(workspace.run(&["validate"]).exits(0).stderr, "");
    let file = "clusters/vcluster-pipeline.yaml";
    workspace.edit(file, "\"31456\"", "\"31457\"");
    let output = workspace.run(&["validate"]).exits(0);
    for part in ["warning[node-port-conflict]", "warning[port-mismatch]", "vcluster-deployment.yaml:13:20"] {
        assert!(output.stderr.contains(part), "{part}\n{}", output.stderr);
    }
    assert!(workspace.run(&["plan", "--sandbox"]).stderr.contains("node-port-conflict"));
    workspace.edit(file, "31456\n", "31457\n");
    let output = workspace.run(&["validate"]).exits(0);
    assert!(output.stderr.contains("warning[shared-api-server]"), "{}", output.stderr);
    workspace.write("nautform.yaml", "lint: {node-port-conflict: error, shared-api-server: allow}\n");
    let output = workspace.run(&["validate"]).exits(1);
    assert!(output.stderr.contains("error[node-port-conflict]"), "{}", output.stderr);
    assert!(!output.stderr.contains("shared-api-server"), "{}", output.stderr);
    workspace.run(&["plan", "--sandbox"]).exits(1);
    workspace.edit(file, "spec:", "# nautform: allow node-port-conflict\nspec:");
    assert_eq!(workspace.run(&["validate"]).exits(0).stderr, "");
}
