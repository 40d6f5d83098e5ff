//! The requests of both APIs as values: GitLab's notes, GitHub's issue comments. Pure; sends nothing.

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value as Json, json};
use url::Url;

use crate::model::ci::CodeHost;
use crate::model::value::Secret;

use super::Place;

/// Something to ask or to tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Json>,
}

impl Request {
    fn new(method: Method, url: Url, body: Option<&str>) -> Self {
        Self { method, url, body: body.map(|body| json!({"body": body})) }
    }

    pub(super) const fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None }
    }
}

/// The first page of the notes, the oldest first: what is written meanwhile shifts no page.
pub(super) fn notes(place: &Place) -> Request {
    let mut url = all(place);
    match place.host {
        CodeHost::GitLab => url.set_query(Some("per_page=100&sort=asc&order_by=created_at")),
        CodeHost::GitHub => url.set_query(Some("per_page=100")),
    }
    Request::get(url)
}

/// Who the token belongs to.
pub(super) fn me(place: &Place) -> Request {
    Request::get(below(place, &["user"]))
}

pub(super) fn create(place: &Place, body: &str) -> Request {
    Request::new(Method::POST, all(place), Some(body))
}

pub(super) fn update(place: &Place, id: u64, body: &str) -> Request {
    let id = id.to_string();
    match place.host {
        CodeHost::GitLab => {
            let mut url = all(place);
            extend(&mut url, &[&id]);
            Request::new(Method::PUT, url, Some(body))
        }
        CodeHost::GitHub => {
            let (owner, name) = owner_and_name(place);
            let url = below(place, &["repos", owner, name, "issues", "comments", &id]);
            Request::new(Method::PATCH, url, Some(body))
        }
    }
}

/// All notes of the merge request.
fn all(place: &Place) -> Url {
    let number = place.number.to_string();
    match place.host {
        CodeHost::GitLab => below(place, &["projects", &place.project, "merge_requests", &number, "notes"]),
        CodeHost::GitHub => {
            let (owner, name) = owner_and_name(place);
            below(place, &["repos", owner, name, "issues", &number, "comments"])
        }
    }
}

fn owner_and_name(place: &Place) -> (&str, &str) {
    place.project.split_once('/').unwrap_or((&place.project, ""))
}

fn below(place: &Place, segments: &[&str]) -> Url {
    let mut url = place.api.clone();
    extend(&mut url, segments);
    url
}

/// Each segment is escaped as one: the path of a project on GitLab is a single one.
fn extend(url: &mut Url, segments: &[&str]) {
    url.path_segments_mut().expect("the API's URL has a host").pop_if_empty().extend(segments);
}

/// The headers that all requests have.
pub(super) fn headers(
    host: CodeHost,
    token: &Secret,
) -> Result<HeaderMap, reqwest::header::InvalidHeaderValue> {
    let secret = |text: &str| {
        let mut value = HeaderValue::from_str(text)?;
        value.set_sensitive(true);
        Ok(value)
    };
    let mut headers = HeaderMap::new();
    match host {
        CodeHost::GitLab => {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            headers.insert(HeaderName::from_static("private-token"), secret(token.expose())?);
        }
        CodeHost::GitHub => {
            headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
            let version = HeaderName::from_static("x-github-api-version");
            headers.insert(version, HeaderValue::from_static("2022-11-28"));
            headers.insert(AUTHORIZATION, secret(&format!("Bearer {}", token.expose()))?);
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_of(host: CodeHost, api: &str, project: &str) -> String {
        let place = Place { host, api: Url::parse(api).unwrap(), project: project.to_owned(), number: 12 };
        let requests = [notes(&place), me(&place), create(&place, "a"), update(&place, 5, "b")];
        let lines = requests.map(|request| {
            let body = request.body.map(|body| format!(" {body}")).unwrap_or_default();
            format!("{} {}{body}", request.method, request.url)
        });
        lines.join("\n")
    }

    #[test]
    fn requests_are_those_of_the_documentation() {
        insta::assert_snapshot!(all_of(CodeHost::GitLab, "https://git.example/gitlab/api/v4", "group/sub/fleet"), @r#"
        GET https://git.example/gitlab/api/v4/projects/group%2Fsub%2Ffleet/merge_requests/12/notes?per_page=100&sort=asc&order_by=created_at
        GET https://git.example/gitlab/api/v4/user
        POST https://git.example/gitlab/api/v4/projects/group%2Fsub%2Ffleet/merge_requests/12/notes {"body":"a"}
        PUT https://git.example/gitlab/api/v4/projects/group%2Fsub%2Ffleet/merge_requests/12/notes/5 {"body":"b"}
        "#);
        insta::assert_snapshot!(all_of(CodeHost::GitHub, "https://api.github.com", "shop/fleet"), @r#"
        GET https://api.github.com/repos/shop/fleet/issues/12/comments?per_page=100
        GET https://api.github.com/user
        POST https://api.github.com/repos/shop/fleet/issues/12/comments {"body":"a"}
        PATCH https://api.github.com/repos/shop/fleet/issues/comments/5 {"body":"b"}
        "#);
    }

    #[test]
    fn tokens_are_marked_as_secrets() {
        for host in [CodeHost::GitLab, CodeHost::GitHub] {
            let headers = headers(host, &Secret::new("canary".to_owned())).unwrap();
            assert!(!format!("{headers:?}").contains("canary"));
            assert!(super::headers(host, &Secret::new("a\nb".to_owned())).is_err());
        }
    }
}
