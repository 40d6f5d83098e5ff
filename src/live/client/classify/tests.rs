use bytes::Bytes;

use super::class::{Class, Pattern};
use super::*;
use crate::resource::kinds;

mod seen;

fn reply(status: u16, reason: &str, message: &str) -> Result<Reply, SendError> {
    let body = serde_json::json!({"code": status, "reason": reason, "message": message, "metadata": {}});
    Ok(Reply {
        status,
        content_type: "application/json".into(),
        retry_after: None,
        body: Bytes::from(body.to_string()),
    })
}

fn plain(status: u16, content_type: &str, body: &'static str) -> Result<Reply, SendError> {
    Ok(Reply { status, content_type: content_type.into(), retry_after: None, body: Bytes::from(body) })
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done { warning: None } => "done",
        Verdict::Done { warning: Some(_) } => "warning",
        Verdict::Absent => "absent",
        Verdict::RetrySoon { .. } => "soon",
        Verdict::WaitForSync { .. } => "sync",
        Verdict::WaitForDeletion { .. } => "deletion",
        Verdict::Unreachable { .. } => "unreachable",
        Verdict::Unavailable { .. } => "unavailable",
        Verdict::GivenUp { .. } => "given up",
        Verdict::WrongServer { .. } => "wrong server",
        Verdict::Ambiguous { .. } => "ambiguous",
        Verdict::Lost { .. } => "lost",
        Verdict::Unreadable { .. } => "unreadable",
        Verdict::Unauthorized { .. } => "unauthorized",
        Verdict::Unclear { .. } => "unclear",
        Verdict::Permanent { .. } => "permanent",
    }
}

/// §2.2, §2.3, §2.4 and §8.6, row by row.
#[test]
fn documented_replies_have_their_verdict() {
    let rows = r#"
        # §2.2
        permanent: Cluster Save 400 CODEC body unmarshal proto: x
        permanent: Cluster Save 400 VALIDATOR invalid SaveRequest.Body
        permanent: Cluster Save 500 UNKNOWN unknown request error
        unauthorized: Cluster Get 500 - token is not found
        unauthorized: Project Save 500 - GET https://g/api/v4/groups/p: 401 {message: 401 Unauthorized}
        permanent: Product Save 403 NO_AUTHORIZATION no permission to create group, err: x
        permanent: Project Save 404 GROUP_NOT_FOUND failed to get group, err: x
        unclear: Product Save 500 - POST https://g: 502 {}
        # §2.3
        absent: Cluster Get 500 - the cluster resource a is not found
        absent: Cluster Delete 500 - the cluster resource a is not found
        permanent: Cluster Delete 500 - failed to get host cluster, err: cluster h is not found
        absent: Product Get 500 - there are no default projects under this product
        absent: Product Delete 404 GROUP_NOT_FOUND failed to get group
        absent: Project Get 404 RESOURCE_NOT_FOUND the resource is not found
        absent: Project Delete 500 - Project resource a not found or invalid. Please check whether the resource exists under the default project
        absent: Environment Get 404 RESOURCE_NOT_FOUND the resource is not found
        ambiguous: Environment Delete 500 UNKNOWN unknown request error
        absent: CodeRepo Get 404 PROJECT_NOT_FOUND failed to get project
        absent: CodeRepo Get 404 RESOURCE_NOT_FOUND the resource is not found
        absent: CodeRepo Delete 404 NODE_NOT_FOUND failed to get coderepo of repository repo-1
        absent: CodeRepoBinding Delete 500 - CodeRepoBinding resource a not found or invalid. Please check
        absent: DeploymentRuntime List 404 GROUP_NOT_FOUND error: code = 404 reason = GROUP_NOT_FOUND
        absent: DeploymentRuntime Delete 404 GROUP_NOT_FOUND failed to get group
        # §4.5, §4.6
        unreadable: ProjectPipelineRuntime List 500 UNKNOWN unknown request error
        unreadable: CodeRepoBinding List 500 - failed to convert codeRepo name repo-1 to repository name, err: x
        ambiguous: CodeRepoBinding Save 403 REFRESH_PERMISSIONS_ACCESS_DENIED failed to refersh permission, err: x
        permanent: CodeRepoBinding Save 500 NOT_ALLOWED_MODIFY It is not allowed to modify the authorized repository
        # §8.6
        soon: Project Save 500 - failed to clone repository: fatal: destination path 'default.project' already exists and is not an empty directory.
        soon: Project Save 500 - push data: To x ! [rejected] main -> main (fetch first) error: failed to push some refs
        soon: Project Save 500 - error: cannot lock ref 'refs/heads/main'
        soon: Project Save 500 - when the save configuration cannot be merge automatically, manual approval may be required
        ambiguous: Project Save 500 - commit output: nothing to commit, working tree clean
        soon: Cluster Save 500 - configmaps "dex": the object has been modified
        sync: Environment Save 500 - during global validation, it was found that Cluster 'a' does not exist or is unavailable.
        # Perhaps a runtime that was deleted a moment ago, and that Kubernetes still has.
        sync: ProjectPipelineRuntime Save 500 - verify project pipeline runtime failed, err: namespace a is used by other runtime
        sync: DeploymentRuntime Save 500 - verify deployment runtime failed, err: namespaces [a] is used by other product
        sync: ProjectPipelineRuntime Save 500 - verify project pipeline runtime failed, err: get cluster by runtime failed: x
        deletion: Product Delete 500 - here are multiple project in shop, unable to delete
        deletion: Product Save 500 - 400 {message: {path: [has already been taken]}}
        permanent: Cluster Save 500 - push data: You are not allowed to push code to this project
        permanent: Project Delete 500 - during global validation, it was found that Project 'p' does not exist or is unavailable.
        permanent: Environment Delete 500 - environment referenced by [deploymentRuntime/a], not allowed to be deleted
    "#;
    let rows: Vec<&str> = rows.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    for row in rows.iter().filter(|row| !row.starts_with('#')) {
        let (wanted, exchange) = row.split_once(": ").unwrap();
        let [kind, call, status, reason, message] = exchange.splitn(5, ' ').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let call = match call {
            "Get" => Call::Get,
            "List" => Call::List,
            "Save" => Call::Save,
            _ => Call::Delete,
        };
        let reply = reply(status.parse().unwrap(), reason.trim_matches('-'), message);
        assert_eq!(word(&classify(kinds::find(kind).unwrap(), call, &reply)), wanted, "{row}");
    }
}

#[test]
fn incomplete_replies_are_ambiguous_for_writes_only() {
    let kind = kinds::find("Project").unwrap();
    let lost = || Err(SendError::Lost { server: "s".into(), reason: "reset".into() });
    let too_large = || Err(SendError::TooLarge { server: "s".into(), reason: "65 MiB".into() });
    let rows = [
        (lost(), "lost", "unavailable"),
        (too_large(), "ambiguous", "permanent"),
        (plain(200, "application/json", "{\"mess"), "ambiguous", "done"),
        (plain(200, "text/html", "<html>"), "wrong server", "wrong server"),
        (plain(200, "text/plain", "{}"), "ambiguous", "unavailable"),
        (plain(502, "text/html", "<html>"), "ambiguous", "unavailable"),
        (plain(500, "text/html", "<html>"), "ambiguous", "unavailable"),
        (plain(503, "text/html", ""), "unavailable", "unavailable"),
        (plain(429, "text/html", ""), "unavailable", "unavailable"),
        (plain(401, "text/html", ""), "unauthorized", "unauthorized"),
        (plain(401, "application/json", "{\"message\":\"Unauthorized\"}"), "unauthorized", "unauthorized"),
        (plain(401, "application/json", "{\"error\":\"x\"}"), "unauthorized", "unauthorized"),
        (plain(200, "application/json", "{\"code\":500,\"message\":\"x\"}"), "ambiguous", "done"),
        (plain(200, "application/json", "{\"code\":\"403\"}"), "ambiguous", "done"),
        (plain(200, "application/json", "{\"code\":200,\"message\":\"x\"}"), "done", "done"),
        (plain(403, "text/html", ""), "permanent", "permanent"),
        (plain(404, "text/plain", "404 page not found\n"), "wrong server", "wrong server"),
        (plain(301, "text/html", ""), "wrong server", "wrong server"),
        (
            plain(200, "application/json", "{\"message\":\"[warning] the CodeRepo a was deleted\"}"),
            "warning",
            "done",
        ),
        (plain(200, "application/json", "{\"message\":\"Successfully saved\"}"), "done", "done"),
    ];
    for (outcome, write, read) in rows {
        assert_eq!(word(&classify(kind, Call::Save, &outcome)), write, "{outcome:?}");
        assert_eq!(word(&classify(kind, Call::Get, &outcome)), read, "{outcome:?}");
    }
}

#[test]
fn only_failures_that_may_heal_are_repeated() {
    use crate::http::NotSent::{
        Certificate, Dns, Expired, OtherName, PlainText, Refused, TimedOut, Tls, Unreachable, Url,
    };
    let once_more = |why| {
        let error = SendError::NotSent { server: "s".into(), why, reason: "r".into() };
        match classify(kinds::find("Project").unwrap(), Call::Save, &Err(error)) {
            Verdict::Unreachable { .. } => None,
            Verdict::WrongServer { once_more, .. } => Some(once_more),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!([Refused, TimedOut, Unreachable].map(once_more), [None; 3]);
    assert_eq!([Url, Certificate, Expired, OtherName, PlainText, Tls].map(once_more), [Some(false); 6]);
    assert_eq!(once_more(Dns), Some(true), "the next name server may know it");
}

#[test]
fn a_503_is_a_503_whatever_it_says() {
    let project = kinds::find("Project").unwrap();
    for text in ["token is not found", "already exists and is not an empty directory", "unknown"] {
        let verdict = classify(project, Call::Save, &reply(503, "", text));
        assert_eq!(verdict, Verdict::Unavailable { message: text.to_owned(), after: None });
    }
}

#[test]
fn replies_without_a_message_get_one() {
    let verdict = classify(kinds::find("Product").unwrap(), Call::Save, &reply(502, "", ""));
    insta::assert_snapshot!(verdict.explanation(), @"HTTP 502 without a message: GitLab or Vault fails behind the server");
    let verdict = classify(kinds::find("Product").unwrap(), Call::Save, &reply(400, "CODEC", ""));
    assert_eq!((word(&verdict), verdict.message()), ("permanent", "CODEC"));
}

#[test]
fn explanations_give_the_meaning_and_the_message() {
    let outcome = reply(500, "", "push data: You are not allowed to push code to this project");
    insta::assert_snapshot!(classify(kinds::find("Cluster").unwrap(), Call::Save, &outcome).explanation(), @"your account needs write access to the main branch of the tenant repository (the server said: push data: You are not allowed to push code to this project)");
}

/// What nautform does about a class, for people.
fn advice(class: Class) -> &'static str {
    match class {
        Class::Collision => "it collided with another request and changed nothing: sent again",
        Class::Sync => {
            "Kubernetes has not seen a cluster or a runtime yet: waited for (`--sync-timeout`), or said at once if the \
             server does not have it"
        }
        Class::Deletion => "GitLab is still deleting: waited for (`--delete-timeout`)",
        Class::Ambiguous => "the write may have happened: read first, then sent again if it is not done",
        Class::Upstream => "GitLab fails behind the server: a few tries, then run again later",
        Class::Panic => {
            "a failure of the server's own code: what was written is read, and the server's log has the reason"
        }
        Class::Unreadable => {
            "the repository behind the object is gone in GitLab: restore it there, or remove what uses it"
        }
        Class::Token => "the token is wrong, has expired, or lacks a scope",
        Class::Access => {
            "the account may not push: it needs the Maintainer role, in the tenant's repository for clusters"
        }
        Class::Missing(why) | Class::Refused(why) => why,
        Class::Permanent => "the message says why: correct the manifest",
    }
}

fn shown(pattern: Pattern) -> String {
    let text = match pattern {
        Pattern::Reason(reason) => format!("[{reason}]"),
        Pattern::Text(text) | Pattern::Start(text) => text.trim().to_owned(),
        Pattern::Parts(parts) => parts.iter().map(|part| part.trim()).collect::<Vec<_>>().join(" … "),
    };
    format!("`{}`", text.replace('|', "\\|"))
}

/// `UPDATE_CASES=1` writes the table.
#[test]
fn page_of_messages_is_the_table_that_classifies_them() {
    const HEAD: &str = "| the message has | what it means, and what nautform does |\n|---|---|\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/troubleshooting.md");
    let page = std::fs::read_to_string(path).unwrap();
    let before = page.split("| the message has |").next().unwrap();
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    for (pattern, class, _) in table::ROWS {
        let advice = advice(*class);
        match rows.iter_mut().find(|(known, _)| *known == advice) {
            Some((_, messages)) => messages.push(shown(*pattern)),
            None => rows.push((advice, vec![shown(*pattern)])),
        }
    }
    let lines = rows.iter().map(|(advice, messages)| format!("| {} | {advice} |\n", messages.join(", ")));
    let wanted = format!("{before}{HEAD}{}", lines.collect::<String>());
    if std::env::var_os("UPDATE_CASES").is_some() {
        return std::fs::write(path, wanted).unwrap();
    }
    assert!(page == wanted, "docs/troubleshooting.md has not all messages: UPDATE_CASES=1 writes them");
}
