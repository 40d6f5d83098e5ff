//! The reference in `docs/reference` is what the tables in the code say. `UPDATE_CASES=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use nautform::describe::{self, Field};

use crate::support::repository;
use crate::support::sources::Tree;

/// Compares a page with what it should be, or writes it.
#[track_caller]
fn is(page: &str, wanted: &str) {
    let path = repository(&format!("docs/reference/{page}"));
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(path, wanted).unwrap();
        return;
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == wanted, "docs/reference/{page} is not what the code says: UPDATE_CASES=1 writes it");
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*")
}

const SETTINGS: &str = "\
# nautform.yaml

The settings of a fleet, in the directory of its manifests. All of them are optional, and none is a secret:
tokens come from the environment. What a flag or the environment says wins, see
[environment variables](environment-variables.md). A number behind a colon is the default.

    fleet: production
    server: {url: https://nautes.example.com:8000}
    state: {backend: gitlab, name: production}
    thresholds: {deletes: {share: 10%, count: 20}}
    lint: {node-port-conflict: error}
    ignore: [{address: 'Project/*/*', fields: [language], reason: decided by the teams, until: 2027-01-31}]

";

/// The values that a setting of this type may have.
fn values(ty: &str) -> String {
    match ty {
        "mapping" => "settings".to_owned(),
        "mapping by name" | "mapping of variables" => "object".to_owned(),
        "true or false" => "`true` or `false`".to_owned(),
        words if words.contains(" | ") => format!("`{}`", words.replace(" | ", "`, `")),
        list if list.starts_with("list of ") => "list".to_owned(),
        duration if duration.starts_with("duration: ") => "text, such as `90s`".to_owned(),
        share if share.starts_with("percents: ") => "text, such as `30%`".to_owned(),
        other => other.strip_prefix("number, ").unwrap_or("text").to_owned(),
    }
}

#[test]
fn page_of_settings_is_the_table_that_decodes_them() {
    let mut page = format!("{SETTINGS}| setting | value | meaning |\n|---|---|---|\n");
    // What an environment may set is what all settings are.
    for Field { name, ty, doc } in
        describe::settings("").iter().filter(|field| !field.name.contains(".NAME."))
    {
        let (ty, must) = match ty.strip_suffix(" -required-") {
            Some(ty) => (ty, " Required."),
            None => (ty.as_str(), ""),
        };
        let value = values(ty.trim_matches(['<', '>']));
        writeln!(page, "| `{name}` | {value} | {}{must} |", cell(doc)).unwrap();
    }
    is("settings.md", &page);
}

const KINDS: &str = "\
# Kinds

Every kind and field of a manifest. `nautform explain KIND.FIELD` says the same.

    apiVersion: nautes.resource.nautes.io/v1alpha1
    kind: Project
    metadata:
      annotations: {nautform.dev/prevent-destroy: \"true\"}
    spec:
      name: api
      product: shop
      language: go
";

fn fields(path: &str, prefix: &str, rows: &mut String) {
    let explained = describe::explain(path).unwrap();
    for field in explained.fields {
        let name = format!("{prefix}{}", field.name);
        let below = format!("{path}.{}", field.name);
        let facts = describe::explain(&below).map(|found| found.facts.join(" ")).unwrap_or_default();
        let ty = cell(&field.ty).replace(['<', '>'], "").replace("-required-", "**required**");
        let text = cell(format!("{} {facts}", field.doc).trim_end());
        writeln!(rows, "| `{name}` | {ty} | {text} |").unwrap();
        if describe::explain(&below).is_ok_and(|found| !found.fields.is_empty()) {
            fields(&below, &format!("{name}."), rows);
        }
    }
}

/// Words on lines that a list indents.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 1;
    for word in text.split(' ') {
        if width + word.len() >= 108 {
            lines.push_str("\n ");
            width = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        width += 1 + word.len();
    }
    lines + "\n"
}

#[test]
fn page_of_kinds_is_the_tables_of_the_kinds() {
    let mut page = KINDS.to_owned();
    for kind in describe::kinds() {
        let explained = describe::explain(&kind.name).unwrap();
        write!(page, "\n## {}\n\n{}\n", kind.name, explained.doc).unwrap();
        for (name, value) in explained.head.iter().filter(|(name, _)| ["ADDRESS", "ALSO"].contains(name)) {
            let name = if *name == "ADDRESS" { "Its address" } else { "Also written" };
            write!(page, "\n{name}: `{}`.\n", value.replace(", ", "`, `")).unwrap();
        }
        for fact in explained.facts {
            page.push_str("\n-");
            page.push_str(&wrapped(&fact));
        }
        page.push_str("\n| field of spec | type | meaning |\n|---|---|---|\n");
        fields(&kind.name, "", &mut page);
    }
    page.push_str("\n## Annotations\n\n| annotation | value | meaning |\n|---|---|---|\n");
    for annotation in describe::explain(&describe::kinds()[0].name).unwrap().annotations {
        writeln!(page, "| `{}` | {} | {} |", annotation.name, cell(&annotation.ty), cell(&annotation.doc))
            .unwrap();
    }
    is("kinds.md", &page);
}

/// Variables that are no settings: those of this build, of its tests, and what Git gets.
const INTERNAL: [&str; 5] = ["CARGO_", "UPDATE_CASES", "GIT_", "NAUTFORM_COMPLETE", "NAUTFORM_SECRET_VAR_S"];

/// How the variables of CI systems, stores and nautform begin.
const HEADS: [&str; 10] = [
    "NAUTFORM_",
    "CI_",
    "TF_",
    "AWS_",
    "GITHUB_",
    "GITLAB_",
    "GIT_",
    "API_SERVER",
    "TEAMCITY_",
    "SOURCE_DATE_",
];

/// Literals that look like the names of variables that CI systems, stores or nautform have.
fn variables(code: &str, found: &mut BTreeSet<String>) {
    for name in code.split('"') {
        let is_name =
            name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let is_internal = INTERNAL.iter().any(|internal| name.starts_with(internal)) && name != "GIT_TOKEN";
        if is_name && !is_internal && HEADS.iter().any(|head| name.starts_with(head)) {
            found.insert(name.to_owned());
        }
    }
}

#[test]
fn page_of_variables_has_every_one_that_is_read() {
    let mut found = BTreeSet::new();
    let files = Tree::library().files.into_iter().chain(Tree::binary().files);
    files.for_each(|file| variables(&file.code, &mut found));
    let page = std::fs::read_to_string(repository("docs/reference/environment-variables.md")).unwrap();
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|line| line.split_once(" |"))
        .flat_map(|(names, _)| names.split('`').map(str::to_owned).collect::<Vec<_>>())
        .filter(|name| HEADS.iter().any(|head| name.starts_with(head)))
        .map(|name| if name.ends_with("_VAR_NAME") { name.replace("NAME", "") } else { name })
        .collect();
    let missing: Vec<_> = found.difference(&listed).collect();
    let unread: Vec<_> = listed.difference(&found).collect();
    assert!(missing.is_empty() && unread.is_empty(), "not in the page: {missing:?}; not read: {unread:?}");
}
