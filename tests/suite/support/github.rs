//! GitHub's comments on pull requests, after its documentation (rest/issues/comments,
//! rest/using-the-rest-api): 30 comments a page and at most 100, the oldest first, pages by a `Link` that
//! names the repository by number, `Authorization: Bearer`, API versions, tokens of apps that are not users,
//! comments of at most 65,536 characters, and limits that answer 403.

use std::sync::MutexGuard;

use serde_json::{Value as Json, json};

use super::notes::{Answer, Asked, Cut, Fault, Note, Notes, Reply, Shared, reply};

/// The app behind the token of a job, which is `github-actions[bot]`, and a person.
pub(crate) const ACTIONS: u64 = 41_898_282;
pub(crate) const PERSON: u64 = 5;
pub(crate) const ACTIONS_TOKEN: &str = "canary-actions";
/// The token of a job for a fork.
pub(crate) const FORK_TOKEN: &str = "canary-fork";
pub(crate) const PERSON_TOKEN: &str = "canary-person";

pub(crate) struct GitHub {
    pub(crate) api: String,
    notes: Shared,
    _runtime: tokio::runtime::Runtime,
}

impl GitHub {
    pub(crate) fn start() -> Self {
        let notes = Shared::default();
        let (api, runtime) = super::serve(super::notes::service(&notes, answer));
        Self { api, notes, _runtime: runtime }
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }
}

fn says(status: u16, message: &str) -> Reply {
    reply(
        status,
        &json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()}),
    )
}

fn answer(notes: &mut Notes, asked: &Asked) -> Answer {
    let token = admitted(notes, asked)?;
    let not_accessible = || says(403, "Resource not accessible by integration");
    let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", ["user"]) if token == PERSON_TOKEN => {
            Ok(reply(200, &json!({"login": "octocat", "id": PERSON, "type": "User"})))
        }
        ("GET", ["user"]) => Err(not_accessible()),
        ("GET", ["repos", "shop", "fleet", "issues", "12", "comments"])
        | ("GET", ["repositories", "99", "issues", "12", "comments"]) => Ok(page(notes, asked)),
        ("GET", ["repos", "shop", "fleet", "commits"]) => {
            Ok(reply(200, &notes.history.iter().map(|(id, _)| json!({"sha": id})).collect()))
        }
        ("GET", ["repos", "shop", "fleet", "commits", id, "pulls"]) => {
            let merged = |number: u64| {
                let base = json!({"ref": "main"});
                json!([{"number": number, "state": "closed", "merged_at": "2026-11-26T12:00:00Z", "base": base}])
            };
            Ok(reply(200, &notes.brought(id).map_or_else(|| json!([]), merged)))
        }
        ("GET", ["repos", "shop", "fleet", "compare", range]) => {
            let ends = range.split_once("...").and_then(|(from, to)| notes.between(from, to));
            let between = ends.ok_or_else(|| says(404, "Not Found"))?;
            let commits: Json = between.iter().map(|(id, _)| json!({"sha": id})).collect();
            Ok(reply(200, &json!({"total_commits": between.len(), "commits": commits})))
        }
        ("POST" | "PATCH", _) if token == FORK_TOKEN => Err(not_accessible()),
        ("POST", ["repos", "shop", "fleet", "issues", "12", "comments"]) => create(notes, token, asked),
        ("PATCH", ["repos", "shop", "fleet", "issues", "comments", id]) => update(notes, id, asked),
        _ => Err(says(404, "Not Found")),
    }
}

/// Whose token it is.
fn admitted(notes: &mut Notes, asked: &Asked) -> Result<&'static str, Reply> {
    if asked.header("user-agent").is_empty() {
        return Err(says(403, "Request forbidden by administrative rules."));
    }
    if !["", "2022-11-28"].contains(&asked.header("x-github-api-version")) {
        return Err(says(400, "Unsupported API version"));
    }
    let credentials = asked.header("authorization");
    match notes.prevented(&asked.method) {
        Some(Fault::Limited(seconds)) => {
            let refusal = says(403, "You have exceeded a secondary rate limit. Please wait a few minutes.");
            return Err(refusal.with("retry-after", seconds.to_string()));
        }
        Some(Fault::Moved(to)) => return Err(reply(307, &json!({})).with("location", to)),
        Some(Fault::Quoting(status)) => return Err(says(status, credentials)),
        Some(Fault::Lost) | None => {}
    }
    let token = credentials.strip_prefix("Bearer ").unwrap_or_default();
    let known = [ACTIONS_TOKEN, FORK_TOKEN, PERSON_TOKEN].into_iter().find(|known| *known == token);
    known.ok_or_else(|| says(401, "Bad credentials"))
}

fn shown(note: &Note) -> Json {
    let (login, kind) =
        if note.author == ACTIONS { ("github-actions[bot]", "Bot") } else { ("octocat", "User") };
    json!({
        "id": note.id, "body": note.body, "user": {"login": login, "id": note.author, "type": kind},
        "html_url": format!("https://github.com/shop/fleet/pull/12#issuecomment-{}", note.id),
        "created_at": "2026-11-26T12:00:00Z", "author_association": "NONE",
    })
}

fn text(asked: &Asked) -> Result<String, Reply> {
    let text = asked.text().unwrap_or_default();
    if text.chars().count() > 65_536 {
        let error = json!({"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": "Body is too long (maximum is 65536 characters)"});
        return Err(reply(422, &json!({"message": "Validation Failed", "errors": [error]})));
    }
    Ok(text)
}

/// The answer to something that was done, unless it gets lost.
fn through(notes: &mut Notes, asked: &Asked, reply: Reply) -> Answer {
    if notes.loses(&asked.method) { Err(says(502, "Server Error")) } else { Ok(reply) }
}

fn page(notes: &Notes, asked: &Asked) -> Reply {
    let cut = Cut::of(notes.all.len(), asked, 30);
    let base = notes.address(asked);
    let link = |page: usize, rel: &str| {
        let size = cut.size;
        format!("<{base}/repositories/99/issues/12/comments?per_page={size}&page={page}>; rel=\"{rel}\"")
    };
    let shown: Vec<Json> = notes.all[cut.range.clone()].iter().map(shown).collect();
    let page = reply(200, &Json::from(shown));
    // A list of one page has no links.
    match cut.next() {
        Some(next) => page.with("link", format!("{}, {}", link(next, "next"), link(cut.last(), "last"))),
        None => page,
    }
}

fn create(notes: &mut Notes, token: &str, asked: &Asked) -> Answer {
    let text = text(asked)?;
    notes.write(if token == PERSON_TOKEN { PERSON } else { ACTIONS }, &text);
    let created = reply(201, &shown(notes.all.last().unwrap()));
    through(notes, asked, created)
}

/// A token with write access may change everybody's comments.
fn update(notes: &mut Notes, id: &str, asked: &Asked) -> Answer {
    let note = notes.all.iter_mut().find(|note| note.id.to_string() == id);
    let note = note.ok_or_else(|| says(404, "Not Found"))?;
    note.body = text(asked)?;
    let updated = reply(200, &shown(note));
    through(notes, asked, updated)
}
