//! The product-scoped kinds (§4.0, §4.2 to §4.7) and their references (§6).

use serde_json::{Value, json};

use super::{Fixture, deployment, failure, guest, pipeline, repo, shop, worker};
use crate::sandbox::{HookMetadata, Options};

const PANIC: &str = "500 UNKNOWN unknown request error";

fn with(mut body: Value, path: &str, value: Value) -> Value {
    *body.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
    body
}

fn answer(response: &crate::sandbox::Response) -> String {
    if response.status == 200 { "ok".to_owned() } else { failure(response) }
}

fn rule(chain: &[&str], rule: &str) -> String {
    let mut text = "400 VALIDATOR invalid SaveRequest.Body: embedded message failed validation".to_owned();
    for (index, field) in chain.iter().enumerate() {
        let why = if index + 1 == chain.len() { rule } else { "embedded message failed validation" };
        text.push_str(&format!(" | caused by: invalid {field}: {why}"));
    }
    text
}

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
            "{global} Project 'web' does not exist or is unavailable. Please check CodeRepo 'app' in directory 'code-repos/repo-2'"
        )
    );
    assert_eq!(
        blocked(&mut fixture, "coderepos/lib"),
        "500  the authorization repository repo-3 does not exist when checking CodeRepoBinding lib-for-web"
    );
    assert_eq!(
        blocked(&mut fixture, "coderepos/app"),
        format!(
            "{global} CodeRepo 'repo-2' does not exist or is unavailable. Please check ProjectPipelineRuntime 'pipe' in directory 'projects/web'"
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
        "500 RESOURCE_NOT_EXIST During global validation, it was found that repo-2 'CodeRepo' does not exist or is unavailable. Please check resource path of default project: runtimes/run, err: failed to get codeRepo repo-2"
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
        "500  verify deployment runtime failed, err: project web is illegal: not permitted to use repository repo-2"
    );
    fixture.put(
        &shop("coderepobindings/app-for-web"),
        &json!({"coderepo": "app", "permissions": "readonly", "projects": []}),
    );
    assert_eq!(
        blocked(&mut fixture, "projects/web"),
        "500  the referenced project web by the deployment runtime run does not exist while verifying the validity of the global template"
    );
    fixture.remove(&shop("projects/web?insecureSkipCheck=true"));
    let poisoned = fixture.post(&shop("projects/other"), &json!({}));
    assert_eq!(poisoned.status, 500, "§4.0: one broken resource blocks all writes");
    fixture.put(&shop("projects/other?insecure_skip_check=true"), &json!({}));
    fixture.put(&shop("projects/web"), &json!({}));
    fixture.put(&shop("projects/other"), &json!({}));
}

/// §4.3: an environment's cluster must be known to Kubernetes, and be used once per product.
#[test]
fn environments() {
    let mut fixture = Fixture::full();
    let save = |fixture: &mut Fixture, name: &str, cluster: &str| {
        answer(
            &fixture
                .post(&shop(&format!("environments/{name}")), &json!({"cluster": cluster, "env_type": "x"})),
        )
    };
    assert_eq!(
        save(&mut fixture, "new", "none"),
        "500  during global validation, it was found that Cluster 'none' does not exist or is unavailable. Please check Environment 'new' in directory 'envs'err: clusters.nautes.resource.nautes.io \"none\" not found"
    );
    assert_eq!(
        save(&mut fixture, "again", "deploy"),
        "500  duplicate reference cluster resources sbetween resource again and resource dev"
    );
    fixture.put("/api/v1/clusters/spare", &worker("deployment"));
    assert_eq!(save(&mut fixture, "dev", "spare"), "ok", "the cluster may be changed");
    assert_eq!(save(&mut fixture, "new", "deploy"), "ok");
    let swapped = save(&mut fixture, "dev", "deploy");
    assert!(swapped.contains("duplicate reference"), "{swapped}: swapping needs an intermediate cluster");
    fixture.put("/api/v1/products/other", &json!({"git": {}}));
    fixture.put("/api/v1/products/other/environments/dev", &json!({"cluster": "spare", "env_type": "x"}));
}

/// §4.3, §5: Kubernetes sees a cluster later than git has it, and keeps seeing a deleted one for a while.
#[test]
fn clusters_become_visible_later() {
    let mut fixture = Fixture::with(Options { sync_lag_ms: 5000, ..Options::default() });
    fixture.put("/api/v1/products/shop", &json!({"git": {}}));
    fixture.put("/api/v1/clusters/c", &worker("deployment"));
    assert_eq!(fixture.read("/api/v1/clusters/c")["name"], "c", "GET reads git");
    let environment = json!({"cluster": "c", "env_type": "x"});
    assert!(
        failure(&fixture.post(&shop("environments/e"), &environment))
            .contains("Cluster 'c' does not exist or is unavailable")
    );
    fixture.now += 4999;
    assert_eq!(fixture.post(&shop("environments/e"), &environment).status, 500);
    fixture.now += 1;
    fixture.put(&shop("environments/e"), &environment);
    fixture.remove("/api/v1/clusters/c");
    fixture.put(&shop("projects/p"), &json!({}));
    fixture.now += 5000;
    assert_eq!(fixture.post(&shop("projects/q"), &json!({})).status, 500, "§11 item 14");
}

/// §4.4: names and paths, and the members that GitLab ignores when empty.
#[test]
fn code_repos() {
    let mut fixture = Fixture::full();
    let path = "500  the name of the codeRepo resource must be the same as the repository path";
    let git = |members: Value| json!({"git": {"gitlab": members}});
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/x"), &git(json!({"name": "Y", "visibility": "public"})))),
        path,
        "the default of path is the name"
    );
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/x"), &git(json!({"path": "y", "visibility": "public"})))),
        path
    );
    fixture.put(
        &shop("coderepos/x"),
        &git(json!({"name": "Nice", "path": "x", "visibility": "public", "description": "d"})),
    );
    assert_eq!(fixture.read(&shop("coderepos/x"))["git"]["gitlab"]["name"], "Nice");
    assert_eq!(
        fixture.names(&shop("coderepos")),
        ["lib", "app"],
        "LIST hides it: its display name is not its path"
    );
    fixture.put(&shop("coderepos/x"), &git(json!({"visibility": "private"})));
    assert_eq!(fixture.names(&shop("coderepos")), ["x", "lib", "app"], "newest first");
    let stored = fixture.read(&shop("coderepos/x"));
    assert_eq!(stored["git"]["gitlab"]["description"], "d", "cannot be cleared");
    assert_eq!(stored["git"]["gitlab"]["visibility"], "private");
    assert_eq!(
        (&stored["project"], &stored["pipeline_runtime"]),
        (&json!(""), &json!(false)),
        "full replacement"
    );
    fixture.put(&shop("coderepos/bare"), &json!({"git": {}}));
    let clash =
        fixture.post(&shop("coderepos/y"), &git(json!({"name": "app", "path": "y", "visibility": "public"})));
    assert!(failure(&clash).contains("{name: [has already been taken]}"));
    let event = with(repo("web"), "/webhook/events", json!(["push_events", "", "stars"]));
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/app"), &event)),
        "500  invalid webhook stars please refer to gitlab api documentation: https://docs.gitlab.com/ee/api/projects.html#edit-project-hook"
    );
    assert_eq!(
        failure(&fixture.post(&shop("coderepos/repo-2"), &repo("web"))),
        PANIC,
        "the id of another repository"
    );
    fixture.put(&shop("coderepos/repo-99"), &repo("web"));
}

/// §4.4: live GitLab values show; a missing GitLab project is another answer.
#[test]
fn code_repos_show_gitlab() {
    let mut fixture = Fixture::full();
    assert!(fixture.world.describe_repository("shop", "app", "changed by hand"));
    assert_eq!(fixture.read(&shop("coderepos/app"))["git"]["gitlab"]["description"], "changed by hand");
    assert!(fixture.world.rename_repository("shop", "app", "App"));
    assert_eq!(fixture.names(&shop("coderepos")), ["lib"]);
    assert_eq!(
        fixture.read(&shop("deploymentruntimes/run"))["manifest_source"]["code_repo"],
        "App",
        "§4.0: display names"
    );
    assert_eq!(fixture.read(&shop("projectpipelineruntimes/pipe"))["pipeline_source"], "App");
    assert!(fixture.world.rename_group("shop", "The Shop"));
    for (path, product) in [
        ("environments/dev", "The Shop"),
        ("coderepos/app", "The Shop"),
        ("coderepobindings/lib-for-web", "The Shop"),
        ("deploymentruntimes/run", "The Shop"),
        ("projects/web", "shop"),
    ] {
        assert_eq!(fixture.read(&shop(path))["product"], product, "{path}");
    }
    assert_eq!(fixture.read(&shop("coderepos"))["items"][0]["product"], "shop", "LIST echoes the URL");
    assert!(fixture.world.delete_gitlab_project("shop", "lib"));
    let gone = "500  failed to convert codeRepo name repo-3 to repository name, err: ";
    for path in ["coderepobindings/lib-for-web", "coderepobindings"] {
        let answer = failure(&fixture.get(&shop(path)));
        assert!(answer.starts_with(gone), "§4.5, GET and the whole LIST: {answer}");
    }
    fixture.world.delete_gitlab_project("shop", "app");
    assert_eq!(fixture.get(&shop("deploymentruntimes")).status, 500, "§4.7");
}

/// §2.4, §4.5: a denied refresh of permissions comes after everything is saved.
#[test]
fn denied_refresh() {
    let mut fixture = Fixture::full();
    fixture.world.options.refresh_denied = true;
    let repository = fixture.post(&shop("coderepos/new"), &repo("web"));
    let message = repository.json()["message"].as_str().expect("a message").to_owned();
    assert_eq!(repository.status, 200);
    assert!(message.starts_with("[warning] the CodeRepo new was deleted, but refresh permission failed, please check the current user permission, err: "));
    let binding = fixture.post(
        &shop("coderepobindings/b"),
        &json!({"coderepo": "new", "permissions": "readwrite", "projects": []}),
    );
    assert!(
        failure(&binding)
            .starts_with("403 REFRESH_PERMISSIONS_ACCESS_DENIED failed to refersh permission, err: ")
    );
    assert_eq!(fixture.read(&shop("coderepobindings/b"))["permissions"], "readwrite");
    assert_eq!(fixture.read(&shop("coderepos/new"))["name"], "new");
}

/// §4.5: bindings.
#[test]
fn bindings() {
    let mut fixture = Fixture::full();
    let save = |fixture: &mut Fixture, name: &str, body: Value| {
        answer(&fixture.post(&shop(&format!("coderepobindings/{name}")), &body))
    };
    let unknown = save(&mut fixture, "b", json!({"coderepo": "none", "permissions": "readonly"}));
    assert!(unknown.starts_with("500  failed to convert repository name none to codeRepo name, err: error: code = 404 reason = PROJECT_NOT_FOUND"), "{unknown}");
    let unmanaged =
        save(&mut fixture, "b", json!({"coderepo": "default.project", "permissions": "readonly"}));
    assert_eq!(
        unmanaged,
        "500  the authorization repository repo-1 does not exist when checking CodeRepoBinding b"
    );
    let project =
        save(&mut fixture, "b", json!({"coderepo": "lib", "permissions": "readonly", "projects": ["none"]}));
    assert_eq!(project, "500  project resource none does not exist or is invalid");
    let moved = save(&mut fixture, "lib-for-web", json!({"coderepo": "app", "permissions": "readonly"}));
    assert!(
        moved.starts_with("500 NOT_ALLOWED_MODIFY It is not allowed to modify the authorized repository."),
        "{moved}"
    );
    assert_eq!(
        save(
            &mut fixture,
            "lib-for-web",
            json!({"product": "ignored", "coderepo": "lib", "permissions": "readwrite", "projects": []})
        ),
        "ok"
    );
    let binding = fixture.read(&shop("coderepobindings/lib-for-web"));
    assert_eq!(
        binding,
        json!({"product": "shop", "name": "lib-for-web", "projects": [], "permissions": "readwrite", "coderepo": "lib"})
    );
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

/// §4.6, errors 2 to 4.
#[test]
fn pipeline_runtimes_at_the_service() {
    let mut fixture = Fixture::full();
    let save = |fixture: &mut Fixture, body: Value| {
        answer(&fixture.post(&shop("projectpipelineruntimes/pipe"), &body))
    };
    assert_eq!(
        save(&mut fixture, with(pipeline(), "/pipeline_triggers/0/event_source", json!("none"))),
        "500  the event source none in the trigger does not exist"
    );
    assert_eq!(
        save(&mut fixture, with(pipeline(), "/destination", json!(null))),
        "500  pipeline deployment target configuration not submitted, please checked '.Destination' field "
    );
    let lookup = "500  failed to get codeRepo name when converting";
    let mut starts = |body: Value, prefix: &str| {
        let answer = save(&mut fixture, body);
        assert!(
            answer.starts_with(&format!(
                "{lookup} {prefix}, err: error: code = 404 reason = PROJECT_NOT_FOUND"
            )),
            "{answer}"
        );
    };
    starts(with(pipeline(), "/pipeline_source", json!("none")), "pipeline repository name");
    starts(
        with(pipeline(), "/event_sources/0/gitlab/repo_name", json!("none")),
        "git repository name for event source",
    );
    let mut only_url = pipeline();
    only_url["additional_resources"] = json!({"git": {"url": "https://example.com/x.git"}});
    starts(only_url, "git repository name for additional resources");
    fixture.put(&shop("projects/api"), &json!({}));
    let moved = with(pipeline(), "/project", json!("api"));
    assert_eq!(
        answer(&fixture.post(&shop("projectpipelineruntimes/pipe"), &moved)),
        "500  existing pipeline runtime is not allow modifying the project field"
    );
}

/// §4.6, error 5: global validation.
#[test]
fn pipeline_runtimes_in_the_tree() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/clusters/host2", &super::host());
    fixture.put(&shop("environments/hosted"), &json!({"cluster": "host2", "env_type": "x"}));
    let verify = "500  verify project pipeline runtime failed, err: ";
    let global = "500  during global validation, it was found that";
    let please = "Please check ProjectPipelineRuntime 'pipe' in directory 'projects/web'";
    let mut two = pipeline();
    two["pipelines"] = json!([{"name": "main", "path": "a"}, {"name": "other", "path": "b"}]);
    let mut twice = pipeline();
    twice["pipeline_triggers"] =
        json!([{"event_source": "push", "pipeline": "main"}, {"event_source": "push", "pipeline": "main"}]);
    let input = |source: Value, method: Value| {
        let mut body = pipeline();
        body["pipeline_triggers"][0]["inputs"] = json!([{"source": source, "transmission_method": method}]);
        body
    };
    let kustomization = json!({"kustomization": {"path": "p"}});
    let mut additional = pipeline();
    additional["additional_resources"] = json!({"git": {"coderepo": "secret"}});
    fixture.put(&shop("coderepos/secret"), &repo(""));
    let mut foreign_source = pipeline();
    foreign_source["event_sources"][0]["gitlab"]["repo_name"] = json!("secret");
    let rows: [(Value, String); 15] = [
        (
            with(two.clone(), "/pipelines/1/path", json!("a")),
            "500  ProjectPipelineRuntime pipe uses the same code repository for both codeSource and pipelineSource under web directory, as found in the global validation".to_owned(),
        ),
        (with(pipeline(), "/destination/environment", json!("none")), format!("{global} Environment 'none' does not exist or is unavailable. {please}")),
        (with(pipeline(), "/pipeline_source", json!("default.project")), format!("{global} CodeRepo 'repo-1' does not exist or is unavailable. {please}")),
        (with(two.clone(), "/pipelines/1/name", json!("main")), format!("{verify}pipeline main is duplicate")),
        (with(pipeline(), "/pipeline_triggers/0/pipeline", json!("none")), format!("{verify}found non-existent pipeline none in trigger")),
        (twice, format!("{verify}trigger is duplicate, event source push, pipeline main, trigger ")),
        (input(json!({}), kustomization.clone()), format!("{verify}builtInVar and fromEvent cannot be empty at the same time")),
        (input(json!({"built_in_var": "a", "from_event": "b"}), kustomization), format!("{verify}both builtInVar and fromEvent has value")),
        (input(json!({"from_event": "b"}), json!(null)), format!("{verify}transmission method can not be nil")),
        (with(pipeline(), "/destination/environment", json!("dev")), format!("{verify}cluster is not a pipeline cluster")),
        (with(pipeline(), "/destination/environment", json!("hosted")), format!("{verify}cluster is not a pipeline cluster")),
        (with(pipeline(), "/pipeline_source", json!("secret")), format!("{verify}not permitted to use repository repo-4")),
        (
            additional,
            format!("{verify}pipeline can not use code repo repo-4 in additional resource: not permitted to use repository repo-4"),
        ),
        (foreign_source, format!("{verify}not permitted to use repository repo-4")),
        (two, "ok".to_owned()),
    ];
    for (body, expected) in rows {
        assert_eq!(answer(&fixture.post(&shop("projectpipelineruntimes/pipe"), &body)), expected, "{body}");
    }
    let mut duplicate = pipeline();
    duplicate["pipelines"][0]["path"] = json!("b");
    assert_eq!(
        answer(&fixture.post(&shop("projectpipelineruntimes/other"), &duplicate)),
        "500  duplicate reference found between resource other and resource pipe"
    );
    fixture.world.remove_cluster_from_kubernetes("build");
    let skipped = fixture.delete(&shop("environments/none")).status;
    assert_eq!(skipped, 500);
    fixture.remove(&shop("environments/hosted?insecure_skip_check=1"));
    let first = failure(&fixture.post(&shop("projects/new"), &json!({})));
    assert!(
        first.contains("Cluster 'build' does not exist"),
        "environments are checked before runtimes: {first}"
    );
}

/// §4.6: the effective namespace must be free on the cluster, also of other products.
#[test]
fn pipeline_namespaces() {
    let mut fixture = Fixture::full();
    let used = |namespace: &str| {
        format!(
            "500  verify project pipeline runtime failed, err: namespace {namespace} is used by other runtime"
        )
    };
    let mut body = pipeline();
    body["pipelines"][0]["path"] = json!("x");
    body["destination"]["namespace"] = json!("pipe");
    assert_eq!(
        answer(&fixture.post(&shop("projectpipelineruntimes/other"), &body)),
        used("pipe"),
        "the name of the other is its namespace"
    );
    body["destination"]["namespace"] = json!("");
    fixture.put(&shop("projectpipelineruntimes/other"), &body);
    fixture.put(&shop("projectpipelineruntimes/other"), &body);
    fixture.put("/api/v1/products/two", &json!({"git": {}}));
    for path in ["projects/web", "environments/ci", "coderepos/app"] {
        let body = match path {
            "projects/web" => json!({}),
            "environments/ci" => json!({"cluster": "build", "env_type": "x"}),
            _ => repo("web"),
        };
        fixture.put(&format!("/api/v1/products/two/{path}"), &body);
    }
    let two = |name: &str| format!("/api/v1/products/two/projectpipelineruntimes/{name}");
    assert_eq!(answer(&fixture.post(&two("pipe"), &pipeline())), used("pipe"));
    fixture.remove(&shop("projectpipelineruntimes/pipe"));
    assert_eq!(answer(&fixture.post(&two("pipe"), &pipeline())), "ok");
}

/// §4.6: an inconsistent other product breaks this one.
#[test]
fn inconsistent_other_products() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/products/two", &json!({"git": {}}));
    fixture.put("/api/v1/products/two/coderepos/app", &repo(""));
    let runtime = with(deployment(), "/destination/environment", json!("none"));
    fixture.put("/api/v1/products/two/deploymentruntimes/bad?insecure_skip_check=true", &runtime);
    let answer = failure(&fixture.post(&shop("projects/new"), &json!({})));
    assert_eq!(
        answer,
        "500  verify project pipeline runtime failed, err: get used namespaces in cluster build failed: environment none not found"
    );
    fixture.remove("/api/v1/products/two/deploymentruntimes/bad");
    fixture.put(&shop("projects/new"), &json!({}));
}

/// §4.6: a stored cluster without an event listener is a nil dereference.
#[test]
fn pipeline_clusters_without_event_listener() {
    let mut fixture = Fixture::full();
    let cluster = std::sync::Arc::make_mut(fixture.world.clusters.get_mut("build").expect("a cluster"));
    cluster.components.event_listener = None;
    fixture.world.sync();
    assert_eq!(failure(&fixture.post(&shop("projectpipelineruntimes/pipe"), &pipeline())), PANIC);
}

/// §4.6: what replies hide, and what makes them panic.
#[test]
fn pipeline_replies() {
    let mut fixture = Fixture::full();
    let path = shop("projectpipelineruntimes/pipe");
    let mut body = pipeline();
    body["hooks"] = json!({"post_hooks": [{"name": "ls", "vars": {"b": "1", "a": "2"}, "alias": "x"}]});
    body["event_sources"][0]["calendar"] = json!({"schedule": "* * * * *", "exclusion_dates": ["d"]});
    body["additional_resources"] =
        json!({"git": {"coderepo": "app", "url": "u", "revision": "r", "path": "p"}});
    fixture.put(&path, &body);
    let reply = fixture.read(&path);
    assert_eq!(reply["hooks"], json!({"pre_hooks": [], "post_hooks": []}), "post hooks need a pre hook");
    assert_eq!(
        reply["event_sources"][0]["calendar"],
        json!({"schedule": "* * * * *", "interval": "", "exclusion_dates": ["d"], "timezone": ""})
    );
    assert_eq!(
        reply["additional_resources"]["git"],
        json!({"coderepo": "app", "url": "u", "revision": "r", "path": "p"})
    );
    body["hooks"]["pre_hooks"] = json!([{"name": "ls"}]);
    fixture.put(&path, &body);
    assert_eq!(
        fixture.read(&path)["hooks"],
        json!({"pre_hooks": [{"name": "ls", "vars": {}, "alias": ""}], "post_hooks": [{"name": "ls", "vars": {"a": "2", "b": "1"}, "alias": "x"}]})
    );
    body["pipeline_triggers"][0]["inputs"] =
        json!([{"source": {"built_in_var": "x"}, "transmission_method": {"kustomization": {"path": "p"}}}]);
    fixture.put(&path, &body);
    assert_eq!(failure(&fixture.get(&path)), PANIC);
    assert_eq!(
        failure(&fixture.get(&shop("projectpipelineruntimes"))),
        PANIC,
        "the LIST of the whole product"
    );
    fixture.put(&path, &pipeline());
    fixture.read(&path);
    assert!(fixture.world.drop_additional_resources("shop", "pipe"));
    assert_eq!(failure(&fixture.get(&path)), PANIC, "written to git by other means");
}

/// §4.6: hooks.
#[test]
fn hooks() {
    let mut fixture = Fixture::full();
    let hook = |name: &str, pre, post, sources: &[&str]| HookMetadata {
        name: name.to_owned(),
        pre,
        post,
        event_sources: sources.iter().map(|source| (*source).to_owned()).collect(),
    };
    fixture.world.options.hooks = Some(vec![
        hook("ls", true, true, &["gitlab"]),
        hook("pre", true, false, &[]),
        hook("post", false, true, &[]),
    ]);
    let mut save = |pre: Value, post: Value, calendar: Value| {
        let mut body = pipeline();
        body["hooks"] = json!({"pre_hooks": pre, "post_hooks": post});
        body["event_sources"][0]["calendar"] = calendar;
        let answer = answer(&fixture.post(&shop("projectpipelineruntimes/pipe"), &body));
        answer.replace("500  verify project pipeline runtime failed, err: hook is illegal: ", "")
    };
    let (none, no) = (json!([]), json!(null));
    assert_eq!(save(json!([{"name": "x"}]), none.clone(), no.clone()), "unknown hook x");
    assert_eq!(save(json!([{"name": "post"}]), none.clone(), no.clone()), "hook post can not be a pre hook");
    assert_eq!(save(none.clone(), json!([{"name": "pre"}]), no.clone()), "hook pre can not be a post hook");
    assert_eq!(
        save(json!([{"name": "ls"}, {"name": "ls", "alias": "b"}]), none.clone(), no.clone()),
        "a duplicate hook ls was found"
    );
    assert_eq!(
        save(json!([{"name": "ls"}]), json!([{"name": "ls"}]), no.clone()),
        "hook alias ls is used by other hook"
    );
    assert_eq!(
        save(json!([{"name": "ls"}]), none.clone(), json!({"schedule": "x"})),
        "hook ls verify failed: hook doesn't support event source [calendar]"
    );
    assert_eq!(save(json!([{"name": "ls"}]), json!([{"name": "ls", "alias": "again"}]), no), "ok");
}

/// §4.7: deployment runtimes.
#[test]
fn deployment_runtimes() {
    let mut fixture = Fixture::full();
    fixture.put(&shop("coderepos/secret"), &repo(""));
    fixture.put(&shop("projects/api"), &json!({}));
    let verify = "500  verify deployment runtime failed, err: ";
    let mut no_destination = deployment();
    no_destination["destination"] = json!(null);
    let rows: [(Value, String); 8] = [
        (no_destination, PANIC.to_owned()),
        (
            with(deployment(), "/destination/environment", json!("none")),
            "500 RESOURCE_NOT_EXIST During global validation, it was found that none 'Environment' does not exist or is unavailable. Please check resource path of default project: runtimes/run".to_owned(),
        ),
        (
            with(deployment(), "/projects_ref", json!(["web", "none"])),
            "500  the referenced project none by the deployment runtime run does not exist while verifying the validity of the global template".to_owned(),
        ),
        (with(deployment(), "/destination/environment", json!("ci")), format!("{verify}cluster is not a deployment cluster")),
        (
            with(deployment(), "/destination/namespaces", json!(["x", "vault"])),
            format!("{verify}deployment runtime can not use component namespace vault"),
        ),
        (
            with(with(deployment(), "/manifest_source/code_repo", json!("secret")), "/projects_ref", json!(["web", "api"])),
            format!("{verify}project web is illegal: not permitted to use repository repo-4; project api is illegal: not permitted to use repository repo-4"),
        ),
        (with(with(deployment(), "/manifest_source/code_repo", json!("secret")), "/projects_ref", json!([])), "ok".to_owned()),
        (with(deployment(), "/destination/namespaces", json!([])), "ok".to_owned()),
    ];
    for (body, expected) in rows {
        assert_eq!(answer(&fixture.post(&shop("deploymentruntimes/run"), &body)), expected, "{body}");
    }
    let missing = failure(&fixture.post(
        &shop("deploymentruntimes/run"),
        &with(deployment(), "/manifest_source/code_repo", json!("none")),
    ));
    assert!(
        missing.starts_with(
            "500  failed to get repository none, err: error: code = 404 reason = PROJECT_NOT_FOUND"
        ),
        "{missing}"
    );
    assert_eq!(
        answer(&fixture.post(&shop("deploymentruntimes/again"), &deployment())),
        "500  duplicate reference found between resource again and resource run"
    );
}

/// §4.7: namespaces that another product names on the same cluster.
#[test]
fn deployment_namespaces() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/products/two", &json!({"git": {}}));
    fixture.put("/api/v1/products/two/environments/e", &json!({"cluster": "deploy", "env_type": "x"}));
    fixture.put("/api/v1/products/two/coderepos/r", &repo(""));
    let runtime = |namespaces: Value| json!({"manifest_source": {"code_repo": "r", "target_revision": "m", "path": "p"}, "destination": {"environment": "e", "namespaces": namespaces}});
    let path = "/api/v1/products/two/deploymentruntimes/web";
    assert_eq!(
        answer(&fixture.post(path, &runtime(json!(["a", "web"])))),
        "500  verify deployment runtime failed, err: namespaces [web] is used by other product"
    );
    fixture.put(path, &runtime(json!([])));
    let own = with(
        with(deployment(), "/manifest_source/path", json!("q")),
        "/destination/namespaces",
        json!(["web"]),
    );
    fixture.put(&shop("deploymentruntimes/second"), &own);
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
    fixture.put("/api/v1/clusters/v", &guest("deployment"));
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
