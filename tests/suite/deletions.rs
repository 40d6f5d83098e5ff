//! Deletions that GitLab schedules for a later day, read from a running sandbox.

use nautform::sandbox::server::Server;
use nautform::sandbox::{Breakdown, Matcher, Method, Request, World, handle};

use crate::support::{Output, Sandbox, Workspace, serving_empty};

const SHOP: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Product\n\
                    spec: {name: shop, git: {gitlab: {visibility: private}}}\n";
const DESTROY: [&str; 4] = ["destroy", "fleet", "--auto-approve", "--allow-irreversible"];

fn run(workspace: &Workspace, sandbox: &Sandbox, args: &[&str]) -> Output {
    let mut command = sandbox.command(workspace, args);
    Workspace::finish(command.env("NAUTFORM_GITLAB", sandbox.url()))
}

/// It says the day at once instead of waiting for it, remembers it, and writes nothing meanwhile.
#[test]
fn scheduled_deletion_is_said_with_its_day_and_remembered() {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, &["--deletion-delay", "7d"]);
    workspace.write("fleet/shop.yaml", SHOP);
    run(&workspace, &sandbox, &["apply", "fleet", "--auto-approve"]).exits(0);
    let destroyed = run(&workspace, &sandbox, &DESTROY).exits(0);
    let day = destroyed.stdout.split_once("deletion scheduled for ").unwrap().1;
    let day = &day[.."2026-12-05".len()];
    let state = workspace.read("fleet/.nautform/state.json");
    assert!(state.contains(&format!(r#""scheduled": "{day}""#)), "{state}");
    for command in [&["plan", "fleet"][..], &["apply", "fleet", "--auto-approve"]] {
        let output = run(&workspace, &sandbox, command).exits(1);
        assert!(output.stdout.contains(day), "{command:?}: {}", output.stdout);
        assert!(!output.stderr.contains("Creating"), "{command:?}: {}", output.stderr);
    }
}

const API: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: CodeRepo\n\
                   spec: {name: api, product: shop, git: {gitlab: {visibility: private}}}\n";

/// GitLab keeps the repository, and the product with it: both is said with the day, and both is success.
#[test]
fn product_whose_repositories_gitlab_keeps_is_scheduled() {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, &["--deletion-delay", "7d"]);
    workspace.write("fleet/shop.yaml", &format!("{SHOP}---\n{API}"));
    run(&workspace, &sandbox, &["apply", "fleet", "--auto-approve"]).exits(0);
    // It was not deleted, so the next run tries again.
    for count in [1, 0] {
        let destroyed = run(&workspace, &sandbox, &DESTROY).exits(0);
        assert!(destroyed.stdout.contains(&format!("{count} destroyed.")), "{}", destroyed.stdout);
        assert!(!destroyed.stdout.contains("nothing is written into it"), "{}", destroyed.stdout);
        assert!(destroyed.stdout.contains("deletion scheduled for "), "{}", destroyed.stdout);
        assert!(destroyed.stdout.contains("(api-deletion_scheduled-"), "{}", destroyed.stdout);
    }
    let state = workspace.read("fleet/.nautform/state.json");
    assert!(state.contains("Product/shop") && !state.contains("CodeRepo/shop/api"), "{state}");
}

/// What no state knows is not taken for existing, either.
#[test]
fn scheduled_product_is_not_adopted_by_a_fresh_run() {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, &["--deletion-delay", "7d"]);
    workspace.write("fleet/shop.yaml", SHOP);
    run(&workspace, &sandbox, &["apply", "fleet", "--auto-approve"]).exits(0);
    run(&workspace, &sandbox, &DESTROY).exits(0);
    std::fs::remove_dir_all(workspace.file("fleet/.nautform")).unwrap();
    workspace.write("fleet/shop.yaml", &format!("{SHOP}---\n{API}"));
    for (command, code) in
        [(&["plan", "fleet"][..], 1), (&["apply", "fleet", "--auto-approve"], 1), (&["drift", "fleet"], 11)]
    {
        let output = run(&workspace, &sandbox, command).exits(code);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("; restore it"), "{command:?}: {said}");
        assert!(!output.stderr.contains("Creating"), "{command:?}: {}", output.stderr);
    }
    // Nothing is left to do.
    let destroyed = run(&workspace, &sandbox, &DESTROY).exits(0);
    assert!(!destroyed.stderr.contains("Destroying"), "{}", destroyed.stderr);
}

/// Another client's DELETE of the repository, during which the server dies: GitLab still has the project.
fn delete_half(world: &mut World) {
    let path = "/api/v1/products/shop/coderepos/api";
    let dies = (Matcher::new(Method::Delete, path), Breakdown::DiesInWrite);
    world.options.breakdowns.script.push_back(dies);
    handle(world, &Request::delete(path).with_authorization(Some("Bearer x")), 0);
    world.restart(0);
    assert_eq!(world.stray_repositories(), ["shop/api"]);
}

/// A sandbox in this process, whose repository can be half deleted.
struct Shared {
    runtime: tokio::runtime::Runtime,
    server: Server,
    workspace: Workspace,
    way: &'static str,
}

impl Shared {
    /// With what the manifests say.
    fn applied(way: &'static str, manifests: &str) -> Self {
        let (server, runtime) = serving_empty();
        let shared = Self { runtime, server, workspace: Workspace::new(), way };
        shared.apply(manifests);
        shared
    }

    fn run(&self, args: &[&str]) -> Output {
        let url = self.server.url();
        let mut command = self.workspace.command_at(&url, &[args, &["--refresh", self.way]].concat());
        Workspace::finish(command.env("NAUTFORM_GITLAB", url))
    }

    fn apply(&self, manifests: &str) -> Output {
        self.workspace.write("fleet/shop.yaml", manifests);
        self.run(&["apply", "fleet", "--auto-approve", "--allow-irreversible"]).exits(0)
    }

    fn strays(&self) -> Vec<String> {
        self.server.with_world(|world| world.stray_repositories())
    }

    fn ends(self) {
        self.runtime.block_on(self.server.shutdown()).unwrap();
    }
}

/// What another client left half deleted keeps its product from being deleted, and has its content still.
#[test]
fn repository_that_another_client_half_deleted_goes_before_its_product() {
    let both = format!("{SHOP}---\n{API}");
    for way in ["api", "git"] {
        let shared = Shared::applied(way, &both);
        shared.server.with_world(delete_half);
        let refused = shared.run(&["destroy", "fleet", "--auto-approve"]).exits(5);
        assert!(refused.stdout.contains("CodeRepo/shop/api"), "{way}: {}", refused.stdout);
        let applied = shared.apply(SHOP);
        assert!(applied.stdout.contains("it is half deleted: "), "{way}: {}", applied.stdout);
        assert_eq!(shared.strays(), [""; 0], "{way}");
        shared.apply(&both);
        shared.server.with_world(delete_half);
        let destroyed = shared.run(&DESTROY).exits(0);
        assert!(destroyed.stdout.contains("2 destroyed."), "{way}: {}", destroyed.stdout);
        shared.ends();
    }
}

/// What was not applied here, or is to stay, is not deleted because it is half deleted.
#[test]
fn half_deleted_repository_of_others_stays() {
    let stays =
        API.replace("spec:", "metadata: {annotations: {nautform.dev/deletion-policy: orphan}}\nspec:");
    for way in ["api", "git"] {
        let shared = Shared::applied(way, &format!("{SHOP}---\n{stays}"));
        shared.server.with_world(delete_half);
        shared.apply(SHOP);
        assert_eq!(shared.strays(), ["shop/api"], "{way}");
        // It is in no state now.
        shared.workspace.write("fleet/shop.yaml", &format!("{SHOP}---\n{API}"));
        let destroyed = shared.run(&[
            "destroy",
            "fleet",
            "--auto-approve",
            "--allow-irreversible",
            "--target",
            "CodeRepo/shop/api",
        ]);
        assert_eq!((destroyed.code, shared.strays()), (Some(0), vec!["shop/api".to_owned()]), "{way}");
        shared.ends();
    }
}
