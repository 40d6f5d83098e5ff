//! The live state is read while the manifests are loaded: objects of the state are read in any case.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nautform::sandbox::server::Server;

use crate::support::{Workspace, product, project, serving_empty};

/// How long a command may take to read what it can read.
const DEADLINE: Duration = Duration::from_secs(60);

/// A sandbox in this process, whose log can be read, with a product that a workspace manages.
struct Sandbox {
    _runtime: tokio::runtime::Runtime,
    server: Server,
    workspace: Workspace,
}

fn manifests() -> String {
    product("shop") + &project("shop", "web")
}

impl Sandbox {
    fn new() -> Self {
        let (server, _runtime) = serving_empty();
        let sandbox = Self { _runtime, server, workspace: Workspace::new() };
        sandbox.finish("apply", &manifests()).1.success().then_some(()).unwrap();
        sandbox
    }

    fn requests(&self) -> usize {
        self.server.log().len()
    }

    /// Runs a command that reads its manifests from standard input, and writes them there once `before`
    /// holds.
    fn run(
        &self,
        command: &str,
        manifests: &str,
        before: impl Fn() -> bool,
    ) -> (String, std::process::ExitStatus) {
        let mut run = self.workspace.command_at(&self.server.url(), &[command, "-", "--complete"]);
        if command == "apply" {
            run.arg("--auto-approve");
        }
        run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = run.spawn().unwrap();
        let deadline = Instant::now() + DEADLINE;
        while !before() {
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("{command} has not read in {DEADLINE:?} what it should");
            }
            assert!(child.try_wait().unwrap().is_none(), "it can't end before it has its manifests");
            std::thread::yield_now();
        }
        child.stdin.take().unwrap().write_all(manifests.as_bytes()).unwrap();
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        (out, child.wait().unwrap())
    }

    fn finish(&self, command: &str, manifests: &str) -> (String, std::process::ExitStatus) {
        self.run(command, manifests, || true)
    }
}

#[test]
fn prefetch_reads_objects_of_the_state_once() {
    let sandbox = Sandbox::new();
    for (command, nothing) in [("plan", "No changes."), ("drift", "No drift.")] {
        let before = sandbox.requests();
        // The product and its projects.
        let (out, status) = sandbox.run(command, &manifests(), || sandbox.requests() >= before + 2);
        assert!(status.success() && out.starts_with(nothing), "{out}");
        assert_eq!(sandbox.requests(), before + 2, "{command} reads nothing twice");
    }
}

#[test]
fn target_reads_nothing_before_the_manifests() {
    let sandbox = Sandbox::new();
    let before = sandbox.requests();
    let plan = ["plan", "-", "--target", "Product/other"];
    let mut run = sandbox.workspace.command_at(&sandbox.server.url(), &plan);
    Workspace::finish(run.stdin(Stdio::null())).exits(1);
    assert_eq!(sandbox.requests(), before, "nothing was read for missing manifests");
}
