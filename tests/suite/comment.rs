//! `nautform comment`: one note on a merge request that every run updates, on test servers for GitLab and
//! GitHub.

use std::process::Command;
use std::time::Duration;

use nautform::comment::{Commented, Outcome, comment};
use nautform::internals::model::chain;
use nautform::merge_request::{NoteError, NotesClient, Target, Text};
use nautform::{CodeHost, Secret};

use crate::support::gitlab_notes::{BOT, BOT_TOKEN, READER_TOKEN};
use crate::support::notes::Fault;
use crate::support::{
    ACTIONS, ACTIONS_TOKEN, FORK_TOKEN, GitHub, GitLab, Output, PERSON, PERSON_TOKEN, Workspace, block_on,
};

const MARKER: &str = "<!-- nautform:plan:fleet -->";
const OTHER_USER: u64 = 77;

/// A workspace with a note to write.
fn workspace(says: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("plan.md", &format!("{MARKER}\n### nautform plan: `fleet`\n\n{says}\n"));
    workspace
}

/// Runs the command as a job does; no token is ever shown.
fn run(command: &mut Command) -> Output {
    let output = Workspace::finish(command);
    for token in [BOT_TOKEN, READER_TOKEN, ACTIONS_TOKEN, FORK_TOKEN, PERSON_TOKEN, "canary-job"] {
        let all = [output.stdout.as_str(), output.stderr.as_str()].concat();
        assert!(!all.contains(token), "{token} is in {all}");
    }
    output
}

fn gitlab_job(workspace: &Workspace, gitlab: &GitLab) -> Command {
    let mut command = workspace.command(&["comment", "plan.md", "-vv"]);
    command.env("GITLAB_CI", "true").env("CI_API_V4_URL", &gitlab.api).env("CI_PROJECT_ID", "7");
    command
        .env("CI_MERGE_REQUEST_IID", "12")
        .env("CI_JOB_TOKEN", "canary-job")
        .env("GITLAB_TOKEN", BOT_TOKEN);
    command
}

fn github_job(workspace: &Workspace, github: &GitHub) -> Command {
    let mut command = workspace.command(&["comment", "plan.md", "-vv"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_API_URL", &github.api);
    command.env("GITHUB_REPOSITORY", "shop/fleet").env("GITHUB_REF", "refs/pull/12/merge");
    command.env("GITHUB_TOKEN", ACTIONS_TOKEN);
    command
}

#[test]
fn comment_on_gitlab_is_created_once_and_then_updated() {
    let gitlab = GitLab::start();
    let workspace = workspace("1 to add");
    let notes = "/api/v4/projects/7/merge_requests/12/notes";
    let said = run(&mut gitlab_job(&workspace, &gitlab)).exits(0);
    assert_eq!(said.stdout, "Wrote a note on merge request !12 of project 7.\n");
    assert_eq!(gitlab.notes().asked(), [format!("GET {notes}"), format!("POST {notes}")]);

    let said = run(&mut gitlab_job(&workspace, &gitlab)).exits(0);
    assert_eq!(said.stdout, "The note on merge request !12 of project 7 says the same already.\n");
    assert_eq!(gitlab.notes().asked(), [format!("GET {notes}"), "GET /api/v4/user".to_owned()]);

    workspace.edit("plan.md", "1 to add", "2 to add");
    let said = run(&mut gitlab_job(&workspace, &gitlab)).exits(0);
    assert_eq!(said.stdout, "Updated the note on merge request !12 of project 7.\n");
    let update = [format!("GET {notes}"), "GET /api/v4/user".to_owned(), format!("PUT {notes}/1001")];
    assert_eq!(gitlab.notes().asked(), update);
    assert_eq!(gitlab.notes().all.len(), 1);
    assert!(gitlab.notes().body(1_001).ends_with("2 to add"));
}

#[test]
fn comment_on_github_is_created_once_and_then_updated() {
    let github = GitHub::start();
    let workspace = workspace("1 to add");
    let comments = "/repos/shop/fleet/issues/12/comments";
    let said = run(&mut github_job(&workspace, &github)).exits(0);
    assert_eq!(said.stdout, "Wrote a note on pull request shop/fleet#12.\n");
    assert_eq!(github.notes().asked(), [format!("GET {comments}"), format!("POST {comments}")]);
    run(&mut github_job(&workspace, &github)).exits(0);
    assert_eq!(github.notes().asked(), [format!("GET {comments}"), "GET /user".to_owned()]);
    workspace.edit("plan.md", "1 to add", "2 to add");
    run(&mut github_job(&workspace, &github)).exits(0);
    let update = "PATCH /repos/shop/fleet/issues/comments/1001".to_owned();
    assert_eq!(github.notes().asked(), [format!("GET {comments}"), "GET /user".to_owned(), update]);
    assert_eq!(github.notes().all.len(), 1);
}

#[test]
fn comment_finds_its_note_on_any_page() {
    let gitlab = GitLab::start();
    let github = GitHub::start();
    let workspace = workspace("new");
    // A note of another author with our marker must neither be taken for ours nor change.
    let foreign = format!("{MARKER}\nforeign");
    let fill = |notes: &mut crate::support::notes::Notes, me| {
        notes.write(OTHER_USER, &foreign);
        for number in 0..230 {
            notes.write(OTHER_USER, &format!("remark {number}"));
        }
        let ours = notes.write(me, &format!("{MARKER}\nold"));
        for number in 0..80 {
            notes.write(OTHER_USER, &format!("more {number}"));
        }
        ours
    };
    let ours = fill(&mut gitlab.notes(), BOT);
    // As behind a proxy: GitLab's own idea of its address is not to be followed.
    gitlab.notes().link_base = Some("http://gitlab.internal".to_owned());
    run(&mut gitlab_job(&workspace, &gitlab)).exits(0);
    let asked = gitlab.notes().asked();
    assert_eq!(asked.iter().filter(|request| request.ends_with("/notes")).count(), 4);
    assert_eq!(asked.len(), 6);
    assert!(gitlab.notes().body(ours).ends_with("new"));
    assert_eq!(gitlab.notes().first(), (312, foreign.as_str()));

    let ours = fill(&mut github.notes(), ACTIONS);
    run(&mut github_job(&workspace, &github)).exits(0);
    let asked = github.notes().asked();
    assert_eq!(asked.iter().filter(|request| request.ends_with("/comments")).count(), 4);
    assert!(github.notes().body(ours).ends_with("new\n"));
    assert_eq!(github.notes().first(), (312, foreign.as_str()));
    // A person's token is a user's, whose notes are others than the app's.
    let mut by_person = github_job(&workspace, &github);
    let said = run(by_person.env("GITHUB_TOKEN", PERSON_TOKEN)).exits(0);
    assert!(said.stdout.starts_with("Wrote"), "{}", said.stdout);
    assert_eq!(github.notes().all.last().unwrap().author, PERSON);
}

#[test]
fn comment_updates_the_oldest_note_and_names_duplicates() {
    let gitlab = GitLab::start();
    let workspace = workspace("new");
    for author in [BOT, OTHER_USER, BOT, BOT] {
        gitlab.notes().write(author, &format!("{MARKER}\nold"));
    }
    let said = run(&mut gitlab_job(&workspace, &gitlab)).exits(0);
    assert!(said.stderr.contains("delete them: 1003, 1004"), "{}", said.stderr);
    let changed: Vec<bool> = gitlab.notes().all.iter().map(|note| note.body.ends_with("new")).collect();
    assert_eq!(changed, [true, false, false, false]);
}

#[test]
fn comment_without_merge_request_succeeds_with_a_message() {
    let gitlab = GitLab::start();
    let github = GitHub::start();
    let workspace = workspace("x");
    let said = run(gitlab_job(&workspace, &gitlab).env_remove("CI_MERGE_REQUEST_IID")).exits(0);
    assert!(said.stdout.is_empty() && said.stderr.contains("belongs to no merge request"), "{}", said.stderr);
    let said = run(github_job(&workspace, &github).env("GITHUB_REF", "refs/heads/main")).exits(0);
    assert!(said.stderr.contains("belongs to no merge request"), "{}", said.stderr);
    assert!(gitlab.notes().asked().is_empty() && github.notes().asked().is_empty());
    // The event has the number that the ref does not have.
    workspace.write("event.json", r#"{"pull_request": {"number": 12}}"#);
    let mut job = github_job(&workspace, &github);
    run(job.env("GITHUB_REF", "refs/heads/main").env("GITHUB_EVENT_PATH", "event.json")).exits(0);
    assert_eq!(github.notes().all.len(), 1);
    // Outside CI, flags are required.
    let said = run(&mut workspace.command(&["comment", "plan.md"])).exits(1);
    assert!(said.stderr.contains("--merge-request"), "{}", said.stderr);
}

#[test]
fn comment_with_flags_and_standard_input_needs_no_ci() {
    let gitlab = GitLab::start();
    let workspace = workspace("x");
    workspace.write("token", &format!("{BOT_TOKEN}\n"));
    let place = ["--host", "gitlab", "--project", "group/fleet", "--merge-request", "12"];
    let rest = ["--api-url", &gitlab.api, "--token-file", "token"];
    let mut command = workspace.command(&[&["comment"], &place[..], &rest[..]].concat());
    command.stdin(std::fs::File::open(workspace.file("plan.md")).unwrap());
    let said = run(&mut command).exits(0);
    assert_eq!(said.stdout, "Wrote a note on merge request group/fleet!12.\n");
}

#[test]
fn refusals_quote_the_host_and_name_the_usual_cause() {
    let gitlab = GitLab::start();
    let github = GitHub::start();
    let workspace = workspace("x");
    let error = |command: &mut Command| run(command).exits(1).stderr.lines().last().unwrap().to_owned();
    let job = || gitlab_job(&workspace, &gitlab);
    insta::assert_snapshot!(error(job().env("GITLAB_TOKEN", "token")), @"error: cannot read the notes on GitLab: HTTP 401, 401 Unauthorized; the token is not accepted: has it expired, and is it one of this host?");
    insta::assert_snapshot!(error(job().env("GITLAB_TOKEN", READER_TOKEN)), @"error: cannot write a note on GitLab: HTTP 403, insufficient_scope; the token needs the scope `api` and at least the role Reporter");
    insta::assert_snapshot!(error(job().env("CI_PROJECT_ID", "8")), @"error: cannot read the notes on GitLab: HTTP 404, 404 Project Not Found; is it the right project and merge request, and may the token see them?");
    insta::assert_snapshot!(error(job().env_remove("GITLAB_TOKEN")), @"error: GITLAB_TOKEN is not set, and GitLab lets no job write notes with its own CI_JOB_TOKEN: set GITLAB_TOKEN to a project access token with the scope `api` and the role Reporter (Settings > CI/CD > Variables, masked)");
    insta::assert_snapshot!(error(job().env("GITLAB_TOKEN", "a\u{7}b")), @"error: cannot write notes on GitLab: the token holds characters that can't be sent");
    let job = || github_job(&workspace, &github);
    insta::assert_snapshot!(error(job().env("GITHUB_TOKEN", FORK_TOKEN)), @"error: cannot write a note on GitHub: HTTP 403, Resource not accessible by integration; the token needs the permission `pull-requests: write`, which jobs for forks never have");
    insta::assert_snapshot!(error(job().env_remove("GITHUB_TOKEN")), @"error: no token: set GITHUB_TOKEN, or pass --token-file");
    github.notes().faults.push(("GET", Fault::Quoting(400)));
    insta::assert_snapshot!(error(&mut job()), @"error: cannot read the notes on GitHub: HTTP 400, Bearer (redacted)");
    assert!(gitlab.notes().all.is_empty() && github.notes().all.is_empty());
}

#[test]
fn tokens_are_not_sent_to_another_server() {
    let gitlab = GitLab::start();
    let github = GitHub::start();
    let elsewhere = GitHub::start();
    let workspace = workspace("x");
    gitlab.notes().faults.push(("GET", Fault::Moved(format!("{}/repos", elsewhere.api))));
    let said = run(&mut gitlab_job(&workspace, &gitlab)).exits(1);
    assert!(said.stderr.contains("tokens are not sent elsewhere"), "{}", said.stderr);
    // Nor for the next page of a list.
    for _ in 0..150 {
        github.notes().write(OTHER_USER, "x");
    }
    github.notes().link_base = Some(elsewhere.api.clone());
    let said = run(&mut github_job(&workspace, &github)).exits(1);
    assert!(said.stderr.contains("on another server"), "{}", said.stderr);
    assert!(elsewhere.notes().asked().is_empty());
}

#[test]
fn invalid_notes_are_refused_before_any_request() {
    let github = GitHub::start();
    let workspace = workspace("x");
    for (text, message) in [
        (String::new(), "the text is empty"),
        ("### plan\n".to_owned(), "not a marker"),
        (format!("{MARKER}\n{}", "x".repeat(65_536)), "GitHub allows 65536"),
    ] {
        workspace.write("plan.md", &text);
        let said = run(&mut github_job(&workspace, &github)).exits(1);
        assert!(said.stderr.contains(message), "{}", said.stderr);
    }
    assert!(github.notes().asked().is_empty());
}

/// The same without the pauses of the command.
fn at_once(host: CodeHost, api: &str, token: &str) -> Result<Commented, NoteError> {
    let project = if host == CodeHost::GitLab { "7" } else { "shop/fleet" };
    let target = Target { host, api: api.parse().unwrap(), project: project.to_owned(), number: 12 };
    let token = Secret::new(token.to_owned());
    let client = NotesClient::new(target, &token, None, Duration::from_millis(1)).unwrap();
    let text = Text::new(format!("{MARKER}\nnew"), host).unwrap();
    block_on(comment(&client, &text))
}

#[test]
fn comment_repeats_requests_without_a_second_note() {
    for host in [CodeHost::GitLab, CodeHost::GitHub] {
        let gitlab = GitLab::start();
        let github = GitHub::start();
        let (api, token) = match host {
            CodeHost::GitLab => (gitlab.api.as_str(), BOT_TOKEN),
            CodeHost::GitHub => (github.api.as_str(), ACTIONS_TOKEN),
        };
        let notes = || if host == CodeHost::GitLab { gitlab.notes() } else { github.notes() };
        let run = || at_once(host, api, token);
        let limits = [("GET", Fault::Limited(0)), ("POST", Fault::Limited(0)), ("POST", Fault::Lost)];
        notes().faults.extend(limits);
        assert_eq!(run().unwrap().outcome, Outcome::Created);
        let methods = |asked: Vec<String>| -> Vec<String> {
            asked.iter().map(|request| request.split(' ').next().unwrap().to_owned()).collect()
        };
        // Limited, read; limited, lost; read again: there it is, and it is ours.
        assert_eq!(methods(notes().asked()), ["GET", "GET", "POST", "POST", "GET", "GET"]);
        assert_eq!(notes().all.len(), 1);

        notes().all[0].body = format!("{MARKER}\nold");
        let update = if host == CodeHost::GitLab { "PUT" } else { "PATCH" };
        notes().faults.extend([(update, Fault::Limited(0)), (update, Fault::Lost)]);
        assert_eq!(run().unwrap().outcome, Outcome::Updated);
        assert_eq!(methods(notes().asked()), ["GET", "GET", update, update, update]);

        // A host that stays busy is given up in the end.
        notes().faults.extend(vec![("GET", Fault::Limited(0)); 4]);
        let error = chain(&run().unwrap_err());
        assert!(error.contains("HTTP 4"), "{error}");
        assert_eq!(notes().asked().len(), 4);
        assert_eq!(notes().all.len(), 1);
    }
}
