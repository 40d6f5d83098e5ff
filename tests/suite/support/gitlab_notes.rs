//! GitLab's notes API, after its documentation (api/notes, api/rest, security/rate_limits): offset pagination
//! with `X-Next-Page` and `Link`, 20 notes a page and at most 100, the newest first unless asked otherwise,
//! `PRIVATE-TOKEN`, no job tokens, scopes, notes of at most 1,000,000 characters that lose their trailing
//! blanks, and notes of others for maintainers only.

use serde_json::{Value as Json, json};

use super::notes::{Answer, Asked, Cut, Fault, Note, Notes, Reply, reply};

/// A project's bot, whose token may do everything on the API.
pub(crate) const BOT: u64 = 41;
pub(crate) const BOT_TOKEN: &str = "canary-bot";
/// The same bot, reading only.
pub(crate) const READER_TOKEN: &str = "canary-reader";

fn says(status: u16, message: &str) -> Reply {
    reply(status, &json!({"message": message}))
}

pub(super) fn answer(notes: &mut Notes, asked: &Asked) -> Answer {
    let writes = admitted(notes, asked)?;
    let segments: Vec<&str> = asked.path.trim_start_matches("/api/v4/").split('/').collect();
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", ["user"]) => Ok(reply(200, &json!({"id": BOT, "username": "project_7_bot_1", "bot": true}))),
        ("GET", ["projects", "7" | "group%2Ffleet", "repository", rest @ ..]) => {
            repository(notes, rest, asked)
        }
        (method, ["projects", "7" | "group%2Ffleet", "merge_requests", number, "notes", rest @ ..]) => {
            let request = number.parse().map_err(|_| says(404, "404 Not found"))?;
            match (method, rest) {
                ("GET", []) => Ok(page(notes, request, asked)),
                ("POST" | "PUT", _) if !writes => Err(insufficient()),
                ("POST", []) => create(notes, request, asked),
                ("PUT", [id]) => update(notes, id, asked),
                _ => Err(reply(405, &json!({"error": "405 Not Allowed"}))),
            }
        }
        (_, ["projects", "7" | "group%2Ffleet", ..]) => Err(says(404, "404 Not found")),
        _ => Err(says(404, "404 Project Not Found")),
    }
}

/// What goes wrong before anybody looks at the request; otherwise whether the token may write.
fn admitted(notes: &mut Notes, asked: &Asked) -> Result<bool, Reply> {
    let token = asked.header("private-token");
    match notes.prevented(&asked.method) {
        Some(Fault::Limited(seconds)) => {
            let text = Reply { status: 429, headers: Vec::new(), body: "Retry later\n".to_owned() };
            return Err(text
                .with("retry-after", seconds.to_string())
                .with("ratelimit-remaining", "0".to_owned()));
        }
        Some(Fault::Moved(to)) => return Err(reply(301, &json!({})).with("location", to)),
        Some(Fault::Quoting(status)) => return Err(says(status, &format!("what is {token}?"))),
        Some(Fault::Lost) | None => {}
    }
    match token {
        BOT_TOKEN => Ok(true),
        READER_TOKEN => Ok(false),
        _ => Err(says(401, "401 Unauthorized")),
    }
}

/// Comparisons, lists of commits and what brought a commit, after api/repositories and api/commits.
fn repository(notes: &Notes, path: &[&str], asked: &Asked) -> Answer {
    let commits =
        |all: &[(String, Option<u64>)]| -> Json { all.iter().map(|(id, _)| json!({"id": id})).collect() };
    let query = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
    match path {
        ["compare"] => {
            let between =
                notes.between(&query("from"), &query("to")).ok_or_else(|| says(404, "404 Ref Not Found"))?;
            Ok(reply(200, &json!({"commits": commits(between), "diffs": [], "compare_timeout": false})))
        }
        ["commits"] => Ok(reply(200, &commits(&notes.history))),
        ["commits", id, "merge_requests"] => {
            let merged = |number: u64| json!([{"iid": number, "state": "merged", "target_branch": "main"}]);
            Ok(reply(200, &notes.brought(id).map_or_else(|| json!([]), merged)))
        }
        _ => Err(says(404, "404 Not found")),
    }
}

fn insufficient() -> Reply {
    let text = "The request requires higher privileges than provided by the access token.";
    reply(403, &json!({"error": "insufficient_scope", "error_description": text, "scope": "api"}))
}

fn shown(note: &Note) -> Json {
    json!({
        "id": note.id, "type": null, "body": note.body, "system": note.system, "resolvable": false, "noteable_iid": 12,
        "author": {"id": note.author, "username": format!("user-{}", note.author), "name": "A", "state": "active"},
        "created_at": "2026-11-26T12:00:00.000Z", "updated_at": "2026-11-26T12:00:00.000Z",
    })
}

/// The text of a request, as it is kept.
fn text(asked: &Asked) -> Result<String, Reply> {
    let text = asked.text().ok_or_else(|| reply(400, &json!({"error": "body is missing"})))?;
    if text.chars().count() > 1_000_000 {
        let message = "400 Bad request - Note {:note=>[\"is too long (maximum is 1000000 characters)\"]}";
        return Err(says(400, message));
    }
    Ok(text.trim_end().to_owned())
}

/// The answer to something that was done, unless a gateway loses it.
fn through(notes: &mut Notes, asked: &Asked, reply: Reply) -> Answer {
    if notes.loses(&asked.method) {
        return Err(Reply { status: 502, headers: Vec::new(), body: "<html>502</html>".to_owned() });
    }
    Ok(reply)
}

fn page(notes: &Notes, request: u64, asked: &Asked) -> Reply {
    let mut all: Vec<&Note> = notes.all.iter().filter(|note| note.request == request).collect();
    if asked.query.get("sort").is_none_or(|sort| sort != "asc") {
        all.reverse();
    }
    let cut = Cut::of(all.len(), asked, 20);
    let base = notes.address(asked);
    let link = |page: usize, rel: &str| {
        format!("<{base}{}?page={page}&per_page={}>; rel=\"{rel}\"", asked.path, cut.size)
    };
    let links = cut.next().map(|next| link(next, "next")).into_iter();
    let links: Vec<String> = links.chain([link(1, "first"), link(cut.last(), "last")]).collect();
    let shown: Vec<Json> = all[cut.range.clone()].iter().map(|note| shown(note)).collect();
    let next = cut.next().map(|next| next.to_string()).unwrap_or_default();
    reply(200, &Json::from(shown)).with("x-next-page", next).with("link", links.join(", "))
}

fn create(notes: &mut Notes, request: u64, asked: &Asked) -> Answer {
    let text = text(asked)?;
    notes.write_on(request, BOT, &text);
    let created = reply(201, &shown(notes.all.last().unwrap()));
    through(notes, asked, created)
}

fn update(notes: &mut Notes, id: &str, asked: &Asked) -> Answer {
    let note = notes.all.iter_mut().find(|note| note.id.to_string() == id);
    let note = note.ok_or_else(|| says(404, "404 Not found"))?;
    if note.author != BOT || note.system {
        return Err(says(403, "403 Forbidden"));
    }
    note.body = text(asked)?;
    let updated = reply(200, &shown(note));
    through(notes, asked, updated)
}
