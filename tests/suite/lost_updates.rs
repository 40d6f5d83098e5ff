//! Promise 17: what others write while a plan waits or is carried out is not overwritten.

use std::time::Duration;

use nautform::internals::live::snapshot::MaxAge;
use nautform::output::text::{self, View};
use nautform::sandbox::{Options, World, handle};
use nautform::{
    Address, Answer, Applied, ApplyRequest, Ask, ConnectOptions, Event, Mode, OpenOptions, Outcomes, Plan,
    Reporter, Session, SessionError, Silent, SourceMap, Starting, Unattended,
};

use crate::exit_codes::Live;
use crate::support::{
    ApiServer, HEAD, InMemory, KUBECONFIG, Run, Workspace, block_on, environment, object, product, project,
};

/// Everything is read again before each write.
const ALWAYS: MaxAge = MaxAge { least: Duration::ZERO, durations: 0 };

fn manifests(language: &str, projects: &[&str]) -> String {
    let project =
        |name: &&str| object("Project", &format!("name: {name}, product: shop, language: {language}"));
    product("shop") + &projects.iter().map(project).collect::<String>()
}

/// The fleet on a server that takes time, all of it written in Go.
async fn fleet(projects: &[&str], latency: Duration) -> Run {
    let mut run = Run::of(&manifests("go", projects));
    run.server = InMemory::with(Options { latency: latency.into(), ..Options::default() });
    let plan = run.plan(Mode::Apply).await.plan;
    assert!(run.carry_out(&plan).await.is_complete());
    run.server.world().log_mut().clear();
    run
}

/// Another user, who acts when an operation has started.
struct Colleague<F> {
    address: &'static str,
    acts: Option<F>,
}

impl<F: FnOnce()> Reporter for Colleague<F> {
    fn report(&mut self, event: &Event) {
        if let Event::Started { operation } = event
            && operation.address.to_string() == self.address
            && let Some(act) = self.acts.take()
        {
            act();
        }
    }
}

/// Applies while another user writes as soon as `address` is being written.
async fn apply_while(run: &mut Run, address: &'static str, writes: &[(&str, Option<&str>)]) -> Outcomes {
    let planned = run.plan(Mode::Apply).await;
    assert!(planned.plan.refusals.is_empty(), "{:#?}", planned.plan.refusals);
    let server = run.server.clone();
    let acts = || writes.iter().for_each(|(path, body)| server.write(path, *body));
    let mut colleague = Colleague { address, acts: Some(acts) };
    // What was read in this very moment is not older than that.
    tokio::time::advance(Duration::from_millis(1)).await;
    run.carry_out_renewed(&planned, ALWAYS, &mut colleague).await
}

fn shown(outcomes: &Outcomes) -> String {
    let mut out = Vec::new();
    text::outcomes(outcomes, false, nautform::output::Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn object_that_others_changed_is_not_written() {
    let mut run = fleet(&["api", "web"], SECOND).await;
    run.declare(&manifests("rust", &["api", "web"]));
    let write = ("products/shop/projects/web", Some(r#"{"language": "java"}"#));
    let outcomes = apply_while(&mut run, "Project/shop/api", &[write]).await;
    insta::assert_snapshot!(shown(&outcomes), @r#"
    Changed since it was planned: Project/shop/web: not updated
      language
        planned from  "go"
        found         "java"
        wanted        "rust"
      Make a new plan to see what an apply would do now.

              done  failed  skipped  not started  unknown  changed
      update     1       0        0            0        0        1

    Apply incomplete. Resources: 0 added, 1 changed, 0 destroyed.
    "#);
    assert!(run.server.read("products/shop/projects/web").contains("java"));
    assert!(run.server.read("products/shop/projects/api").contains("rust"));
    // The next plan shows what is there.
    let next = run.plan(Mode::Apply).await.plan;
    assert_eq!(next.summary().change, 1);
    assert!(run.state.intents.is_empty(), "{:#?}", run.state.intents);
}

#[tokio::test(start_paused = true)]
async fn change_of_others_to_the_planned_value_is_no_conflict() {
    let mut run = fleet(&["api", "web"], SECOND).await;
    run.declare(&manifests("rust", &["api", "web"]));
    let write = ("products/shop/projects/web", Some(r#"{"language": "rust"}"#));
    let outcomes = apply_while(&mut run, "Project/shop/api", &[write]).await;
    assert!(outcomes.is_complete(), "{}", shown(&outcomes));
}

#[tokio::test(start_paused = true)]
async fn object_that_others_created_is_not_written() {
    let mut run = fleet(&["api"], SECOND).await;
    run.declare(&manifests("rust", &["api", "web"]));
    let write = ("products/shop/projects/web", Some(r#"{"language": "java"}"#));
    let outcomes = apply_while(&mut run, "Project/shop/api", &[write]).await;
    let text = shown(&outcomes);
    assert!(
        text.contains("it was to be created, and exists now") || text.contains("Apply complete"),
        "{text}"
    );
    assert!(run.server.read("products/shop/projects/web").contains("java"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn object_that_others_deleted_is_not_created_again() {
    let mut run = fleet(&["api", "web"], SECOND).await;
    run.declare(&manifests("rust", &["api", "web"]));
    let outcomes = apply_while(&mut run, "Project/shop/api", &[("products/shop/projects/web", None)]).await;
    let text = shown(&outcomes);
    assert!(text.contains("it existed when the plan was made, and is gone"), "{text}");
    assert!(!run.server.read("products/shop/projects/web").contains("rust"));
}

#[tokio::test(start_paused = true)]
async fn object_that_others_changed_is_not_deleted() {
    let mut run = fleet(&["api", "web", "old"], SECOND).await;
    run.declare(&manifests("rust", &["api"]));
    let writes = [
        ("products/shop/projects/old", None),
        ("products/shop/projects/web", Some(r#"{"language": "java"}"#)),
    ];
    let outcomes = apply_while(&mut run, "Project/shop/api", &writes).await;
    insta::assert_snapshot!(shown(&outcomes), @r#"
    Changed since it was planned: Project/shop/web: not destroyed
      language
        planned from  "go"
        found         "java"
        wanted        (nothing)
      Make a new plan to see what an apply would do now.

               done  failed  skipped  not started  unknown  changed
      update      1       0        0            0        0        0
      destroy     1       0        0            0        0        1

    Apply incomplete. Resources: 0 added, 1 changed, 1 destroyed.
    "#);
    assert!(run.server.read("products/shop/projects/web").contains("java"));
    let names: Vec<String> = run.state.records.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["Product/shop", "Project/shop/api", "Project/shop/web"]);
}

fn host(primary: &str) -> String {
    format!(
        "{HEAD}kind: Cluster\nspec:\n  {{name: host, apiServer: 'https://10.0.0.1:6443', clusterKind: \
         kubernetes, clusterType: physical,\n  usage: host, primaryDomain: {primary}, kubeconfig: \
         {KUBECONFIG:?}}}\n"
    )
}

/// What a colleague writes into the host: a field that the manifest does not declare, and the domain.
fn by_hand(primary: &str) -> String {
    serde_json::json!({
        "api_server": "https://10.0.0.1:6443", "cluster_kind": "kubernetes", "cluster_type": "physical",
        "usage": "host", "primary_domain": primary, "kubeconfig": KUBECONFIG,
        "components_list": {"gateway": {
            "name": "traefik", "namespace": "traefik",
            "additions": {"httpNodePort": "31080", "httpsNodePort": "31443", "owner": "colleague"},
        }},
    })
    .to_string()
}

#[tokio::test(start_paused = true)]
async fn undeclared_fields_that_others_changed_are_kept() {
    let mut run = Run::of(&host("old.example.com"));
    run.server = InMemory::with(Options { latency: SECOND.into(), ..Options::default() });
    let plan = run.plan(Mode::Apply).await.plan;
    assert!(run.carry_out(&plan).await.is_complete());
    run.declare(&host("new.example.com"));
    let body = by_hand("old.example.com");
    let outcomes = apply_while(&mut run, "Cluster/host", &[("clusters/host", Some(&body))]).await;
    assert!(outcomes.is_complete(), "{}", shown(&outcomes));
    let host = run.server.read("clusters/host");
    assert!(
        host.contains("new.example.com") && host.contains("colleague") && host.contains("31080"),
        "{host}"
    );
}

#[tokio::test(start_paused = true)]
async fn dependents_of_a_changed_object_are_skipped() {
    let mut run = fleet(&["api"], SECOND).await;
    let worker = host("a.example.com")
        .replace("usage: host", "usage: worker, workerType: deployment")
        .replace(", primaryDomain: a.example.com", "");
    let dev = environment("shop", "dev", "host");
    run.declare(&(manifests("rust", &["api"]) + "---\n" + &worker + &dev));
    let body = by_hand("theirs.example.com");
    let outcomes = apply_while(&mut run, "Cluster/host", &[("clusters/host", Some(&body))]).await;
    insta::assert_snapshot!(shown(&outcomes), @r#"
    Changed since it was planned: Cluster/host: not created
      it was to be created, and exists now
      Make a new plan to see what an apply would do now.
      Skipped because of this (1): Environment/shop/dev

              done  failed  skipped  not started  unknown  changed
      create     0       0        1            0        0        1
      update     1       0        0            0        0        0

    Apply incomplete. Resources: 0 added, 1 changed, 0 destroyed.
    "#);
}

/// Own writes are no changes of others, whatever they are and in whichever order.
#[tokio::test(start_paused = true)]
async fn own_writes_are_not_taken_for_those_of_others() {
    for latency in [Duration::from_millis(1), SECOND] {
        let mut run = Run::of_quickstart();
        run.server = InMemory::with(Options { latency: latency.into(), ..Options::default() });
        for mode in [Mode::Apply, Mode::Apply, Mode::Destroy] {
            let planned = run.plan(mode).await;
            let outcomes = run.carry_out_renewed(&planned, ALWAYS, &mut Silent).await;
            assert!(outcomes.is_complete(), "{mode:?}: {}", shown(&outcomes));
        }
        assert!(run.server.world().is_empty());
    }
}

/// 24 updates of a second each: the list takes a second, so it is renewed after ten.
#[tokio::test(start_paused = true)]
async fn list_is_read_once_in_an_interval() {
    let names: Vec<String> = (10..34).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut run = fleet(&names, SECOND).await;
    run.declare(&manifests("rust", &names));
    let planned = run.plan(Mode::Apply).await;
    run.server.world().log_mut().clear();
    let outcomes = run.carry_out_renewed(&planned, MaxAge::default(), &mut Silent).await;
    assert!(outcomes.is_complete(), "{}", shown(&outcomes));
    let world = run.server.world();
    assert_eq!((world.log().count("GET"), world.log().writes()), (2, 24));
}

/// Objects in products: a product, two projects, and two repositories with a binding each.
fn products(count: usize) -> String {
    let of = |number: usize| {
        let name = format!("p{number:03}");
        let repository = |name: &str, project: &str| {
            let rest = "git: {gitlab: {visibility: private}}";
            object("CodeRepo", &format!("name: {name}, product: p{number:03}, project: {project}, {rest}"))
        };
        let binding = |name: &str, repo: &str, project: &str| {
            object(
                "CodeRepoBinding",
                &format!(
                    "name: {name}, productName: p{number:03}, coderepo: {repo}, projects: [{project}], permissions: readonly"
                ),
            )
        };
        [
            product(&name),
            project(&name, "a"),
            project(&name, "b"),
            repository("a", "a"),
            repository("b", "b"),
            binding("a-for-b", "a", "b"),
            binding("b-for-a", "b", "a"),
        ]
        .concat()
    };
    (0..count).map(of).collect()
}

/// What the reading again costs a first apply at a tenth of a second a request, and an update of all projects.
#[tokio::test(start_paused = true)]
async fn reading_again_costs_few_requests() {
    let mut figures = String::new();
    for count in [2, 20, 200] {
        let mut run = Run::of(&products(count));
        run.server =
            InMemory::with(Options { latency: Duration::from_millis(100).into(), ..Options::default() });
        for what in ["first apply", "update"] {
            let planned = run.plan(Mode::Apply).await;
            run.server.world().log_mut().clear();
            let outcomes = run.carry_out_renewed(&planned, MaxAge::default(), &mut Silent).await;
            assert!(outcomes.is_complete(), "{}", shown(&outcomes));
            let world = run.server.world();
            let reads = world.log().count("GET");
            let writes = world.log().writes();
            figures += &format!("{count} products, {what}: {writes} writes, {reads} reads\n");
            drop(world);
            run.declare(&products(count).replace("language: go", "language: rust"));
        }
    }
    insta::assert_snapshot!(figures, @r"
    2 products, first apply: 14 writes, 0 reads
    2 products, update: 4 writes, 0 reads
    20 products, first apply: 140 writes, 16 reads
    20 products, update: 40 writes, 0 reads
    200 products, first apply: 1400 writes, 197 reads
    200 products, update: 400 writes, 200 reads
    ");
}

/// The first product takes so long that the second one has to be read again: one request to GitLab shows that
/// nothing in it has changed.
#[test]
fn product_that_is_as_it_was_costs_one_request_to_gitlab() {
    let manifests = manifests("go", &["api"]);
    let both = format!("{manifests}{}", manifests.replace("shop", "store"));
    let live = Live::of(&both);
    live.workspace.write("fleet.yaml", &both.replace("language: go", "language: rust"));
    let requests = |world: &mut World| (world.log().count("GET"), world.gitlab_log().lines().len());
    let before = std::cell::Cell::new((0, 0));
    assert_eq!(live.apply_slowly("git", |world| before.set(requests(world))), Some(0));
    let after = live.server.with_world(requests);
    assert_eq!((after.0 - before.get().0, after.1 - before.get().1), (0, 1));
}

/// A user who answers at once, after others wrote.
struct Slow<'a> {
    server: &'a ApiServer,
    /// What the other user writes, question by question.
    writes: Vec<String>,
    shown: Vec<String>,
    silent: Silent,
}

impl Ask for Slow<'_> {
    fn show(&mut self, plan: &Plan, mode: Mode, sources: &SourceMap) -> std::io::Result<()> {
        assert_eq!(mode, Mode::Apply);
        let view = View { sources: Some(sources), ..View::default() };
        let mut out = Vec::new();
        text::plan(plan, &view, &mut out)?;
        self.shown.push(String::from_utf8(out).unwrap());
        Ok(())
    }

    fn approve(&mut self) -> Answer<'_> {
        if let Some(language) = self.writes.pop() {
            write(self.server, "products/shop/projects/api", &format!("{{\"language\": \"{language}\"}}"));
        }
        Box::pin(async { Ok(true) })
    }

    fn approve_destroy<'a>(&'a mut self, _: &'a Plan) -> Answer<'a> {
        self.approve()
    }

    fn approve_irreversible<'a>(&'a mut self, _: &'a [&'a Address]) -> Answer<'a> {
        self.approve()
    }

    fn start<'a>(&'a mut self, _: &'a Plan, _: Duration) -> Starting<'a> {
        Box::pin(async { Ok(&mut self.silent as &mut dyn Reporter) })
    }
}

fn write(server: &ApiServer, path: &str, body: &str) {
    let request = nautform::sandbox::Request::post(format!("/api/v1/{path}"), body.to_owned());
    let response = handle(&mut server.world(), &request.with_authorization(Some("Bearer x")), 0);
    assert_eq!(response.status, 200, "{response:?}");
}

/// An apply whose questions are answered after others wrote; what was shown, and how it ended.
fn apply_slowly(writes: &[&str]) -> (Vec<String>, Result<Applied, SessionError>, String) {
    let server = ApiServer::default();
    let workspace = Workspace::new();
    workspace.write("fleet.yaml", &manifests("go", &["api", "web"]));
    let connection = ConnectOptions { api_server: Some(server.address()), ..ConnectOptions::default() };
    let environment = [("NAUTFORM_TOKEN".to_owned(), "x".to_owned())].into_iter().collect();
    let options = OpenOptions { environment, connection, ..OpenOptions::new(workspace.path()) };
    let apply = |auto_approve, ask: &mut dyn Ask| {
        let session = Session::open(options.clone())?;
        let (_sender, stop) = tokio::sync::watch::channel(false);
        let request = ApplyRequest { auto_approve, ..ApplyRequest::new(Mode::Apply) };
        block_on(session.apply(&request, ask, stop))
    };
    apply(true, &mut Unattended::default()).unwrap();
    workspace.write("fleet.yaml", &manifests("rust", &["api", "web"]));
    let writes = writes.iter().rev().map(|language| (*language).to_owned()).collect();
    let mut ask = Slow { server: &server, writes, shown: Vec::new(), silent: Silent };
    let applied = apply(false, &mut ask);
    let request = nautform::sandbox::Request::get("/api/v1/products/shop/projects/api");
    let found = handle(&mut server.world(), &request.with_authorization(Some("Bearer x")), 0);
    (ask.shown, applied, String::from_utf8_lossy(&found.body).into_owned())
}

#[test]
fn plan_that_changed_while_it_was_asked_about_is_shown_anew() {
    let (shown, applied, found) = apply_slowly(&["java"]);
    assert_eq!(shown.len(), 2);
    assert!(shown[0].contains("\"go\" -> \"rust\"") && !shown[0].contains("java"), "{}", shown[0]);
    assert!(shown[1].contains("\"java\" -> \"rust\""), "{}", shown[1]);
    assert!(applied.unwrap().outcomes.is_complete());
    assert!(found.contains("rust"), "{found}");
}

#[test]
fn plan_that_is_still_true_is_asked_about_once() {
    let (shown, applied, found) = apply_slowly(&[]);
    assert_eq!(shown.len(), 1);
    assert!(applied.unwrap().outcomes.is_complete());
    assert!(found.contains("rust"), "{found}");
}

#[test]
fn plan_that_changes_again_and_again_is_refused() {
    let (shown, applied, found) = apply_slowly(&["a", "b", "c", "d", "e"]);
    assert_eq!(shown.len(), 4);
    let error = applied.unwrap_err();
    assert!(matches!(error, SessionError::KeepsChanging(_)), "{error:?}");
    assert!(found.contains("\"d\""), "{found}");
}
