//! Project (§4.2): a directory with a language.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::decode::{Fields, Message};
use super::error::ApiError;
use super::query::BOTH;
use super::response::Response;
use super::route::Kind;
use super::selector::{Field, Keys, Test};
use super::tree::{Check, Edit};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Project {
    pub(super) language: String,
}

impl Message for Project {
    fn decode(fields: &mut Fields) -> Result<Project, ApiError> {
        Ok(Project { language: fields.string(&["language"])? })
    }
}

#[derive(Serialize)]
struct Reply<'a> {
    product: &'a str,
    name: &'a str,
    language: &'a str,
}

const KEYS: Keys = &[("project_name", Test::Contains)];

pub(super) fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let projects = &call.group(group).tree.projects;
    let visible = projects.iter().filter(|(name, _)| !call.world.is_ignored(name));
    let items = visible.map(|(name, project)| Reply { product, name, language: &project.language }).collect();
    let items = call.select(items, KEYS, |item: &Reply<'_>, _| Field::Text(item.name))?;
    Ok(Response::items(items))
}

pub(super) fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    let group = call.open(product)?;
    let found = call.group(group).tree.projects.get(name).filter(|_| !call.world.is_ignored(name));
    let project = found.ok_or_else(ApiError::resource_not_found)?;
    Ok(Response::ok(&Reply { product, name, language: &project.language }))
}

pub(super) fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let (body, skip) = call.decode::<Project>(BOTH)?;
    let project = body.ok_or_else(ApiError::panic)?;
    let group = call.open(product)?;
    call.write(group, vec![Edit::Project(name.to_owned(), Some(project))], skip)
}

pub(super) fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(BOTH)?;
    let group = call.open(product)?;
    if !call.group(group).tree.projects.contains_key(name) || call.world.is_ignored(name) {
        return Err(ApiError::node_missing(Kind::Project.name(), name));
    }
    call.write(group, vec![Edit::Project(name.to_owned(), None)], skip)
}

/// A project's file must not be that of a pipeline runtime (§7).
pub(super) fn check_all(check: &Check<'_>) -> Result<(), ApiError> {
    check.tree().pipelines.keys().try_for_each(|name| self::check(check, name))
}

/// The clash between the project and the pipeline runtime of that name.
pub(super) fn check(check: &Check<'_>, name: &str) -> Result<(), ApiError> {
    if check.tree().pipelines.get(name).is_none_or(|pipeline| pipeline.project != name) {
        return Ok(());
    }
    Err(ApiError::plain(format!("wrong type found for {name} node when checking Project type")))
}
