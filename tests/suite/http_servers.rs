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
        Workspace::finish(&mut self.sandbox.command(&self.workspace, args))
    }
}

#[test]
fn state_without_a_lock_address_is_only_read() {
    let fleet = Fleet::without_lock(StateServer::default());
    fleet.run(&["plan"]).exits(0);
    let refused = fleet.run(&["apply", "--auto-approve"]).exits(1);
    insta::assert_snapshot!(refused.stderr.replace(&fleet.server.url, "URL"), @r"
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
