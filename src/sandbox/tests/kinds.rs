//! What all product-scoped kinds have in common: proto rules, references, lists, names and trees (§4.0, §4.2,
//! §6, §7).

use serde_json::{Value, json};

use super::{Fixture, answer, failure, pipeline, repo, rule, shop, virtual_cluster, with};

/// §4.2, §4.3, §4.4, §4.5, §4.7: proto rules.
#[test]
fn proto_rules() {
    let mut fixture = Fixture::full();
    let length = "value length must be at least 1 runes";
    let rows: [(&str, Value, String); 11] = [
        ("environments/x", json!({}), rule(&["SaveRequest_Body.Cluster"], length)),
        ("environments/x", json!({"cluster": "c"}), rule(&["SaveRequest_Body.EnvType"], length)),
        ("coderepos/x", json!({}), rule(&["SaveRequest_Body.Git"], "value is required")),
        (
            "coderepos/x",
            json!({"git": {"gitlab": {}}}),
            rule(
                &["SaveRequest_Body.Git", "Git.Gitlab", "Gitlab.Visibility"],
                "value must be in list [public private]",
            ),
        ),
        (
            "coderepos/x",
            json!({"git": {"github": {}}}),
            rule(&["SaveRequest_Body.Git", "Git.Github", "Github.Name"], length),
        ),
        (
            "coderepobindings/x",
            json!({}),
            rule(&["SaveRequest_Body.Permissions"], "value must be in list [readonly readwrite]"),
        ),
        (
            "coderepobindings/x",
            json!({"permissions": "readonly"}),
            rule(&["SaveRequest_Body.Coderepo"], length),
        ),
        ("deploymentruntimes/x", json!({}), rule(&["SaveRequest_Body.ManifestSource"], "value is required")),
        (
            "deploymentruntimes/x",
            json!({"manifest_source": {"code_repo": "a"}}),
            rule(&["SaveRequest_Body.ManifestSource", "ManifestSource.TargetRevision"], length),
        ),
        (
            "projectpipelineruntimes/x",
            json!({"project": "p"}),
            rule(&["SaveRequest_Body.PipelineSource"], length),
        ),
        (
            "projectpipelineruntimes/x",
            with(pipeline(), "/isolation", json!("")),
            rule(&["SaveRequest_Body.Isolation"], "value must be in list [shared exclusive]"),
        ),
    ];
    for (path, body, expected) in rows {
        assert_eq!(failure(&fixture.post(&shop(path), &body)), expected, "{path} {body}");
    }
    let items = |field: &str| rule(&[field], "value must contain at least 1 item(s)");
    for (list, field) in [
        ("pipelines", "Pipelines"),
        ("event_sources", "EventSources"),
        ("pipeline_triggers", "PipelineTriggers"),
    ] {
        let body = with(pipeline(), &format!("/{list}"), json!([]));
        let answer = failure(&fixture.post(&shop("projectpipelineruntimes/x"), &body));
        assert_eq!(answer, items(&format!("SaveRequest_Body.{field}")));
    }
    let unnamed = with(pipeline(), "/pipelines/0/name", json!(""));
    assert_eq!(
        failure(&fixture.post(&shop("projectpipelineruntimes/x"), &unnamed)),
        rule(&["SaveRequest_Body.Pipelines[0]", "Pipeline.Name"], length)
    );
    assert_eq!(answer(&fixture.post(&shop("projects/x"), &json!({}))), "ok", "§4.2: no rules");
}

/// §4.2, §6: what keeps a Project, and what keeps the other targets; the skip flag lifts it.
#[test]
fn deletions_that_are_blocked() {
    let mut fixture = Fixture::full();
    let blocked = |fixture: &mut Fixture, path: &str| failure(&fixture.delete(&shop(path)));
    let global = "500  during global validation, it was found that";
    assert_eq!(
        blocked(&mut fixture, "projects/web"),
        format!(
            "{global} Project 'web' does not exist or is unavailable. Please check CodeRepo 'app' in \
             directory 'code-repos/repo-2'"
        )
    );
    assert_eq!(
        blocked(&mut fixture, "coderepos/lib"),
        "500  the authorization repository repo-3 does not exist when checking CodeRepoBinding lib-for-web"
    );
    assert_eq!(
        blocked(&mut fixture, "coderepos/app"),
        format!(
            "{global} CodeRepo 'repo-2' does not exist or is unavailable. Please check \
             ProjectPipelineRuntime 'pipe' in directory 'projects/web'"
        )
    );
    let referenced = "500  environment referenced by [";
    assert_eq!(
        blocked(&mut fixture, "environments/dev"),
        format!("{referenced}deploymentRuntime/run], not allowed to be deleted")
    );
    assert_eq!(
        blocked(&mut fixture, "environments/ci?insecure_skip_check=true"),
        format!("{referenced}pipelineRuntime/pipe], not allowed to be deleted"),
        "§4.3: even with the skip flag"
    );
    fixture.remove(&shop("projectpipelineruntimes/pipe"));
    assert_eq!(
        blocked(&mut fixture, "coderepos/app"),
        "500 RESOURCE_NOT_EXIST During global validation, it was found that repo-2 'CodeRepo' does not exist \
         or is unavailable. Please check resource path of default project: runtimes/run, err: failed to get \
         codeRepo repo-2"
    );
    fixture.remove(&shop("coderepobindings/lib-for-web"));
    fixture.put(
        &shop("coderepobindings/app-for-web"),
        &json!({"coderepo": "app", "permissions": "readonly", "projects": ["web"]}),
    );
    fixture.put(&shop("coderepos/app"), &repo(""));
    assert_eq!(
        blocked(&mut fixture, "projects/web"),
        "500  project resource web does not exist or is invalid"
    );
    assert_eq!(
        blocked(&mut fixture, "coderepobindings/app-for-web"),
        "500  verify deployment runtime failed, err: project web is illegal: not permitted to use repository \
         repo-2"
    );
    fixture.put(
        &shop("coderepobindings/app-for-web"),
        &json!({"coderepo": "app", "permissions": "readonly", "projects": []}),
    );
    assert_eq!(
        blocked(&mut fixture, "projects/web"),
        "500  the referenced project web by the deployment runtime run does not exist while verifying the \
         validity of the global template"
    );
    fixture.remove(&shop("projects/web?insecureSkipCheck=true"));
    let blocked = fixture.post(&shop("projects/other"), &json!({}));
    assert_eq!(blocked.status, 500, "§4.0: one broken resource blocks all writes");
    fixture.put(&shop("projects/other?insecure_skip_check=true"), &json!({}));
    fixture.put(&shop("projects/web"), &json!({}));
    fixture.put(&shop("projects/other"), &json!({}));
}

/// §4.0: lists are in the order of a walk; ids compare as text, PPRs by project first.
#[test]
fn list_orders() {
    let mut fixture = Fixture::full();
    for number in 0..9 {
        fixture.put(&shop(&format!("coderepos/r{number}")), &repo("web"));
    }
    for (name, repository) in [("z", "r5"), ("a", "r8"), ("m", "app")] {
        fixture.put(
            &shop(&format!("coderepobindings/{name}")),
            &json!({"coderepo": repository, "permissions": "readonly"}),
        );
    }
    assert_eq!(
        fixture.names(&shop("coderepobindings")),
        ["a", "m", "lib-for-web", "z"],
        "repo-12, repo-2, repo-3, repo-9"
    );
    fixture.put(&shop("projects/api"), &json!({}));
    fixture.put(
        &shop("coderepobindings/app-for-api"),
        &json!({"coderepo": "app", "permissions": "readonly", "projects": ["api"]}),
    );
    let mut other = with(pipeline(), "/project", json!("api"));
    other["pipelines"][0]["path"] = json!("x");
    fixture.put(&shop("projectpipelineruntimes/zz"), &other);
    assert_eq!(fixture.names(&shop("projectpipelineruntimes")), ["zz", "pipe"]);
    assert_eq!(fixture.names(&shop("projects")), ["api", "web"]);
    fixture.put(&shop("environments/dev-2"), &json!({"cluster": "host", "env_type": "x"}));
    assert_eq!(fixture.names(&shop("environments")), ["ci", "dev-2", "dev"]);
}

/// §7, §11 item 12: names that collide with files or are filtered.
#[test]
fn treacherous_names() {
    let mut fixture = Fixture::full();
    fixture.put(&shop("projects/production"), &json!({"language": "go"}));
    assert!(failure(&fixture.get(&shop("projects/production"))).starts_with("404 RESOURCE_NOT_FOUND"));
    assert_eq!(fixture.names(&shop("projects")), ["web"]);
    assert!(
        failure(&fixture.post(&shop("coderepos/x"), &repo("production")))
            .contains("Project 'production' does not exist")
    );
    fixture.world.ignore("web");
    assert_eq!(fixture.names(&shop("projects")), Vec::<String>::new());
    let mut fixture = Fixture::full();
    let clash = fixture
        .post(&shop("projectpipelineruntimes/web"), &with(pipeline(), "/pipelines/0/path", json!("x")));
    assert_eq!(failure(&clash), "500  wrong type found for web node when checking Project type");
    fixture.put(
        &shop("projectpipelineruntimes/web?insecure_skip_check=true"),
        &with(pipeline(), "/pipelines/0/path", json!("x")),
    );
    assert_eq!(fixture.get(&shop("projects/web")).status, 404, "overwritten");
    let binding = json!({"coderepo": "lib", "permissions": "readonly"});
    let mut fixture = Fixture::full();
    assert_eq!(fixture.post(&shop("coderepobindings/repo-3"), &binding).status, 500);
    fixture.put(&shop("coderepobindings/repo-3?insecure_skip_check=true"), &binding);
    assert_eq!(fixture.get(&shop("coderepos/lib")).status, 404, "overwritten");
}

/// §4.0: a tree that cannot be loaded fails every operation on the product, reads included.
#[test]
fn broken_trees() {
    let mut fixture = Fixture::full();
    let text =
        "json: cannot unmarshal string into Go struct field ProjectPipelineRuntimeSpec.spec.destination";
    assert!(fixture.world.break_tree("shop", Some(text)));
    let expected = format!("500  {text}");
    assert_eq!(failure(&fixture.get(&shop("projects"))), expected);
    assert_eq!(failure(&fixture.get(&shop("environments/dev"))), expected);
    assert_eq!(failure(&fixture.post(&shop("projects/x?insecure_skip_check=true"), &json!({}))), expected);
    assert_eq!(failure(&fixture.delete(&shop("coderepobindings/lib-for-web"))), expected);
    fixture.read("/api/v1/products/shop");
    fixture.world.break_tree("shop", None);
    fixture.read(&shop("projects"));
}

/// §4.0: with several violations, chance decides which kind is reported.
#[test]
fn the_reported_violation_varies() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/clusters/v", &virtual_cluster("deployment"));
    fixture.put(&shop("environments/v"), &json!({"cluster": "v", "env_type": "x"}));
    fixture.remove("/api/v1/clusters/v");
    fixture.put(&shop("coderepos/bad?insecure_skip_check=true"), &repo("none"));
    let report = |fixture: &mut Fixture| failure(&fixture.post(&shop("projects/new"), &json!({})));
    let steady = report(&mut fixture);
    assert!(steady.contains("Cluster 'v'"));
    assert_eq!(report(&mut fixture), steady);
    fixture.world.options.shuffle = true;
    let seen: std::collections::BTreeSet<String> = (0..40).map(|_| report(&mut fixture)).collect();
    assert_eq!(seen.len(), 2, "{seen:?}");
}

/// §7: names of 251 characters and more do not fit into the name of a file; nothing is saved.
#[test]
fn names_that_are_too_long_for_a_file() {
    let mut fixture = Fixture::full();
    let rows = [
        ("projects", json!({}), "projects/{name}/{name}.yaml"),
        ("environments", json!({"cluster": "host", "env_type": "x"}), "envs/{name}.yaml"),
        (
            "coderepobindings",
            json!({"coderepo": "lib", "permissions": "readonly"}),
            "code-repos/repo-3/{name}.yaml",
        ),
        (
            "deploymentruntimes",
            with(super::deployment(), "/manifest_source/path", json!("other")),
            "runtimes/{name}.yaml",
        ),
    ];
    for (collection, body, file) in rows {
        let name = "x".repeat(251);
        let refused = failure(&fixture.post(&shop(&format!("{collection}/{name}")), &body));
        let file = file.replace("{name}", &name);
        assert_eq!(
            refused,
            format!(
                "500  failed to write resource file, err: open /tmp/product1000/default.project/{file}: file \
                 name too long"
            )
        );
        assert_eq!(fixture.get(&shop(&format!("{collection}/{name}"))).status, 404);
        fixture.put(&shop(&format!("{collection}/{}", "x".repeat(250))), &body);
    }
}

/// §11 item 12: directory entries ending in `.md` or `.txt` are skipped, and a project is a directory.
#[test]
fn projects_with_an_ignored_extension() {
    let mut fixture = Fixture::full();
    fixture.put(&shop("projects/notes.md"), &json!({}));
    assert_eq!(fixture.names(&shop("projects")), ["web"]);
    assert_eq!(fixture.get(&shop("projects/notes.md")).status, 404);
    assert!(failure(&fixture.delete(&shop("projects/notes.md"))).contains("not found or invalid"));
    fixture.put(&shop("environments/notes.md"), &json!({"cluster": "host", "env_type": "x"}));
    fixture.read(&shop("environments/notes.md"));
}

/// §11 item 15: a runtime that Kubernetes refuses occupies no namespace.
#[test]
fn runtimes_that_kubernetes_refuses() {
    let mut fixture = Fixture::full();
    let mut save = |name: &str, body: Value| {
        answer(&fixture.post(&shop(&format!("projectpipelineruntimes/{name}")), &body))
    };
    let runtime = |namespace: &str, path: &str| {
        let body = with(pipeline(), "/destination", json!({"environment": "ci", "namespace": namespace}));
        with(body, "/pipelines/0/path", json!(path))
    };
    assert_eq!(save("Upper", runtime("a", "1")), "ok");
    assert_eq!(save("after-upper", runtime("a", "2")), "ok");
    assert_eq!(save("no-events", with(runtime("b", "3"), "/event_sources/0/gitlab/events", json!([]))), "ok");
    assert_eq!(save("after-no-events", runtime("b", "4")), "ok");
    assert_eq!(
        save("taken", runtime("b", "5")),
        "500  verify project pipeline runtime failed, err: namespace b is used by other runtime"
    );
}
