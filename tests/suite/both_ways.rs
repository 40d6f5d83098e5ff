//! What is read from Git is what the API says, or more: over random fleets and histories in which others
//! write through the API, push by hand, and move, rename, delete and show projects.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nautform::internals::config::load::{self, LoadOptions};
use nautform::internals::config::resolve;
use nautform::internals::live::client::Reader;
use nautform::internals::live::client::RetryPolicy;
use nautform::internals::live::gitlab::GitSource;
use nautform::internals::live::snapshot::{Collection, Live, MaxAge, RefreshOptions, Snapshot};
use nautform::internals::plan::diff::AttributeChange;
use nautform::internals::resource::Observed;
use nautform::internals::resource::schema::Listing;
use nautform::internals::session::export;
use nautform::internals::session::{PlanOptions, Planned, plan};
use nautform::sandbox::server::Server;
use nautform::sandbox::{Method, Options, World};
use nautform::{Mode, Secret, Silent};
use serde_json::{Value as Json, json};

use crate::support::fleets::{Fleet, Rng, scenarios};
use crate::support::{HEAD, InMemory, KUBECONFIG, Run, cluster, literal, product, runtime, serving};

/// Repeats what fails, without waiting.
fn options(git: Option<Arc<GitSource>>) -> RefreshOptions {
    let delay = Duration::from_millis(1);
    let retry =
        RetryPolicy { first_delay: delay, longest_delay: delay, retries: 2, ..RetryPolicy::default() };
    RefreshOptions { git, retry, ..RefreshOptions::default() }
}

fn source_of(gitlab: &Server) -> GitSource {
    GitSource::new(Some(gitlab.url().parse().unwrap()), Secret::new("token".to_owned()))
}

/// Reads everything that the API lists.
async fn everything(server: &InMemory, git: Option<Arc<GitSource>>) -> Snapshot {
    let reader = Reader::new(Arc::new(server.clone()));
    let options = options(git);
    export(&reader, None, &[], &options).await.unwrap().snapshot
}

/// Reads what manifests name.
async fn named(server: &InMemory, manifests: &str, git: Option<Arc<GitSource>>) -> Snapshot {
    let texts = [(PathBuf::from("fleet.yaml"), manifests.to_owned())];
    let mut loaded = load::load_texts(".".as_ref(), texts, &LoadOptions::default());
    let configuration = resolve::resolve_manifests(&mut loaded);
    let reader = Reader::new(Arc::new(server.clone()));
    plan(&configuration, None, &reader, &PlanOptions::new(Mode::Apply, options(git))).await.unwrap().snapshot
}

/// The fields without the hooks that the API never shows.
fn as_shown(observed: &Observed) -> Json {
    let mut spec = observed.spec.to_json();
    if let Some(hooks) = spec.get_mut("hooks").and_then(Json::as_object_mut)
        && !hooks.contains_key("preHooks")
    {
        hooks.remove("postHooks");
        if hooks.is_empty() {
            spec.as_object_mut().unwrap().remove("hooks");
        }
    }
    spec
}

/// The fields as the API shows them, with the names of repositories that no list shows: only Git knows whose
/// display names they are.
fn with_names(spec: &Json, hidden: &BTreeMap<String, String>) -> Json {
    match spec {
        Json::String(text) => hidden.get(text).map_or_else(|| spec.clone(), |name| json!(name)),
        Json::Array(items) => items.iter().map(|item| with_names(item, hidden)).collect(),
        Json::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), with_names(value, hidden))).collect()
        }
        other => other.clone(),
    }
}

#[track_caller]
fn compare(api: &Snapshot, git: &Snapshot, what: &str) {
    let lists_it = |address: &nautform::Address| api.is_read(&Collection::of(address));
    let mut hidden = BTreeMap::new();
    for observed in git.objects() {
        let address = &observed.address;
        if address.kind().reading.listing == Listing::Gaps
            && let Some(shown) = observed.spec.to_json()["git"]["gitlab"]["name"].as_str()
            && shown != address.name()
        {
            hidden.insert(shown.to_owned(), address.name().to_owned());
        }
        let is_more = address.kind().reading.listing == Listing::Gaps || !lists_it(address);
        assert!(api.observed(address).is_some() || is_more, "{what}: only Git shows {address}");
    }
    for observed in api.objects() {
        let address = &observed.address;
        let Some(found) = git.observed(address) else { panic!("{what}: Git lacks {address}") };
        let mut shown = observed.spec.to_json();
        if address.kind().reading.listing != Listing::Gaps {
            shown = with_names(&shown, &hidden);
        }
        assert_eq!(as_shown(found), shown, "{what}: {address}");
    }
    for (address, why) in git.unreadable() {
        assert!(api.observed(address).is_none(), "{what}: {address}: {why}");
    }
}

#[test]
fn project_that_is_hidden_from_the_token_is_not_called_gone() {
    let manifests = runtime_with("", "");
    let mut run = Run::of(&manifests);
    run.converge();
    assert!(run.server.world().hide_project("p", "source"));
    let broken = runtime().block_on(async {
        let world: World = run.server.world().clone();
        let gitlab = serving(world, Options::default()).await;
        let source = source_of(&gitlab);
        let git = named(&run.server, &manifests, Some(Arc::new(source))).await;
        assert_eq!(git.ways.read_from_git().count(), 1);
        compare(&named(&run.server, &manifests, None).await, &git, "a hidden project");
        git.ways.broken().map(|(address, why)| format!("{address}: {why}")).collect::<Vec<_>>()
    });
    assert_eq!(broken, [""; 0], "the server shows all of it");
}

/// The server of a run with GitLab's part over HTTP; the snapshots of both ways are compared.
#[track_caller]
fn check(run: &Run, manifests: &str, what: &str) -> (usize, usize) {
    let runtime = runtime();
    runtime.block_on(async {
        let world: World = run.server.world().clone();
        // The API is asked in memory, where its repositories are at another address.
        let options = Options { gitlab_url: Some("https://gitlab.sandbox".to_owned()), ..Options::default() };
        let gitlab = serving(world, options).await;
        let source = || Some(Arc::new(source_of(&gitlab)));
        let git = everything(&run.server, source()).await;
        compare(&everything(&run.server, None).await, &git, what);
        let api = named(&run.server, manifests, None).await;
        let named = named(&run.server, manifests, source()).await;
        compare(&api, &named, what);
        for observed in named.objects() {
            let live = api.live(&observed.address);
            let is_gap = observed.address.kind().reading.listing == Listing::Gaps;
            assert!(!matches!(live, Live::Absent) || is_gap, "{what}: {}", observed.address);
        }
        (git.ways.read_from_git().len(), git.ways.through_api().len())
    })
}

fn post(world: &mut World, path: &str, body: &Json) {
    world.out_of_band(Method::Post, path, Some(body));
}

/// Something that others do.
fn happen(rng: &mut Rng, world: &mut World) -> String {
    let objects = world.objects();
    let Some(object) = rng.pick(&objects).cloned() else { return "nothing".to_owned() };
    let name = object.name.as_str();
    let product = object.product.as_deref().unwrap_or("p");
    let path = format!("/api/v1/products/{product}/{}s/{name}", object.kind.to_ascii_lowercase());
    let text =
        ["yes", "1.10", "two\nlines", "a: b", "# x", "演示", " padded ", "null", "-", "'q'"][rng.below(10)];
    match (object.kind, rng.below(8)) {
        ("CodeRepo", 0) => _ = world.rename_repository(product, name, &format!("Shown as {name}")),
        ("CodeRepo", 1) => _ = world.rename_repository(product, name, name),
        ("CodeRepo", 2) => _ = world.delete_gitlab_project(product, name),
        ("CodeRepo", 3) => _ = world.move_repository(product, name, &format!("{name}-moved")),
        ("CodeRepo", 4) => _ = world.show_repository(product, name, ["public", "internal"][rng.below(2)]),
        ("CodeRepo", 5) => {
            post(world, "/api/v1/products/other", &json!({"git": {"gitlab": {"visibility": "private"}}}));
            world.transfer_repository(product, name, "other");
        }
        ("CodeRepo", _) => _ = world.describe_repository(product, name, text),
        ("Product", 0..3) => _ = world.rename_group(name, &format!("Product {name}")),
        ("Product", 3) => {
            world.push_file(name, "envs/by-hand.yaml", Some(("", "invalid file, content is empty in envs")));
        }
        ("Product", 4) => _ = world.push_file(name, "envs/by-hand.yaml", None),
        ("Product", 5) => _ = world.hide_repository(name, rng.one_in(2)),
        ("Project", _) => post(world, &path, &json!({"language": text})),
        ("Environment", _) => post(world, &path, &json!({"cluster": "c0", "env_type": text})),
        ("DeploymentRuntime", 0) => _ = world.unlist(product, &format!("runtimes/{name}.yaml")),
        ("ProjectPipelineRuntime", 0) => _ = world.drop_additional_resources(product, name),
        ("ProjectPipelineRuntime", number) => {
            let shown = world.out_of_band(Method::Get, &path, None).json();
            if shown.get("name").is_some() {
                let all = [json!({"name": "log", "alias": text, "vars": {"a": text}})];
                let hooks = |number: usize| json!(all[..number]);
                let mut body = shown;
                body["hooks"] = json!({"pre_hooks": hooks(number % 2), "post_hooks": hooks(number / 2 % 2)});
                if number == 7 {
                    let input = json!({"source": {"built_in_var": "x"}, "transmission_method": {"kustomization": {"path": text}}});
                    body["pipeline_triggers"][0]["inputs"] = json!([input]);
                }
                post(world, &path, &body);
            }
        }
        (_, 0) => _ = world.out_of_band(Method::Delete, &path, None),
        _ => {}
    }
    format!("{} {name}", object.kind)
}

#[test]
fn random_histories_are_the_same_read_both_ways() {
    let mut from_git = 0;
    let mut through_api = 0;
    for seed in 0..scenarios(25) {
        let mut rng = Rng(seed);
        let fleet = Fleet::new(&mut rng);
        let manifests = fleet.manifests();
        let mut run = Run::of(&manifests);
        run.converge();
        let mut history = Vec::new();
        for _ in 0..4 {
            for _ in 0..3 {
                history.push(happen(&mut rng, &mut run.server.world()));
            }
            let (git, api) = check(&run, &manifests, &format!("seed {seed}, {history:?}"));
            from_git += git;
            through_api += api;
        }
    }
    println!("{from_git} products from Git, {through_api} through the API");
    assert!(from_git > through_api, "{from_git} from Git, {through_api} through the API");
}

/// The plan with drift of a fleet that was applied as `applied` and changed to `live` by others, read from Git.
fn planned_from_git(applied: &str, live: &str, declared: &str) -> Planned {
    let mut run = Run::of(applied);
    run.converge();
    let mut others = Run { server: run.server.clone(), ..Run::of(live) };
    others.apply(Mode::Apply);
    run.declare(declared);
    runtime().block_on(async {
        let world: World = run.server.world().clone();
        let gitlab = serving(world, Options::default()).await;
        let source = source_of(&gitlab);
        let reader = Reader::new(Arc::new(run.server.clone()));
        let options = PlanOptions {
            drift: true,
            rehearse: true,
            ..PlanOptions::new(Mode::Apply, options(Some(Arc::new(source))))
        };
        plan(&run.configuration, Some(&run.state), &reader, &options).await.unwrap()
    })
}

/// A runtime with these inputs and hooks, and what it needs.
fn runtime_with(inputs: &str, hooks: &str) -> String {
    format!(
        "{}{}\
         ---\n{HEAD}kind: Project\nspec: {{name: web, product: p}}\n\
         ---\n{HEAD}kind: CodeRepo\nspec: {{name: source, product: p, project: web, git: {{gitlab: \
         {{visibility: private}}}}}}\n\
         ---\n{HEAD}kind: Environment\nspec: {{name: dev, product: p, cluster: a, envType: dev}}\n\
         ---\n{HEAD}kind: ProjectPipelineRuntime\nspec:\n  name: build\n  product: p\n  project: web\n  \
         pipelineSource: source\n  pipelines: [{{name: main, path: a.yaml}}]\n  eventSources: [{{name: push, \
         gitlab: {{repoName: source, events: [push_events]}}}}]\n  pipelineTriggers: [{{eventSource: push, \
         pipeline: main, inputs: [{inputs}]}}]\n  destination: {{environment: dev}}\n  isolation: shared\n  \
         hooks: {{postHooks: [{hooks}]}}\n",
        cluster("a", "pipeline", &literal(KUBECONFIG)),
        product("p"),
    )
}

fn input(variable: &str) -> String {
    format!("{{source: {{builtInVar: {variable}}}, transmissionMethod: {{kustomization: {{path: x}}}}}}")
}

fn paths(all: &[AttributeChange]) -> Vec<String> {
    all.iter().map(|attribute| attribute.path.to_string()).collect()
}

#[test]
fn fields_that_the_server_never_returns_are_compared_with_git() {
    let one = runtime_with(&input("one"), "{name: log, vars: {printPath: /var}}");
    let two = runtime_with(&input("two"), "");
    let unchanged = planned_from_git(&one, &one, &one).plan;
    assert!(unchanged.summary().is_empty() && unchanged.drift.is_empty(), "{:#?}", unchanged.changes);
    // Others changed both, and the manifest still says what was applied.
    let changed = planned_from_git(&one, &two, &one).plan;
    let hidden = ["pipelineTriggers", "hooks.postHooks"];
    assert_eq!(paths(&changed.drift[0].attributes), hidden);
    assert_eq!(changed.summary().change, 1);
    let change = changed.changing().next().unwrap();
    assert_eq!(paths(&change.attributes), hidden);
    assert!(change.attributes[0].before.as_ref().unwrap().to_json().to_string().contains("two"));
    // They did what the manifest says by now.
    let done = planned_from_git(&one, &two, &two).plan;
    assert_eq!((done.summary().change, done.gaps.len()), (0, 0), "{:#?}", done.changes);
}

/// A fleet on a server whose GitLab part is at `gitlab`, read from Git.
fn read_with(change: impl FnOnce(&mut World)) -> (Snapshot, Vec<String>) {
    let mut run = Run::of(&Fleet::new(&mut Rng(1)).manifests());
    run.converge();
    let runtime = runtime();
    runtime.block_on(async {
        let world: World = run.server.world().clone();
        let gitlab = serving(world, Options::default()).await;
        gitlab.with_world(change);
        let source = source_of(&gitlab);
        let snapshot = everything(&run.server, Some(Arc::new(source))).await;
        (snapshot, gitlab.with_world(|world| world.gitlab_log().lines()))
    })
}

/// What a plan of a host with a virtual cluster shows, with the tenant's repository.
fn with_virtual_cluster(applied: &str, change: impl FnOnce(&mut World), declared: &str) -> Planned {
    with_tenant("tenant1/management", applied, change, declared)
}

fn with_tenant(tenant: &str, applied: &str, change: impl FnOnce(&mut World), declared: &str) -> Planned {
    let mut run = Run::of(applied);
    run.converge();
    run.declare(declared);
    runtime().block_on(async {
        change(&mut run.server.world());
        let world: World = run.server.world().clone();
        let gitlab = serving(world, Options::default()).await;
        let source = source_of(&gitlab);
        let source = Arc::new(source.with_tenant(tenant.to_owned()));
        let reader = Reader::new(Arc::new(run.server.clone()));
        let options = PlanOptions { drift: true, ..PlanOptions::new(Mode::Apply, options(Some(source))) };
        plan(&run.configuration, Some(&run.state), &reader, &options).await.unwrap()
    })
}

fn host_with(port: u16, listener: &str) -> String {
    format!(
        "{HEAD}kind: Cluster\nspec: {{name: host, apiServer: 'https://10.0.0.1:6443', clusterKind: kubernetes, \
         clusterType: physical, usage: host, kubeconfig: {KUBECONFIG:?}}}\n---\n{HEAD}kind: \
         Cluster\nspec:\n  {{name: v, apiServer: 'https://10.0.0.1:31000', clusterKind: kubernetes, \
         clusterType: virtual, usage: worker, workerType: pipeline, hostCluster: host, vcluster: \
         {{httpsNodePort: '{port}'}}, componentsList: {{eventListener: {{namespace: {listener}}}}}}}\n"
    )
}

#[test]
fn hidden_fields_of_clusters_are_compared_with_the_tenant_repository() {
    let applied = host_with(31_000, "argo-events");
    let same = with_virtual_cluster(&applied, |_| {}, &applied);
    assert!(same.plan.summary().is_empty() && same.plan.drift.is_empty(), "{:#?}", same.plan.drift);
    assert_eq!(same.snapshot.ways.broken().count(), 0);
    let theirs = |world: &mut World| {
        let mut body = world.out_of_band(Method::Get, "/api/v1/clusters/v", None).json();
        body["vcluster"] = json!({"https_node_port": "31999"});
        body["components_list"] = json!({"event_listener": {"name": "argo-events", "namespace": "theirs"}});
        post(world, "/api/v1/clusters/v", &body);
    };
    let drifted = with_virtual_cluster(&applied, theirs, &applied).plan;
    let drift = &drifted.drift[0];
    let hidden = ["vcluster.httpsNodePort", "componentsList.eventListener.namespace"];
    assert_eq!(
        (drift.address.to_string().as_str(), paths(&drift.attributes)),
        ("Cluster/v", hidden.map(str::to_owned).to_vec())
    );
    assert_eq!(drifted.summary().change, 1);
}

#[test]
fn files_that_a_host_lost_are_findings() {
    let applied = host_with(31_000, "argo-events");
    let lose = |world: &mut World| world.lose_virtual_cluster("v");
    let found = with_virtual_cluster(&applied, lose, &applied);
    let broken: Vec<String> =
        found.snapshot.ways.broken().map(|(address, why)| format!("{address}: {why}")).collect();
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert!(broken[0].starts_with("Cluster/v: its host does not have it in its list"), "{broken:?}");
    assert!(found.plan.summary().is_empty());
}

#[test]
fn repository_that_is_not_the_tenants_tells_nothing() {
    let applied = host_with(31_000, "argo-events") + &product("p");
    let found = with_tenant("p/default.project", &applied, |_| {}, &applied).snapshot.ways;
    assert_eq!(found.broken().count(), 0);
    assert_eq!(found.tenant_not_read().unwrap(), "it does not hold the manifests of the clusters");
}

#[test]
fn rate_limit_of_gitlab_is_waited_for() {
    let started = std::time::Instant::now();
    let (snapshot, asked) = read_with(|world| world.limit_gitlab(&[1]));
    assert_eq!(asked, ["429", "200", "200"].map(|status| format!("POST /api/graphql {status}")));
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(snapshot.ways.read_from_git().collect::<Vec<_>>(), ["p"]);
}

/// How many requests to GitLab show whether a product changed, before one of its projects is written.
fn requests_before_a_write(change: impl FnOnce(&mut World)) -> u64 {
    let fleet = |language: &str| {
        let object = |kind: &str, spec: &str| format!("---\n{HEAD}kind: {kind}\nspec: {{{spec}}}\n");
        object("Product", "name: p, git: {gitlab: {visibility: private}}")
            + &object("CodeRepo", "name: r, product: p, git: {gitlab: {visibility: private}}")
            + &object("Project", &format!("name: a, product: p, language: {language}"))
    };
    let mut run = Run::of(&fleet("go"));
    run.converge();
    run.declare(&fleet("rust"));
    let runtime = runtime();
    runtime.block_on(async {
        let world: World = run.server.world().clone();
        let gitlab = serving(world, Options::default()).await;
        run.git = Some(Arc::new(source_of(&gitlab)));
        let planned = run.plan(Mode::Apply).await;
        let sent = gitlab.with_world(|world| world.gitlab_log().total());
        gitlab.with_world(change);
        let always = MaxAge { least: Duration::ZERO, durations: 0 };
        assert!(run.carry_out_renewed(&planned, always, &mut Silent).await.is_complete());
        gitlab.with_world(|world| world.gitlab_log().total()) - sent
    })
}

/// Its files are read again only if it did.
#[test]
fn one_request_tells_whether_a_product_changed() {
    assert_eq!(requests_before_a_write(|_| {}), 1);
    let changed = |change: fn(&mut World)| assert_eq!(requests_before_a_write(change), 2);
    changed(|world| assert!(world.describe_repository("p", "r", "other")));
    changed(|world| assert!(world.rename_group("p", "other")));
    changed(|world| assert!(world.push_file("p", "README.md", Some(("", "")))));
    changed(|world| post(world, "/api/v1/products/p/projects/new", &json!({"language": "go"})));
}

#[test]
fn fewer_files_are_asked_for_where_gitlab_gives_fewer() {
    let (snapshot, asked) = read_with(|world| world.limit_files(3));
    assert_eq!(snapshot.ways.read_from_git().collect::<Vec<_>>(), ["p"]);
    assert!(asked.len() > 4, "{asked:?}");
}

#[test]
fn repository_that_the_token_may_not_read_is_left_to_the_api() {
    let (snapshot, asked) = read_with(|world| _ = world.hide_repository("p", true));
    assert_eq!(asked.len(), 1, "{asked:?}");
    let why = "the token may not read the group's default.project".to_owned();
    assert_eq!(snapshot.ways.through_api().collect::<Vec<_>>(), [("p", why)]);
    assert!(snapshot.objects().count() > 10);
}
