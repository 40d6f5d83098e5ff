//! The replies of both APIs: a page of notes and where the next one is, a note, a user. Pure.

use std::collections::BTreeSet;

use reqwest::header::{HeaderMap, LINK};
use serde::Deserialize;
use url::Url;

use super::note::{Identity, Note};

/// A reply is not what the API's documentation says.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplyError {
    #[error(
        "the reply is not JSON of the API ({0}): is the URL that of the API, and is no proxy or login page in between?"
    )]
    Foreign(#[from] serde_json::Error),
    #[error("the next page is on another server ({0}), and tokens are not sent elsewhere")]
    Elsewhere(String),
}

#[derive(Deserialize)]
struct Wire {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    /// GitHub's name is `user`.
    #[serde(alias = "user")]
    author: Option<Author>,
    /// GitLab's own remarks: "approved this merge request".
    #[serde(default)]
    system: bool,
}

#[derive(Deserialize)]
struct Author {
    id: u64,
    /// GitHub's name is `login`.
    #[serde(default, alias = "login")]
    username: Option<String>,
    /// GitHub: `User`, `Bot` or `Organization`.
    #[serde(default, rename = "type")]
    kind: String,
}

/// The notes of a page.
pub(super) fn notes(body: &[u8]) -> Result<Vec<Note>, ReplyError> {
    let all: Vec<Wire> = serde_json::from_slice(body)?;
    let notes = all.into_iter().filter(|wire| !wire.system).map(|wire| Note {
        id: wire.id,
        body: wire.body.unwrap_or_default(),
        by_app: wire.author.as_ref().is_some_and(|author| author.kind == "Bot"),
        author: wire.author.as_ref().map(|author| author.id),
        name: wire.author.and_then(|author| author.username),
    });
    Ok(notes.collect())
}

/// A commit, by GitLab's or by GitHub's name for it.
#[derive(Deserialize)]
struct Commit {
    #[serde(alias = "sha")]
    id: String,
}

/// The commits of a list, or of a comparison.
pub(super) fn commits(body: &[u8]) -> Result<BTreeSet<String>, ReplyError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire {
        Compared { commits: Vec<Commit> },
        Listed(Vec<Commit>),
    }
    let (Wire::Compared { commits: all } | Wire::Listed(all)) = serde_json::from_slice(body)?;
    Ok(all.into_iter().map(|commit| commit.id).collect())
}

/// The numbers of the merge requests of a commit that were merged into a branch.
pub(super) fn merged(body: &[u8], branch: &str) -> Result<Vec<u64>, ReplyError> {
    #[derive(Deserialize)]
    struct Wire {
        #[serde(alias = "number")]
        iid: u64,
        /// GitLab: `opened`, `closed`, `locked`, `merged`; GitHub: `open`, `closed`.
        state: String,
        /// GitHub: when it was merged, if it was.
        #[serde(default)]
        merged_at: Option<String>,
        #[serde(default)]
        target_branch: Option<String>,
        #[serde(default)]
        base: Option<Base>,
    }
    #[derive(Deserialize)]
    struct Base {
        #[serde(rename = "ref")]
        name: String,
    }
    let all: Vec<Wire> = serde_json::from_slice(body)?;
    let counts = |wire: &Wire| {
        let target = wire.target_branch.as_ref().or(wire.base.as_ref().map(|base| &base.name));
        let is_merged = wire.state == "merged" || (wire.state == "closed" && wire.merged_at.is_some());
        is_merged && target.is_some_and(|target| target == branch)
    };
    Ok(all.iter().filter(|wire| counts(wire)).map(|wire| wire.iid).collect())
}

/// The number of a note that was written.
pub(super) fn id(body: &[u8]) -> Result<u64, ReplyError> {
    Ok(serde_json::from_slice::<Wire>(body)?.id)
}

/// The user behind a token.
pub(super) fn user(body: &[u8]) -> Result<Identity, ReplyError> {
    Ok(Identity::User(serde_json::from_slice::<Author>(body)?.id))
}

/// Where the next page of a list is. GitLab's header has a number, which also works where a proxy hides the server's real name; otherwise there
/// is a link, as on GitHub.
pub(super) fn next(asked: &Url, headers: &HeaderMap) -> Result<Option<Url>, ReplyError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(number) = text("x-next-page") {
        return Ok((!number.is_empty()).then(|| numbered(asked, number)));
    }
    let Some(link) = text(LINK.as_str()).and_then(linked) else { return Ok(None) };
    match asked.join(link) {
        Ok(url) if url.origin() == asked.origin() => Ok(Some(url)),
        Ok(url) => Err(ReplyError::Elsewhere(url.origin().ascii_serialization())),
        Err(_) => Err(ReplyError::Elsewhere("not a URL".to_owned())),
    }
}

fn numbered(asked: &Url, number: &str) -> Url {
    let others: Vec<(String, String)> =
        asked.query_pairs().filter(|(name, _)| name != "page").map(|(a, b)| (a.into(), b.into())).collect();
    let mut url = asked.clone();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("page", number);
    url
}

/// The target with `rel="next"` of a `Link` header (RFC 8288).
fn linked(header: &str) -> Option<&str> {
    header.split('<').skip(1).find_map(|part| {
        let (url, parameters) = part.split_once('>')?;
        let rel = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("rel="))?;
        let rel = rel.trim_end_matches([',', ' ']).trim_matches('"');
        rel.split(' ').any(|rel| rel == "next").then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(asked: &str, headers: &[(&'static str, &str)]) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()));
        match next(&Url::parse(asked).unwrap(), &headers.collect()) {
            Ok(next) => next.map_or_else(|| "the last".to_owned(), |url| url.to_string()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn next_page_is_on_the_same_server() {
        let gitlab = "https://git.example/api/v4/projects/7/merge_requests/1/notes?per_page=100";
        assert_eq!(after(gitlab, &[]), "the last");
        let link = r#"<http://inner/x?page=1>; rel="prev", <http://inner/x?page=3>; rel="next""#;
        assert_eq!(after(gitlab, &[("x-next-page", "3"), ("link", link)]), format!("{gitlab}&page=3"));
        assert_eq!(after(&format!("{gitlab}&page=3"), &[("x-next-page", "")]), "the last");
        let github = "https://api.github.com/repos/a/b/issues/1/comments?per_page=100";
        let next = r#"<https://api.github.com/repositories/5/issues/1/comments?page=2>; rel="next", <https://x>; rel="last""#;
        assert_eq!(
            after(github, &[("link", next)]),
            "https://api.github.com/repositories/5/issues/1/comments?page=2"
        );
        assert_eq!(after(github, &[("link", r#"<https://x>; rel="first""#)]), "the last");
        insta::assert_snapshot!(after(github, &[("link", link)]), @"the next page is on another server (http://inner), and tokens are not sent elsewhere");
    }

    #[test]
    fn commits_and_merged_requests_of_both_hosts_are_read() {
        let ids = |body: &str| commits(body.as_bytes()).unwrap().into_iter().collect::<Vec<_>>();
        assert_eq!(ids(r#"{"commit": null, "commits": [{"id": "a", "title": "x"}], "diffs": []}"#), ["a"]);
        assert_eq!(ids(r#"{"total_commits": 1, "commits": [{"sha": "b", "commit": {}}]}"#), ["b"]);
        assert_eq!(ids(r#"[{"id": "c"}, {"id": "d"}]"#), ["c", "d"]);
        let gitlab = r#"[
            {"iid": 1, "state": "merged", "target_branch": "main"},
            {"iid": 2, "state": "opened", "target_branch": "main"},
            {"iid": 3, "state": "merged", "target_branch": "old"}
        ]"#;
        assert_eq!(merged(gitlab.as_bytes(), "main").unwrap(), [1]);
        let github = r#"[
            {"number": 4, "state": "closed", "merged_at": "2026-11-26T12:00:00Z", "base": {"ref": "main"}},
            {"number": 5, "state": "closed", "merged_at": null, "base": {"ref": "main"}},
            {"number": 6, "state": "open", "base": {"ref": "main"}}
        ]"#;
        assert_eq!(merged(github.as_bytes(), "main").unwrap(), [4]);
    }

    #[test]
    fn notes_of_both_hosts_are_read() {
        let read = |body: &str| notes(body.as_bytes()).unwrap();
        let gitlab = r#"[
            {"id": 1, "type": null, "body": "hello", "author": {"id": 4, "username": "a"}, "system": false},
            {"id": 2, "body": "approved this merge request", "author": {"id": 4}, "system": true}
        ]"#;
        let hello =
            Note { id: 1, body: "hello".into(), author: Some(4), name: Some("a".into()), by_app: false };
        assert_eq!(read(gitlab), std::slice::from_ref(&hello));
        let github = r#"[
            {"id": 1, "body": "hello", "user": {"login": "github-actions[bot]", "id": 4, "type": "Bot"}},
            {"id": 2, "body": null, "user": null}
        ]"#;
        let ghost = Note { id: 2, body: String::new(), author: None, name: None, by_app: false };
        let name = Some("github-actions[bot]".into());
        assert_eq!(read(github), [Note { by_app: true, name, ..hello }, ghost]);
        assert!(notes(b"<html>").is_err());
    }
}
