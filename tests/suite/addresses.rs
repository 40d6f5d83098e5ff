//! Promise 14: where credentials go is decided by flags and the environment, not by a merge request.

use crate::support::{HEAD, Output, Recorder, Workspace};

const PRODUCT: &str =
    "kind: Product\nspec: {name: shop, git: {gitlab: {name: shop, path: shop, visibility: private}}}\n";

fn workspace(settings: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("shop.yaml", &format!("{HEAD}{PRODUCT}"));
    workspace.write("nautform.yaml", settings);
    workspace
}

/// Runs with credentials of all kinds, and this environment.
fn run(workspace: &Workspace, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = workspace.command(args);
    command.env("NAUTFORM_TOKEN", "canary-token").env("TF_HTTP_PASSWORD", "canary-password");
    command.envs(environment.iter().copied());
    Workspace::finish(&mut command)
}

/// The first lines of standard error, without what differs from run to run.
fn said(output: &Output, servers: &[&Recorder]) -> String {
    let named = servers.iter().zip(["FIRST", "SECOND"]);
    named.fold(output.stderr.clone(), |text, (server, name)| text.replace(&server.url, name))
}

#[test]
fn server_of_the_settings_is_used_and_said() {
    let server = Recorder::start();
    let workspace = workspace(&format!("server: {{url: ' {} '}}", server.url));
    let planned = run(&workspace, &["plan"], &[]);
    insta::assert_snapshot!(said(&planned, &[&server]).lines().next().unwrap(), @"The API server comes from nautform.yaml: FIRST/");
    assert!(server.take().iter().all(|request| request.contains("Bearer canary-token")));
    // Unset variables of CI are empty.
    let planned = run(&workspace, &["plan"], &[("NAUTFORM_API_SERVER", ""), ("API_SERVER", " ")]);
    assert!(planned.stderr.starts_with("The API server comes from"), "{}", planned.stderr);
}

#[test]
fn server_of_the_environment_wins() {
    let first = Recorder::start();
    let second = Recorder::start();
    let workspace = workspace(&format!("server: {{url: '{}'}}", second.url));
    for environment in [("NAUTFORM_API_SERVER", first.url.as_str()), ("API_SERVER", &first.url)] {
        run(&workspace, &["plan"], &[environment]);
        assert!(!first.take().is_empty());
    }
    run(&workspace, &["plan", "--api-server", &first.url], &[("NAUTFORM_API_SERVER", &second.url)]);
    assert!(!first.take().is_empty());
    assert_eq!(second.take(), [""; 0]);
}

#[test]
fn servers_outside_the_list_get_nothing() {
    let server = Recorder::start();
    let lists = |list| [("NAUTFORM_ALLOWED_SERVERS", list)];
    let url = &server.url;
    for settings in [
        format!("server: {{url: '{url}'}}"),
        format!("server: {{url: 'https://a'}}\nstate: {{backend: http, address: '{url}/s'}}"),
        format!("state: {{backend: gitlab, name: x, project: '7', api: '{url}/api/v4'}}"),
    ] {
        let workspace = workspace(&settings);
        for args in [&["plan"][..], &["state", "list"]] {
            for list in ["", "nautes.example, other"] {
                run(&workspace, args, &lists(list));
                assert_eq!(server.take(), [""; 0], "{settings} {args:?}");
            }
        }
    }
    let workspace = workspace(&format!("server: {{url: '{url}'}}"));
    insta::assert_snapshot!(said(&run(&workspace, &["plan"], &lists("")).exits(1), &[&server]), @"
    error: nautform.yaml names the API server FIRST, which is not in NAUTFORM_ALLOWED_SERVERS
    help: the owner of the pipeline may add it, or set the address by a flag or a variable
    ");
    run(&workspace, &["plan"], &lists(url));
    assert!(!server.take().is_empty());
}

#[test]
fn job_token_goes_to_the_jobs_own_gitlab_only() {
    let own = Recorder::start();
    let other = Recorder::start();
    let settings = format!("state: {{backend: gitlab, name: production, api: '{}/api/v4'}}", other.url);
    let workspace = workspace(&settings);
    let api = format!("{}/api/v4", own.url);
    let job = [("CI_PROJECT_ID", "7"), ("CI_JOB_TOKEN", "canary-job"), ("TF_HTTP_PASSWORD", "")];
    let pull = |more: &[(&str, &str)]| run(&workspace, &["state", "pull"], &[&job, more].concat());
    pull(&[("CI_API_V4_URL", &api)]);
    assert!(own.take()[0].starts_with("GET /api/v4/projects/7/terraform/state/production "));
    assert_eq!(other.take(), [""; 0], "the environment wins");
    // A laptop with the token of some job.
    pull(&[]);
    assert!(other.take().iter().all(|request| !request.contains("authorization")));
    workspace.write("nautform.yaml", &format!("state: {{backend: http, address: '{}/s'}}", other.url));
    let refused = pull(&[("CI_API_V4_URL", &api), ("TF_HTTP_PASSWORD", "canary-job")]).exits(1);
    insta::assert_snapshot!(said(&refused, &[&other]), @"error: CI_JOB_TOKEN is not sent to FIRST, which is not the GitLab of this job");
    assert_eq!(other.take(), [""; 0]);
}

#[test]
fn settings_add_no_lock_address_of_another_server() {
    let own = Recorder::start();
    let other = Recorder::start();
    let workspace = workspace(&format!("state: {{backend: http, lockAddress: '{}/lock'}}", other.url));
    let address = format!("{}/state", own.url);
    let refused = run(&workspace, &["state", "pull"], &[("TF_HTTP_ADDRESS", &address)]).exits(1);
    insta::assert_snapshot!(said(&refused, &[&other]), @"
    error: nautform.yaml names FIRST for the state store, whose address is set to another server
    help: set TF_HTTP_LOCK_ADDRESS and TF_HTTP_UNLOCK_ADDRESS as well, or NAUTFORM_ALLOWED_SERVERS
    ");
    assert_eq!(other.take(), [""; 0]);
}

#[test]
fn plain_http_to_another_machine_needs_a_flag() {
    let workspace = workspace("");
    let server = ["plan", "--api-server", "http://nautes.invalid:8000"];
    insta::assert_snapshot!(run(&workspace, &server, &[]).exits(1).stderr, @"
    error: the API server http://nautes.invalid:8000 is not reached by https: the network could read credentials
    help: use https, or pass --allow-http (NAUTFORM_ALLOW_HTTP=true)
    ");
    let state = [("TF_HTTP_ADDRESS", "http://store.invalid/s")];
    workspace.write("nautform.yaml", "state: {backend: http}");
    let refused = run(&workspace, &["state", "pull"], &state).exits(1);
    assert!(refused.stderr.contains("the state store http://store.invalid is not reached by https"));
    let permitted = run(&workspace, &["state", "pull", "--allow-http"], &state).exits(1);
    assert!(!permitted.stderr.contains("https"), "{}", permitted.stderr);
    let target =
        ["--host", "gitlab", "--project", "7", "--merge-request", "1", "--api-url", "http://git.invalid"];
    workspace.write("note.md", "a note");
    let comment =
        run(&workspace, &[&["comment", "note.md"][..], &target].concat(), &[("GITLAB_TOKEN", "canary")]);
    insta::assert_snapshot!(comment.exits(1).stderr, @"error: the API http://git.invalid/ is not reached by https: the network could read the token; pass --allow-http");
}

#[test]
fn settings_may_come_from_a_file_of_the_pipeline() {
    let first = Recorder::start();
    let second = Recorder::start();
    let workspace = workspace(&format!("server: {{url: '{}'}}", second.url));
    workspace.write(".pipeline/settings.yaml", &format!("server: {{url: '{}'}}", first.url));
    // As trusted as a flag: the list is for nautform.yaml.
    let list = ("NAUTFORM_ALLOWED_SERVERS", "");
    run(&workspace, &["plan", "--settings", ".pipeline/settings.yaml"], &[list]);
    assert!(!first.take().is_empty());
    run(&workspace, &["plan"], &[list, ("NAUTFORM_SETTINGS", ".pipeline/settings.yaml")]);
    assert!(!first.take().is_empty());
    let without = run(&workspace, &["plan", "--no-settings"], &[]).exits(1);
    assert!(without.stderr.contains("no API server"), "{}", without.stderr);
    let missing = run(&workspace, &["plan", "--settings", "absent.yaml"], &[]).exits(1);
    assert!(missing.stderr.contains("absent.yaml can't be read"), "{}", missing.stderr);
    assert_eq!(second.take(), [""; 0]);
}

#[test]
fn bucket_and_region_name_no_other_server() {
    let server = Recorder::start();
    let host = server.url.strip_prefix("http://").unwrap();
    let keys = [("AWS_ACCESS_KEY_ID", "canary-id"), ("AWS_SECRET_ACCESS_KEY", "canary-key")];
    for settings in [format!("bucket: '{host}/x'"), format!("bucket: b, region: 'x@{host}/'")] {
        let workspace = workspace(&format!("state: {{backend: s3, key: k.json, {settings}}}"));
        run(&workspace, &["state", "pull"], &keys).exits(1);
        assert_eq!(server.take(), [""; 0], "{settings}");
    }
}

#[test]
fn empty_token_is_not_set() {
    let server = Recorder::start();
    let workspace = workspace("");
    let plan = ["plan", "--api-server", &server.url];
    let empty = run(&workspace, &plan, &[("NAUTFORM_TOKEN", " "), ("GIT_TOKEN", "canary-git")]);
    insta::assert_snapshot!(empty.stderr.lines().next().unwrap(), @"NAUTFORM_TOKEN is empty: the token of GIT_TOKEN is used.");
    assert!(server.take().iter().all(|request| request.contains("Bearer canary-git")));
    run(&workspace, &plan, &[("NAUTFORM_TOKEN", "")]).exits(1);
    assert_eq!(server.take(), [""; 0]);
}

#[test]
fn missing_address_of_the_state_is_said_by_validate() {
    let workspace = workspace("state: {backend: http}");
    let validated = run(&workspace, &["validate"], &[]).exits(0);
    insta::assert_snapshot!(validated.stderr, @"
    warning[missing-field]: the address of the state is not known
    --> nautform.yaml:1:18
     = help: set state.address, or TF_HTTP_ADDRESS

    1 warning
    ");
    let known = run(&workspace, &["validate"], &[("TF_HTTP_ADDRESS", "https://store.example/s")]);
    assert_eq!(known.exits(0).stderr, "");
}
