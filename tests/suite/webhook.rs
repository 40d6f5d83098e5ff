//! Webhooks are told how an apply or a drift check ended, and change nothing about it.

use std::time::Duration;

use nautform::model::value::Secret;
use nautform::notify::webhook::Webhook;

use crate::support::{ClosedPort, Output, Sandbox, WebhookServer, Workspace, block_on};

/// A fleet in a folder called `fleet`, a server, and a chat.
struct Scene {
    workspace: Workspace,
    sandbox: Sandbox,
    hook: WebhookServer,
}

impl Scene {
    fn new() -> Self {
        let workspace = Workspace::new();
        workspace.run(&["init", "fleet"]).exits(0);
        let sandbox = Sandbox::start(&workspace);
        Self { workspace, sandbox, hook: WebhookServer::start() }
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_with(&self.hook.url, args)
    }

    /// The URL of the chat never comes out.
    fn run_with(&self, url: &str, args: &[&str]) -> Output {
        let mut command = self.sandbox.command(&self.workspace, args);
        command.env("NAUTFORM_WEBHOOK", url).env("CI_JOB_URL", "https://gitlab.example/fleet/-/jobs/7");
        let output = Workspace::finish(&mut command);
        let all = [output.stdout.as_str(), output.stderr.as_str()].concat();
        assert!(!all.contains("canary-hook"), "{all}");
        output
    }

    /// Somebody changes the language of the project on the server.
    fn change_out_of_band(&self, from: &str, to: &str) {
        let unmanaged_object = Workspace::new();
        unmanaged_object.run(&["init"]).exits(0);
        unmanaged_object.edit("products/demo/product.yaml", from, to);
        let apply = ["apply", "--stateless", "--auto-approve"];
        Workspace::finish(&mut self.sandbox.command(&unmanaged_object, &apply)).exits(0);
    }
}

const APPLY: [&str; 4] = ["apply", "fleet", "--auto-approve", "-vv"];

#[test]
fn an_apply_is_told_and_one_without_changes_is_not() {
    let scene = Scene::new();
    scene.run(&APPLY).exits(0);
    insta::assert_snapshot!(scene.hook.texts().join("\n"), @r#"
    nautform, `fleet`: Apply complete! Resources: 5 added, 0 changed, 0 destroyed.
    • created `CodeRepo/demo/demo-api-source`
    • created `CodeRepo/demo/demo-deploy`
    • created `CodeRepoBinding/demo/demo-deploy-for-pipelines`
    • created `Product/demo`
    • created `Project/demo/demo-api`
    https://gitlab.example/fleet/-/jobs/7
    "#);
    scene.run(&APPLY).exits(0);
    assert_eq!(scene.hook.heard().requests, 1);
    // A plan only looks.
    scene.workspace.edit("fleet/products/demo/product.yaml", "golang", "rust");
    scene.run(&["plan", "fleet", "--out", "saved.plan"]).exits(0);
    assert_eq!(scene.hook.heard().requests, 1);
    // A saved plan is told under the name of its directory.
    scene.run(&["apply", "saved.plan"]).exits(0);
    let texts = scene.hook.texts();
    assert!(
        texts[0].starts_with("nautform, `fleet`: Apply complete! Resources: 0 added, 1 changed"),
        "{texts:?}"
    );
    let destroy = ["destroy", "fleet", "--auto-approve", "--allow-irreversible", "--unprotect=Product/demo"];
    scene.run(&destroy).exits(0);
    let texts = scene.hook.texts();
    let lines: Vec<&str> = texts[0].lines().collect();
    assert_eq!(lines[0], "nautform, `fleet`: Destroy complete! Resources: 5 destroyed.");
    assert!(lines[1].starts_with("• destroyed for good: `CodeRepo/demo/"), "{texts:?}");
}

#[test]
fn a_webhook_that_does_not_listen_is_a_warning() {
    let scene = Scene::new();
    scene.hook.heard().refusals = vec![404];
    let output = scene.run(&APPLY).exits(0);
    assert!(output.stdout.contains("Apply complete!"), "{}", output.stdout);
    let warning = "warning: the webhook at 127.0.0.1 was not told: HTTP 404";
    assert!(output.stderr.lines().any(|line| line == warning), "{}", output.stderr);
    scene.change_out_of_band("golang", "rust");
    let output = scene.run_with("canary-hook", &["drift", "fleet"]).exits(4);
    assert!(output.stderr.contains("warning: the webhook's URL is none"), "{}", output.stderr);
    // A file that was named and is not there is noticed before anything is done.
    scene.run(&["apply", "fleet", "--auto-approve", "--webhook-file", "nowhere"]).exits(1);
    scene.run(&["drift", "fleet"]).exits(4);
}

#[test]
fn drift_is_told_and_with_a_baseline_only_news() {
    let scene = Scene::new();
    scene.run(&APPLY).exits(0);
    scene.hook.texts();
    let check = ["drift", "fleet", "--baseline", "baseline.json"];
    let told = |code: i32| {
        scene.run(&check).exits(code);
        scene.hook.texts()
    };
    assert!(told(0).is_empty());
    scene.change_out_of_band("golang", "rust");
    // When the earlier check was is another every time.
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("check of [0-9TZ:-]+Z", "check of TIME");
    let _bound = settings.bind_to_scope();
    insta::assert_snapshot!(told(4).join("\n"), @r#"
    nautform, `fleet`: Drift: 1 changed, 0 missing; 0 pending, 0 unmanaged, 0 unknown, 4 in sync. New since the check of TIME:
    • changed: `Project/demo/demo-api` (`language`)
    https://gitlab.example/fleet/-/jobs/7
    "#);
    assert!(told(0).is_empty(), "nothing is new");
    scene.change_out_of_band("golang", "golang");
    insta::assert_snapshot!(told(0).join("\n"), @r#"
    nautform, `fleet`: No drift. Your Nautes platform still matches the configuration. New since the check of TIME:
    • no longer changed: `Project/demo/demo-api`
    https://gitlab.example/fleet/-/jobs/7
    "#);
    // What the manifests wish is no drift, unless somebody asks.
    scene.workspace.edit("fleet/products/demo/product.yaml", "golang", "rust");
    scene.run(&["drift", "fleet"]).exits(0);
    assert!(scene.hook.texts().is_empty());
    scene.run(&["drift", "fleet", "--fail-on", "pending"]).exits(2);
    assert!(scene.hook.texts()[0].contains("• pending: `Project/demo/demo-api` (`language`)"));
}

#[test]
fn sandboxes_are_nobodys_business() {
    let scene = Scene::new();
    let output = scene.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    assert!(output.stderr.contains("not told of what happens in a sandbox"), "{}", output.stderr);
    assert_eq!(scene.hook.heard().requests, 0);
}

#[test]
fn what_fails_in_passing_is_repeated_a_few_times() {
    let hook = WebhookServer::start();
    let webhook = Webhook::new(Secret::new(hook.url.clone())).unwrap();
    let message = serde_json::json!({"text": "hello"});
    let tell = || block_on(webhook.send(&message, Duration::from_millis(1)));
    hook.heard().refusals = vec![503, 429];
    tell().unwrap();
    assert_eq!(hook.texts(), ["hello"]);
    assert_eq!(hook.heard().requests, 3);
    hook.heard().refusals = vec![503; 9];
    let error = tell().unwrap_err().to_string();
    assert_eq!(error, "the webhook at 127.0.0.1 was not told: HTTP 503");
    assert_eq!(hook.heard().requests, 7);
    hook.heard().refusals = vec![302];
    assert!(tell().unwrap_err().to_string().ends_with("HTTP 302"));
    let closed = ClosedPort::new();
    let unreachable = Webhook::new(Secret::new(format!("{}/canary-hook", closed.url()))).unwrap();
    let error = block_on(unreachable.send(&message, Duration::from_millis(1))).unwrap_err().to_string();
    assert!(!error.contains("canary"), "{error}");
}
