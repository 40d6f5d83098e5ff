//! The sandbox as a process of its own, and over HTTP in this one.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use nautform::sandbox::server::Server;
use nautform::sandbox::{Options, World};

use super::{Output, Workspace};

/// A sandbox in this process, whose world can be changed.
pub(crate) async fn serving(world: World, options: Options) -> Server {
    Server::start(([127, 0, 0, 1], 0).into(), world, options, None).await.unwrap()
}

/// The same, of an empty world, with the runtime that it runs on.
pub(crate) fn serving_empty() -> (Server, tokio::runtime::Runtime) {
    let runtime = super::runtime();
    (runtime.block_on(serving(World::default(), Options::default())), runtime)
}

pub(crate) struct Sandbox {
    child: Child,
    url: String,
}

impl Sandbox {
    pub(crate) fn start(workspace: &Workspace) -> Self {
        Self::slow(workspace, "2ms")
    }

    /// One that takes its time for each request.
    pub(crate) fn slow(workspace: &Workspace, latency: &str) -> Self {
        Self::with(workspace, &["--latency", latency])
    }

    /// One with these options.
    pub(crate) fn with(workspace: &Workspace, args: &[&str]) -> Self {
        let mut command = workspace.command(&["sandbox"]);
        command.args(args);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The binary in a workspace, talking to this server.
    pub(crate) fn command(&self, workspace: &Workspace, args: &[&str]) -> Command {
        workspace.command_at(&self.url, args)
    }

    /// The same, run.
    pub(crate) fn run(&self, workspace: &Workspace, args: &[&str]) -> Output {
        workspace.run_at(&self.url, args)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
