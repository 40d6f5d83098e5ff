//! GitLab's own interfaces, as far as they are used to read: GraphQL, and the REST reference of a branch.
//!
//! They follow GitLab's documentation and know nothing of who asks. Rights: a token that GitLab does not know
//! is refused; a group that is forbidden, and a repository that may not be read, are `null`.

use serde_json::{Value as Json, json};

use super::graphql;
use crate::sandbox::api::{JSON, Method, Now, Request, Response};
use crate::sandbox::git::files;
use crate::sandbox::gitlab::CONFIG;
use crate::sandbox::model::World;

/// Whether a request is for GitLab.
pub(crate) fn is_for_gitlab(request: &Request) -> bool {
    request.path() == "/api/graphql" || request.path().starts_with("/api/v4/")
}

/// Answers a request for GitLab.
pub(crate) fn answer(world: &mut World, request: &Request, now: Now) -> Response {
    world.settle(now);
    if let Some(seconds) = world.gitlab_refusals.pop_front() {
        return Response { retry_after: Some(seconds), ..Response::new(429, "text/plain", "Retry later\n") };
    }
    if !is_known(world, request) {
        return reply(401, &json!({"errors": [{"message": "Invalid token"}]}));
    }
    match (&request.method, request.path()) {
        (Method::Post, "/api/graphql") => query(world, request, now),
        (Method::Get, path) => branch(world, path, now)
            .unwrap_or_else(|| reply(404, &json!({"message": "404 Project Not Found"}))),
        _ => reply(404, &json!({"error": "404 Not Found"})),
    }
}

fn reply(status: u16, body: &Json) -> Response {
    Response::new(status, JSON, body.to_string())
}

fn is_known(world: &World, request: &Request) -> bool {
    let token = request.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
    let Some(token) = token.filter(|token| !token.is_empty()) else { return false };
    let options = &world.options;
    let is = |known: &Option<String>| known.as_deref() == Some(token);
    options.required_token.is_none() || is(&options.required_token) || is(&options.read_only_token)
}

fn query(world: &World, request: &Request, now: Now) -> Response {
    let body: Json = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = body["query"].as_str().unwrap_or_default();
    let answered =
        graphql::parse(text, &body["variables"]).and_then(|fields| graphql::answer(world, &fields, now));
    match answered {
        Ok(data) => reply(200, &json!({"data": data})),
        Err(message) => reply(200, &json!({"errors": [{"message": message}]})),
    }
}

/// `GET /projects/:id/repository/branches/main`; the path of a project is percent-encoded.
fn branch(world: &World, path: &str, now: Now) -> Option<Response> {
    let project = path.strip_prefix("/api/v4/projects/")?.strip_suffix("/repository/branches/main")?;
    let project = percent_encoding::percent_decode_str(project).decode_utf8().ok()?;
    let (group, path) = project.split_once('/')?;
    let id = world.gitlab.find(group, now).ok().filter(|_| path == CONFIG)?;
    let group = world.group(id);
    group.project(CONFIG).ok().filter(|_| !group.unreadable)?;
    let id = files::commit(&files::of(group));
    Some(reply(200, &json!({"name": "main", "commit": {"id": id}})))
}
