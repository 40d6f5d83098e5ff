//! Promise 4: no secret leaves. Canaries in kubeconfigs, in the environment and in the token; every stream
//! and every file is searched.

use std::path::Path;

use crate::support::{
    ClosedPort, GitLab, KUBECONFIG, Quoting, Sandbox, WebhookServer, Workspace, cluster, literal, product,
};

const CANARIES: [&str; 5] = ["canary-inline", "canary-file", "canary-env", "canary-token", "canary-job"];

fn search(place: &str, bytes: &[u8]) {
    use base64::Engine as _;
    let text = String::from_utf8_lossy(bytes);
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} is in {place}");
        // As base64, wherever in a longer text it was: what depends on the neighbours is cut off.
        for before in 0..=2 {
            let neighbours = [&b"??"[..before], canary.as_bytes()].concat();
            let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(neighbours);
            let own = &encoded[if before == 0 { 0 } else { before + 1 }..encoded.len() - 2];
            assert!(!text.contains(own), "{canary} is in {place}, as base64");
        }
    }
}

fn search_files(directory: &Path, inputs: &[&str]) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search_files(&path, inputs);
        } else if !inputs.contains(&path.file_name().unwrap().to_str().unwrap()) {
            search(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

fn kubeconfig(canary: &str) -> String {
    KUBECONFIG.replace("canary-kubeconfig", canary)
}

/// Three clusters, each with its kubeconfig at another place.
fn write_clusters(workspace: &Workspace) -> String {
    let manifest = cluster("a", "host", &literal(&kubeconfig("canary-inline")))
        + &cluster("b", "host", "{file: kubeconfig}")
        + &cluster("c", "host", "{env: KUBECONFIG_C}");
    workspace.write("fleet.yaml", &manifest);
    workspace.write("kubeconfig", &kubeconfig("canary-file"));
    manifest
}

#[test]
fn commands_print_no_secret() {
    let workspace = Workspace::new();
    let manifest = write_clusters(&workspace);
    let runs: &[&[&str]] = &[
        &["validate"],
        &["plan", "--sandbox", "--out", "plan.json", "-vv"],
        &["plan", "--sandbox", "--format", "json"],
        &["plan", "--sandbox", "--format", "markdown"],
        &["plan", "--sandbox", "--format", "ndjson"],
        &["plan", "--sandbox", "--format", "html"],
        &["show", "plan.json"],
        &["graph", "--format", "json"],
        &["graph", "--format", "dot"],
        &["apply", "plan.json", "--sandbox", "--events", "events.ndjson", "-vv"],
        &["state", "pull", "--sandbox"],
        &["state", "list", "--sandbox"],
        &["state", "show", "--sandbox", "Cluster/a"],
        &["adopt", "--sandbox", "-vv"],
        &["forget", "--sandbox", "Cluster/a"],
        &["plan", "--sandbox", "--gitlab-report", ".report.json", "--show-unmanaged"],
        &["apply", "--sandbox", "--auto-approve", "-vv"],
        &["drift", "--sandbox", "--format", "json", "-vv"],
        &["drift", "--sandbox", "--format", "junit", "--baseline", "baseline.json"],
        &["drift", "--sandbox", "--format", "prometheus"],
        &["export", "--sandbox", "-vv"],
        &["export", ".exported", "--sandbox=.nautform/sandbox.json", "-vv"],
        &["destroy", "--sandbox", "--auto-approve", "--allow-irreversible", "--format", "ndjson", "-vv"],
    ];
    let run = |args: &[&str]| {
        let mut command = workspace.command(args);
        command
            .env("NAUTFORM_TOKEN", "canary-token")
            .env("KUBECONFIG_C", kubeconfig("canary-env"))
            .env("RUST_BACKTRACE", "1");
        let output = Workspace::finish(&mut command);
        search(&format!("the output of {args:?}"), output.stdout.as_bytes());
        search(&format!("the errors of {args:?}"), output.stderr.as_bytes());
        search_files(workspace.path(), &["fleet.yaml", "broken.yaml", "kubeconfig"]);
        output
    };
    for args in runs {
        run(args).exits(0);
    }
    let closed = ClosedPort::new();
    // Repeating the requests would take a minute, and say nothing new.
    workspace.write("nautform.yaml", "apply: {retries: 0}\n");
    let unreachable = run(&["plan", "--api-server", closed.url(), "-vv"]).exits(1);
    assert!(unreachable.stderr.contains("cannot connect"), "{}", unreachable.stderr);
    // Broken manifests: the snippet must not show what is on the line.
    workspace.write(
        "broken.yaml",
        &(manifest.replace("usage: host", "usage: hots") + "kubeconfig: [canary-inline\n"),
    );
    run(&["validate"]).exits(1);
    workspace.write("broken.yaml", &cluster("d", "host", "canary-inline"));
    run(&["validate"]).exits(1);
}

/// What leaves for a chat: clusters that come, and one whose kubeconfig changes.
#[test]
fn webhook_messages_hold_no_secret() {
    let workspace = Workspace::new();
    let (sandbox, hook) = (Sandbox::start(&workspace), WebhookServer::start());
    let inline = literal(&kubeconfig("canary-inline"));
    let manifests = cluster("a", "host", &inline) + &cluster("c", "host", "{env: KUBECONFIG_C}");
    workspace.write("fleet.yaml", &manifests);
    let sent = |kubeconfig: String| {
        let mut command = sandbox.command(&workspace, &["apply", "--auto-approve", "-vv"]);
        command.env("NAUTFORM_TOKEN", "canary-token").env("NAUTFORM_WEBHOOK", &hook.url);
        let output = Workspace::finish(command.env("KUBECONFIG_C", kubeconfig)).exits(0);
        search("the errors of apply", output.stderr.as_bytes());
        let messages = std::mem::take(&mut hook.received().messages);
        let [message] = messages.as_slice() else { panic!("{messages:?}") };
        search("the message", message.to_string().as_bytes());
        message["summary"].clone()
    };
    assert_eq!(sent(kubeconfig("canary-env"))["added"], 2);
    assert_eq!(sent(kubeconfig("canary-env-2"))["changed"], 1);
}

/// The credentials of a state on a server are secrets, too: while it works, while it refuses, and when it is
/// gone.
#[test]
fn commands_print_no_credentials_of_the_state() {
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write("nautform.yaml", "server: {rest: false}\nstate: {backend: gitlab, name: production}\n");
    let (sandbox, gitlab) = (Sandbox::start(&workspace), GitLab::start());
    let run = |api: &str, args: &[&str], code: i32| {
        let mut command = sandbox.command(&workspace, args);
        command.env("CI_API_V4_URL", api).env("CI_PROJECT_ID", "7").env("CI_JOB_TOKEN", "canary-job");
        command.env("NAUTFORM_TOKEN", "canary-token").env("RUST_BACKTRACE", "1");
        let output = Workspace::finish(&mut command).exits(code);
        search(&format!("the output of {args:?}"), output.stdout.as_bytes());
        search(&format!("the errors of {args:?}"), output.stderr.as_bytes());
        search_files(workspace.path(), &[]);
    };
    run(&gitlab.api, &["apply", "--auto-approve", "-vv"], 0);
    run(&gitlab.api, &["state", "pull", "-vv"], 0);
    gitlab.kept().lock = Some(serde_json::json!({"ID": "another"}));
    run(&gitlab.api, &["apply", "--auto-approve", "-vv"], 7);
    gitlab.kept().lock = None;
    workspace.edit("products/demo/product.yaml", "golang", "rust");
    gitlab.kept().full_after = Some(0);
    run(&gitlab.api, &["apply", "--auto-approve", "-vv"], 1);
    gitlab.kept().hidden = true;
    run(&gitlab.api, &["plan", "-vv"], 1);
    let api = gitlab.api.replace("http://", "http://user:canary-job@");
    run(&api, &["plan", "-vv"], 1);
    let closed = ClosedPort::new();
    let with_password = closed.url().replace("http://", "http://user:canary-job@");
    run(&gitlab.api, &["plan", "-vv", "--api-server", &with_password], 1);
    search("what GitLab keeps", format!("{:?}", gitlab.kept().versions).as_bytes());
}

/// A server quotes what it was sent, and git prints the URL that it clones.
#[test]
fn replies_that_quote_secrets_are_redacted() {
    let workspace = Workspace::new();
    workspace.write("shop.yaml", &product("shop"));
    let (server, hook, sandbox) = (Quoting::start(), WebhookServer::start(), Sandbox::start(&workspace));
    let run = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = workspace.command(args);
        command.env("NAUTFORM_TOKEN", "canary-token").env("NAUTFORM_WEBHOOK", &hook.url);
        let output = Workspace::finish(command.envs(variables.iter().copied()));
        assert_ne!(output.code, Some(0), "{args:?}");
        let printed = output.stdout + &output.stderr;
        assert!(printed.contains("(redacted)"), "{args:?}: {printed}");
        search(&format!("what {args:?} prints"), printed.as_bytes());
        search_escaped(&printed);
        search_files(workspace.path(), &[]);
        search("the messages", format!("{:?}", hook.received().messages).as_bytes());
    };
    let (api, absent) = (server.url.as_str(), format!("{}/absent", server.url));
    run(&["plan", "--api-server", api, "--stateless", "-vv"], &[]);
    for format in ["text", "ndjson"] {
        let args = ["apply", "--api-server", &absent, "--auto-approve", "--format", format, "-vv"];
        run(&[&args[..], &["--events", "events.ndjson"]].concat(), &[]);
    }
    run(&["drift", "--api-server", api, "-vv"], &[]);
    run(&["export", "--api-server", api, "-vv"], &[]);
    let merge_request = [
        ("GITLAB_CI", "true"),
        ("CI_API_V4_URL", api),
        ("CI_PROJECT_ID", "7"),
        ("CI_MERGE_REQUEST_IID", "12"),
        ("GITLAB_TOKEN", "canary-job"),
    ];
    workspace.write("note.md", "<!-- nautform:plan:fleet -->\nchanges\n");
    run(&["comment", "note.md"], &merge_request);
    workspace.write("nautform.yaml", "state: {backend: gitlab, name: production}\n");
    let job = [("CI_API_V4_URL", api), ("CI_PROJECT_ID", "7"), ("CI_JOB_TOKEN", "canary-job")];
    run(&["plan", "--api-server", sandbox.url(), "-vv"], &job);
}

/// As URLs write it, each character escaped.
fn search_escaped(text: &str) {
    for canary in CANARIES {
        let escaped: String = canary.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert!(!text.contains(&escaped), "{canary} is in {text}");
    }
}

/// A panic prints what `Debug` and `Display` print. So every value that a secret goes through is printed as a
/// panic would.
#[test]
fn panic_messages_hold_no_secret() {
    use nautform::internals::config::load::LoadOptions;
    use nautform::internals::live::client::request;
    use nautform::internals::resource::schema::wire;
    use nautform::internals::session::{Input, validate};

    let workspace = Workspace::new();
    write_clusters(&workspace);
    let environment = [("KUBECONFIG_C".to_owned(), kubeconfig("canary-env"))].into();
    let options = LoadOptions { environment, ..LoadOptions::default() };
    let input = Input::Path(workspace.path().to_owned());
    let today = jiff::civil::date(2026, 11, 24);
    let validated =
        validate(&input, &options, nautform::internals::config::settings::Loaded::default(), today);
    assert!(!validated.manifests.diagnostics.has_errors());
    let panicked = |place: &str, value: &dyn std::fmt::Debug| {
        let print = std::panic::AssertUnwindSafe(|| panic!("{value:#?}"));
        let payload = std::panic::catch_unwind(print).unwrap_err();
        search(place, payload.downcast_ref::<String>().unwrap().as_bytes());
    };
    panicked("the configuration", &validated);
    let mut run = crate::support::Run::of_quickstart();
    run.configuration = validated.configuration;
    let planned = crate::support::block_on(run.plan(nautform::Mode::Apply));
    panicked("the plan", &(&planned.plan, &planned.snapshot));
    let outcomes = crate::support::block_on(run.carry_out(&planned.plan));
    assert!(outcomes.is_complete());
    panicked("the outcomes", &outcomes);
    panicked("the state", &run.state);
    panicked("the server's world", &*run.server.world());
    for (address, resource) in &run.configuration.resources {
        let body = wire::body(address.kind(), address.name(), &resource.spec);
        assert!(String::from_utf8_lossy(&body).contains("kubeconfig"), "it is sent");
        panicked("a request", &request::save(address, &resource.spec, request::Checks::Made));
    }
}
