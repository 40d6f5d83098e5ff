//! Settings from text, and what is said about them.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::civil::{Date, date};

use super::keys::{KEYS, Key, Type};
use super::*;
use crate::render::{Style, diagnostics};
use crate::resource::Lanes;

const TODAY: Date = date(2026, 11, 24);

fn read(text: &str) -> Loaded {
    parse(Path::new("nautform.yaml"), text.to_owned(), TODAY)
}

fn settings(text: &str) -> Settings {
    let loaded = read(text);
    assert!(loaded.diagnostics.is_empty(), "{}", rendered(&loaded));
    loaded.settings
}

fn rendered(loaded: &Loaded) -> String {
    let mut out = Vec::new();
    diagnostics::text(&loaded.diagnostics, &loaded.sources, Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Place, code, message and help, a line each.
fn said(text: &str) -> String {
    let loaded = read(text);
    let mut out = String::new();
    for diagnostic in loaded.diagnostics.sorted() {
        let place = diagnostic.primary.as_ref().map(|label| loaded.sources.location(label.span).to_string());
        let help = diagnostic.help.as_deref().map(|help| format!(" => {help}")).unwrap_or_default();
        let place = place.unwrap_or_default();
        writeln!(out, "{place}: {}: {}{help}", diagnostic.code.0, diagnostic.message).unwrap();
    }
    out
}

#[test]
fn settings_of_empty_files_are_the_defaults() {
    for text in ["", "# nothing\n", "---\n", "server:\nmoved: ~\n", "{}"] {
        assert_eq!(read(text).settings, Settings::default(), "{text:?}");
        assert!(!read(text).diagnostics.has_errors(), "{text:?}");
    }
}

#[test]
fn settings_are_read_with_durations_and_rules() {
    let found = settings(
        "server: {url: 'https://nautes:8000', lanes: per-product, requestTimeout: 1h 30m, rest: no}\n\
         thresholds: {deletes: {share: 10%, count: 0}}\n\
         moved: [{from: Project/shop/api, to: Project/shop/core}]\n\
         ignore: [{address: 'Project/*/*', fields: [language], until: 2026-11-24}]\n",
    );
    assert_eq!(found.server.lanes, Some(Lanes::PerProduct));
    assert_eq!(found.server.request_timeout, Some(Duration::from_secs(5400)));
    assert_eq!(found.server.rest, Some(false));
    assert_eq!(found.thresholds.deletes.share.percent(), 10);
    assert_eq!(found.thresholds.deletes.count, Some(0));
    assert_eq!(found.thresholds.updates, Threshold::default());
    assert_eq!(found.moves()[0].to.to_string(), "Project/shop/core");
    assert!(!found.ignore[0].is_expired(TODAY) && found.ignore[0].is_expired(date(2026, 11, 25)));
}

#[test]
fn environments_have_what_is_there_for_all_and_their_own() {
    let loaded = read(
        "server: {url: 'https://all.example', lanes: shared}\n\
         ignore: [{address: 'Project/*/*', fields: [language]}]\n\
         environments:\n  dev:\n  prod:\n    server: {url: 'https://prod.example'}\n\
         \x20   ignore: [{address: 'Project/shop/*', fields: [language]}]\n    variables: {A: 1, B: 'x y'}\n",
    );
    assert!(loaded.diagnostics.is_empty(), "{}", rendered(&loaded));
    let of = |name: &str| loaded.clone().of_environment(name).unwrap().settings;
    let urls = ["dev", "prod"].map(|name| of(name).server.url.unwrap());
    assert_eq!(urls, ["https://all.example", "https://prod.example"]);
    assert_eq!(["dev", "prod"].map(|name| of(name).ignore.len()), [1, 2]);
    assert_eq!(of("prod").server.lanes, Some(Lanes::Shared));
    assert_eq!(of("prod").variables.values["A"], "1");
    assert!(loaded.of_environment("none").is_none());
}

#[test]
fn environments_are_checked_as_one_file() {
    insta::assert_snapshot!(said(
        "server: {url: 'https://${HOST}', lanes: none}\n\
         environments:\n  dev: {fleet: a, variables: {a b: 1, C: [], D: '${X}'}}\n  Dev: {}\n  -x: {}\n  prod: 7\n"
    ), @"
    nautform.yaml:1:15: invalid-value: 'server.url' has a variable, and nautform.yaml is taken as it is written => write the value; what differs from platform to platform belongs to `environments:`
    nautform.yaml:1:41: invalid-value: 'server.lanes' must be one of shared, per-product
    nautform.yaml:3:9: unknown-field: unknown setting 'fleet' in 'environments.dev' => known settings: server, state, platform, thresholds, variables, variableFiles, secretVariableFiles, moved, suppress, ignore
    nautform.yaml:3:31: wrong-variables: the name of a variable can't be used => letters, digits, '_', '-' and '.', beginning with a letter or '_'
    nautform.yaml:3:39: wrong-variables: variable 'C' must be a plain text
    nautform.yaml:3:49: invalid-value: 'environments.dev.variables.D' has a variable, and nautform.yaml is taken as it is written => write the value; what differs from platform to platform belongs to `environments:`
    nautform.yaml:4:3: invalid-value: the names 'dev' and 'Dev' differ in case only => give one another name
    nautform.yaml:5:3: invalid-value: the name '-x' can't be used => a name of letters, digits, '-', '_' and '.', such as production, at most 63 characters
    nautform.yaml:6:9: wrong-type: 'environments.prod' must be a mapping, not a plain value
    ");
    insta::assert_snapshot!(said(
        "state: {backend: gitlab}\n\
         environments:\n  one: {server: {url: 'http://localhost:80'}, state: {name: a}}\n  two: {server: {url: \
         'http://127.0.0.1'}, state: {name: a}}\n"
    ), @"
    nautform.yaml:1:18: same-platform: the environments one and two have the same state => each would delete what only the other declares: give each a place, such as `state: {name: ...}`
    nautform.yaml:4:23: same-platform: the environments one and two have the same server => each would take what is there for its own: give each a platform, `server: {url: ...}`
    ");
}

/// A value of each type in YAML's flow style.
fn sample(ty: &Type) -> String {
    match ty {
        Type::Text => "language".to_owned(),
        Type::Url { .. } => "https://nautes.example".to_owned(),
        Type::Label => "production".to_owned(),
        Type::Bool => "true".to_owned(),
        Type::Word(words) => words.last().copied().unwrap_or_default().to_owned(),
        Type::Number(range) => range.end().to_string(),
        Type::Duration { .. } => "7m".to_owned(),
        Type::Share => "7%".to_owned(),
        Type::Date => "2027-01-31".to_owned(),
        Type::Address => "Project/shop/api".to_owned(),
        Type::Pattern => "'Project/*/*'".to_owned(),
        Type::Mapping(keys) => {
            let of = |key: &Key| format!("{}: {}", key.name, sample(&key.ty));
            format!("{{{}}}", keys.iter().map(of).collect::<Vec<_>>().join(", "))
        }
        Type::List(item) => format!("[{}]", sample(item)),
        Type::Variables => "{HOST: nautes.example, NUMBER: 07}".to_owned(),
        Type::Named(keys) => format!("{{one: {}}}", sample(&Type::Mapping(keys))),
    }
}

#[test]
fn settings_hold_every_key_of_the_table() {
    let all = settings(&sample(&Type::Mapping(KEYS)));
    // Only an environment has a name and variables.
    assert_eq!((all.environment.as_ref(), &all.variables), (None, &VariableSettings::default()));
    let of_one = read(&sample(&Type::Mapping(KEYS))).of_environment("one").unwrap().settings;
    assert_eq!((of_one.environment.as_deref(), of_one.moved.len()), (Some("one"), 2));
    for all in [
        &of_one,
        &Settings {
            environment: of_one.environment.clone(),
            variables: of_one.variables.clone(),
            ..all.clone()
        },
    ] {
        let debug = format!("{all:?}");
        assert!(!debug.contains("None") && !debug.contains("[]"), "{debug}");
    }
    assert_ne!(all.state.backend, Backend::default());
    assert_ne!(all.thresholds.minimum, Thresholds::default().minimum);
}

#[test]
fn errors_have_places_and_suggestions() {
    insta::assert_snapshot!(said(
        "sever: {url: x}\n\
         server: {token: glpat-x, ca_file: x, url: '', requestTimeout: 0s, rest: 'true'}\n\
         apply: {parallelism: 0, retries: x, runRetries: '5', syncTimeout: 900h, deleteTimeout: 10}\n\
         state: {backend: gitlb, pathStyle: maybe}\n\
         thresholds: {deletes: {share: 0.3, count: -1}, updates: 5%}\n\
         moved: [{from: Project/shop/api, to: CodeRepo/shop/api}, {from: nothing}, x]\n\
         suppress: {address: x}\n\
         ignore:\n\
         - {address: 'Clutser/*', fields: [language], until: tomorrow}\n\
         - {address: 'Project/*/*', fields: [languages]}\n\
         - {address: '*/*/*', fields: [git.gitlab.name]}\n\
         - {address: 'Project/*/*'}\n\
         -\n"
    ), @"
    nautform.yaml:1:1: unknown-field: unknown setting 'sever' => did you mean 'server'?
    nautform.yaml:2:10: unknown-field: unknown setting 'token' in 'server' => nautform.yaml holds no secrets: credentials come from the environment
    nautform.yaml:2:26: unknown-field: unknown setting 'ca_file' in 'server' => did you mean 'caFile'?
    nautform.yaml:2:43: invalid-value: 'server.url' must be a URL such as https://nautes.example.com:8000
    nautform.yaml:2:63: invalid-value: 'server.requestTimeout' must be a duration such as 90s, 10m or 1h30m, at least 1s and at most 168h
    nautform.yaml:2:73: invalid-value: 'server.rest' must be true or false => remove the quotes
    nautform.yaml:3:22: invalid-value: 'apply.parallelism' must be a whole number from 1 to 1000
    nautform.yaml:3:34: invalid-value: 'apply.retries' must be a whole number from 0 to 1000000
    nautform.yaml:3:49: invalid-value: 'apply.runRetries' must be a whole number from 0 to 1000000 => remove the quotes
    nautform.yaml:3:67: invalid-value: 'apply.syncTimeout' must be a duration such as 90s, 10m or 1h30m, at most 168h
    nautform.yaml:3:88: invalid-value: 'apply.deleteTimeout' must be a duration such as 90s, 10m or 1h30m, at most 168h
    nautform.yaml:4:18: invalid-value: 'state.backend' must be one of local, http, gitlab, s3 => did you mean 'gitlab'?
    nautform.yaml:4:36: invalid-value: 'state.pathStyle' must be true or false
    nautform.yaml:5:31: invalid-value: 'thresholds.deletes.share' must be a share such as 30%, from 0% to 100%
    nautform.yaml:5:43: invalid-value: 'thresholds.deletes.count' must be a whole number from 0 to 1000000
    nautform.yaml:5:57: wrong-type: 'thresholds.updates' must be a mapping, not a plain value
    nautform.yaml:6:38: wrong-move: 'from' and 'to' are of different kinds => an object keeps its kind: remove the rule, and declare the new object
    nautform.yaml:6:58: missing-field: required setting 'moved[1].to' is missing => to: The address in the manifests: Project/shop/core.
    nautform.yaml:6:65: invalid-value: 'moved[1].from' must be an address such as Cluster/host-a or Environment/shop/dev
    nautform.yaml:6:75: wrong-type: 'moved[2]' must be a mapping, not a plain value
    nautform.yaml:7:11: wrong-type: 'suppress' must be a list, not a mapping
    nautform.yaml:9:13: invalid-value: 'ignore[0].address' must be a pattern of addresses such as Cluster/host-* or */shop/*
    nautform.yaml:9:53: invalid-value: 'ignore[0].until' must be a date such as 2027-01-31
    nautform.yaml:10:37: unknown-field: no object that Project/*/* means has such a field => did you mean 'language'?
    nautform.yaml:12:3: missing-field: required setting 'ignore[3].fields' is missing => fields: The fields: language, git.gitlab.description.
    nautform.yaml:13:2: empty-item: 'ignore[4]' is empty => remove it, or give it a value
    ");
}

#[test]
fn state_backends_need_their_settings() {
    insta::assert_snapshot!(said("state: {backend: gitlab}\n"), @"nautform.yaml:1:18: missing-field: required setting 'state.name' is missing => backend gitlab needs it");
    insta::assert_snapshot!(said("state: {backend: s3, key: ''}\n"), @"
    nautform.yaml:1:18: missing-field: required setting 'state.bucket' is missing => backend s3 needs it
    nautform.yaml:1:18: missing-field: required setting 'state.key' is missing => backend s3 needs it
    nautform.yaml:1:27: invalid-value: 'state.key' must be text that is not empty => remove the setting, or give it a value
    ");
    assert_eq!(said("state: {backend: http}\n"), "", "the environment may have its address");
}

#[test]
fn expired_rules_are_warnings() {
    insta::assert_snapshot!(said(
        "ignore: [{address: 'Project/*/*', fields: [language], until: 2026-11-23}]\n\
         suppress: [{address: 'Cluster/old', until: 2020-01-31}]\n"
    ), @"
    nautform.yaml:1:62: expired-rule: the ignore rule for Project/*/* ended on 2026-11-23 => remove it, or give it a later date
    nautform.yaml:2:44: expired-rule: the suppress rule for Cluster/old ended on 2020-01-31 => remove it, or give it a later date
    ");
}

#[test]
fn errors_of_the_syntax_are_those_of_manifests() {
    insta::assert_snapshot!(said("- server\n"), @"nautform.yaml:1:1: wrong-type: nautform.yaml must be a mapping of settings");
    insta::assert_snapshot!(said("server: {lanes: shared}\nserver: {lanes: shared}\n"), @"nautform.yaml:2:1: duplicate-key: key 'server' is given twice => keep one of them");
    insta::assert_snapshot!(said("server:\n\turl: x\n"), @"nautform.yaml:2:2: syntax: tabs disallowed within this context (block indentation) => indent with spaces");
    insta::assert_snapshot!(said("server: {lanes: shared}\n---\nserver: {lanes: shared}\n"), @"nautform.yaml:3:1: wrong-type: nautform.yaml must be one document => remove the '---' line and what follows it");
    insta::assert_snapshot!(said("server: {url: *canary}\nstate: !canary {name: a}\n"), @"
    nautform.yaml:1:15: unknown-alias: unknown alias: no such anchor earlier in this document => put the anchor before its aliases, in one document; quote text that is not an alias
    nautform.yaml:2:8: unknown-tag: unknown tag => remove the tag
    ");
}

#[test]
fn errors_show_no_value() {
    const CANARY: &str = "glpat-canary";
    for ty in ["server", "apply", "state", "thresholds", "moved", "suppress", "ignore"] {
        for form in [
            format!("{ty}: {CANARY}\n"),
            format!("{ty}: [{CANARY}, *{CANARY}, !{CANARY} x]\n"),
            format!("{ty}: {{token: {CANARY}}}\n"),
            format!("{ty}: '{CANARY}\n"),
            format!("{CANARY}\n"),
            format!("- {{{ty}: {CANARY}}}\n"),
        ] {
            let out = rendered(&read(&form));
            assert!(!out.is_empty() && !out.contains(CANARY), "{form}\n{out}");
        }
    }
    for key in KEYS {
        let (Type::Mapping(keys) | Type::List(&Type::Mapping(keys))) = key.ty else { continue };
        for inner in keys {
            let mapping = format!("{{{}: {CANARY}}}", inner.name);
            let list = if matches!(key.ty, Type::List(_)) { format!("[{mapping}]") } else { mapping };
            let out = rendered(&read(&format!("{}: {list}\n", key.name)));
            assert!(!out.contains(CANARY), "{}.{}\n{out}", key.name, inner.name);
        }
    }
}

#[test]
fn errors_are_rendered_without_the_line() {
    insta::assert_snapshot!(rendered(&read("server:\n  url: https://x\n  token: glpat-canary\n")), @"
    error[unknown-field]: unknown setting 'token' in 'server'
    --> nautform.yaml:3:3
     = help: nautform.yaml holds no secrets: credentials come from the environment

    1 error
    ");
}

#[test]
fn settings_of_another_name_are_not_read() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(load(directory.path(), TODAY).settings, Settings::default());
    std::fs::write(directory.path().join("nautform.yml"), "apply: {retries: 1}\n").unwrap();
    let loaded = load(directory.path(), TODAY);
    assert!(
        loaded.diagnostics.iter().any(|found| found.help.as_deref() == Some("rename it to nautform.yaml"))
    );
    std::fs::rename(directory.path().join("nautform.yml"), directory.path().join("nautform.yaml")).unwrap();
    let loaded = load(directory.path(), TODAY);
    assert_eq!((loaded.settings.apply.retries, loaded.diagnostics.is_empty()), (Some(1), true));
}
