//! GitLab's limits: the nodes of a page, and the complexity of a query as `Types::BaseField` and the resolvers
//! count it.

use serde_json::Value as Json;

use super::parse::Field;

/// The most nodes of a page.
pub(super) const PAGE: usize = 100;
/// The most that a query of a signed-in user may cost.
const COMPLEXITY: usize = 250;

/// Checks the complexity of a query, and how many files it asks for.
pub(super) fn check(fields: &[Field], files: Option<usize>) -> Result<(), String> {
    if let Some(most) = files
        && paths(fields) > most
    {
        return Err(format!("Too many blobs were requested at once: at most {most} are permitted"));
    }
    let cost = all(fields);
    if cost <= COMPLEXITY {
        return Ok(());
    }
    Err(format!("Query has complexity of {cost}, which exceeds max complexity of {COMPLEXITY}"))
}

fn paths(fields: &[Field]) -> usize {
    let own = |field: &Field| field.argument("paths").and_then(Json::as_array).map_or(0, Vec::len);
    fields.iter().map(|field| own(field) + paths(&field.fields)).sum()
}

/// How many nodes of a connection are asked for.
pub(super) fn page_size(field: &Field) -> usize {
    let first = field.argument("first").and_then(Json::as_u64);
    first.and_then(|first| usize::try_from(first).ok()).unwrap_or(PAGE).min(PAGE)
}

fn all(fields: &[Field]) -> usize {
    fields.iter().map(cost).sum()
}

fn cost(field: &Field) -> usize {
    let inner = all(&field.fields);
    // One percent more for each node of the page.
    let of_connection = |cost: usize| cost + cost * page_size(field) / 100;
    match field.name.as_str() {
        "projects" => of_connection(inner + 11),
        "blobs" => match field.argument("paths").and_then(Json::as_array) {
            Some(paths) => of_connection(inner + 2 + paths.len()),
            None => inner + 1,
        },
        "lastCommit" => inner + 10,
        "tree" | "repository" => inner + 2,
        _ => inner + 1,
    }
}
