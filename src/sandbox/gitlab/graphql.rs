//! GitLab's GraphQL API: the part that reads groups, projects and repositories, with its limits.
//!
//! `parse` reads a query, `limits` counts its complexity as GitLab does, and the rest of this file answers it.
//! A field that GitLab's reference does not have is an error, as there.

mod limits;
mod parse;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use crate::sandbox::api::{Now, millis};
use crate::sandbox::git::{files, tenant};
use crate::sandbox::gitlab::{CONFIG, Group, Repository};
use crate::sandbox::model::World;

use limits::PAGE;
use parse::Field;
pub(super) use parse::parse;

/// The data of a query.
///
/// # Errors
/// GitLab's message.
pub(super) fn answer(world: &World, fields: &[Field], now: Now) -> Result<Json, String> {
    limits::check(fields, world.gitlab_files)?;
    let query = Query { world, now };
    object("Query", fields, |field| match field.name.as_str() {
        "group" => Some(match query.group(field.text("fullPath")) {
            Some(group) => query.group_fields(group, &field.fields),
            None => Ok(Json::Null),
        }),
        "project" => Some(query.project(field)),
        _ => None,
    })
}

struct Query<'a> {
    world: &'a World,
    now: Now,
}

type Answer = Result<Json, String>;

impl<'a> Query<'a> {
    /// The group, if the token may see it.
    fn group(&self, path: &str) -> Option<&'a Group> {
        // Unlike REST, GraphQL knows paths only.
        let id = self.world.gitlab.at_path(path)?;
        self.world.gitlab.find(&self.world.group(id).facts.path, self.now).ok()?;
        Some(self.world.group(id))
    }

    fn group_fields(&self, group: &'a Group, fields: &[Field]) -> Answer {
        let facts = &group.facts;
        object("Group", fields, |field| {
            Some(match field.name.as_str() {
                "id" => Ok(json!(format!("gid://gitlab/Group/{}", facts.id))),
                "name" => Ok(json!(facts.name)),
                "path" | "fullPath" => Ok(json!(facts.path)),
                "visibility" => Ok(json!(facts.visibility)),
                "description" => Ok(json!(facts.description)),
                "markedForDeletionOn" => Ok(self.marked_on(facts.marked_until)),
                "permanentDeletionDate" => Ok(self.deleted_on(facts.marked_until)),
                "projects" => {
                    // The newest first.
                    let projects = group.projects().rev();
                    let hidden = &self.world.gitlab_hidden;
                    let projects = projects.filter(|repository| !hidden.contains(&repository.id));
                    // Also what is only marked to be deleted on a later day.
                    let is_marked = self.delay() > 0;
                    let projects: Vec<&Repository> =
                        projects.filter(|repository| is_marked || repository.deleting.is_none()).collect();
                    connection("Project", field, &projects, |repository, fields| {
                        self.project_fields(group, repository, fields)
                    })
                }
                _ => return None,
            })
        })
    }

    fn marked_on(&self, marked_until: Option<Now>) -> Json {
        json!(marked_until.map(|until| date(until.saturating_sub(self.delay()))))
    }

    /// Of what is not marked, the day it would be.
    fn deleted_on(&self, marked_until: Option<Now>) -> Json {
        json!(date(marked_until.unwrap_or_else(|| self.now + self.delay())))
    }

    fn delay(&self) -> Now {
        millis(self.world.options.deletion_delay)
    }

    fn project(&self, field: &Field) -> Answer {
        if field.text("fullPath") == tenant::PATH {
            return object("Project", &field.fields, |field| match field.name.as_str() {
                "repository" => Some(repository_fields(&tenant::of(self.world), &field.fields)),
                _ => None,
            });
        }
        let Some((group, path)) = field.text("fullPath").split_once('/') else { return Ok(Json::Null) };
        let group = self.group(group);
        let found = group.and_then(|group| Some((group, group.project(path).ok()?)));
        found.map_or(Ok(Json::Null), |(group, repository)| {
            self.project_fields(group, repository, &field.fields)
        })
    }

    fn project_fields(&self, group: &'a Group, repository: &'a Repository, fields: &[Field]) -> Answer {
        let full_path = format!("{}/{}", group.facts.path, repository.path);
        object("Project", fields, |field| {
            Some(match field.name.as_str() {
                "id" => Ok(json!(format!("gid://gitlab/Project/{}", repository.id))),
                "name" => Ok(json!(repository.name)),
                "path" => Ok(json!(repository.path)),
                "fullPath" => Ok(json!(full_path)),
                "visibility" => Ok(json!(repository.visibility)),
                "description" => Ok(json!(repository.description)),
                "markedForDeletionOn" => Ok(self.marked_on(repository.deleting)),
                "permanentDeletionDate" => Ok(self.deleted_on(repository.deleting)),
                "sshUrlToRepo" => Ok(json!(self.world.options.ssh_url(&full_path))),
                "httpUrlToRepo" => Ok(json!(self.world.options.http_url(&full_path))),
                "repository" if group.unreadable => Ok(Json::Null),
                "repository" => {
                    let files = if repository.path == CONFIG { files::of(group) } else { BTreeMap::new() };
                    repository_fields(&files, &field.fields)
                }
                _ => return None,
            })
        })
    }
}

fn date(at: Now) -> Option<String> {
    let at = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok())?;
    Some(at.strftime("%F").to_string())
}

fn repository_fields(files: &BTreeMap<String, String>, fields: &[Field]) -> Answer {
    let commit = files::commit(files);
    object("Repository", fields, |field| {
        let is_there = matches!(field.text("ref"), "main" | "HEAD" | "") || field.text("ref") == commit;
        Some(match field.name.as_str() {
            "rootRef" => Ok(json!("main")),
            "tree" => tree(files, &commit, is_there, &field.fields),
            "blobs" => {
                let paths = field.argument("paths").and_then(Json::as_array);
                let paths = paths.into_iter().flatten().filter_map(Json::as_str);
                let found = paths.filter_map(|path| files.get_key_value(path)).filter(|_| is_there);
                let found: Vec<(&String, &String)> = found.collect();
                connection("RepositoryBlob", field, &found, |(path, text), fields| blob(path, text, fields))
            }
            _ => return None,
        })
    })
}

fn tree(files: &BTreeMap<String, String>, commit: &str, is_there: bool, fields: &[Field]) -> Answer {
    let paths: Vec<&String> = files.keys().filter(|_| is_there).collect();
    object("Tree", fields, |field| {
        Some(match field.name.as_str() {
            "lastCommit" if !is_there || files.is_empty() => Ok(Json::Null),
            "lastCommit" => object("Commit", &field.fields, |field| match field.name.as_str() {
                "sha" | "id" => Some(Ok(json!(commit))),
                _ => None,
            }),
            "blobs" => connection("Blob", field, &paths, |path, fields| {
                object("Blob", fields, |field| match field.name.as_str() {
                    "path" => Some(Ok(json!(path))),
                    "name" => Some(Ok(json!(path.rsplit('/').next()))),
                    "mode" => Some(Ok(json!("100644"))),
                    "type" => Some(Ok(json!("blob"))),
                    _ => None,
                })
            }),
            _ => return None,
        })
    })
}

fn blob(path: &str, text: &str, fields: &[Field]) -> Answer {
    object("RepositoryBlob", fields, |field| match field.name.as_str() {
        "path" => Some(Ok(json!(path))),
        "name" => Some(Ok(json!(path.rsplit('/').next()))),
        "mode" => Some(Ok(json!("100644"))),
        "rawBlob" | "rawTextBlob" => Some(Ok(json!(text))),
        "size" => Some(Ok(json!(text.len().to_string()))),
        _ => None,
    })
}

/// The asked fields of an object; a field that `value` does not know is an error.
fn object(of: &str, fields: &[Field], value: impl Fn(&Field) -> Option<Answer>) -> Answer {
    let mut members = Map::new();
    for field in fields {
        let unknown = || format!("Field '{}' doesn't exist on type '{of}'", field.name);
        members.insert(field.alias.clone(), value(field).ok_or_else(unknown)??);
    }
    Ok(Json::Object(members))
}

/// A page of a list.
fn connection<T>(of: &str, field: &Field, all: &[T], node: impl Fn(&T, &[Field]) -> Answer) -> Answer {
    let after = field.argument("after").and_then(Json::as_str);
    let decoded = after.and_then(|cursor| STANDARD.decode(cursor).ok());
    let start = decoded.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()).unwrap_or(0);
    let start = usize::min(start, all.len());
    let end = all.len().min(start + limits::page_size(field).min(PAGE));
    object(&format!("{of}Connection"), &field.fields, |inner| match inner.name.as_str() {
        "nodes" => Some(all[start..end].iter().map(|item| node(item, &inner.fields)).collect()),
        "count" => Some(Ok(json!(all.len()))),
        "pageInfo" => Some(object("PageInfo", &inner.fields, |field| match field.name.as_str() {
            "hasNextPage" => Some(Ok(json!(end < all.len()))),
            "endCursor" if start == end => Some(Ok(Json::Null)),
            "endCursor" => Some(Ok(json!(STANDARD.encode(end.to_string())))),
            _ => None,
        })),
        _ => None,
    })
}
