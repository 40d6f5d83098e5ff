//! State on servers that speak Terraform's http protocol, other than GitLab: the real binary against servers
//! that differ as the public ones do.

use crate::support::{HttpState, Output, Sandbox, StateServer, Workspace};

struct Fleet {
    workspace: Workspace,
    sandbox: Sandbox,
    server: HttpState,
}

impl Fleet {
    /// A fleet whose state has a lock.
    fn new(server: StateServer) -> Self {
        let fleet = Self::without_lock(server);
        let url = &fleet.server.url;
        let settings = format!(
            "server: {{rest: false}}\nstate: {{backend: http, address: '{url}/s', lockAddress: '{url}/s'}}\n"
        );
        fleet.workspace.write("nautform.yaml", &settings);
        fleet
    }

    fn without_lock(server: StateServer) -> Self {
        let workspace = Workspace::copy_of("examples/quickstart");
        let server = HttpState::start(server);
        let settings =
            format!("server: {{rest: false}}\nstate: {{backend: http, address: '{}/s'}}\n", server.url);
        workspace.write("nautform.yaml", &settings);
        let sandbox = Sandbox::start(&workspace);
        Self { workspace, sandbox, server }
    }

    fn run(&self, args: &[&str]) -> Output {
        self.sandbox.run(&self.workspace, args)
    }
}

#[test]
fn state_without_a_lock_address_is_only_read() {
    let fleet = Fleet::without_lock(StateServer::default());
    fleet.run(&["plan"]).exits(0);
    let refused = fleet.run(&["apply", "--auto-approve"]).exits(1);
    insta::assert_snapshot!(refused.stderr.replace(&fleet.server.url, "URL"), @r"
    The state store comes from nautform.yaml: URL/s
    error: the state at URL/s can't be locked: state.lockAddress (or TF_HTTP_LOCK_ADDRESS) is not set
    help: if no other run writes this state, pass --no-lock
    ");
    assert!(fleet.server.kept().state.is_none(), "nothing is written");
    fleet.run(&["apply", "--auto-approve", "--no-lock"]).exits(0);
    fleet.run(&["plan", "--detailed-exitcode"]).exits(0);
    fleet.run(&["state", "list"]).exits(0);
    for edit in [
        &["state", "rm", "Project/demo/demo-project"][..],
        &["forget", "Project/demo/demo-project"],
        &["adopt"],
        &["destroy", "--auto-approve", "--allow-irreversible"],
    ] {
        let refused = fleet.run(edit).exits(1);
        assert!(refused.stderr.contains("--no-lock"), "{edit:?}: {}", refused.stderr);
    }
    fleet.run(&["state", "rm", "Project/demo/demo-project", "--no-lock"]).exits(0);
    fleet.run(&["adopt", "--no-lock"]).exits(0);
    assert!(!fleet.server.kept().requests.contains(&"LOCK".to_owned()));
}

#[test]
fn no_lock_writes_although_the_lock_is_held() {
    let fleet = Fleet::new(StateServer::default());
    fleet.server.kept().lock = Some(serde_json::json!({"ID": "held"}));
    fleet.run(&["apply", "--auto-approve"]).exits(7);
    fleet.run(&["apply", "--auto-approve", "--no-lock"]).exits(0);
    assert!(fleet.server.kept().lock.is_some(), "another run's lock stays");
}

/// Servers that answer an empty Terraform state before the first write, that accept nothing but what looks like
/// a Terraform state, and that keep a document as its members.
#[test]
fn state_is_kept_by_servers_that_know_terraform_states_only() {
    for server in [
        StateServer { empty_serial: Some(0), ..StateServer::default() },
        StateServer { empty_serial: Some(7), ..StateServer::default() },
        StateServer { checks: true, ..StateServer::default() },
        StateServer { rewrites: true, ..StateServer::default() },
    ] {
        let fleet = Fleet::new(server);
        let plan = fleet.run(&["plan"]).exits(0).stdout;
        assert!(plan.ends_with("Plan: 16 to add, 0 to change, 0 to destroy.\n"), "{server:?}: {plan}");
        fleet.run(&["apply", "--auto-approve"]).exits(0);
        fleet.run(&["plan", "--detailed-exitcode"]).exits(0);
        let kept = fleet.server.kept().state.clone().unwrap();
        let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
        assert!(kept["serial"].as_u64() > server.empty_serial, "{server:?}");
        assert!(fleet.server.kept().lock.is_none(), "{server:?}");
    }
}

#[test]
fn terraform_state_with_content_is_refused_by_name() {
    let fleet = Fleet::new(StateServer::default());
    let used = r#"{"version": 4, "terraform_version": "1.9.0", "serial": 3, "outputs": {},
        "resources": [{"mode": "managed", "type": "terraform_data", "name": "a", "instances": []}]}"#;
    fleet.server.kept().state = Some(used.into());
    for command in [&["plan"][..], &["apply", "--auto-approve"], &["state", "list"]] {
        let refused = fleet.run(command).exits(1);
        let expected = "it is a Terraform state, not a nautform state";
        assert!(refused.stderr.contains(expected), "{command:?}: {}", refused.stderr);
    }
    assert_eq!(fleet.server.kept().state.as_deref(), Some(used.as_bytes()), "it stays as it is");
    fleet.workspace.write("terraform.tfstate", used);
    let pushed = fleet.run(&["state", "push", "terraform.tfstate"]).exits(1);
    assert!(pushed.stderr.contains("Terraform state"), "{}", pushed.stderr);
}

#[test]
fn apply_writes_nothing_if_the_first_save_is_not_kept() {
    let fleet = Fleet::new(StateServer { forgets: true, ..StateServer::default() });
    let refused = fleet.run(&["apply", "--auto-approve"]).exits(1);
    assert!(refused.stderr.contains("does not give back what was saved"), "{}", refused.stderr);
    let plan = fleet.run(&["plan"]).exits(0).stdout;
    assert!(plan.ends_with("Plan: 16 to add, 0 to change, 0 to destroy.\n"), "{plan}");
    assert!(fleet.server.kept().lock.is_none(), "the lock is free");
}

#[test]
fn server_that_gives_the_lock_to_two_holders_is_refused() {
    let fleet = Fleet::new(StateServer { locks_twice: true, ..StateServer::default() });
    let refused = fleet.run(&["apply", "--auto-approve"]).exits(1);
    let expected = "the server gives the lock to two holders at once, so locks do not hold there";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    let kept = fleet.server.kept();
    assert!(kept.state.is_none() && kept.lock.is_none(), "nothing is written, no lock is kept");
}

#[test]
fn waiting_for_a_lock_names_its_holder_and_command() {
    let fleet = Fleet::new(StateServer::default());
    let holder = serde_json::json!({
        "ID": "11/apply", "Operation": "apply", "Info": "", "Who": "alice@laptop", "Version": "1",
        "Created": "2026-11-24T12:00:00Z", "Path": format!("{}/s", fleet.server.url)
    });
    fleet.server.kept().lock = Some(holder);
    let held = fleet.run(&["apply", "--auto-approve", "--lock-timeout", "1s"]).exits(7);
    insta::assert_snapshot!(held.stderr.replace(&fleet.server.url, "URL"), @r"
    The state store comes from nautform.yaml: URL/s
    Waiting up to 1s for the lock of the state, which is held by alice@laptop (apply) since 2026-11-24 12:00:00 UTC, lock ID 11/apply.
    error: the state is locked by alice@laptop (apply) since 2026-11-24 12:00:00 UTC, lock ID 11/apply
    help: --lock-timeout 10m waits for it; if its holder no longer runs: nautform force-unlock 11/apply
    ");
    fleet.run(&["force-unlock", "wrong"]).exits(1);
    let without = fleet.run(&["force-unlock"]).exits(1);
    assert!(without.stderr.contains("wants the ID of the lock"), "{}", without.stderr);
    fleet.run(&["force-unlock", "11/apply"]).exits(0);
    fleet.run(&["apply", "--auto-approve"]).exits(0);
}

#[test]
fn lock_without_an_id_is_freed_without_one() {
    let fleet = Fleet::new(StateServer { hides_holder: true, ..StateServer::default() });
    fleet.server.kept().lock = Some(serde_json::json!({"ID": "hidden"}));
    let held = fleet.run(&["apply", "--auto-approve"]).exits(7);
    insta::assert_snapshot!(held.stderr.replace(&fleet.server.url, "URL"), @r"
    The state store comes from nautform.yaml: URL/s
    error: the state is locked by another process
    help: --lock-timeout 10m waits for it
    ");
    fleet.run(&["force-unlock", "any"]).exits(1);
    fleet.run(&["force-unlock"]).exits(0);
    fleet.run(&["apply", "--auto-approve"]).exits(0);
}

#[test]
fn lock_of_another_id_is_not_freed_by_servers_that_free_any() {
    let fleet = Fleet::new(StateServer { frees_any: true, ..StateServer::default() });
    fleet.server.kept().lock = Some(serde_json::json!({"ID": "right", "Who": "alice@laptop"}));
    let refused = fleet.run(&["force-unlock", "wrong"]).exits(1);
    assert!(refused.stderr.contains("alice@laptop, lock ID right"), "{}", refused.stderr);
    assert!(fleet.server.kept().lock.is_some());
    fleet.run(&["force-unlock", "right"]).exits(0);
    assert!(fleet.server.kept().lock.is_none());
    let free = fleet.run(&["force-unlock", "right"]).exits(1);
    assert!(free.stderr.contains("it is not locked"), "{}", free.stderr);
    assert!(fleet.server.kept().lock.is_none());
}

#[test]
fn states_of_other_programs_are_not_overwritten() {
    for document in [
        r#"{"version": 3, "serial": 7, "modules": [{"path": ["root"], "resources": {"a": {}}}]}"#,
        r#"{"version": 4, "serial": 7, "resources": [], "check_results": [{"object_kind": "check"}]}"#,
        r#"{"version": 3, "deployment": {"resources": [{"type": "a"}]}}"#,
    ] {
        let fleet = Fleet::new(StateServer::default());
        fleet.server.kept().state = Some(document.into());
        let refused = fleet.run(&["apply", "--auto-approve"]).exits(1);
        assert!(refused.stderr.contains("it is a Terraform state"), "{}", refused.stderr);
        assert_eq!(fleet.server.kept().state.as_deref(), Some(document.as_bytes()));
    }
}
