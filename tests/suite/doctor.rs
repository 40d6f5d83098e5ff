//! `nautform doctor`: what an apply needs, and what to do about it.

use serde_json::{Value as Json, json};

use crate::support::{ClosedPort, GitLabRest, Sandbox, Workspace};

#[test]
fn doctor_says_what_is_missing() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let output = workspace.run(&["doctor"]).exits(1).stdout;
    assert!(output.contains("error    address: no API server\n         help: "), "{output}");
    let closed = ClosedPort::new();
    let mut command = workspace.command(&["doctor", "--api-server", closed.url(), "--retry-timeout", "0s"]);
    let output = Workspace::finish(command.env("NAUTFORM_TOKEN", "x")).exits(1).stdout;
    assert!(output.contains("error    connection: "), "{output}");
    let output = workspace.run(&["doctor", "--sandbox"]).exits(0).stdout;
    for line in
        ["ok       manifests: ", "ok       state: none yet", "ok       lock: free", "skipped  token: "]
    {
        assert!(output.contains(line), "{line}\n{output}");
    }
}

#[test]
fn doctor_reads_scopes_rights_and_clocks() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let sandbox = Sandbox::start(&workspace);
    sandbox.run(&workspace, &["apply", "--auto-approve"]).exits(0);
    let facts = |scope: &str, end: &str, level: u32| {
        json!({
            "personal_access_tokens/self": {"scopes": [scope], "expires_at": end},
            "user": {"id": 7, "username": "ann"},
            "groups/demo/members/all/7": {"access_level": level},
        })
    };
    let doctor = |facts: Json| {
        let rest = GitLabRest::new(facts);
        let mut command = sandbox.command(&workspace, &["doctor"]);
        Workspace::finish(command.env("NAUTFORM_GITLAB", &rest.url)).stdout
    };
    let fine = doctor(facts("api", "2999-01-31", 50));
    assert!(fine.contains("ok       token: scope api, until 2999-01-31\n"), "{fine}");
    assert!(fine.contains("ok       rights: @ann owns all products"), "{fine}");
    let poor = doctor(facts("read_api", "2999-01-31", 30));
    assert!(poor.contains("error    token: its scopes are read_api\n         help: "), "{poor}");
    assert!(poor.contains("warning  rights: @ann may not write into all products: demo: less"), "{poor}");
    let old = doctor(facts("api", "2020-01-31", 40));
    assert!(old.contains("error    token: it ended on 2020-01-31"), "{old}");
    assert!(old.contains("warning  rights: @ann owns not all products: demo: maintainer"), "{old}");
}
