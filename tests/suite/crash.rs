//! Promise 6: kill it anywhere, run it again, and the end is right. The real binary, a real sandbox process,
//! SIGKILL.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{HEAD, Sandbox, Workspace};

/// 3 products with 20 projects each: 63 operations.
fn fleet(language: &str) -> String {
    let mut text = String::new();
    for product in 0..3 {
        text += &format!(
            "---\n{HEAD}kind: Product\nspec: {{name: p{product}, git: {{gitlab: {{visibility: private}}}}}}\n"
        );
        for project in 0..20 {
            text += &format!(
                "---\n{HEAD}kind: Project\nspec: {{name: w{project}, product: p{product}, language: {language}}}\n"
            );
        }
    }
    text
}

/// Each round changes everything, which the thresholds would stop.
const SETTINGS: &str =
    "server: {rest: false}\nthresholds: {deletes: {share: 100%}, updates: {share: 100%}}\n";

/// Applies, and is killed after so many events of the stream.
fn apply_and_kill(workspace: &Workspace, sandbox: &Sandbox, after: usize) {
    let mut command = sandbox
        .command(workspace, &["apply", "--auto-approve", "--allow-irreversible", "--format", "ndjson"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let applying = lines.map_while(Result::ok).filter(|line| line.contains("\"apply_"));
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
        Workspace::finish(&mut sandbox.command(&workspace, &["state", "list"])).exits(0);
        let finished = Workspace::finish(
            &mut sandbox.command(&workspace, &["apply", "--auto-approve", "--allow-irreversible"]),
        )
        .exits(0);
        let plan =
            Workspace::finish(&mut sandbox.command(&workspace, &["plan", "--detailed-exitcode"])).exits(0);
        assert!(plan.stdout.starts_with("No changes."), "kill {kill}: {}\n{}", finished.stdout, plan.stdout);
        let managed = Workspace::finish(&mut sandbox.command(&workspace, &["state", "list"])).exits(0).stdout;
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
    let mut command = sandbox
        .command(&workspace, &["apply", "--auto-approve", "--allow-irreversible", "--format", "ndjson"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("\"apply_complete\"")));
    let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(code));
    Workspace::finish(&mut sandbox.command(&workspace, &["apply", "--auto-approve", "--allow-irreversible"]))
        .exits(0);
    Workspace::finish(&mut sandbox.command(&workspace, &["plan", "--detailed-exitcode"])).exits(0);
}

#[test]
fn second_apply_waits_or_exits_7() {
    let workspace = Workspace::new();
    workspace.write("nautform.yaml", SETTINGS);
    workspace.write("fleet.yaml", &fleet("rust"));
    let sandbox = Sandbox::start(&workspace);
    let mut command = sandbox
        .command(&workspace, &["apply", "--auto-approve", "--allow-irreversible", "--format", "ndjson"]);
    let mut first = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("\"apply_start\"")));
    let held = Workspace::finish(
        &mut sandbox.command(&workspace, &["apply", "--auto-approve", "--allow-irreversible"]),
    )
    .exits(7);
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
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.display().to_string();
    let mut command = sandbox.command(&workspace, &["apply", "--auto-approve", "--events", &pipe]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("Plan: ")));
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(143));
    Workspace::finish(&mut sandbox.command(&workspace, &["state", "list"])).exits(1);
}
