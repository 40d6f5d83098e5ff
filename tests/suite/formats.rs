//! What other programs read: one plan is one document wherever it is written, streams say how a run ended, and
//! reports name fleets and files as their readers know them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::support::{HEAD, Output, Workspace, json, product, project, repository};

/// A live fleet, whose manifests change a cluster with its kubeconfig, create, replace and delete.
pub(crate) fn changed() -> Workspace {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    workspace.edit("kubeconfigs/worker-deployment.kubeconfig", "not-a-real-token", "another-token");
    workspace.edit(
        "products/demo/repositories.yaml",
        "coderepo: demo-deploy\n  projects",
        "coderepo: demo-source\n  projects",
    );
    std::fs::remove_file(workspace.file("products/demo/pipeline.yaml")).unwrap();
    workspace.write("more.yaml", &product("more"));
    workspace
}

/// Without the times of events.
fn timeless(text: &str) -> String {
    let mut rest = text;
    let mut all = String::new();
    while let Some((before, after)) = rest.split_once("\"@timestamp\":\"") {
        all.push_str(before);
        rest = after.split_once('"').unwrap().1;
    }
    all + rest
}

#[test]
fn shown_plan_is_the_plan_in_every_format() {
    let workspace = changed();
    for format in ["text", "json", "markdown", "html", "ndjson"] {
        let plan = ["plan", "--sandbox", "--show-unmanaged", "--out", "a.plan", "--format", format];
        let mut command = workspace.command(&plan);
        command.env("CI_JOB_URL", "https://ci.example/1").env("CI_COMMIT_SHA", "0123456789abcdef");
        let planned = Workspace::finish(&mut command).exits(0).stdout;
        let shown = workspace.run(&["show", "a.plan", "--format", format]).exits(0).stdout;
        assert!(!planned.is_empty());
        assert_eq!(timeless(&planned), timeless(&shown), "{format}");
    }
}

fn change_of<'a>(plan: &'a Json, address: &str) -> &'a Json {
    let all = plan["resource_changes"].as_array().unwrap();
    &all.iter().find(|change| change["address"] == address).unwrap()["change"]
}

#[test]
fn json_has_whole_objects_on_both_sides_with_marks() {
    let workspace = changed();
    let plan = workspace.run(&["plan", "--sandbox", "--format", "json"]).exits(0).json();
    // An update: only what changes differs; the kubeconfig does, and what the server fills in stays.
    let cluster = change_of(&plan, "Cluster/worker-deployment");
    assert_eq!(cluster["actions"], serde_json::json!(["update"]));
    let mut before = cluster["before"].clone();
    let mut after = cluster["after"].clone();
    let old = before.as_object_mut().unwrap().remove("kubeconfig").unwrap();
    let new = after.as_object_mut().unwrap().remove("kubeconfig").unwrap();
    assert_ne!(old, new);
    assert_eq!(before, after);
    assert!(before["componentsList"]["deployment"]["additions"]["host"].is_string(), "{before:#}");
    assert_eq!(cluster["before_sensitive"]["kubeconfig"], true);
    assert_eq!(cluster["after_sensitive"]["kubeconfig"], true);
    // An unchanged one.
    let host = change_of(&plan, "Cluster/host-a");
    assert_eq!(host["actions"], serde_json::json!(["no-op"]));
    assert_eq!(host["before"], host["after"]);
    assert_eq!(host["after_sensitive"]["kubeconfig"], true);
    // One that is created, and one that is deleted.
    let more = change_of(&plan, "Product/more");
    assert_eq!((&more["before"], &more["before_sensitive"]), (&Json::Null, &Json::Bool(false)));
    assert!(more["after_unknown"]["git"]["gitlab"].as_object().is_some_and(|unknown| !unknown.is_empty()));
    let gone = change_of(&plan, "ProjectPipelineRuntime/demo/demo-pipeline");
    assert_eq!((&gone["after"], &gone["after_sensitive"]), (&Json::Null, &Json::Bool(false)));
    // What tools begin with.
    let names = |of: &Json| -> BTreeSet<String> {
        let all = of["root_module"]["resources"].as_array().unwrap().iter();
        all.map(|resource| resource["address"].as_str().unwrap().to_owned()).collect()
    };
    let planned = names(&plan["planned_values"]);
    assert!(
        planned.contains("Product/more") && !planned.contains("ProjectPipelineRuntime/demo/demo-pipeline")
    );
    assert!(names(&plan["prior_state"]["values"]).contains("ProjectPipelineRuntime/demo/demo-pipeline"));
    assert_eq!(names(&plan["configuration"]), planned);
}

/// The diagnostics of a stream.
fn diagnostics(stream: &str) -> Vec<Json> {
    let lines: Vec<Json> = stream.lines().map(json).collect();
    assert_eq!(lines[0]["type"], "version");
    for line in &lines {
        let time = line["@timestamp"].as_str().unwrap();
        assert_eq!(time.len(), "2026-01-02T03:04:05.123456Z".len(), "{time}");
    }
    lines
        .into_iter()
        .filter(|line| line["type"] == "diagnostic")
        .map(|line| line["diagnostic"].clone())
        .collect()
}

/// The streams of an apply, which are the same.
fn streams(workspace: &Workspace, more: &[&str], code: i32) -> Vec<Json> {
    let apply = ["apply", "--sandbox", "--auto-approve", "--format", "ndjson", "--events", "events.ndjson"];
    let output = workspace.run(&[&apply, more].concat()).exits(code);
    let file = workspace.read("events.ndjson");
    assert_eq!(timeless(&file), timeless(&output.stdout));
    diagnostics(&file)
}

#[test]
fn streams_say_why_a_run_ended() {
    let workspace = Workspace::applied_quickstart();
    // Refused.
    workspace.edit(
        "products/demo/deployment.yaml",
        "cluster: vcluster-deployment",
        "cluster: worker-deployment",
    );
    let found = streams(&workspace, &[], 5);
    assert!(
        found.iter().any(|one| one["detail"].as_str().unwrap().contains("--allow-replace")),
        "{found:#?}"
    );
    let planned = workspace.run(&["plan", "--sandbox", "--format", "ndjson"]).stdout;
    assert!(!diagnostics(&planned).is_empty());
    // A mistake in a manifest, with its place.
    workspace.edit("products/demo/product.yaml", "language:", "langage:");
    let found = streams(&workspace, &[], 1);
    assert_eq!(found[0]["code"], "unknown-field");
    assert_eq!(found[0]["range"]["start"]["line"], 17);
    assert!(found[0]["snippet"]["code"].as_str().unwrap().contains("langage"));
    // A mistake in the settings.
    workspace.write("nautform.yaml", "flet: x\n");
    assert_eq!(streams(&workspace, &[], 1)[0]["code"], "unknown-field");
    // Before anything is read: no server.
    let empty = Workspace::copy_of("examples/quickstart");
    let output = empty.run(&["apply", "--auto-approve", "--format", "ndjson"]).exits(1);
    assert_eq!(diagnostics(&output.stdout).len(), 1, "{}", output.stdout);
    let output = empty.run(&["apply", "--format", "ndjson"]).exits(1);
    assert!(output.stdout.contains("--auto-approve"), "{}", output.stdout);
}

#[test]
fn stream_of_a_stale_plan_names_the_object() {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    workspace.run(&["plan", "--sandbox", "--out", "a.plan"]).exits(0);
    workspace.edit("products/demo/product.yaml", "language: rust", "language: zig");
    let output =
        workspace.run(&["apply", "a.plan", "--sandbox", "--auto-approve", "--format", "ndjson"]).exits(6);
    let found = diagnostics(&output.stdout);
    assert_eq!(found[0]["address"], "Project/demo/demo-project", "{found:#?}");
}

/// Runs in a directory of the workspace.
fn run_in(workspace: &Workspace, directory: &str, args: &[&str]) -> Output {
    Workspace::finish(workspace.command(args).current_dir(workspace.file(directory)))
}

#[test]
fn fleets_of_a_repository_have_labels_of_their_own() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.file(".git")).unwrap();
    for fleet in ["one", "fleets/a-b", "fleets/a_b"] {
        workspace.write(&format!("{fleet}/a.yaml"), &product("x"));
    }
    let mut heads = BTreeSet::new();
    for fleet in ["one", "fleets/a-b", "fleets/a_b"] {
        let metrics =
            run_in(&workspace, fleet, &["drift", "--sandbox", "--format", "prometheus"]).exits(0).stdout;
        assert!(metrics.contains(&format!("nautform_drift_success{{directory=\"{fleet}\"}} 1")), "{metrics}");
        let elsewhere = workspace.file(fleet);
        let elsewhere = elsewhere.to_str().unwrap();
        let note = run_in(&workspace, fleet, &["plan", "--sandbox", "--format", "markdown"]).exits(0).stdout;
        let head = note.lines().next().unwrap().to_owned();
        let other =
            run_in(&workspace, ".", &["plan", elsewhere, "--sandbox", "--format", "markdown"]).exits(0);
        assert_eq!(other.stdout.lines().next(), Some(head.as_str()));
        heads.insert(head);
    }
    assert_eq!(heads.len(), 3, "{heads:?}");
    workspace.write("one/nautform.yaml", "fleet: production\n");
    let named = run_in(&workspace, "one", &["drift", "--sandbox", "--format", "prometheus"]).exits(0).stdout;
    assert!(named.contains("{directory=\"production\"} 1"), "{named}");
    let labelled = ["drift", "--sandbox", "--label", "x", "--format", "prometheus"];
    assert!(run_in(&workspace, "one", &labelled).exits(0).stdout.contains("{directory=\"x\"} 1"));
}

#[test]
fn failed_drift_check_is_a_report_in_every_format() {
    let workspace = Workspace::applied_quickstart();
    let drift = |format: &str, code: i32| {
        workspace.run(&["drift", "--sandbox", "--label", "x", "--format", format]).exits(code).stdout
    };
    let good = drift("prometheus", 0);
    let last = good.lines().find(|line| line.starts_with("nautform_drift_last_success")).unwrap();
    let out = ["drift", "--sandbox", "--label", "x", "--format", "prometheus", "--out", "x.prom"];
    workspace.run(&out).exits(0);
    workspace.edit("products/demo/product.yaml", "language:", "langage:");
    let failed = drift("prometheus", 1);
    assert!(failed.contains("nautform_drift_success{directory=\"x\"} 0"), "{failed}");
    assert!(failed.contains(last.split(' ').next().unwrap()), "{failed}");
    workspace.run(&out).exits(1);
    let file = workspace.read("x.prom");
    assert!(
        file.contains("nautform_drift_success{directory=\"x\"} 0") && file.contains("last_success"),
        "{file}"
    );
    assert!(drift("junit", 1).contains("<error type=\"failed\" message=\"the manifests have errors\">"));
    let document = json(&drift("json", 1));
    assert_eq!(
        (&document["errored"], &document["diagnostics"][0]["severity"]),
        (&Json::Bool(true), &"error".into())
    );
    assert!(drift("markdown", 1).contains("It failed"));
}

#[test]
fn junit_fails_where_the_exit_code_does() {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    let drift = |fail_on: &str, code: i32| {
        let args = ["drift", "--sandbox", "--fail-on", fail_on, "--format", "junit"];
        workspace.run(&args).exits(code).stdout
    };
    assert!(drift("pending", 2).contains("failures=\"1\""));
    assert!(drift("changed", 0).contains("failures=\"0\""));
    let known = ["drift", "--sandbox", "--fail-on", "pending", "--baseline", "b.json", "--format", "junit"];
    workspace.run(&known).exits(2);
    assert!(workspace.run(&known).exits(0).stdout.contains("failures=\"0\""));
}

#[test]
fn reports_name_files_from_the_root_of_the_repository() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.file(".git")).unwrap();
    workspace
        .write("fleet/a.yaml", &format!("{HEAD}kind: Project\nspec: {{name: x, product: y, langage: go}}\n"));
    let absolute = workspace.file("fleet");
    for (directory, path) in
        [("fleet", "."), (".", "fleet"), (".", absolute.to_str().unwrap()), ("fleet", "../fleet")]
    {
        let report =
            |format| run_in(&workspace, directory, &["validate", path, "--format", format]).exits(1).stdout;
        let sarif = json(&report("sarif"));
        let location =
            &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(location["uri"], "fleet/a.yaml");
        assert_eq!(json(&report("codequality"))[0]["location"]["path"], "fleet/a.yaml");
        assert!(report("github").starts_with("::error file=fleet/a.yaml,line="));
    }
}

#[test]
fn sarif_names_places_in_the_settings() {
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write("nautform.yaml", "suppress: [{address: 'Project/*/*', until: 2020-01-31}]\n");
    let sarif = workspace.run(&["validate", "--format", "sarif"]).exits(0).json();
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "expired-rule");
    let rule =
        &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!(rule["id"], "expired-rule");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "nautform.yaml");
    assert_eq!(place["region"]["startLine"], 1);
    assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
}

/// A rule that the report does not explain is shown without a word.
#[test]
fn every_code_of_a_diagnostic_has_a_rule() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let sarif = workspace.run(&["validate", "--format", "sarif"]).exits(0).json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rules: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let named = |start: &str| {
        let code = start.trim_start().strip_prefix('"')?.split('"').next()?;
        code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-').then(|| code.to_owned())
    };
    let mut missing = BTreeSet::new();
    for room in ["src/config", "src/resource", "src/session", "src/files"] {
        for entry in walkdir::WalkDir::new(repository(room)) {
            let entry = entry.unwrap();
            if entry.path().to_string_lossy().contains("tests") || !entry.file_type().is_file() {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for call in ["Diagnostic::error(", "Diagnostic::warning(", "decoder.error(", "self.error("] {
                let codes = code.split(call).skip(1).filter_map(named);
                missing.extend(codes.filter(|code| !rules.contains(code.as_str())));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn large_graph_is_summarised_where_mermaid_would_refuse_it() {
    let workspace = Workspace::new();
    let projects = |of: &str| (0..15).map(|number| project(of, &format!("w{number}"))).collect::<String>();
    let names = (0..40).map(|number| format!("p{number}"));
    workspace.write("a.yaml", &names.map(|name| product(&name) + &projects(&name)).collect::<String>());
    let whole = workspace.run(&["graph", "--format", "mermaid"]).exits(0);
    assert!(whole.stdout.contains("Product/p7: 16 objects"), "{}", whole.stdout);
    assert!(whole.stderr.contains("--target"), "{}", whole.stderr);
    let part = workspace.run(&["graph", "--format", "mermaid", "--target", "Product/p7"]).exits(0);
    assert_eq!(part.stdout.matches("-->").count(), 15, "{}", part.stdout);
    assert!(part.stderr.is_empty(), "{}", part.stderr);
}
