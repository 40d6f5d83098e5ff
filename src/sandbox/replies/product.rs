//! One product of a world, under construction.

use crate::sandbox::api::{ApiError, Kind, impl_message};
use crate::sandbox::gitlab::{CONFIG, GroupFacts, Repository};
use crate::sandbox::kinds::product::{GitBody, GitlabBody};
use crate::sandbox::kinds::{code_repo, code_repo_binding, deployment_runtime, pipeline_runtime};
use crate::sandbox::model::{Change, Edit, World};

use super::object::{ObjectReply, Replies, RepliesError, at, decode};

/// What a product's own reply shows: the display name at the top (§4.1).
#[derive(Default)]
struct Shown {
    name: String,
    git: Option<GitBody>,
}

impl_message!(Shown { string name, message git });

/// One product under construction.
pub(super) struct Product<'w> {
    world: &'w mut World,
    group: u64,
    gone: Vec<(&'w str, u64)>,
}

impl<'w> Product<'w> {
    /// A product with nothing in it, whose group has this number.
    pub(super) fn create(
        world: &'w mut World,
        name: &str,
        replies: &'w Replies<'_>,
        group: u64,
    ) -> Result<Product<'w>, RepliesError> {
        let own = replies.of(Kind::Product).next().map(|own| decode::<Shown>(&own.body)).transpose();
        let own = own.map_err(at(Kind::Product.collection(), name))?.unwrap_or_default();
        let gitlab = own.git.and_then(|git| git.gitlab).unwrap_or_default();
        let facts = GroupFacts {
            id: group,
            path: or(gitlab.path, name),
            name: or(own.name, name),
            visibility: or(gitlab.visibility, PRIVATE),
            description: gitlab.description,
            ..GroupFacts::default()
        };
        world.commit(Change::Group(facts), 0);
        let mut product = Product { world, group, gone: replies.gone().collect() };
        product.put_repository(CONFIG, GitlabBody::default());
        Ok(product)
    }

    /// A project as a reply shows it; what that does not say is as in a new one.
    fn put_repository(&mut self, name: &str, gitlab: GitlabBody) -> u64 {
        let id = self.world.gitlab.next_project;
        let repository = Repository {
            id,
            path: or(gitlab.path, name),
            name: or(gitlab.name, name),
            visibility: or(gitlab.visibility, PRIVATE),
            description: gitlab.description,
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
            .or_else(|| group.projects().find(|repository| repository.name == display_name));
        if let Some(found) = found {
            return found.id;
        }
        if let Some((_, number)) = self.gone.iter().find(|(name, _)| *name == display_name) {
            return *number;
        }
        let id = self.put_repository(display_name, GitlabBody::default());
        // Nothing is known of it but that something refers to it. LIST hides it.
        self.edit(Edit::CodeRepo(id, Some(Box::default())));
        id
    }

    /// Puts everything in place that lies in the product.
    pub(super) fn fill(mut self, replies: &Replies<'_>) -> Result<(), RepliesError> {
        for kind in Kind::IN_PRODUCT {
            match kind {
                // They are listed with the newest first.
                Kind::CodeRepo => replies.of(kind).rev().try_for_each(|object| self.put(kind, object))?,
                _ => replies.of(kind).try_for_each(|object| self.put(kind, object))?,
            }
        }
        Ok(())
    }

    fn put(&mut self, kind: Kind, object: &ObjectReply<'_>) -> Result<(), RepliesError> {
        let edit = self.edit_of(kind, object).map_err(at(kind.collection(), object.name))?;
        self.edit(edit);
        Ok(())
    }

    /// What puts a resource in place.
    fn edit_of(&mut self, kind: Kind, object: &ObjectReply<'_>) -> Result<Edit, ApiError> {
        let body = object.body.as_slice();
        let name = object.name.to_owned();
        Ok(match kind {
            Kind::Cluster | Kind::Product => return Err(ApiError::codec("not a resource of a product")),
            Kind::Project => Edit::Project(name, Some(decode(body)?)),
            Kind::Environment => Edit::Environment(name, Some(decode(body)?)),
            Kind::CodeRepo => {
                let mut body: code_repo::Body = decode(body)?;
                let gitlab = body.git.take().and_then(|git| git.gitlab).unwrap_or_default();
                Edit::CodeRepo(self.put_repository(&name, gitlab), Some(body.stored(&name).into()))
            }
            Kind::CodeRepoBinding => {
                let body: code_repo_binding::Body = decode(body)?;
                let repository = self.repository(&body.code_repo);
                Edit::Binding(name, Some(body.stored(repository)))
            }
            Kind::PipelineRuntime => {
                let body: pipeline_runtime::Body = decode(body)?;
                Edit::Pipeline(name, Some(body.stored(|repository, _| Ok(self.repository(repository)))?))
            }
            Kind::DeploymentRuntime => {
                let body: deployment_runtime::Body = decode(body)?;
                Edit::Deployment(name, Some(body.stored(|repository| Ok(self.repository(repository)))?))
            }
        })
    }
}

const PRIVATE: &str = "private";

fn or(text: String, default: &str) -> String {
    if text.is_empty() { default.to_owned() } else { text }
}
