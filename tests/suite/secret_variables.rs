//! Secret variables in fields that the server returns: they are sent, compared, and shown nowhere.

use std::path::Path;

use crate::support::{Output, Quoting, Sandbox, WebhookServer, Workspace};

const SECRETS: [&str; 3] = ["canary-description", "canary-of-a-hook", "canary-addition"];

/// The quickstart with a secret variable in a text, in a parameter of a hook and in a setting of a component.
fn fleet() -> Workspace {
    let workspace = Workspace::copy_of("examples/quickstart");
    let description = "description: 演示产品 (the demo product)";
    workspace.edit("products/demo/product.yaml", description, "description: 'a ${TEXT} b'");
    let pipeline = workspace.read("products/demo/pipeline.yaml");
    let hooks = "  hooks:\n    preHooks:\n      - name: log\n        vars: {printPath: '${HOOK}'}\n";
    let (before, after) = pipeline.split_once("  hooks:\n").unwrap();
    let rest = after.split_once("---\n").map(|(_, rest)| format!("---\n{rest}")).unwrap_or_default();
    workspace.write("products/demo/pipeline.yaml", &format!("{before}{hooks}{rest}"));
    workspace.edit("clusters/host-a.yaml", "additions:\n", "additions:\n        password: ${ADDITION}\n");
    workspace
}

fn search(place: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in {place}: {text}");
    }
}

fn search_files(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // The sandbox is the server: it has what it was sent.
        let is_server = path.file_name().is_some_and(|name| name == "sandbox.json");
        if path.is_dir() {
            search_files(&path);
        } else if !is_server {
            search(&path.display().to_string(), &String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}

/// Runs a command with the secret variables, the first of which has this end.
fn run(workspace: &Workspace, end: &str, args: &[&str]) -> Output {
    let mut command = workspace.command(args);
    command
        .env("NAUTFORM_SECRET_VAR_TEXT", format!("canary-description{end}"))
        .env("NAUTFORM_SECRET_VAR_HOOK", "canary-of-a-hook")
        .env("NAUTFORM_SECRET_VAR_ADDITION", "canary-addition");
    searched(workspace, args, Workspace::finish(&mut command))
}

fn searched(workspace: &Workspace, args: &[&str], output: Output) -> Output {
    search(&format!("the output of {args:?}"), &output.stdout);
    search(&format!("the errors of {args:?}"), &output.stderr);
    search_files(workspace.path());
    output
}

const FORMATS: [&str; 5] = ["text", "json", "ndjson", "markdown", "html"];

#[test]
fn secret_variables_are_shown_by_no_command() {
    let workspace = fleet();
    let run = |args: &[&str], code: i32| run(&workspace, "", args).exits(code);
    run(&["validate"], 0);
    for format in FORMATS {
        run(&["plan", "--sandbox", "--format", format, "-vv"], 0);
    }
    run(&["plan", "--sandbox", "--out", "a.plan", "--gitlab-report", ".report.json"], 0);
    assert!(run(&["show", "a.plan"], 0).stdout.contains("(sensitive value)"));
    run(&["apply", "a.plan", "--sandbox", "--events", "events.ndjson", "-vv"], 0);
    let sent = workspace.read(".nautform/sandbox.json");
    assert!(SECRETS.iter().all(|secret| sent.contains(secret)), "they are sent");
    assert!(sent.contains("a canary-description b"));
    run(&["plan", "--sandbox", "--detailed-exitcode"], 0);
    run(&["drift", "--sandbox"], 0);
    run(&["graph", "--format", "dot"], 0);
    run(&["state", "pull", "--sandbox"], 0);
    run(&["state", "show", "--sandbox", "Product/demo"], 0);
    let destroy = ["destroy", "--sandbox", "--auto-approve", "--allow-irreversible", "-vv"];
    run(&[&destroy[..], &["--format", "ndjson"]].concat(), 0);
}

#[test]
fn secret_variables_are_compared_and_their_changes_are_not_shown() {
    let workspace = fleet();
    run(&workspace, "", &["apply", "--sandbox", "--auto-approve"]).exits(0);
    for format in FORMATS {
        run(&workspace, "-2", &["plan", "--sandbox", "--format", format]).exits(0);
    }
    let plan = run(&workspace, "-2", &["plan", "--sandbox", "--out", "a.plan"]).exits(0).stdout;
    assert!(plan.contains("description = (sensitive value)"), "{plan}");
    assert!(plan.contains("1 to change"), "{plan}");
    // Another value than the approved one.
    run(&workspace, "-3", &["apply", "a.plan", "--sandbox"]).exits(6);
    // The approved one, of a value that others have changed.
    let server = workspace.file(".nautform/sandbox.json");
    let kept = std::fs::read_to_string(&server).unwrap();
    std::fs::write(&server, kept.replace("a canary-description b", "others")).unwrap();
    let refused = run(&workspace, "-2", &["apply", "a.plan", "--sandbox"]).exits(6).stderr;
    insta::assert_snapshot!(refused, @r"
    The saved plan is stale: 1 object has changed since it was made.

      Product/demo
        git.gitlab.description has changed since the plan was made (sensitive value)

    Nothing was written. Make a new plan and have it approved.
    ");
    std::fs::write(&server, kept).unwrap();
    run(&workspace, "-2", &["apply", "a.plan", "--sandbox"]).exits(0);
    run(&workspace, "-2", &["plan", "--sandbox", "--detailed-exitcode"]).exits(0);

    // Others have changed it, and its neighbour.
    let kept = std::fs::read_to_string(&server).unwrap();
    std::fs::write(&server, kept.replace("canary-description-2", "canary-description-of-others")).unwrap();
    for format in ["text", "json", "markdown", "junit", "prometheus"] {
        run(&workspace, "-2", &["drift", "--sandbox", "--format", format]).exits(4);
    }
    let drift = run(&workspace, "-2", &["drift", "--sandbox", "--baseline", "b.json"]).exits(4).stdout;
    assert!(drift.contains("description = (sensitive value)"), "{drift}");
    run(&workspace, "-2", &["apply", "--sandbox", "--auto-approve"]).exits(0);

    // It is no longer secret in the manifest: the old value still is.
    workspace.edit("products/demo/product.yaml", "'a ${TEXT} b'", "plain");
    run(&workspace, "-2", &["plan", "--sandbox"]).exits(0);
    // Without the manifest and the variables.
    std::fs::remove_dir_all(workspace.file("products")).unwrap();
    for format in FORMATS {
        let args = ["plan", "--sandbox", "--format", format];
        searched(
            &workspace,
            &args,
            Workspace::finish(
                workspace.command(&args).env("NAUTFORM_SECRET_VAR_ADDITION", "canary-addition"),
            ),
        )
        .exits(0);
    }
}

/// A server that quotes the request, and a webhook.
#[test]
fn secret_variables_are_redacted_from_replies() {
    let workspace = fleet();
    let (server, hook, sandbox) = (Quoting::start(), WebhookServer::start(), Sandbox::start(&workspace));
    let absent = format!("{}/absent", server.url);
    for url in [absent.as_str(), sandbox.url()] {
        let args = ["apply", "--api-server", url, "--auto-approve", "-vv", "--stateless"];
        let mut command = workspace.command(&args);
        for (name, value) in ["TEXT", "HOOK", "ADDITION"].into_iter().zip(SECRETS) {
            command.env(format!("NAUTFORM_SECRET_VAR_{name}"), value);
        }
        command.env("NAUTFORM_TOKEN", "canary-token").env("NAUTFORM_WEBHOOK", &hook.url);
        searched(&workspace, &args, Workspace::finish(&mut command));
        search("the messages", &format!("{:?}", hook.received().messages));
    }
}

#[test]
fn secret_variables_are_refused_in_names_and_words() {
    let workspace = fleet();
    let product = workspace.read("products/demo/product.yaml");
    for (from, to) in [
        ("  name: demo\n", "  name: '${TEXT}'\n"),
        ("visibility: private", "visibility: '${TEXT}'"),
        ("kind: Product", "kind: '${TEXT}'"),
        ("spec:\n", "metadata: {annotations: {nautform.dev/ignore-fields: '${TEXT}'}}\nspec:\n"),
        ("spec:\n", "spec:\n  '${TEXT}': x\n"),
    ] {
        assert!(product.contains(from), "{product}");
        workspace.write("products/demo/product.yaml", &product.replacen(from, to, 1));
        for format in ["text", "json", "sarif", "github", "codequality"] {
            let output = run(&workspace, "", &["validate", "--format", format]).exits(1);
            assert!((output.stdout + &output.stderr).contains("secret-variable"), "{to}");
        }
    }
}
