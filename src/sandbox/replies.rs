//! A world from live replies: the rehearsal (design.md). The caller knows JSON only, in the reply shapes of
//! §12.1.

use std::borrow::Borrow;

use serde_json::Value;

use crate::sandbox::api::{ApiError, Kind, Message, Query, decode_body};
use crate::sandbox::gitlab::{CONFIG, GroupFacts, Repository};
use crate::sandbox::kinds::{cluster, code_repo, code_repo_binding, deployment_runtime, pipeline_runtime};
use crate::sandbox::model::{Change, CodeRepo, Edit, Options, World};

/// Why no world could be made of the replies.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct RepliesError {
    place: String,
    reason: String,
}

impl World {
    /// The world that would give these replies. They may come in parts, so that not all of them need to be held
    /// at once.
    ///
    /// ```text
    /// {"clusters": LIST, "products": {"<name>": {"product": GET, "projects": LIST, "environments": LIST,
    ///  "coderepos": LIST,
    ///  "coderepobindings": LIST, "projectpipelineruntimes": LIST, "deploymentruntimes": LIST,
    ///  "gone": ["repo-7"]}}, "gone": ["repo-7"]}
    /// ```
    ///
    /// Everything but the name of a product may be missing. The first part names all repositories that are gone:
    /// others get other numbers. A LIST is `{"items":[…]}` or a bare array. What
    /// the API hides is filled with defaults; a repository that is referred to but not listed is assumed to
    /// exist and to be managed, if it is not `gone`. Kubernetes has seen everything.
    ///
    /// # Errors
    /// A reply does not have the shape of its kind.
    pub fn from_replies<R: Borrow<Value>>(
        parts: impl IntoIterator<Item = R>,
        options: Options,
    ) -> Result<World, RepliesError> {
        let lag = options.sync_lag;
        let mut world = World::new(Options { sync_lag: std::time::Duration::ZERO, ..options });
        for part in parts {
            world.take_in(part.borrow())?;
        }
        world.sync();
        world.options.sync_lag = lag;
        Ok(world)
    }

    fn take_in(&mut self, part: &Value) -> Result<(), RepliesError> {
        let last = gone(part).into_iter().map(|(_, number)| number).max();
        self.gitlab.next_project = self.gitlab.next_project.max(last.map_or(0, |last| last + 1));
        for item in items(&part["clusters"]) {
            let name = name_of(item);
            let cluster = decode(item).and_then(|body| cluster::from_reply(&name, body, &self.options));
            let cluster = Some(std::sync::Arc::new(cluster.map_err(at("clusters", &name))?));
            self.commit(Change::Cluster { name, cluster }, 0);
        }
        for (name, lists) in part["products"].as_object().into_iter().flatten() {
            Product::create(self, name, lists).fill(lists)?;
        }
        Ok(())
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().or_else(|| list["items"].as_array()).map_or(&[], Vec::as_slice)
}

/// The repositories that are gone and still referred to: the server's own names, and the numbers in them.
fn gone(lists: &Value) -> Vec<(&str, u64)> {
    let names = items(&lists["gone"]).iter().filter_map(Value::as_str);
    names.filter_map(|name| Some((name, name.strip_prefix("repo-")?.parse().ok()?))).collect()
}

fn name_of(item: &Value) -> String {
    item["name"].as_str().unwrap_or_default().to_owned()
}

fn at<'a>(place: &'a str, name: &'a str) -> impl FnOnce(ApiError) -> RepliesError + 'a {
    move |error| RepliesError { place: format!("{place} {name}"), reason: error.message }
}

fn decode<T: Message>(item: &Value) -> Result<T, ApiError> {
    let body = item.to_string();
    let decoded = decode_body(body.as_bytes(), &Query::default(), "")?;
    decoded.ok_or_else(|| ApiError::codec("no object"))
}

/// One product under construction.
struct Product<'w> {
    world: &'w mut World,
    group: u64,
    gone: Vec<(&'w str, u64)>,
}

impl<'w> Product<'w> {
    fn create(world: &'w mut World, name: &str, lists: &'w Value) -> Product<'w> {
        let reply = &lists["product"];
        let gitlab = &reply["git"]["gitlab"];
        let text = |value: &Value, or: &str| value.as_str().unwrap_or(or).to_owned();
        let group = world.gitlab.next_group;
        let facts = GroupFacts {
            id: group,
            path: text(&gitlab["path"], name),
            name: text(&reply["name"], name),
            visibility: text(&gitlab["visibility"], "private"),
            description: text(&gitlab["description"], ""),
            ..GroupFacts::default()
        };
        world.commit(Change::Group(facts), 0);
        let mut product = Product { world, group, gone: gone(lists) };
        product.put_repository(CONFIG, &Value::Null);
        product
    }

    /// A project as a reply shows it; what that does not say is as in a new one.
    fn put_repository(&mut self, name: &str, gitlab: &Value) -> u64 {
        let text = |key: &str, or: &str| gitlab[key].as_str().unwrap_or(or).to_owned();
        let id = self.world.gitlab.next_project;
        let repository = Repository {
            id,
            path: text("path", name),
            name: text("name", name),
            visibility: text("visibility", "private"),
            description: text("description", ""),
            ..Repository::default()
        };
        self.world.commit(Change::Repository { group: self.group, repository }, 0);
        id
    }

    fn edit(&mut self, edit: Edit) {
        self.world.commit(Change::Node { group: self.group, edit: Box::new(edit) }, 0);
    }

    /// The id behind a display name; a repository that was not listed is assumed.
    fn repository(&mut self, display_name: &str) -> u64 {
        let group = self.world.group(self.group);
        let listed = |path: &str| group.repository_at(path).filter(|found| found.name == display_name);
        let found = listed(display_name)
            .or_else(|| group.repositories.values().find(|repository| repository.name == display_name));
        if let Some(found) = found {
            return found.id;
        }
        if let Some((_, number)) = self.gone.iter().find(|(name, _)| *name == display_name) {
            return *number;
        }
        let id = self.put_repository(display_name, &Value::Null);
        // Nothing is known of it but that something refers to it. LIST hides it.
        self.edit(Edit::CodeRepo(id, Some(CodeRepo::default())));
        id
    }

    fn fill(&mut self, lists: &Value) -> Result<(), RepliesError> {
        for kind in Kind::IN_PRODUCT {
            let mut items: Vec<&Value> = items(&lists[kind.collection()]).iter().collect();
            if kind == Kind::CodeRepo {
                // They are listed with the newest first.
                items.reverse();
            }
            for item in items {
                let name = name_of(item);
                let edit = self.edit_of(kind, name.clone(), item).map_err(at(kind.collection(), &name))?;
                self.edit(edit);
            }
        }
        Ok(())
    }

    /// What puts a resource in place.
    fn edit_of(&mut self, kind: Kind, name: String, item: &Value) -> Result<Edit, ApiError> {
        Ok(match kind {
            Kind::Cluster | Kind::Product => return Err(ApiError::codec("not a resource of a product")),
            Kind::Project => Edit::Project(name, Some(decode(item)?)),
            Kind::Environment => Edit::Environment(name, Some(decode(item)?)),
            Kind::CodeRepo => {
                let body: code_repo::Body = decode(item)?;
                Edit::CodeRepo(self.put_repository(&name, &item["git"]["gitlab"]), Some(body.stored(&name)))
            }
            Kind::CodeRepoBinding => {
                let body: code_repo_binding::Body = decode(item)?;
                let repository = self.repository(&body.code_repo);
                Edit::Binding(name, Some(body.stored(repository)))
            }
            Kind::PipelineRuntime => {
                let body: pipeline_runtime::Body = decode(item)?;
                Edit::Pipeline(name, Some(body.stored(|repository, _| Ok(self.repository(repository)))?))
            }
            Kind::DeploymentRuntime => {
                let body: deployment_runtime::Body = decode(item)?;
                Edit::Deployment(name, Some(body.stored(|repository| Ok(self.repository(repository)))?))
            }
        })
    }
}
