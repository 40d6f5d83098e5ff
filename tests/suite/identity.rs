//! Promise 12: a run belongs to one fleet on one server. The situations of docs/identity.md.

use crate::support::{ApiServer, HttpState, Output, Sandbox, StateServer, Workspace, product, project};

/// Every command that compares something with the server.
const COMPARING: [&[&str]; 6] = [
    &["plan", "fleet"],
    &["drift", "fleet"],
    &["apply", "fleet", "--auto-approve"],
    &["destroy", "fleet", "--auto-approve", "--allow-irreversible"],
    &["adopt", "--dir", "fleet"],
    &["export", "fleet", "--force"],
];

/// A product with a project in `fleet`.
fn workspace() -> Workspace {
    workspace_of("shop")
}

fn workspace_of(name: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("fleet/shop.yaml", &product(name));
    workspace.write("fleet/web.yaml", &project(name, "web"));
    workspace
}

/// The same, applied to a server; with the server and its address.
fn applied() -> (Workspace, ApiServer, String) {
    let workspace = workspace();
    let server = ApiServer::default();
    let url = server.address();
    workspace.run_at(&url, &["apply", "fleet", "--auto-approve"]).exits(0);
    (workspace, server, url)
}

/// What was said, with names for addresses.
fn named(text: &str, urls: &[(&str, &str)]) -> String {
    urls.iter().fold(text.to_owned(), |text, (url, name)| {
        let port = url.rsplit(':').next().unwrap();
        text.replace(&format!("localhost:{port}"), name).replace(&format!("127.0.0.1:{port}"), name)
    })
}

/// Takes out of a document what older versions of nautform did not write.
fn as_of_older_version(workspace: &Workspace, file: &str, fields: &[&str]) {
    let mut document = workspace.json(file);
    for field in fields {
        document.as_object_mut().unwrap().remove(*field);
    }
    document["format_version"] = 1.into();
    workspace.write(file, &document.to_string());
}

#[test]
fn state_is_refused_with_another_server_before_any_request() {
    let (workspace, _server, url) = applied();
    let other = ApiServer::default();
    let there = other.address();
    for command in COMPARING {
        let refused = workspace.run_at(&there, command).exits(5);
        let names = [(url.as_str(), "HERE"), (there.as_str(), "THERE")];
        assert_eq!(refused.stdout, "", "{command:?}");
        let said = named(&refused.stderr, &names);
        let expected = "error: the state is for http://HERE, and this server is http://THERE\n\
                        help: if it is the same server, say so with: nautform state rebind --add \
                        http://THERE --dir fleet\n";
        assert!(said.ends_with(expected), "{command:?}: {said}");
        assert!(refused.stderr.contains(&format!(" --add {there} ")), "as it was given: {}", refused.stderr);
    }
    assert_eq!(other.world().log().lines(), Vec::<String>::new());
    workspace.run_at(&there, &["plan", "fleet", "--stateless"]).exits(0);
    assert_ne!(other.world().log().lines(), Vec::<String>::new(), "what is sent is in its log");
    workspace.run_at(&url, &["plan", "fleet", "--detailed-exitcode"]).exits(0);
}

#[test]
fn spellings_of_an_address_are_one_server() {
    let (workspace, _server, url) = applied();
    let port = url.rsplit(':').next().unwrap();
    for host in ["localhost", "LOCALHOST", "127.0.0.1"] {
        let spelled = format!("http://{host}:{port}/");
        workspace.run_at(&spelled, &["plan", "fleet", "--detailed-exitcode"]).exits(0);
    }
    assert_eq!(
        workspace.json("fleet/.nautform/state.json")["servers"],
        serde_json::json!([format!("http://localhost:{port}")])
    );
}

#[test]
fn rebind_shows_what_matches_asks_and_adds() {
    let (workspace, server, url) = applied();
    let alias = server.address();
    let add = ["state", "rebind", "--add", &alias, "--dir", "fleet"];
    let answer = |input: &str| Workspace::piped(&mut workspace.command_at(&url, &add), input);
    let declined = answer("no\n").exits(1);
    let names = [(url.as_str(), "HERE"), (alias.as_str(), "ALIAS")];
    insta::assert_snapshot!(named(&format!("{}{}", declined.stdout, declined.stderr), &names), @r"
    The state is for http://HERE.
    Of its 2 objects, 2 are on http://ALIAS as they were applied.

    Is http://ALIAS the same server, so that this state can be used with it?
      Only 'yes' will be accepted to approve.

      Enter a value: 
    The state was not changed.
    ");
    workspace.run_at(&alias, &["plan", "fleet"]).exits(5);
    answer("yes\n").exits(0);
    for address in [&alias, &url] {
        workspace.run_at(address, &["plan", "fleet", "--detailed-exitcode"]).exits(0);
    }
    let again = answer("").exits(0);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
}

#[test]
fn rebind_names_what_does_not_match() {
    let (workspace, _server, _url) = applied();
    let other = ApiServer::default();
    let there = other.address();
    let elsewhere = Workspace::new();
    elsewhere.write("a.yaml", &product("shop").replace("private", "public"));
    elsewhere.run_at(&there, &["apply", "--auto-approve"]).exits(0);
    let add = ["state", "rebind", "--add", "--dir", "fleet", "--auto-approve"];
    let shown = workspace.run_at(&there, &add).exits(0).stdout;
    insta::assert_snapshot!(named(shown.split_once('\n').unwrap().1, &[(&there, "THERE")]), @r"
    Of its 2 objects, 0 are on http://THERE as they were applied.
      1 different: Product/shop
      1 missing: Project/shop/web
    ");
    workspace.run_at(&there, &["plan", "fleet"]).exits(0);
}

#[test]
fn sandbox_is_the_same_server_on_another_port() {
    let workspace = workspace();
    let sandbox = Sandbox::with(&workspace, &["--data", "data.json"]);
    sandbox.run(&workspace, &["apply", "fleet", "--auto-approve"]).exits(0);
    drop(sandbox);
    let again = Sandbox::with(&workspace, &["--data", "data.json"]);
    let plan = ["plan", "fleet", "--detailed-exitcode"];
    again.run(&workspace, &plan).exits(0);
    let other = Sandbox::start(&workspace);
    let refused = other.run(&workspace, &plan).exits(5);
    assert!(refused.stderr.contains("the state is for sandbox:"), "{}", refused.stderr);
    assert!(refused.stderr.contains(" (at http://127.0.0.1:"), "{}", refused.stderr);
    // A server that is not a sandbox, at an address where one was.
    let server = ApiServer::default();
    workspace.run_at(&server.address(), &plan).exits(5);
}

#[test]
fn sandbox_in_the_process_is_known_by_its_data() {
    let workspace = workspace();
    workspace.run_at("", &["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    std::fs::remove_file(workspace.file("fleet/.nautform/sandbox.json")).unwrap();
    let refused = workspace.run(&["plan", "fleet", "--sandbox"]).exits(5);
    assert!(
        refused.stderr.contains("nautform state rebind --add --dir fleet --sandbox\n"),
        "{}",
        refused.stderr
    );
    let rebind = ["state", "rebind", "--add", "--sandbox", "--dir", "fleet", "--auto-approve"];
    workspace.run(&rebind).exits(0);
    let plan = workspace.run(&["plan", "fleet", "--sandbox"]).exits(0).stdout;
    assert!(plan.ends_with("Plan: 2 to add, 0 to change, 0 to destroy.\n"), "{plan}");
}

#[test]
fn state_of_an_older_version_is_bound_by_the_next_apply_and_that_is_said_once() {
    let (workspace, _server, url) = applied();
    as_of_older_version(&workspace, "fleet/.nautform/state.json", &["servers"]);
    let plan = workspace.run_at(&url, &["plan", "fleet", "--detailed-exitcode"]).exits(0);
    assert_eq!(plan.stderr, "");
    let apply = ["apply", "fleet", "--auto-approve"];
    let said = workspace.run_at(&url, &apply).exits(0).stderr;
    let port = url.rsplit(':').next().unwrap();
    let expected =
        format!("From now on the state is for http://127.0.0.1:{port}; other servers are refused.\n");
    assert!(said.contains(&expected), "{said}");
    let again = workspace.run_at(&url, &apply).exits(0).stderr;
    assert!(!again.contains("From now on"), "{again}");
    workspace.run_at(&ApiServer::default().address(), &["plan", "fleet"]).exits(5);
}

#[test]
fn state_without_objects_is_for_any_server() {
    let (workspace, _server, url) = applied();
    workspace.run_at(&url, &["destroy", "fleet", "--auto-approve", "--allow-irreversible"]).exits(0);
    let other = ApiServer::default();
    let there = other.address();
    workspace.run_at(&there, &["apply", "fleet", "--auto-approve"]).exits(0);
    workspace.run_at(&url, &["plan", "fleet"]).exits(5);
}

/// A run was killed: its journal is the only thing that says what it has begun, and where.
#[test]
fn journal_of_a_killed_run_names_its_server() {
    let workspace = workspace();
    let journal = [
        r#"{"journal_of":"0b2c","serial":0,"salt":"5a17","servers":["https://nautes.example.com"]}"#,
        r#"{"step":"recorded","address":"Project/shop/old","record":{"applied":{}}}"#,
        r#"{"step":"recorded","address":"Product/shop","record":{"applied":{}}}"#,
    ];
    workspace.write("fleet/.nautform/state.journal", &format!("{}\n", journal.join("\n")));
    let server = ApiServer::default();
    let refused = workspace.run_at(&server.address(), &["apply", "fleet", "--auto-approve"]).exits(5);
    assert!(refused.stderr.contains("the state is for https://nautes.example.com"), "{}", refused.stderr);
    assert!(server.world().is_empty());
}

#[test]
fn state_that_is_pushed_elsewhere_keeps_its_server() {
    let (workspace, _server, url) = applied();
    let pulled = workspace.run(&["state", "pull", "--dir", "fleet"]).exits(0).stdout;
    workspace.write("pulled.json", &pulled);
    workspace.write("other/shop.yaml", &product("shop"));
    workspace.run(&["state", "push", "pulled.json", "--dir", "other"]).exits(0);
    workspace.run_at(&ApiServer::default().address(), &["plan", "other"]).exits(5);
    workspace.run_at(&url, &["plan", "other"]).exits(0);
}

#[test]
fn saved_plan_is_for_its_server() {
    let workspace = workspace();
    let server = ApiServer::default();
    let url = server.address();
    workspace.run_at(&url, &["plan", "fleet", "--out", "x.plan"]).exits(0);
    let other = ApiServer::default();
    let there = other.address();
    let refused = workspace.run_at(&there, &["apply", "x.plan"]).exits(5);
    insta::assert_snapshot!(named(&refused.stderr, &[(&url, "HERE"), (&there, "THERE")]), @r"
    error: the saved plan is for http://HERE, and this server is http://THERE
    help: make a new plan for this server
    ");
    assert!(other.world().is_empty());
    workspace.run_at(&url, &["apply", "x.plan"]).exits(0);
    // One state has both addresses, so that they are one server.
    let alias = server.address();
    workspace.write("fleet/api.yaml", &project("shop", "api"));
    workspace.run_at(&url, &["plan", "fleet", "--out", "y.plan"]).exits(0);
    workspace.run_at(&alias, &["apply", "y.plan"]).exits(5);
    workspace.run_at(&alias, &["state", "rebind", "--add", "--dir", "fleet", "--auto-approve"]).exits(0);
    workspace.run_at(&alias, &["apply", "y.plan"]).exits(0);
}

#[test]
fn saved_plan_of_a_sandbox_is_for_that_sandbox() {
    let workspace = workspace();
    workspace.run(&["plan", "fleet", "--sandbox", "--out", "x.plan"]).exits(0);
    let server = ApiServer::default();
    let there = server.address();
    let refused = workspace.run_at(&there, &["apply", "x.plan"]).exits(5);
    assert!(refused.stderr.contains("the saved plan is for sandbox:"), "{}", refused.stderr);
    assert!(server.world().is_empty());
    // Also where the states differ.
    let other = workspace_of("blog");
    other.run_at(&there, &["apply", "fleet", "--auto-approve"]).exits(0);
    other.run(&["plan", "fleet", "--sandbox", "--out", "x.plan"]).exits(0);
    other.run_at(&there, &["apply", "x.plan"]).exits(5);
    workspace.run(&["apply", "x.plan", "--sandbox=elsewhere.json"]).exits(5);
    workspace.run(&["apply", "x.plan", "--sandbox"]).exits(0);
}

#[test]
fn baseline_is_for_its_server_and_fleet() {
    let (workspace, _server, url) = applied();
    let drift = ["drift", "fleet", "--baseline", "base.json", "--stateless"];
    workspace.run_at(&url, &drift).exits(0);
    let there = ApiServer::default();
    let refused = workspace.run_at(&there.address(), &drift).exits(5);
    assert!(refused.stderr.contains("error: the baseline is for http://localhost:"), "{}", refused.stderr);
    assert!(refused.stderr.contains("help: remove the file to begin a new one"), "{}", refused.stderr);
    as_of_older_version(&workspace, "base.json", &["server"]);
    workspace.run_at(&url, &drift).exits(0);
    let text = workspace.read("base.json");
    assert!(text.contains("\"server\": \"http://localhost:"), "{text}");
    workspace.write("fleet/nautform.yaml", "fleet: a\n");
    workspace.run_at(&url, &drift).exits(0);
    workspace.write("fleet/nautform.yaml", "fleet: b\n");
    let refused = workspace.run_at(&url, &drift).exits(5);
    assert!(refused.stderr.contains("the baseline is of the fleet a"), "{}", refused.stderr);
}

/// Two directories whose settings name one state.
struct Shared {
    workspace: Workspace,
    server: ApiServer,
    url: String,
    store: HttpState,
}

impl Shared {
    /// `fleet`, applied, and `other`, which declares something else.
    fn new(names: [&str; 2]) -> Self {
        let shared = Self {
            workspace: workspace(),
            server: ApiServer::default(),
            url: String::new(),
            store: HttpState::start(StateServer::default()),
        };
        let shared = Self { url: shared.server.address(), ..shared };
        shared.workspace.write("other/blog.yaml", &product("blog"));
        shared.name("fleet", names[0]);
        shared.name("other", names[1]);
        shared.run(&["apply", "fleet", "--auto-approve"]).exits(0);
        shared
    }

    fn name(&self, directory: &str, name: &str) {
        let url = &self.store.url;
        let fleet = if name.is_empty() { String::new() } else { format!("fleet: {name}\n") };
        let state = format!("state: {{backend: http, address: '{url}/s', lockAddress: '{url}/s'}}");
        self.workspace.write(&format!("{directory}/nautform.yaml"), &format!("{fleet}{state}\n"));
    }

    fn run(&self, args: &[&str]) -> Output {
        self.workspace.run_at(&self.url, args)
    }
}

#[test]
fn two_fleets_with_one_state_are_refused_by_their_names() {
    let shared = Shared::new(["production", "staging"]);
    shared.workspace.write("pulled.json", &shared.run(&["state", "pull", "--dir", "other"]).exits(0).stdout);
    for command in [
        &["plan", "other"][..],
        &["plan", "other/blog.yaml"],
        &["drift", "other"],
        &["apply", "other", "--auto-approve"],
        &["destroy", "other", "--auto-approve", "--allow-irreversible"],
        &["adopt", "--dir", "other"],
        &["export", "other", "--force"],
        &["state", "rm", "Product/shop", "--dir", "other"],
        &["state", "mv", "Project/shop/web", "Project/shop/x", "--dir", "other"],
        &["state", "push", "pulled.json", "--dir", "other", "--force"],
        &["state", "rebind", "--add", "--dir", "other"],
    ] {
        let refused = shared.run(command).exits(5);
        let expected = "error: the state is of the fleet production, and nautform.yaml names staging\n\
                        help: each fleet needs a state of its own (`state:` in nautform.yaml); if this one \
                        was renamed: nautform state rebind --fleet staging --dir other\n";
        assert!(refused.stderr.ends_with(expected), "{command:?}: {}", refused.stderr);
    }
    shared.run(&["plan", "fleet", "--detailed-exitcode"]).exits(0);
}

/// The objects that both declare say nothing.
#[test]
fn state_with_a_fleets_name_is_refused_without_one() {
    let shared = Shared::new(["production", ""]);
    shared.workspace.write("other/shop.yaml", &product("shop"));
    for command in [
        &["plan", "other"][..],
        &["plan", "other/shop.yaml"],
        &["drift", "other"],
        &["apply", "other", "--auto-approve"],
        &["apply", "other/shop.yaml", "--auto-approve"],
        &["destroy", "other", "--auto-approve", "--allow-irreversible"],
        &["adopt", "--dir", "other"],
        &["state", "rm", "Product/shop", "--dir", "other"],
    ] {
        let refused = shared.run(command).exits(5);
        let expected = "error: the state is of the fleet production, and nautform.yaml names no fleet\n\
                        help: each fleet needs a state of its own (`state:` in nautform.yaml); if it is this \
                        one's, write `fleet: production` into nautform.yaml, or merge the branch that has it\n";
        assert!(refused.stderr.ends_with(expected), "{command:?}: {}", refused.stderr);
    }
    shared.run(&["plan", "fleet", "--detailed-exitcode"]).exits(0);
    // Without settings the name is not known, and the state is the directory's own.
    let workspace = workspace();
    workspace.write("fleet/nautform.yaml", "fleet: production\n");
    workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    workspace.run(&["plan", "fleet", "--sandbox", "--no-settings", "--detailed-exitcode"]).exits(0);
}

#[cfg(unix)]
#[test]
fn link_to_a_part_uses_the_settings_and_state_of_its_fleet() {
    let shared = Shared::new(["production", ""]);
    shared.workspace.write("fleet/more/news.yaml", &product("news"));
    shared.run(&["apply", "fleet", "--auto-approve"]).exits(0);
    for (link, target) in [("news", "fleet/more"), ("news.yaml", "fleet/more/news.yaml")] {
        std::os::unix::fs::symlink(shared.workspace.file(target), shared.workspace.file(link)).unwrap();
        let plan = shared.run(&["plan", link, "--detailed-exitcode"]).exits(0);
        assert!(plan.stderr.contains("The state store comes from nautform.yaml"), "{}", plan.stderr);
    }
}

#[test]
fn two_unnamed_fleets_with_one_state_are_refused_by_what_they_declare() {
    let shared = Shared::new(["", ""]);
    for command in [&["plan", "other"][..], &["drift", "other"], &["apply", "other", "--auto-approve"]] {
        let refused = shared.run(command).exits(5);
        insta::allow_duplicates! {
            let (place, refusal) = refused.stderr.split_once('\n').unwrap();
            assert!(place.starts_with("The state store comes from nautform.yaml: http://127.0.0.1:"), "{place}");
            insta::assert_snapshot!(refusal, @r"
            error: the manifests declare none of the 2 objects in the state: it is that of another fleet
            help: each fleet needs a state of its own (`state:` in nautform.yaml); if it is this one's, write `fleet: NAME` into nautform.yaml, then: nautform state rebind --fleet NAME --dir other
            ");
        }
    }
    // A part need not know the rest, but the fleet that it is a part of must.
    for command in [&["plan", "other/blog.yaml"][..], &["apply", "other/blog.yaml", "--auto-approve"]] {
        let refused = shared.run(command).exits(5);
        assert!(refused.stderr.contains("declare none of the 2 objects"), "{}", refused.stderr);
    }
    shared.workspace.write("fleet/more/news.yaml", &product("news"));
    shared.run(&["plan", "fleet/more/news.yaml"]).exits(0);
    shared.run(&["plan", "fleet/more"]).exits(0);
    std::fs::remove_dir_all(shared.workspace.file("fleet/more")).unwrap();
    // One of them has a name now.
    shared.name("other", "staging");
    shared.run(&["plan", "other"]).exits(5);
    shared.run(&["state", "rebind", "--fleet", "staging", "--dir", "other"]).exits(0);
    let plan = shared.run(&["plan", "other"]).exits(0).stdout;
    assert!(plan.ends_with("Plan: 1 to add, 0 to change, 2 to destroy.\n"), "{plan}");
}

#[test]
fn fleet_is_renamed_on_purpose() {
    let shared = Shared::new(["production", "staging"]);
    shared.name("fleet", "live");
    shared.run(&["plan", "fleet"]).exits(5);
    let wrong = shared.run(&["state", "rebind", "--fleet", "not a name", "--dir", "fleet"]).exits(1);
    assert!(wrong.stderr.contains("a fleet's name has letters"), "{}", wrong.stderr);
    shared.run(&["state", "rebind", "--fleet", "live", "--dir", "fleet"]).exits(0);
    shared.run(&["plan", "fleet", "--detailed-exitcode"]).exits(0);
    // What has a name keeps it: a directory without one may be another fleet.
    shared.name("fleet", "");
    shared.run(&["plan", "fleet"]).exits(5);
}

#[test]
fn state_of_another_fleet_is_pushed_only_by_force() {
    let shared = Shared::new(["production", "staging"]);
    shared.workspace.write("pulled.json", &shared.run(&["state", "pull", "--dir", "fleet"]).exits(0).stdout);
    shared.workspace.write("third/nautform.yaml", "fleet: third\n");
    shared.workspace.write("third/blog.yaml", &product("blog"));
    let push = ["state", "push", "pulled.json", "--dir", "third"];
    let refused = shared.run(&push).exits(1);
    assert!(
        refused.stderr.contains("the file is of the fleet production instead of third"),
        "{}",
        refused.stderr
    );
    shared.run(&[&push[..], &["--force"]].concat()).exits(0);
    shared.run(&["plan", "third"]).exits(5);
}

#[test]
fn settings_and_state_of_the_root_are_used_from_wherever_a_command_starts() {
    let workspace = workspace();
    let server = ApiServer::default();
    let url = server.address();
    workspace.write("fleet/sub/api.yaml", &project("shop", "api"));
    let ignore = "ignore: [{address: 'Project/*/*', fields: [language], reason: x}]";
    workspace
        .write("fleet/nautform.yaml", &format!("fleet: production\nserver: {{url: '{url}'}}\n{ignore}\n"));
    let run = |directory: &str, args: &[&str]| {
        let mut command = workspace.command(args);
        command.current_dir(workspace.file(directory)).env("NAUTFORM_TOKEN", "x");
        Workspace::finish(&mut command)
    };
    run("fleet/sub", &["apply", "..", "--auto-approve"]).exits(0);
    workspace.edit("fleet/sub/api.yaml", "language: go", "language: rust");
    for (directory, part) in
        [("fleet", "."), ("fleet", "sub"), ("fleet/sub", "."), (".", "fleet/sub/api.yaml")]
    {
        run(directory, &["plan", part, "--detailed-exitcode"]).exits(0);
    }
    run("fleet/sub", &["state", "show", "Project/shop/web"]).exits(0);
}

/// A clone in CI at another path, a second laptop: the state is on a server, the path plays no part.
#[test]
fn clone_elsewhere_uses_the_same_state() {
    let shared = Shared::new(["production", "staging"]);
    let clone = Workspace::new();
    std::fs::create_dir_all(clone.file("builds/1/fleet")).unwrap();
    crate::support::copy(&shared.workspace.file("fleet"), &clone.file("builds/1/fleet"));
    clone.run_at(&shared.url, &["plan", "builds/1/fleet", "--detailed-exitcode"]).exits(0);
    let renamed = clone.file("renamed");
    std::fs::rename(clone.file("builds/1/fleet"), &renamed).unwrap();
    clone.run_at(&shared.url, &["plan", "renamed", "--detailed-exitcode"]).exits(0);
    clone.run_at(&shared.url, &["drift", "renamed"]).exits(0);
}

/// Each laptop has a state of its own: the second adopts what the first has made. Whoever applies last wins.
#[test]
fn local_states_of_two_clones_know_nothing_of_each_other() {
    let (workspace, _server, url) = applied();
    let clone = Workspace::new();
    clone.write("fleet/shop.yaml", &product("shop"));
    clone.write("fleet/web.yaml", &project("shop", "web").replace("go", "rust"));
    let adopted = clone.run_at(&url, &["apply", "fleet", "--auto-approve"]).exits(0).stdout;
    assert!(adopted.contains("0 added, 1 changed, 0 destroyed"), "{adopted}");
    workspace.run_at(&url, &["drift", "fleet"]).exits(4);
}

/// A fork has the same name and, in GitLab, a state of its own: it adopts what it declares and deletes nothing.
#[test]
fn fork_with_a_state_of_its_own_adopts() {
    let (workspace, _server, url) = applied();
    let fork = Workspace::new();
    fork.write("fleet/nautform.yaml", "fleet: production\n");
    fork.write("fleet/shop.yaml", &product("shop"));
    let plan = fork.run_at(&url, &["plan", "fleet"]).exits(0).stdout;
    assert!(!plan.contains("destroy"), "{plan}");
    workspace.run_at(&url, &["plan", "fleet", "--detailed-exitcode"]).exits(0);
}
