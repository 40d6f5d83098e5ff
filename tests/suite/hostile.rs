//! Hostile merge requests: each file under `testdata/hostile` is what an author puts into a work tree, and the
//! commands that a pipeline runs on it, with secrets in the environment. A new attack is a new file.
//!
//! ```text
//! What the author tries.
//!
//! > m/a.yaml                a file of the work tree, up to the next line that begins with '>', '@', '|' or '$'
//! %repeat 1000 ${A          in a file: this text so often, without line breaks
//! @ m/env.yaml -> /proc     a symbolic link
//! | m/pipe                  a pipe
//! $ 1 validate m            the exit code and the arguments of a command, run in the work tree
//! ```
//!
//! `RECORDER` is the URL of a server that keeps what it gets; `\e` is an escape character. Whatever the
//! command does, it must end in time, print no secret, no control character and no command of a CI runner,
//! send no secret to the recorder, change nothing outside of the work tree, and open no file there.
#![cfg(unix)]

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Recorder, Workspace, missing, repository};

/// The longest that a command may take, with a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// What the environment of a pipeline holds.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("NAUTFORM_ALLOWED_SERVERS", ""),
    ("NAUTFORM_TOKEN", "canary-nautform-token"),
    ("GITLAB_TOKEN", "canary-gitlab-token"),
    ("CI_JOB_TOKEN", "canary-job-token"),
    ("CI_API_V4_URL", "https://gitlab.invalid/api/v4"),
    ("CI_PROJECT_ID", "7"),
    ("TF_HTTP_PASSWORD", "canary-password"),
    ("AWS_ACCESS_KEY_ID", "canary-id"),
    ("AWS_SECRET_ACCESS_KEY", "canary-key"),
    ("NAUTFORM_SECRET_VAR_DB_PASSWORD", "canary-variable"),
];
/// What is outside of the work tree, next to it.
const OUTSIDE: &str =
    "token: canary-outside\nclusters: [{}]\nusers: [{user: {token: canary-outside}}]\nbad: [\n";
/// What programs open whatever they do.
const SYSTEM: &[&str] = &[
    "/lib",
    "/usr",
    "/sys",
    "/nix",
    "/etc/ld.so",
    "/etc/ssl",
    "/dev/null",
    "/dev/urandom",
    "/proc/self/maps",
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/proc/sys/vm",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/etc/localtime",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/gai.conf",
];

/// What is attacked. `HOSTILE_BINARY` names another build, to compare.
fn binary() -> PathBuf {
    let other = std::env::var_os("HOSTILE_BINARY").map(PathBuf::from);
    other.unwrap_or_else(|| env!("CARGO_BIN_EXE_nautform").into())
}

struct Attack {
    workspace: Workspace,
    recorder: Recorder,
}

impl Attack {
    fn new() -> Self {
        let workspace = Workspace::new();
        workspace.write("repo/.git/HEAD", "ref: refs/heads/main\n");
        workspace.write("outside/secret", OUTSIDE);
        Self { workspace, recorder: Recorder::start() }
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.workspace.file(&format!("repo/{}", name.replace("\\e", "\u{1b}")));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn play(&self, script: &str) {
        let mut lines = script.lines().peekable();
        let mut commands = 0;
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("> ") {
                let mut text = String::new();
                while let Some(line) =
                    lines.next_if(|line| !["> ", "@ ", "| ", "$ "].iter().any(|mark| line.starts_with(mark)))
                {
                    match line.strip_prefix("%repeat ").and_then(|rest| rest.split_once(' ')) {
                        Some((times, part)) => text.push_str(&part.repeat(times.parse().unwrap())),
                        None => writeln!(text, "{line}").unwrap(),
                    }
                }
                std::fs::write(self.path(name), text.replace("RECORDER", &self.recorder.url)).unwrap();
            } else if let Some((link, target)) =
                line.strip_prefix("@ ").and_then(|rest| rest.split_once(" -> "))
            {
                symlink(target, self.path(link)).unwrap();
            } else if let Some(pipe) = line.strip_prefix("| ") {
                nix::unistd::mkfifo(&self.path(pipe), nix::sys::stat::Mode::S_IRWXU).unwrap();
            } else if let Some((code, arguments)) =
                line.strip_prefix("$ ").and_then(|rest| rest.split_once(' '))
            {
                commands += 1;
                self.run(code.parse().unwrap(), arguments);
            }
        }
        assert!(commands > 0, "no command");
    }

    fn run(&self, code: i32, arguments: &str) {
        let trace = self.workspace.file("trace");
        let arguments = arguments.replace("\\e", "\u{1b}");
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let mut command = self.command(&arguments, &trace);
        command.current_dir(self.workspace.file("repo")).env_clear().envs(ENVIRONMENT.iter().copied());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let streams = ["stdout", "stderr"].map(|name| self.workspace.file(name));
        let file = |path: &Path| Stdio::from(std::fs::File::create(path).unwrap());
        command.stdin(Stdio::null()).stdout(file(&streams[0])).stderr(file(&streams[1]));
        let began = Instant::now();
        let mut child = command.spawn().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > LIMIT {
                child.kill().unwrap();
                panic!("{arguments:?} takes more than {LIMIT:?}");
            }
            std::thread::yield_now();
        };
        let printed: String = streams.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        assert_eq!(status.code(), Some(code), "{arguments:?}: {printed}");
        check_output(&arguments, &printed);
        for request in self.recorder.take() {
            assert!(!request.contains("canary"), "{arguments:?} sends {request}");
        }
        let outside = std::fs::read_dir(self.workspace.file("outside")).unwrap().count();
        assert_eq!(outside, 1, "{arguments:?} wrote outside of the work tree");
        assert_eq!(self.workspace.read("outside/secret"), OUTSIDE);
        if trace.exists() {
            self.check_trace(&arguments, &std::fs::read_to_string(&trace).unwrap());
        }
    }

    /// The command, traced where that is possible.
    fn command(&self, arguments: &[&str], trace: &Path) -> Command {
        let binary = binary();
        let works = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
        if !works.is_ok_and(|output| output.status.success()) {
            missing("strace");
            let mut command = Command::new(&binary);
            command.args(arguments);
            return command;
        }
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-y", "-e", "trace=open,openat,openat2", "-o"]).arg(trace);
        command.arg(binary).args(arguments);
        command
    }

    /// Everything that was opened lies in the work tree or belongs to the system.
    fn check_trace(&self, arguments: &[&str], trace: &str) {
        let root = self.workspace.file("repo").canonicalize().unwrap();
        let mut opened = 0;
        for line in trace.lines().filter(|line| line.contains("open")) {
            // `-y` shows what the new descriptor is: `= 3</path>`.
            let Some((_, result)) = line.rsplit_once("= ") else { continue };
            let Some(path) = result.split_once('<').and_then(|(_, path)| path.strip_suffix('>')) else {
                continue;
            };
            opened += 1;
            let path = own_process(path);
            let is_system = SYSTEM.iter().any(|prefix| path.starts_with(prefix));
            let is_inside = Path::new(&path).starts_with(&root);
            let is_binary = binary().starts_with(&path);
            assert!(is_inside || is_system || is_binary, "{arguments:?} opens {path}: {line}");
        }
        assert!(opened > 0, "nothing was traced");
    }
}

/// `/proc/123/maps` as `/proc/self/maps`.
fn own_process(path: &str) -> String {
    let number = path.strip_prefix("/proc/").and_then(|rest| rest.split_once('/'));
    match number.filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit())) {
        Some((_, rest)) => format!("/proc/self/{rest}"),
        None => path.to_owned(),
    }
}

fn check_output(arguments: &[&str], printed: &str) {
    for secret in ["canary", "Y2FuYXJ5", "NhbmFyeS", "jYW5hcn"] {
        assert!(!printed.contains(secret), "{arguments:?} prints a secret: {printed}");
    }
    let is_control = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t') || "\u{202e}\u{200b}\u{feff}\u{2028}".contains(c)
    };
    assert!(!printed.contains(is_control), "{arguments:?} prints a control character: {printed:?}");
    // The format whose lines are commands has only its own.
    let is_own = |line: &str| {
        arguments.contains(&"github") && (line.starts_with("::error ") || line.starts_with("::warning "))
    };
    let is_command = |line: &&str| {
        line.trim_start().starts_with("::") && !is_own(line)
            || line.contains("##[")
            || line.contains("##vso[")
    };
    assert_eq!(printed.lines().find(is_command), None, "{arguments:?}");
    assert!(printed.len() < 2 << 20, "{arguments:?} prints {} bytes", printed.len());
}

#[test]
fn hostile_merge_requests_gain_nothing() {
    let directory = repository("testdata/hostile");
    let mut files: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 15);
    let mut failed = Vec::new();
    for file in files {
        let script = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if let Err(error) = std::panic::catch_unwind(|| Attack::new().play(&script)) {
            let text = error.downcast_ref::<String>().cloned().unwrap_or_default();
            failed.push(format!("{name}: {text}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// The checks can fail.
#[test]
fn hostile_output_is_noticed() {
    for printed in ["a canary", "x\u{1b}[2J", "  ::add-mask::x", "a ##[group]", "\u{202e}"] {
        assert!(std::panic::catch_unwind(|| check_output(&["plan"], printed)).is_err(), "{printed:?}");
    }
    check_output(&["validate", "--format", "github"], "::error file=a::b\n");
}
