//! Pipeline runtimes (§4.6).

use serde_json::{Value, json};

use super::{Fixture, PANIC, answer, deployment, failure, pipeline, repo, shop, with};
use crate::sandbox::HookMetadata;
use crate::sandbox::model::Slot;

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
    let mut starts = |body: Value, name: &str, what: &str| {
        let answer = save(&mut fixture, body);
        let convert = format!("failed to convert repository name {name} to codeRepo name");
        let expected =
            format!("{lookup} {what}, err: {convert}, err: error: code = 404 reason = PROJECT_NOT_FOUND");
        assert!(answer.starts_with(&expected), "{answer}");
    };
    starts(with(pipeline(), "/pipeline_source", json!("none")), "none", "pipeline repository name");
    starts(
        with(pipeline(), "/event_sources/0/gitlab/repo_name", json!("none")),
        "none",
        "git repository name for event source",
    );
    let mut only_url = pipeline();
    only_url["additional_resources"] = json!({"git": {"url": "https://example.com/x.git"}});
    starts(only_url, "", "git repository name for additional resources");
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
            "500  ProjectPipelineRuntime pipe uses the same code repository for both codeSource and \
             pipelineSource under web directory, as found in the global validation"
                .to_owned(),
        ),
        (
            with(pipeline(), "/destination/environment", json!("none")),
            format!(
                "{global} Environment 'none' \
            does not exist or is unavailable. {please}"
            ),
        ),
        (
            with(pipeline(), "/pipeline_source", json!("default.project")),
            format!(
                "{global} CodeRepo 'repo-1' \
            does not exist or is unavailable. {please}"
            ),
        ),
        (
            with(two.clone(), "/pipelines/1/name", json!("main")),
            format!("{verify}pipeline main is duplicate"),
        ),
        (
            with(pipeline(), "/pipeline_triggers/0/pipeline", json!("none")),
            format!("{verify}found non-existent pipeline none in trigger"),
        ),
        (twice, format!("{verify}trigger is duplicate, event source push, pipeline main, trigger ")),
        (
            input(json!({}), kustomization.clone()),
            format!(
                "{verify}builtInVar and fromEvent cannot be empty \
            at the same time"
            ),
        ),
        (
            input(json!({"built_in_var": "a", "from_event": "b"}), kustomization),
            format!("{verify}both builtInVar and fromEvent has value"),
        ),
        (
            input(json!({"from_event": "b"}), json!(null)),
            format!("{verify}transmission method can not be nil"),
        ),
        (
            with(pipeline(), "/destination/environment", json!("dev")),
            format!("{verify}cluster is not a pipeline cluster"),
        ),
        (
            with(pipeline(), "/destination/environment", json!("hosted")),
            format!("{verify}cluster is not a pipeline cluster"),
        ),
        (
            with(pipeline(), "/pipeline_source", json!("secret")),
            format!(
                "{verify}not permitted to use \
            repository repo-4"
            ),
        ),
        (
            additional,
            format!(
                "{verify}pipeline can not use code repo repo-4 in additional resource: not permitted to \
                     use repository repo-4"
            ),
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
        "500  verify project pipeline runtime failed, err: get used namespaces in cluster build failed: \
         environment none not found"
    );
    fixture.remove("/api/v1/products/two/deploymentruntimes/bad");
    fixture.put(&shop("projects/new"), &json!({}));
}

/// §4.6: a stored cluster without an event listener is a nil dereference.
#[test]
fn pipeline_clusters_without_event_listener() {
    let mut fixture = Fixture::full();
    let cluster = std::sync::Arc::make_mut(fixture.world.clusters.get_mut("build").expect("a cluster"));
    cluster.components.0.insert(Slot::EventListener, None);
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
        json!({"pre_hooks": [{"name": "ls", "vars": {}, "alias": ""}], "post_hooks": [{"name": "ls",
            "vars": {"a": "2", "b": "1"}, "alias": "x"}]})
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
    let none = json!([]);
    let no = json!(null);
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
