//! State in GitLab: the real binary as a CI job runs it, against a server that behaves as GitLab does.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::{GitLab, Output, Sandbox, Workspace};

struct Job {
    workspace: Workspace,
    sandbox: Sandbox,
    gitlab: GitLab,
}

impl Job {
    fn new() -> Self {
        let workspace = Workspace::copy_of("examples/quickstart");
        let sandbox = Sandbox::start(&workspace);
        let job = Self { workspace, sandbox, gitlab: GitLab::start() };
        job.save_each("0s");
        job
    }

    /// Writes the settings, with the time between two saves.
    fn save_each(&self, interval: &str) {
        let state = format!("{{backend: gitlab, name: production, saveInterval: {interval}}}");
        self.workspace.write("nautform.yaml", &format!("server: {{rest: false}}\nstate: {state}\n"));
    }

    fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("CI_API_V4_URL", &self.gitlab.api)
            .env("CI_PROJECT_ID", "7")
            .env("CI_JOB_TOKEN", "job-token")
            .env("CI_JOB_URL", "https://gitlab.example.com/nautes/fleet/-/jobs/42")
    }

    fn run(&self, args: &[&str]) -> Output {
        Workspace::finish(self.environment(&mut self.sandbox.command(&self.workspace, args)))
    }
}

#[test]
fn apply_keeps_its_state_in_gitlab() {
    let job = Job::new();
    job.run(&["plan"]).exits(0);
    assert!(job.gitlab.kept().versions.is_empty(), "plan writes nothing");
    job.run(&["apply", "--auto-approve"]).exits(0);
    job.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(job.run(&["state", "list"]).exits(0).stdout.lines().count(), 16);
    {
        let kept = job.gitlab.kept();
        assert!(kept.lock.is_none(), "the lock is free");
        let serials: Vec<u64> = kept.versions.keys().copied().collect();
        assert!(serials.windows(2).all(|pair| pair[1] == pair[0] + 1), "{serials:?}");
        use base64::Engine as _;
        let wanted = base64::engine::general_purpose::STANDARD.encode("gitlab-ci-token:job-token");
        assert!(kept.credentials.iter().all(|seen| *seen == format!("Basic {wanted}")));
    }
    let writes = job.gitlab.kept().versions.len();
    job.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(job.gitlab.kept().versions.len(), writes, "nothing changed, nothing is written");
    assert!(
        !job.workspace.file(".nautform/remote.journal").exists(),
        "no journal is left next to the manifests"
    );
}

#[test]
fn held_lock_names_holder_and_job_and_can_be_forced() {
    let job = Job::new();
    job.gitlab.kept().lock = Some(json!({"ID": "11-22:gitlab.example.com/nautes/fleet/-/jobs/41"}));
    let held = job.run(&["apply", "--auto-approve"]).exits(7);
    assert!(
        held.stderr.contains("alice")
            && held.stderr.contains("https://gitlab.example.com/nautes/fleet/-/jobs/41"),
        "{}",
        held.stderr
    );
    assert!(!held.stderr.contains("jobs/42"), "what GitLab echoes is not the holder's: {}", held.stderr);
    job.run(&["plan"]).exits(0);
    job.run(&["force-unlock", "wrong"]).exits(1);
    job.run(&["force-unlock", "11-22:gitlab.example.com/nautes/fleet/-/jobs/41"]).exits(0);
    job.run(&["apply", "--auto-approve"]).exits(0);
}

#[test]
fn apply_writes_nothing_if_the_state_cannot_be_saved() {
    let job = Job::new();
    job.gitlab.kept().full_after = Some(0);
    job.run(&["apply", "--auto-approve"]).exits(1);
    assert!(!job.workspace.file("errored.nautform.json").exists(), "there is nothing to bring back");
    job.gitlab.kept().full_after = None;
    let plan = job.run(&["plan"]).exits(0).stdout;
    assert!(plan.ends_with("Plan: 16 to add, 0 to change, 0 to destroy.\n"), "{plan}");
}

#[test]
fn unsaved_state_is_written_to_a_file_and_can_be_pushed() {
    let job = Job::new();
    job.gitlab.kept().full_after = Some(3);
    let failed = job.run(&["apply", "--auto-approve"]).exits(9);
    assert!(failed.stderr.contains("nautform state push ./errored.nautform.json"), "{}", failed.stderr);
    job.gitlab.kept().full_after = None;
    job.run(&["state", "push", "errored.nautform.json"]).exits(0);
    let managed = job.run(&["state", "list"]).exits(0).stdout.lines().count();
    assert!(managed > 0 && managed < 16, "{managed}");
    job.run(&["apply", "--auto-approve"]).exits(0);
    job.run(&["plan", "--detailed-exitcode"]).exits(0);
}

/// Another person frees the lock in the middle of an apply and saves once.
#[test]
fn apply_whose_lock_was_lost_does_not_advise_to_push() {
    let mut job = Job::new();
    job.sandbox = Sandbox::slow(&job.workspace, "100ms");
    let mut command = job.sandbox.command(&job.workspace, &["apply", "--auto-approve", "--format", "ndjson"]);
    let mut child =
        job.environment(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.by_ref().find(|line| line.contains("\"apply_complete\"")).unwrap();
    let other = {
        let mut kept = job.gitlab.kept();
        kept.lock = None;
        let (serial, mut other) = (kept.versions.len() as u64 + 1, kept.last());
        other["serial"] = json!(serial);
        kept.versions.insert(serial, other.to_string().into());
        other
    };
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(9), "{stderr}");
    assert!(stderr.contains("Run apply again") && !stderr.contains("state push"), "{stderr}");
    let pushed = job.run(&["state", "push", "errored.nautform.json"]).exits(1);
    let same = "a different state that has the same serial";
    assert!(pushed.stderr.contains(same) || pushed.stderr.contains("older"), "{}", pushed.stderr);
    assert_eq!(job.gitlab.kept().last(), other, "what was saved meanwhile stays");
    job.run(&["apply", "--auto-approve"]).exits(0);
    job.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(job.run(&["state", "list"]).exits(0).stdout.lines().count(), 16);
}

#[test]
fn killed_run_with_bundled_saves_can_be_continued() {
    let mut job = Job::new();
    job.sandbox = Sandbox::slow(&job.workspace, "100ms");
    job.save_each("1h");
    let mut command = job.sandbox.command(&job.workspace, &["apply", "--auto-approve", "--format", "ndjson"]);
    let (mut child, lines) = Workspace::begin(job.environment(&mut command));
    lines.filter(|line| line.contains("\"apply_complete\"")).take(3).for_each(drop);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(job.gitlab.kept().versions.len(), 1, "the first step is saved at once, the others later");
    assert!(job.gitlab.kept().last()["records"].as_object().unwrap().is_empty());
    let managed = job.run(&["state", "list"]).exits(0).stdout.lines().count();
    assert!(managed >= 3, "{managed}");
    let left = job.gitlab.kept().lock.as_ref().unwrap()["ID"].as_str().unwrap().to_owned();
    job.run(&["apply", "--auto-approve"]).exits(7);
    job.run(&["force-unlock", &left]).exits(0);
    let folded = "The state includes the steps of an interrupted run, from the journal in .nautform.";
    // One that the checkout brings along has the numbers of the state, and not what only the run knew.
    let journal = job.workspace.file(".nautform/remote.journal");
    let genuine = std::fs::read_to_string(&journal).unwrap();
    let forged = genuine.replacen("\"run\":\"", "\"run\":\"0", 1);
    assert_ne!(forged, genuine);
    for (text, is_believed) in [(forged, false), (genuine, true)] {
        std::fs::write(&journal, text).unwrap();
        let planned = job.run(&["plan"]).exits(0);
        assert_eq!(planned.stderr.contains(folded), is_believed, "{}", planned.stderr);
    }
    let applied = job.run(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.stderr.contains(folded), "{}", applied.stderr);
    job.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(job.gitlab.kept().versions.len(), 3, "one at the start of each run, one at its end");
}

/// The journal is lost with the machine: what the killed run has left of a write is not taken for done.
#[test]
fn half_made_repository_of_a_lost_run_is_sent_again() {
    let mut job = Job::new();
    job.sandbox = Sandbox::with(&job.workspace, &["--breakdown", "half-made=100%"]);
    job.save_each("1h");
    let mut command = job.sandbox.command(&job.workspace, &["apply", "--auto-approve", "--format", "ndjson"]);
    let (mut child, mut lines) = Workspace::begin(job.environment(&mut command));
    let half_made = lines.any(|line| line.contains("apply_progress") && line.contains("CodeRepo/demo/"));
    assert!(half_made);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = job.gitlab.kept().lock.as_ref().unwrap()["ID"].as_str().unwrap().to_owned();
    job.run(&["force-unlock", &left]).exits(0);
    std::fs::remove_file(job.workspace.file(".nautform/remote.journal")).unwrap();
    let planned = job.run(&["plan"]).exits(0).stdout;
    let resent = "will be sent again";
    assert!(
        planned.lines().any(|line| line.contains("CodeRepo/demo/") && line.contains(resent)),
        "{planned}"
    );
    // Nothing stays planned when a run has ended.
    let ended = job.run(&["apply", "--auto-approve"]).exits(8);
    assert!(ended.stdout.contains("CodeRepo/demo/"), "{}", ended.stdout);
    assert!(job.gitlab.kept().last()["intents"].as_object().is_none_or(serde_json::Map::is_empty));
}
