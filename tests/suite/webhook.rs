//! Webhooks receive how an apply or a drift check ended, and change nothing about it.

use std::time::Duration;

use nautform::{Secret, Webhook};

use crate::support::{ClosedPort, EndlessServer, Output, Sandbox, WebhookServer, Workspace, block_on};

/// A fleet in a directory called `fleet`, a server, and a chat.
struct Scenario {
    workspace: Workspace,
    sandbox: Sandbox,
    hook: WebhookServer,
}

impl Scenario {
    fn new() -> Self {
        let workspace = Workspace::new();
        workspace.run(&["init", "fleet"]).exits(0);
        let sandbox = Sandbox::start(&workspace);
        Self { workspace, sandbox, hook: WebhookServer::start() }
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_with(&self.hook.url, args)
    }

    /// The URL of the chat is never shown.
    fn run_with(&self, url: &str, args: &[&str]) -> Output {
        let mut command = self.sandbox.command(&self.workspace, args);
        command.env("NAUTFORM_WEBHOOK", url).env("CI_JOB_URL", "https://gitlab.example/fleet/-/jobs/7");
        let output = Workspace::finish(&mut command);
        let all = [output.stdout.as_str(), output.stderr.as_str()].concat();
        assert!(!all.contains("canary-hook"), "{all}");
        output
    }

    /// Changes the language of the project on the server.
    fn change_out_of_band(&self, from: &str, to: &str) {
        let other = Workspace::new();
        other.run(&["init"]).exits(0);
        other.edit("products/demo/product.yaml", from, to);
        let apply = ["apply", "--stateless", "--auto-approve"];
        self.sandbox.run(&other, &apply).exits(0);
    }
}

const APPLY: [&str; 4] = ["apply", "fleet", "--auto-approve", "-vv"];

#[test]
fn webhook_receives_applies_with_changes_only() {
    let scenario = Scenario::new();
    scenario.run(&APPLY).exits(0);
    insta::assert_snapshot!(scenario.hook.texts().join("\n"), @r#"
    nautform, `fleet`: Apply complete! Resources: 5 added, 0 changed, 0 destroyed.
    • created `CodeRepo/demo/demo-api-source`
    • created `CodeRepo/demo/demo-deploy`
    • created `CodeRepoBinding/demo/demo-deploy-for-pipelines`
    • created `Product/demo`
    • created `Project/demo/demo-api`
    https://gitlab.example/fleet/-/jobs/7
    "#);
    scenario.run(&APPLY).exits(0);
    assert_eq!(scenario.hook.received().requests, 1);
    // A plan only looks.
    scenario.workspace.edit("fleet/products/demo/product.yaml", "golang", "rust");
    scenario.run(&["plan", "fleet", "--out", "saved.plan"]).exits(0);
    assert_eq!(scenario.hook.received().requests, 1);
    // A saved plan is reported under the name of its directory.
    scenario.run(&["apply", "saved.plan"]).exits(0);
    let texts = scenario.hook.texts();
    assert!(
        texts[0].starts_with("nautform, `fleet`: Apply complete! Resources: 0 added, 1 changed"),
        "{texts:?}"
    );
    let destroy = ["destroy", "fleet", "--auto-approve", "--allow-irreversible", "--unprotect=Product/demo"];
    scenario.run(&destroy).exits(0);
    let texts = scenario.hook.texts();
    let lines: Vec<&str> = texts[0].lines().collect();
    assert_eq!(lines[0], "nautform, `fleet`: Destroy complete! Resources: 5 destroyed.");
    assert!(lines[1].starts_with("• permanently destroyed: `CodeRepo/demo/"), "{texts:?}");
}

#[test]
fn failing_webhook_is_a_warning() {
    let scenario = Scenario::new();
    scenario.hook.received().refusals = vec![404];
    let output = scenario.run(&APPLY).exits(0);
    assert!(output.stdout.contains("Apply complete!"), "{}", output.stdout);
    let warning = "warning: webhook 127.0.0.1 failed: HTTP 404";
    assert!(output.stderr.lines().any(|line| line == warning), "{}", output.stderr);
    scenario.change_out_of_band("golang", "rust");
    let output = scenario.run_with("canary-hook", &["drift", "fleet"]).exits(4);
    assert!(output.stderr.contains("warning: the webhook's URL must begin with"), "{}", output.stderr);
    // A missing file is an error before anything is done.
    scenario.run(&["apply", "fleet", "--auto-approve", "--webhook-file", "nowhere"]).exits(1);
    scenario.run(&["drift", "fleet"]).exits(4);
}

#[test]
fn webhook_receives_drift_and_with_a_baseline_only_new_findings() {
    let scenario = Scenario::new();
    scenario.run(&APPLY).exits(0);
    scenario.hook.texts();
    let check = ["drift", "fleet", "--baseline", "baseline.json"];
    let received = |code: i32| {
        scenario.run(&check).exits(code);
        scenario.hook.texts()
    };
    assert!(received(0).is_empty());
    scenario.change_out_of_band("golang", "rust");
    // When the earlier check was is another every time.
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("check of [0-9TZ:-]+Z", "check of TIME");
    let _bound = settings.bind_to_scope();
    insta::assert_snapshot!(received(4).join("\n"), @r#"
    nautform, `fleet`: Drift: 1 changed, 0 missing; 0 pending, 0 unmanaged, 0 unknown, 4 in sync. New since the check of TIME:
    • changed: `Project/demo/demo-api` (`language`)
    https://gitlab.example/fleet/-/jobs/7
    "#);
    assert!(received(0).is_empty(), "nothing is new");
    scenario.change_out_of_band("golang", "golang");
    insta::assert_snapshot!(received(0).join("\n"), @r#"
    nautform, `fleet`: No drift. Your Nautes platform still matches the configuration. New since the check of TIME:
    • no longer changed: `Project/demo/demo-api`
    https://gitlab.example/fleet/-/jobs/7
    "#);
    // Pending changes are not drift, unless --fail-on asks for them.
    scenario.workspace.edit("fleet/products/demo/product.yaml", "golang", "rust");
    scenario.run(&["drift", "fleet"]).exits(0);
    assert!(scenario.hook.texts().is_empty());
    scenario.run(&["drift", "fleet", "--fail-on", "pending"]).exits(2);
    assert!(scenario.hook.texts()[0].contains("• pending: `Project/demo/demo-api` (`language`)"));
}

#[test]
fn webhooks_are_disabled_for_sandboxes() {
    let scenario = Scenario::new();
    let output = scenario.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    assert!(output.stderr.contains("Webhooks are disabled for sandboxes"), "{}", output.stderr);
    assert_eq!(scenario.hook.received().requests, 0);
}

#[test]
fn passing_failures_are_repeated_a_few_times() {
    let hook = WebhookServer::start();
    let webhook = Webhook::new(Secret::new(hook.url.clone()), false).unwrap();
    let message = serde_json::json!({"text": "hello"});
    let send = || block_on(webhook.send(&message, Duration::from_millis(1)));
    hook.received().refusals = vec![503, 429];
    send().unwrap();
    assert_eq!(hook.texts(), ["hello"]);
    assert_eq!(hook.received().requests, 3);
    hook.received().refusals = vec![503; 9];
    let error = send().unwrap_err().to_string();
    assert_eq!(error, "webhook 127.0.0.1 failed: HTTP 503");
    assert_eq!(hook.received().requests, 7);
    hook.received().refusals = vec![302];
    assert!(send().unwrap_err().to_string().ends_with("HTTP 302"));
    let closed = ClosedPort::new();
    let unreachable = Webhook::new(Secret::new(format!("{}/canary-hook", closed.url())), false).unwrap();
    let error = block_on(unreachable.send(&message, Duration::from_millis(1))).unwrap_err().to_string();
    assert!(!error.contains("canary"), "{error}");
}

#[test]
fn endless_reply_of_a_webhook_is_not_read() {
    let server = EndlessServer::start();
    let webhook = Webhook::new(Secret::new(server.url.clone()), false).unwrap();
    // The status says that the message was accepted.
    block_on(webhook.send(&serde_json::json!({"text": "hello"}), Duration::from_millis(1))).unwrap();
    assert_eq!(server.requests(), 1);
}
