//! URLs and headers of both APIs: GitLab's notes, GitHub's issue comments. Pure; sends nothing.

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use url::Url;

use crate::http::secret_header;
use crate::model::ci::CodeHost;
use crate::model::value::Secret;

use super::target::Target;

/// All notes of the merge request.
pub(super) fn notes(target: &Target) -> Url {
    let number = target.number.to_string();
    match target.host {
        CodeHost::GitLab => of_project(target, &["merge_requests", &number, "notes"]),
        CodeHost::GitHub => of_project(target, &["issues", &number, "comments"]),
    }
}

/// The first page of them, the oldest first: a note that is written meanwhile shifts no page.
pub(super) fn first_page(target: &Target) -> Url {
    let mut url = notes(target);
    url.set_query(Some(match target.host {
        CodeHost::GitLab => "per_page=100&sort=asc&order_by=created_at",
        CodeHost::GitHub => "per_page=100",
    }));
    url
}

/// What a commit has that another one lacks. GitLab answers in one page, GitHub in several.
pub(super) fn comparison(target: &Target, from: &str, to: &str) -> Url {
    match target.host {
        CodeHost::GitLab => {
            let mut url = of_project(target, &["repository", "compare"]);
            url.query_pairs_mut().append_pair("from", from).append_pair("to", to);
            url
        }
        CodeHost::GitHub => {
            let mut url = of_project(target, &["compare", &format!("{from}...{to}")]);
            url.set_query(Some("per_page=100"));
            url
        }
    }
}

/// The merge requests that a commit came with.
pub(super) fn requests(target: &Target, commit: &str) -> Url {
    let mut url = match target.host {
        CodeHost::GitLab => of_project(target, &["repository", "commits", commit, "merge_requests"]),
        CodeHost::GitHub => of_project(target, &["commits", commit, "pulls"]),
    };
    url.set_query(Some("per_page=100"));
    url
}

/// The last commits before one, and it.
pub(super) fn history(target: &Target, commit: &str, number: usize) -> Url {
    let (segments, name): (&[&str], _) = match target.host {
        CodeHost::GitLab => (&["repository", "commits"], "ref_name"),
        CodeHost::GitHub => (&["commits"], "sha"),
    };
    let mut url = of_project(target, segments);
    url.query_pairs_mut().append_pair(name, commit).append_pair("per_page", &number.to_string());
    url
}

/// The user behind the token.
pub(super) fn user(target: &Target) -> Url {
    below(target, &["user"])
}

/// What replaces the text of a note.
pub(super) fn update(target: &Target, id: u64) -> (Method, Url) {
    let id = id.to_string();
    match target.host {
        CodeHost::GitLab => {
            let number = target.number.to_string();
            (Method::PUT, of_project(target, &["merge_requests", &number, "notes", &id]))
        }
        CodeHost::GitHub => (Method::PATCH, of_project(target, &["issues", "comments", &id])),
    }
}

fn of_project(target: &Target, segments: &[&str]) -> Url {
    let project = target.project.as_str();
    let of_project = match target.host {
        CodeHost::GitLab => vec!["projects", project],
        CodeHost::GitHub => std::iter::once("repos").chain(project.splitn(2, '/')).collect(),
    };
    below(target, &[&of_project, segments].concat())
}

/// Each segment is escaped as one: the path of a project on GitLab is a single one.
fn below(target: &Target, segments: &[&str]) -> Url {
    let mut url = target.api.clone();
    url.path_segments_mut().expect("the API's URL has a host").pop_if_empty().extend(segments);
    url
}

/// The headers of all requests.
pub(super) fn headers(host: CodeHost, token: &Secret) -> Result<HeaderMap, InvalidHeaderValue> {
    let mut headers = HeaderMap::new();
    match host {
        CodeHost::GitLab => {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            headers.insert(HeaderName::from_static("private-token"), secret_header(token.expose())?);
        }
        CodeHost::GitHub => {
            headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
            let version = HeaderName::from_static("x-github-api-version");
            headers.insert(version, HeaderValue::from_static("2022-11-28"));
            headers.insert(AUTHORIZATION, secret_header(&format!("Bearer {}", token.expose()))?);
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(host: CodeHost, api: &str, project: &str) -> String {
        let api = Url::parse(api).unwrap();
        let target = Target { host, api, project: project.to_owned(), number: 12 };
        let (method, note) = update(&target, 5);
        format!("{}\n{}\n{}\n{method} {note}", first_page(&target), notes(&target), user(&target))
    }

    #[test]
    fn urls_are_those_of_the_documentation() {
        insta::assert_snapshot!(
            urls(CodeHost::GitLab, "https://git.example/gitlab/api/v4", "group/sub/fleet"),
            @r"
        https://git.example/gitlab/api/v4/projects/group%2Fsub%2Ffleet/merge_requests/12/notes?per_page=100&sort=asc&order_by=created_at
        https://git.example/gitlab/api/v4/projects/group%2Fsub%2Ffleet/merge_requests/12/notes
        https://git.example/gitlab/api/v4/user
        PUT https://git.example/gitlab/api/v4/projects/group%2Fsub%2Ffleet/merge_requests/12/notes/5
        "
        );
        insta::assert_snapshot!(urls(CodeHost::GitHub, "https://api.github.com", "shop/fleet"), @r"
        https://api.github.com/repos/shop/fleet/issues/12/comments?per_page=100
        https://api.github.com/repos/shop/fleet/issues/12/comments
        https://api.github.com/user
        PATCH https://api.github.com/repos/shop/fleet/issues/comments/5
        ");
    }

    #[test]
    fn tokens_are_marked_as_secrets() {
        for host in CodeHost::ALL {
            let headers = headers(host, &Secret::new("canary".to_owned())).unwrap();
            assert!(!format!("{headers:?}").contains("canary"));
            assert!(super::headers(host, &Secret::new("a\nb".to_owned())).is_err());
        }
    }
}
