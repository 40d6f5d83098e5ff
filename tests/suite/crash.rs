//! Promise 6: kill it anywhere, run it again, and the end is right. The real binary, a real sandbox process,
//! SIGKILL.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::support::{Sandbox, Workspace, object, product};

/// 3 products with 20 projects each: 63 operations.
fn fleet(language: &str) -> String {
    let project = |product: &str, number: usize| {
        object("Project", &format!("name: w{number}, product: {product}, language: {language}"))
    };
    let of = |name: &str| product(name) + &(0..20).map(|number| project(name, number)).collect::<String>();
    ["p0", "p1", "p2"].map(of).concat()
}

/// Each round changes everything, which the thresholds would stop.
const SETTINGS: &str =
    "server: {rest: false}\nthresholds: {deletes: {share: 100%}, updates: {share: 100%}}\n";

const APPLY: [&str; 3] = ["apply", "--auto-approve", "--allow-irreversible"];
const EVENTS: [&str; 5] = ["apply", "--auto-approve", "--allow-irreversible", "--format", "ndjson"];

/// Applies, and is killed after so many events of the stream.
fn apply_and_kill(workspace: &Workspace, sandbox: &Sandbox, after: usize) {
    let (mut child, lines) = Workspace::begin(&mut sandbox.command(workspace, &EVENTS));
    let applying = lines.filter(|line| line.contains("\"apply_"));
    applying.take(after).for_each(drop);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn apply_converges_after_fifty_kills() {
    let workspace = Workspace::new();
    workspace.write("nautform.yaml", SETTINGS);
    let sandbox = Sandbox::start(&workspace);
    for kill in 0..50 {
        // Each round changes everything; the first creates, the last rounds delete and create again.
        let text = if kill % 10 == 9 {
            fleet("gone").split("---\n").take(22).collect::<Vec<_>>().join("---\n")
        } else {
            fleet(&format!("l{kill}"))
        };
        workspace.write("fleet.yaml", &text);
        apply_and_kill(&workspace, &sandbox, 1 + kill * 7 % 120);
        // The state is readable, the lock is free, and the rest is done: no more, no less.
        sandbox.run(&workspace, &["state", "list"]).exits(0);
        let finished = sandbox.run(&workspace, &APPLY).exits(0);
        let plan = sandbox.run(&workspace, &["plan", "--detailed-exitcode"]).exits(0);
        assert!(plan.stdout.starts_with("No changes."), "kill {kill}: {}\n{}", finished.stdout, plan.stdout);
        let managed = sandbox.run(&workspace, &["state", "list"]).exits(0).stdout;
        assert_eq!(managed.lines().count(), text.matches("kind:").count(), "kill {kill}");
    }
}

#[cfg(unix)]
#[test]
fn signal_finishes_running_writes() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129), ("-QUIT", 131)] {
        interrupt(signal, code);
    }
}

#[cfg(unix)]
fn interrupt(signal: &str, code: i32) {
    let workspace = Workspace::new();
    workspace.write("nautform.yaml", SETTINGS);
    workspace.write("fleet.yaml", &fleet("rust"));
    let sandbox = Sandbox::start(&workspace);
    let (mut child, mut lines) = Workspace::begin(&mut sandbox.command(&workspace, &EVENTS));
    assert!(lines.any(|line| line.contains("\"apply_complete\"")));
    Workspace::signal(&child, signal);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(code));
    sandbox.run(&workspace, &APPLY).exits(0);
    sandbox.run(&workspace, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn second_apply_waits_or_exits_7() {
    let workspace = Workspace::new();
    workspace.write("nautform.yaml", SETTINGS);
    workspace.write("fleet.yaml", &fleet("rust"));
    let sandbox = Sandbox::start(&workspace);
    let (mut first, mut lines) = Workspace::begin(&mut sandbox.command(&workspace, &EVENTS));
    assert!(lines.any(|line| line.contains("\"apply_start\"")));
    let held = sandbox.run(&workspace, &APPLY).exits(7);
    assert!(
        held.stderr.contains("locked by") && held.stderr.contains(&format!("process {}", first.id())),
        "{}",
        held.stderr
    );
    let waits = &["apply", "--auto-approve", "--allow-irreversible", "--lock-timeout", "60s"];
    let second =
        sandbox.command(&workspace, waits).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    lines.for_each(drop);
    assert!(first.wait().unwrap().success());
    let second = second.wait_with_output().unwrap();
    assert!(second.status.success() && String::from_utf8_lossy(&second.stdout).starts_with("No changes."));
}

/// A pipe for events waits for its reader, and an interrupt does not wait for the pipe.
#[cfg(unix)]
#[test]
fn interrupt_ends_a_wait_for_the_reader_of_events() {
    let workspace = Workspace::new();
    workspace.write("fleet.yaml", &fleet("rust"));
    let sandbox = Sandbox::start(&workspace);
    let pipe = workspace.path().join("events");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.display().to_string();
    let apply = ["apply", "--auto-approve", "--lock-timeout", "10m", "--events", &pipe];
    let (mut child, mut lines) = Workspace::begin(&mut sandbox.command(&workspace, &apply));
    assert!(lines.any(|line| line.starts_with("Plan: ")));
    // Nor does it when it comes before the pipe is opened: the other apply has the lock.
    let mut second = sandbox.command(&workspace, &apply).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(second.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().starts_with("Waiting up to ")));
    Workspace::signal(&second, "-TERM");
    assert_eq!(second.wait().unwrap().code(), Some(143));
    Workspace::signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    sandbox.run(&workspace, &["state", "list"]).exits(1);
}
