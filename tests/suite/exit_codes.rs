//! `docs/exit-codes.md`: each of its rows, produced with the real binary.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nautform::sandbox::World;
use nautform::sandbox::server::Server;

use crate::support::{GitLab, HEAD, KUBECONFIG, Sandbox, Workspace, repository, serving_empty};

const SHOP: &str = "kind: Product\nspec: {name: shop, git: {gitlab: {visibility: private}}}\n";
const API: &str = "kind: Project\nspec: {name: api, product: shop, language: go}\n";
const WEB: &str = "kind: Project\nspec: {name: web, product: shop, language: go}\n";
const APPLY: &[&str] = &["apply", "--sandbox", "--auto-approve"];
const PLAN: &[&str] = &["plan", "--sandbox", "--detailed-exitcode"];

/// The rows of the tables below a heading, but for the line under their head.
fn rows(heading: &str) -> BTreeMap<String, i32> {
    let page = std::fs::read_to_string(repository("docs/exit-codes.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let cells =
        section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let is_row = |cells: &(&str, &str)| cells.0 != "situation" && cells.0 != "code";
    let row = |(first, second): (&str, &str)| match first.parse() {
        Ok(code) => (second.to_owned(), code),
        Err(_) => (first.to_owned(), second.parse().unwrap()),
    };
    cells.filter(is_row).map(row).collect()
}

type Scenario = (&'static str, fn() -> Option<i32>);

/// Every row has a scenario and every scenario a row, with the same code.
#[track_caller]
fn check(heading: &str, scenarios: &[Scenario]) {
    let seen: BTreeMap<String, i32> =
        scenarios.iter().map(|(situation, run)| ((*situation).to_owned(), run().unwrap())).collect();
    assert_eq!(seen, rows(heading));
}

/// A product and a project, applied.
fn fleet() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("shop.yaml", &format!("{HEAD}{SHOP}"));
    workspace.write("api.yaml", &format!("{HEAD}{API}"));
    workspace.run(APPLY).exits(0);
    workspace
}

/// The same project with an annotation.
fn annotated(annotation: &str) -> String {
    format!("{HEAD}metadata: {{annotations: {{nautform.dev/{annotation}}}}}\n{API}")
}

fn code(workspace: &Workspace, args: &[&str]) -> Option<i32> {
    workspace.run(args).code
}

/// The code of a plan after the project got this manifest.
fn plan_of(manifest: &str) -> Option<i32> {
    let workspace = fleet();
    workspace.write("api.yaml", manifest);
    code(&workspace, PLAN)
}

/// The code of a plan after the project was applied with one manifest and got another one.
fn plan_from(before: &str, after: &str) -> Option<i32> {
    let workspace = fleet();
    workspace.write("api.yaml", before);
    workspace.run(APPLY).exits(0);
    workspace.write("api.yaml", after);
    code(&workspace, PLAN)
}

fn plan_with_rules(before: &str, after: &str) -> Option<i32> {
    let workspace = fleet();
    workspace.write("nautform.yaml", before);
    workspace.run(APPLY).exits(0);
    workspace.write("nautform.yaml", after);
    code(&workspace, PLAN)
}

fn cluster(kubeconfig: &str) -> String {
    format!(
        "{HEAD}kind: Cluster\nspec:\n  {{name: a, apiServer: 'https://10.0.0.1:6443',\n  \
         clusterKind: kubernetes, clusterType: physical, usage: host, primaryDomain: a.example.com,\n  \
         kubeconfig: {kubeconfig:?}}}\n"
    )
}

/// The code of a plan of a cluster that was applied, with another kubeconfig.
fn plan_of_kubeconfig(forgets: bool, kubeconfig: &str) -> Option<i32> {
    let workspace = fleet();
    workspace.write("cluster.yaml", &cluster(KUBECONFIG));
    workspace.run(APPLY).exits(0);
    workspace.write("cluster.yaml", &cluster(kubeconfig));
    if forgets {
        workspace.run(&["state", "rm", "Cluster/a", "--sandbox"]).exits(0);
        workspace.run(APPLY).exits(0);
    }
    code(&workspace, PLAN)
}

#[test]
fn page_has_all_codes_of_the_scenarios() {
    let page: BTreeSet<i32> = rows("# Exit codes").into_values().collect();
    let sections = ["plan --detailed-exitcode", "apply and destroy", "drift"];
    let seen: BTreeSet<i32> = sections.into_iter().flat_map(|section| rows(section).into_values()).collect();
    assert_eq!(page, seen);
}

#[test]
fn plan_exits_as_the_page_says() {
    let scenarios: &[Scenario] = &[
        ("nothing to do", || code(&fleet(), PLAN)),
        ("an object is created", || {
            let workspace = fleet();
            workspace.write("web.yaml", &format!("{HEAD}{WEB}"));
            code(&workspace, PLAN)
        }),
        ("an object is updated", || plan_of(&format!("{HEAD}{}", API.replace("go}", "rust}")))),
        ("an object is replaced", || {
            let workspace = fleet();
            workspace.write("cluster.yaml", &cluster(KUBECONFIG));
            workspace.run(APPLY).exits(0);
            workspace.edit(
                "cluster.yaml",
                "usage: host, primaryDomain: a.example.com",
                "usage: worker, workerType: pipeline",
            );
            code(&workspace, PLAN)
        }),
        ("an object is destroyed", || {
            let workspace = fleet();
            std::fs::remove_file(workspace.file("api.yaml")).unwrap();
            code(&workspace, PLAN)
        }),
        ("an object is forgotten", || {
            let workspace = fleet();
            workspace.write("api.yaml", &annotated("deletion-policy: orphan"));
            workspace.run(APPLY).exits(0);
            std::fs::remove_file(workspace.file("api.yaml")).unwrap();
            code(&workspace, PLAN)
        }),
        ("`prevent-destroy` is lifted", || {
            plan_from(&annotated("prevent-destroy: \"true\""), &annotated("prevent-destroy: \"false\""))
        }),
        ("`prevent-destroy` is set", || plan_of(&annotated("prevent-destroy: \"true\""))),
        ("`deletion-policy` is changed", || plan_of(&annotated("deletion-policy: orphan"))),
        ("`ignore-fields` is changed", || plan_of(&annotated("ignore-fields: language"))),
        ("a rule of `nautform.yaml` lets more pass", || {
            plan_with_rules("thresholds: {minimum: 5}", "thresholds: {minimum: 100000}")
        }),
        ("a rule of `nautform.yaml` lets less pass", || {
            plan_with_rules("ignore: [{address: 'Project/*/*', fields: [language]}]", "thresholds: {}")
        }),
        ("rules of `nautform.yaml`, and a state that has never recorded any", || {
            let workspace = fleet();
            let state = workspace.file(".nautform/sandbox/state.json");
            let mut document: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
            assert!(document.as_object_mut().unwrap().remove("rules").is_some());
            std::fs::write(&state, document.to_string()).unwrap();
            workspace.write("nautform.yaml", "thresholds: {minimum: 100000}");
            code(&workspace, PLAN)
        }),
        ("objects that match are adopted", || {
            let workspace = fleet();
            workspace.run(&["state", "rm", "Project/shop/api", "--sandbox"]).exits(0);
            code(&workspace, PLAN)
        }),
        ("fields that can't be compared were never sent", || plan_of_kubeconfig(true, KUBECONFIG)),
        ("a kubeconfig has another layout and the same content", || {
            plan_of_kubeconfig(false, &format!("# renewed\n{KUBECONFIG}\n\n"))
        }),
        ("changes are left out of a partial plan", || {
            let workspace = fleet();
            workspace.write("web.yaml", &format!("{HEAD}{WEB}"));
            code(&workspace, &[PLAN, &["--exclude", "Project/shop/web"]].concat())
        }),
        ("there are changes that a guard refuses", || {
            let workspace = fleet();
            workspace.write("api.yaml", &annotated("prevent-destroy: \"true\""));
            workspace.run(APPLY).exits(0);
            std::fs::remove_file(workspace.file("api.yaml")).unwrap();
            code(&workspace, PLAN)
        }),
        ("a reference to an object that does not exist", || {
            let environment =
                "kind: Environment\nspec: {name: e, product: shop, cluster: none, envType: dev}\n";
            plan_of(&format!("{HEAD}{environment}"))
        }),
        ("GitLab is going to delete a declared product", || scheduled(&["plan"])[1]),
        ("something could not be read", || {
            Live::of(&fleet_manifests()).unreadable(&["plan", "--detailed-exitcode"])
        }),
        ("changes, without `--detailed-exitcode`", || {
            let workspace = fleet();
            workspace.write("web.yaml", &format!("{HEAD}{WEB}"));
            code(&workspace, &["plan", "--sandbox"])
        }),
    ];
    check("plan --detailed-exitcode", scenarios);
}

fn fleet_manifests() -> String {
    format!("{HEAD}{SHOP}---\n{HEAD}{API}")
}

/// A server in this process, whose GitLab can be closed.
pub(crate) struct Live {
    pub(crate) workspace: Workspace,
    runtime: Arc<tokio::runtime::Runtime>,
    pub(crate) server: Server,
}

impl Live {
    pub(crate) fn of(manifests: &str) -> Self {
        let (server, runtime) = serving_empty();
        let workspace = Workspace::new();
        workspace.write("fleet.yaml", manifests);
        let live = Self { workspace, runtime: Arc::new(runtime), server };
        assert_eq!(live.code(&["apply", "--auto-approve"]), Some(0));
        live
    }

    fn code(&self, args: &[&str]) -> Option<i32> {
        let url = self.server.url();
        Workspace::finish(self.workspace.command_at(&url, args).env("NAUTFORM_GITLAB", &url)).code
    }

    /// The code of an apply whose first write takes longer than a reading may be old, in which `others` do
    /// something.
    pub(crate) fn apply_slowly(&self, way: &str, others: impl FnOnce(&mut World)) -> Option<i32> {
        let url = self.server.url();
        let mut command = self.workspace.command_at(&url, &["apply", "--refresh", way]);
        command.env("NAUTFORM_GITLAB", url);
        let (mut child, mut lines) = Workspace::begin(command.stdin(Stdio::piped()));
        assert!(lines.by_ref().take_while(|line| !line.starts_with("Plan:")).count() > 0);
        let writes = self.server.with_world(|world| {
            world.options.write_latency = Duration::from_millis(5_100);
            world.log().writes()
        });
        child.stdin.take().unwrap().write_all(b"yes\n").unwrap();
        while self.server.with_world(|world| world.log().writes()) == writes {
            std::thread::yield_now();
        }
        self.server.with_world(|world| {
            world.options.write_latency = Duration::ZERO;
            others(world);
        });
        child.wait().unwrap().code()
    }

    /// The code of a command that can't read the product.
    fn unreadable(self, args: &[&str]) -> Option<i32> {
        assert!(self.server.with_world(|world| world.revoke_access("shop", true)));
        self.ended(|live| live.code(args))
    }

    /// The last thing that is done with it.
    fn ended(self, run: impl FnOnce(&Self) -> Option<i32>) -> Option<i32> {
        let code = run(&self);
        let Self { runtime, server, .. } = self;
        runtime.block_on(async { server.shutdown().await }).unwrap();
        code
    }
}

/// The code of an apply on a server that leaves each repository without its keys.
fn apply_half_made(workspace: &Workspace) -> (Option<i32>, Sandbox) {
    workspace.write("nautform.yaml", "server: {rest: false}\n");
    let sandbox = Sandbox::with(workspace, &["--breakdown", "half-made=100%"]);
    let code = sandbox.run(workspace, &["apply", "--auto-approve"]).code;
    (code, sandbox)
}

/// The codes of a destroy that GitLab schedules for a later day, and of a command after it.
fn scheduled(args: &[&str]) -> [Option<i32>; 2] {
    let workspace = Workspace::new();
    workspace.write("shop.yaml", &format!("{HEAD}{SHOP}"));
    let sandbox = Sandbox::with(&workspace, &["--deletion-delay", "7d"]);
    let code = |args: &[&str]| {
        let mut command = sandbox.command(&workspace, args);
        Workspace::finish(command.env("NAUTFORM_GITLAB", sandbox.url())).code
    };
    assert_eq!(code(&["apply", "--auto-approve"]), Some(0));
    [code(&["destroy", "--auto-approve", "--allow-irreversible"]), code(args)]
}

/// The code of an apply that gets a signal while it waits for an answer.
fn interrupted(signal: &str) -> Option<i32> {
    let workspace = fleet();
    workspace.write("web.yaml", &format!("{HEAD}{WEB}"));
    let mut command = workspace.command(&["apply", "--sandbox"]);
    let (mut child, lines) = Workspace::begin(command.stdin(Stdio::piped()));
    assert!(lines.take_while(|line| !line.starts_with("Plan:")).count() > 0);
    // Waiting closes the input, which would be an answer.
    let _input = child.stdin.take();
    Workspace::signal(&child, signal);
    child.wait().unwrap().code()
}

fn answered(answer: &str) -> Option<i32> {
    let workspace = fleet();
    workspace.write("web.yaml", &format!("{HEAD}{WEB}"));
    let mut command = workspace.command(&["apply", "--sandbox"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    child.wait().unwrap().code()
}

/// The code of a saved plan, after something else was done.
fn saved(meanwhile: &[&str]) -> Option<i32> {
    let workspace = planned();
    workspace.run(meanwhile).exits(0);
    code(&workspace, APPLY_SAVED)
}

/// A fleet with a saved plan.
fn planned() -> Workspace {
    let workspace = fleet();
    workspace.edit("api.yaml", "language: go", "language: rust");
    workspace.run(&["plan", "--sandbox", "--out", "change.plan"]).exits(0);
    workspace
}

const APPLY_SAVED: &[&str] = &["apply", "change.plan", "--sandbox"];

/// The code of an apply while another user changes what is written next; products are read from Git or through
/// the API.
fn changed_meanwhile(way: &str) -> Option<i32> {
    let live = Live::of(&format!("{}---\n{HEAD}{WEB}", fleet_manifests()));
    live.workspace.edit("fleet.yaml", "language: go", "language: rust");
    live.apply_slowly(way, |world| {
        for name in ["api", "web"] {
            let path = format!("/api/v1/products/shop/projects/{name}");
            let request = nautform::sandbox::Request::post(path, "{\"language\": \"java\"}");
            let response = nautform::sandbox::handle(world, &request.with_authorization(Some("Bearer y")), 0);
            assert_eq!(response.status, 200);
        }
    })
}

#[test]
fn apply_exits_as_the_page_says() {
    let scenarios: &[Scenario] = &[
        ("everything is done", || answered("yes\n")),
        ("there is nothing to do", || code(&fleet(), APPLY)),
        ("the question is not answered as asked", || answered("y\n")),
        ("a guard refuses", || {
            let workspace = fleet();
            workspace.write("api.yaml", &annotated("prevent-destroy: \"true\""));
            workspace.run(APPLY).exits(0);
            std::fs::remove_file(workspace.file("api.yaml")).unwrap();
            code(&workspace, APPLY)
        }),
        ("something can't be undone, without `--allow-irreversible`", || {
            code(&fleet(), &["destroy", "--sandbox", "--auto-approve"])
        }),
        ("an object of the saved plan has changed", || {
            saved(&["destroy", "--sandbox", "--auto-approve", "--target", "Project/shop/api"])
        }),
        ("the saved plan was applied before", || saved(APPLY_SAVED)),
        ("the manifests of the saved plan have changed", || {
            let workspace = planned();
            workspace.edit("api.yaml", "language: rust", "language: java");
            code(&workspace, APPLY_SAVED)
        }),
        ("the state is not that of the saved plan", || {
            let workspace = planned();
            std::fs::remove_file(workspace.file(".nautform/sandbox/state.json")).unwrap();
            workspace.run(APPLY).exits(0);
            code(&workspace, APPLY_SAVED)
        }),
        ("the saved plan was made with a state, and apply uses none", || {
            code(&planned(), &[APPLY_SAVED, &["--stateless"]].concat())
        }),
        ("the state is locked", || {
            let workspace = fleet();
            let path = workspace.file(".nautform/sandbox/lock");
            let lock = std::fs::File::create(path).unwrap();
            lock.lock().unwrap();
            code(&workspace, APPLY)
        }),
        ("an operation failed, another was done", || {
            let workspace = Workspace::copy_of("examples/quickstart");
            let sandbox = Sandbox::with(&workspace, &["--sync-lag", "1h"]);
            let args = ["apply", "--auto-approve", "--sync-timeout", "1s"];
            sandbox.run(&workspace, &args).code
        }),
        ("the server has done a part of a write", || {
            let workspace = Workspace::copy_of("examples/quickstart");
            apply_half_made(&workspace).0
        }),
        ("GitLab has scheduled a deletion for a later day", || scheduled(&["plan"])[0]),
        ("GitLab is going to delete a declared product", || scheduled(&["apply", "--auto-approve"])[1]),
        ("others changed an object while the plan was carried out, another was done", || {
            let code = changed_meanwhile("api");
            assert_eq!(code, changed_meanwhile("git"));
            code
        }),
        ("the state could not be saved", || {
            let workspace = Workspace::copy_of("examples/quickstart");
            let settings =
                "server: {rest: false}\nstate: {backend: gitlab, name: production, saveInterval: 0s}\n";
            workspace.write("nautform.yaml", settings);
            let sandbox = Sandbox::start(&workspace);
            let gitlab = GitLab::start();
            gitlab.kept().full_after = Some(3);
            let mut command = sandbox.command(&workspace, &["apply", "--auto-approve"]);
            command.env("CI_API_V4_URL", &gitlab.api).env("CI_PROJECT_ID", "7").env("CI_JOB_TOKEN", "job");
            Workspace::finish(&mut command).code
        }),
        ("Ctrl-C", || interrupted("-INT")),
        ("SIGTERM", || interrupted("-TERM")),
        ("SIGHUP", || interrupted("-HUP")),
        ("SIGQUIT", || interrupted("-QUIT")),
    ];
    check("apply and destroy", scenarios);
}

#[test]
fn drift_exits_as_the_page_says() {
    let scenarios: &[Scenario] = &[
        ("no drift", || code(&fleet(), &["drift", "--sandbox"])),
        ("an object was changed on the server", || {
            let workspace = fleet();
            let other = Workspace::new();
            other.write("api.yaml", &format!("{HEAD}{}", API.replace("go}", "cobol}")));
            let sandbox = format!("--sandbox={}", workspace.file(".nautform/sandbox.json").display());
            other.run(&["apply", &sandbox, "--auto-approve", "--stateless"]).exits(0);
            code(&workspace, &["drift", "--sandbox"])
        }),
        ("the last write of an object is incomplete", || {
            let workspace = Workspace::copy_of("examples/quickstart");
            let (_, sandbox) = apply_half_made(&workspace);
            sandbox.run(&workspace, &["drift"]).code
        }),
        ("an object is broken behind the API", || {
            let live = Live::of(&fleet_manifests());
            assert!(live.server.with_world(|world| world.unlist("shop", "projects/api/api.yaml")));
            live.ended(|live| live.code(&["drift"]))
        }),
        ("an object could not be read", || Live::of(&fleet_manifests()).unreadable(&["drift"])),
        ("GitLab is going to delete a declared product", || scheduled(&["drift"])[1]),
        ("the manifests changed, without `--fail-on`", || {
            let workspace = fleet();
            workspace.edit("api.yaml", "language: go", "language: rust");
            code(&workspace, &["drift", "--sandbox"])
        }),
        ("the manifests changed, with `--fail-on pending`", || {
            let workspace = fleet();
            workspace.edit("api.yaml", "language: go", "language: rust");
            code(&workspace, &["drift", "--sandbox", "--fail-on", "pending"])
        }),
        ("unmanaged objects, with `--show-unmanaged --fail-on unmanaged`", || {
            let workspace = fleet();
            std::fs::remove_file(workspace.file("api.yaml")).unwrap();
            workspace.run(&["state", "rm", "Project/shop/api", "--sandbox"]).exits(0);
            code(&workspace, &["drift", "--sandbox", "--show-unmanaged", "--fail-on", "unmanaged"])
        }),
    ];
    check("drift", scenarios);
}
