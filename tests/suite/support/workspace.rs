//! A temporary directory of manifests, and the real binary run in it with an empty environment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

#[track_caller]
pub(crate) fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Fails with everything that was said unless the exit code is this.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// The document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        assert!(!self.stdout.is_empty(), "{}", self.stderr);
        json(&self.stdout)
    }
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) struct Workspace {
    directory: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    /// A copy of a directory of the repository.
    pub(crate) fn copy_of(path: &str) -> Self {
        let workspace = Self::new();
        copy(&super::repository(path), workspace.path());
        workspace
    }

    /// The quickstart, applied to the sandbox in its directory.
    pub(crate) fn applied_quickstart() -> Self {
        let workspace = Self::copy_of("examples/quickstart");
        workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// The document in a file.
    pub(crate) fn json(&self, name: &str) -> Json {
        json(&self.read(name))
    }

    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// The binary, in this directory, with nothing of the tester's environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nautform"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// The same, for the server at an address.
    pub(crate) fn command_at(&self, url: &str, args: &[&str]) -> Command {
        let mut command = self.command(args);
        command.env("NAUTFORM_API_SERVER", url).env("NAUTFORM_TOKEN", "x");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        Self::finish(&mut self.command(args))
    }

    pub(crate) fn run_at(&self, url: &str, args: &[&str]) -> Output {
        Self::finish(&mut self.command_at(url, args))
    }

    pub(crate) fn finish(command: &mut Command) -> Output {
        command.output().unwrap().into()
    }

    /// Runs a command with a text as its standard input.
    pub(crate) fn piped(command: &mut Command, input: &str) -> Output {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that refuses its arguments reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// Starts a command; gives its process and the lines that it prints.
    pub(crate) fn begin(command: &mut Command) -> (Child, impl Iterator<Item = String> + use<>) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        (child, lines)
    }

    /// Sends a signal, such as `-INT`.
    pub(crate) fn signal(child: &Child, name: &str) {
        assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
    }

    /// Git in a directory of the workspace.
    pub(crate) fn git(&self, directory: &str, args: &[&str]) {
        const SETTINGS: [&str; 6] =
            ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main"];
        let mut command = Command::new("git");
        command.args(SETTINGS).args(args).current_dir(self.file(directory));
        for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            command.env(name, "2026-01-01T00:00:00Z");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Copies a directory of manifests, without its state.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == ".nautform" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
