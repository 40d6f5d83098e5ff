//! ProjectPipelineRuntime (§4.6): its body, its replies and what the server does wrong with them.

mod body;
mod check;
mod reply;

use crate::sandbox::api::{ApiError, Keys, Kind, Response, SNAKE, Test};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::model::{Edit, PipelineRuntime, file_order};
pub(crate) use body::Body;
pub(crate) use check::check;
use reply::reply;

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[
    ("project_name", "name", Test::Contains),
    ("project", "project", Test::Contains),
    ("pipeline_source", "pipeline_source", Test::Contains),
    ("pipeline_triggers.pipeline", "pipeline_triggers.pipeline", Test::Contains),
    ("destination", "destination", Test::Contains),
];

/// In the order of `projects/<project>/<runtime>.yaml`. One unreadable runtime spoils the whole answer.
fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let group = call.group(group);
    let mut runtimes: Vec<(&String, &PipelineRuntime)> = group.tree.pipelines.iter().collect();
    runtimes.sort_by(|a, b| a.1.project.cmp(&b.1.project).then_with(|| file_order(a.0, b.0)));
    let items = runtimes.into_iter().map(|(name, runtime)| reply(group, name, runtime));
    call.reply(items.collect::<Result<_, _>>()?, KEYS)
}

fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    let group = call.open(product)?;
    let group = call.group(group);
    let runtime = group.tree.pipelines.get(name).ok_or_else(ApiError::resource_not_found)?;
    Ok(Response::ok(&reply(group, name, runtime)?))
}

fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<Option<String>, ApiError> {
    let (body, skip) = call.decode_some::<Body>(SNAKE)?;
    body.validate()?;
    body.check_service()?;
    let (id, runtime) = body.resolve(call, product)?;
    call.clone_config(id)?;
    let stored = call.group(id).tree.pipelines.get(name);
    if stored.is_some_and(|stored| stored.project != runtime.project) {
        return Err(ApiError::plain("existing pipeline runtime is not allow modifying the project field"));
    }
    let is_project_file = runtime.project == name && call.group(id).tree.projects.contains_key(name);
    let mut edits = vec![Edit::Pipeline(name.to_owned(), Some(runtime))];
    if skip && is_project_file {
        // Both live in the same file, and nothing looked (§7).
        edits.push(Edit::Project(name.to_owned(), None));
    }
    call.write(id, edits, skip)?;
    call.pushed(None)?;
    Ok(None)
}

fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(SNAKE)?;
    let group = call.open(product)?;
    if !call.group(group).tree.pipelines.contains_key(name) {
        return Err(ApiError::node_missing(Kind::PipelineRuntime.name(), name));
    }
    call.write(group, vec![Edit::Pipeline(name.to_owned(), None)], skip)?;
    call.pushed(None)
}
