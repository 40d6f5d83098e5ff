//! Project (§4.2): a directory with a language.

use crate::sandbox::api::{ApiError, BOTH, Keys, Kind, Named, Response, Test, impl_message};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::check::Check;
use crate::sandbox::model::{Edit, Project};

impl_message!(Project { string language });

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[("project_name", "name", Test::Contains)];

fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let projects = &call.group(group).tree.projects;
    let visible = projects.iter().filter(|(name, _)| !call.world.is_ignored(name));
    let items = visible.map(|(name, spec)| Named { product, name, spec }).collect();
    call.reply(items, KEYS)
}

fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    let group = call.open(product)?;
    let found = call.group(group).tree.projects.get(name).filter(|_| !call.world.is_ignored(name));
    let spec = found.ok_or_else(ApiError::resource_not_found)?;
    Ok(Response::ok(&Named { product, name, spec }))
}

fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<Option<String>, ApiError> {
    let (project, skip) = call.decode_some::<Project>(BOTH)?;
    let group = call.open(product)?;
    call.write(group, vec![Edit::Project(name.to_owned(), Some(project))], skip)?;
    call.pushed(None)?;
    Ok(None)
}

fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(BOTH)?;
    let group = call.open(product)?;
    if !call.group(group).tree.projects.contains_key(name) || call.world.is_ignored(name) {
        return Err(ApiError::node_missing(Kind::Project.name(), name));
    }
    call.write(group, vec![Edit::Project(name.to_owned(), None)], skip)?;
    call.pushed(None)
}

/// The clash between the project and the pipeline runtime of that name.
pub(crate) fn check(check: &Check<'_>, name: &str) -> Result<(), ApiError> {
    if check.tree().pipelines.get(name).is_none_or(|pipeline| pipeline.project != name) {
        return Ok(());
    }
    Err(ApiError::plain(format!("wrong type found for {name} node when checking Project type")))
}
