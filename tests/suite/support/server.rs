//! The sandbox as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::Workspace;

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
        let mut command = workspace.command(args);
        command.env("NAUTFORM_API_SERVER", &self.url).env("NAUTFORM_TOKEN", "x");
        command
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
