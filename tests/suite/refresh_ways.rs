//! `--refresh`: which way products are read, what is said about it, and what it costs the server.

use serde_json::Value as Json;

use crate::support::{ClosedPort, Output, Sandbox, Workspace, serving_empty};

/// The quickstart, applied to a server.
fn applied(args: &[&str]) -> (Workspace, Sandbox) {
    let workspace = Workspace::copy_of("examples/quickstart");
    let server = Sandbox::with(&workspace, args);
    let apply = ["apply", "--auto-approve", "--refresh", "api"];
    server.run(&workspace, &apply).exits(0);
    (workspace, server)
}

#[test]
fn empty_plan_from_git_takes_one_request_to_the_server() {
    let (workspace, server) = applied(&[]);
    let plan = |way: &str| {
        let args = ["plan", "--format", "json", "--refresh", way];
        let mut command = server.command(&workspace, &args);
        Workspace::finish(command.env("NAUTFORM_GITLAB", server.url())).exits(0).json()
    };
    let through_api = plan("api");
    assert_eq!((&through_api["requests"], &through_api["read_from"]), (&8.into(), &Json::Null));
    for way in ["auto", "git"] {
        let from_git = plan(way);
        assert_eq!(from_git["requests"], 1, "{way}: the list of clusters");
        assert_eq!(from_git["read_from"], serde_json::json!({"git": 1, "gitlab_requests": 2, "api": {}}));
        assert_eq!(from_git["resource_changes"], through_api["resource_changes"], "{way}");
    }
}

#[test]
fn gitlab_is_found_by_the_urls_of_repositories() {
    let (workspace, server) = applied(&[]);
    let output = server.run(&workspace, &["plan"]).exits(0);
    assert!(output.stdout.contains("in 3 requests and 2 to GitLab"), "{}", output.stdout);
}

#[test]
fn without_gitlab_the_api_is_used_and_it_is_said_once() {
    let (workspace, server) = applied(&[]);
    let closed = ClosedPort::new();
    let run = |args: &[&str]| {
        let mut command = server.command(&workspace, args);
        Workspace::finish(command.env("NAUTFORM_GITLAB", closed.url()))
    };
    for command in ["plan", "drift"] {
        let output = run(&[command]).exits(0);
        let note = "The product demo was read through the API, not from Git: no connection to 127.0.0.1";
        let joined = output.stdout.replace("\n      ", " ");
        assert_eq!(joined.matches(note).count(), 1, "{}", output.stdout);
    }
    let output = run(&["plan", "--refresh", "git"]).exits(1);
    assert!(
        output.stderr.contains("the product demo can't be read from Git: no connection"),
        "{}",
        output.stderr
    );
    let quiet = run(&["plan", "--refresh", "api"]).exits(0);
    assert!(!quiet.stdout.contains("GitLab"), "{}", quiet.stdout);
}

#[test]
fn rejected_token_is_said_and_the_api_decides() {
    let (workspace, server) = applied(&["--token", "x"]);
    let other = Sandbox::with(&workspace, &["--token", "other"]);
    let mut command = server.command(&workspace, &["plan"]);
    let output = Workspace::finish(command.env("NAUTFORM_GITLAB", other.url())).exits(0);
    let joined = output.stdout.replace("\n      ", " ");
    assert!(joined.contains("not from Git: GitLab does not accept the token."), "{}", output.stdout);
}

#[test]
fn gitlab_of_the_settings_is_used_and_said() {
    let (workspace, server) = applied(&[]);
    let elsewhere = Sandbox::with(&workspace, &["--token", "other"]);
    workspace.write("nautform.yaml", &format!("server: {{gitlab: '{}'}}\n", elsewhere.url()));
    let run = |variables: &[(&str, &str)]| {
        let mut command = server.command(&workspace, &["plan"]);
        Workspace::finish(command.envs(variables.iter().copied()))
    };
    let output = run(&[]).exits(0);
    let said = format!("The GitLab server comes from nautform.yaml: {}", elsewhere.url());
    assert!(output.stderr.starts_with(&said), "{}", output.stderr);
    assert!(output.stdout.contains("GitLab does not accept the token"), "{}", output.stdout);
    let own = run(&[("NAUTFORM_GITLAB", server.url())]).exits(0);
    assert!(own.stdout.contains("in 1 request and 2 to GitLab"), "{}", own.stdout);
    let refused = run(&[("NAUTFORM_ALLOWED_SERVERS", "nautes.example")]).exits(1);
    assert!(refused.stderr.contains("nautform.yaml names the GitLab server"), "{}", refused.stderr);
}

/// The quickstart on a server in this process, with a manifest that the list for Kubernetes lacks.
fn with_broken(check: impl Fn(&[&str]) -> Output) {
    let text = check(&["drift"]).exits(4);
    let broken = "1 object broken behind the API:\n\n  ! Environment/demo/dev: its manifest is not in";
    assert!(text.stdout.contains(broken), "{}", text.stdout);
    assert!(text.stdout.contains("Drift: 0 changed, 0 missing, 1 broken;"), "{}", text.stdout);
    let plan = check(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.contains(broken), "{}", plan.stdout);
    let document = check(&["drift", "--format", "json"]).exits(4).json();
    assert_eq!(document["drift_summary"]["broken"], 1);
    assert_eq!(document["read_from"]["broken"][0]["address"], "Environment/demo/dev");
    for (format, expected) in [
        ("markdown", "**Objects broken behind the API:**\n\n- `Environment/demo/dev`: "),
        ("junit", "failures=\"1\""),
        ("prometheus", "finding=\"broken\"} 1"),
    ] {
        let output = check(&["drift", "--format", format]).exits(4);
        assert!(output.stdout.contains(expected), "{}", output.stdout);
    }
    for (format, expected) in
        [("markdown", "**Objects broken behind the API:**"), ("html", "Objects broken behind the API")]
    {
        let output = check(&["plan", "--format", format]).exits(0);
        assert!(output.stdout.contains(expected), "{}", output.stdout);
    }
    check(&["drift", "--fail-on", "none"]).exits(0);
}

#[test]
fn what_is_broken_behind_the_api_is_a_finding() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let (server, runtime) = serving_empty();
    let run = |args: &[&str]| {
        let mut command = workspace.command_at(&server.url(), args);
        Workspace::finish(command.env("NAUTFORM_GITLAB", server.url()))
    };
    run(&["apply", "--auto-approve"]).exits(0);
    assert!(server.with_world(|world| world.unlist("demo", "envs/dev.yaml")));
    with_broken(run);
    runtime.block_on(server.shutdown()).unwrap();
}

#[test]
fn token_is_not_sent_by_plain_http() {
    let (workspace, server) = applied(&[]);
    let mut command = server.command(&workspace, &["plan"]);
    let output = Workspace::finish(command.env("NAUTFORM_GITLAB", "http://gitlab.example.com")).exits(1);
    assert!(output.stderr.contains("the GitLab server http://gitlab.example.com is not reached by https"));
}
