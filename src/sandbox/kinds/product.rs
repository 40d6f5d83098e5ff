//! Product (§4.1): a GitLab group with a `default.project`.

use serde::Serialize;

use crate::sandbox::api::{
    ApiError, Fields, Keys, Message, REQUIRED, Response, Test, impl_message, min_length, one_of, violation,
};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::git::Repo;
use crate::sandbox::gitlab::{CONFIG, Group, GroupFacts, Repository, group_forbidden, rules};
use crate::sandbox::model::{Change, Incomplete};
use crate::sandbox::random::{Purpose, chance};

/// `git.gitlab` of Product and CodeRepo.
#[derive(Default)]
pub(crate) struct GitlabBody {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) visibility: String,
    pub(crate) description: String,
}

impl GitlabBody {
    /// The name is by default that of the resource, the path the name.
    pub(crate) fn named(mut self, resource: &str) -> GitlabBody {
        if self.name.is_empty() {
            resource.clone_into(&mut self.name);
        }
        if self.path.is_empty() {
            self.path.clone_from(&self.name);
        }
        self
    }
}

impl_message!(GitlabBody { string name, string path, string visibility, string description });

/// `git`; the `github` half is validated and otherwise ignored.
#[derive(Default)]
pub(crate) struct GitBody {
    pub(crate) gitlab: Option<GitlabBody>,
    github: Option<GitlabBody>,
}

impl_message!(GitBody { message gitlab, message github });

const VISIBILITIES: [&str; 2] = ["public", "private"];

impl GitBody {
    /// The proto rules; `outer` is the chain down to the `git` member. Only CodeRepo requires a GitHub name
    /// and path.
    pub(crate) fn validate(&self, outer: &[&str], strict_github: bool) -> Result<(), ApiError> {
        let chain = |host, field| [outer, &[host, field]].concat();
        if let Some(gitlab) = &self.gitlab {
            one_of(&gitlab.visibility, &VISIBILITIES, &chain("Git.Gitlab", "Gitlab.Visibility"))?;
        }
        if let Some(github) = &self.github {
            if strict_github {
                min_length(&github.name, &chain("Git.Github", "Github.Name"))?;
                min_length(&github.path, &chain("Git.Github", "Github.Path"))?;
            }
            one_of(&github.visibility, &VISIBILITIES, &chain("Git.Github", "Github.Visibility"))?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Body {
    git: Option<GitBody>,
}

impl Message for Body {
    fn decode(fields: &mut Fields) -> Result<Body, ApiError> {
        fields.string(&["product_name", "productName"])?;
        Ok(Body { git: fields.message(&["git"])? })
    }
}

#[derive(Serialize)]
struct Reply<'a> {
    name: &'a str,
    git: GitReply<GitlabReply<'a>>,
}

/// `git` of Product and CodeRepo.
#[derive(Serialize)]
pub(crate) struct GitReply<G> {
    pub(crate) gitlab: G,
    pub(crate) github: Option<()>,
}

#[derive(Serialize)]
struct GitlabReply<'a> {
    path: &'a str,
    visibility: &'a str,
    description: &'a str,
}

fn reply(group: &Group) -> Reply<'_> {
    let facts = &group.facts;
    let gitlab =
        GitlabReply { path: &facts.path, visibility: &facts.visibility, description: &facts.description };
    Reply { name: &facts.name, git: GitReply { gitlab, github: None } }
}

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[("product_name", "name", Test::Contains)];

/// At most 20, in any order.
fn list(call: &mut Call<'_>, _: &str) -> Result<Response, ApiError> {
    call.authenticate(format_args!("projects"))?;
    let mut groups = call.world.gitlab.search_config_projects(call.now);
    if let Some(group) = groups.iter().find(|group| group.forbidden) {
        // One group that cannot be read aborts the whole answer.
        return Err(group_forbidden(&group.facts.path));
    }
    if call.world.options.shuffle {
        let seed = call.world.options.seed;
        groups.sort_by_key(|group| chance(seed ^ group.facts.id, call.number, Purpose::ProductOrder));
    }
    call.reply(groups.into_iter().map(reply).collect(), KEYS)
}

/// One answer for a missing group and for one without `default.project` (§2.3).
fn get(call: &mut Call<'_>, _: &str, name: &str) -> Result<Response, ApiError> {
    call.authenticate(format_args!("groups/{name}"))?;
    let missing = || ApiError::plain("there are no default projects under this product");
    let group = call.world.gitlab.find(name, call.now).map_err(|error| match error.reason {
        "GROUP_NOT_FOUND" => missing(),
        _ => error,
    })?;
    let group = call.group(group);
    group.project(CONFIG).map_err(|_| missing())?;
    Ok(Response::ok(&reply(group)))
}

fn save(call: &mut Call<'_>, _: &str, product: &str) -> Result<Option<String>, ApiError> {
    let body: Body = call.decode_whole()?.unwrap_or_default();
    let git = body.git.ok_or_else(|| violation(&["SaveProductRequest.Git"], REQUIRED))?;
    git.validate(&["SaveProductRequest.Git"], false)?;
    let wanted = git.gitlab.unwrap_or_default();
    if !wanted.path.is_empty() && wanted.path != product {
        return Err(ApiError::plain(format!(
            "when creating a GitLab group, the path must be consistent with the product name. the expected \
             name is {product}, but it is currently {}",
            wanted.path
        )));
    }
    call.authenticate(format_args!("groups/{product}"))?;
    let group = put_group(call, product, wanted.named(product))?;
    ensure_config(call, group)?;
    call.pushed(Some(Incomplete::Product(group)))?;
    call.completed(Incomplete::Product(group));
    Ok(None)
}

fn put_group(call: &mut Call<'_>, product: &str, wanted: GitlabBody) -> Result<u64, ApiError> {
    let found = match call.world.gitlab.find(product, call.now) {
        Ok(id) => Some(id).filter(|id| call.group(*id).facts.deleting.is_none()),
        Err(error) if error.reason == "GROUP_NOT_FOUND" => None,
        Err(error) => return Err(error),
    };
    let request = match found {
        Some(id) => format!("PUT https://gitlab.sandbox/api/v4/groups/{id}"),
        None => "POST https://gitlab.sandbox/api/v4/groups".to_owned(),
    };
    if call.read_only() {
        let refusal = format!("{request}: 403 {{message: 403 Forbidden}}");
        return Err(match found {
            Some(_) => ApiError::plain(refusal),
            None => ApiError::new(
                403,
                "NO_AUTHORIZATION",
                format!("no permission to create group, err: {refusal}"),
            ),
        });
    }
    check_group(call, found, &wanted).map_err(|why| ApiError::plain(format!("{request}: {why}")))?;
    let or = |new: String, old: &str| if new.is_empty() { old.to_owned() } else { new };
    let new = || GroupFacts {
        id: call.world.gitlab.next_group,
        visibility: "private".to_owned(),
        ..GroupFacts::default()
    };
    let old = found.map_or_else(new, |id| call.group(id).facts.clone());
    let id = old.id;
    let facts = GroupFacts {
        path: wanted.path,
        name: wanted.name,
        visibility: or(wanted.visibility, &old.visibility),
        description: or(wanted.description, &old.description),
        ..old
    };
    call.world.commit(Change::Group(facts), call.now);
    Ok(id)
}

/// GitLab's own rules.
fn check_group(call: &Call<'_>, found: Option<u64>, wanted: &GitlabBody) -> Result<(), String> {
    rules::check_group(&wanted.path, &wanted.name)?;
    if call.world.gitlab.at_path(&wanted.path).is_some_and(|taken| Some(taken) != found) {
        return Err(rules::failed_group("path", "has already been taken"));
    }
    match found {
        Some(id) if !wanted.visibility.is_empty() => {
            rules::check_group_visibility(call.group(id), &wanted.visibility)
        }
        _ => Ok(()),
    }
}

fn ensure_config(call: &mut Call<'_>, id: u64) -> Result<(), ApiError> {
    let group = call.group(id);
    if group.find_project(CONFIG).is_some() {
        return Ok(());
    }
    if group.repository_at(CONFIG).is_some() {
        return Err(ApiError::plain(
            "POST https://gitlab.sandbox/api/v4/projects: 400 {message: {path: [has already been taken]}}",
        ));
    }
    let repository = Repository {
        id: call.world.gitlab.next_project,
        path: CONFIG.to_owned(),
        name: CONFIG.to_owned(),
        visibility: "private".to_owned(),
        ..Repository::default()
    };
    call.world.commit(Change::Repository { group: id, repository }, call.now);
    call.clone_config(id)?;
    call.push(Repo::Config)
}

/// Looks at the projects directly in the group only: resources in the config repository do not block.
fn delete(call: &mut Call<'_>, _: &str, product: &str) -> Result<(), ApiError> {
    let id = call.find_group(product)?;
    let group = call.group(id);
    if group.repositories.len() > 1 {
        return Err(ApiError::plain(format!(
            "here are multiple project in {}, unable to delete",
            group.facts.path
        )));
    }
    group.project(CONFIG)?;
    if call.read_only() {
        return Err(ApiError::new(
            403,
            "NO_AUTHORIZATION",
            format!(
                "no permission to delete group, err: DELETE https://gitlab.sandbox/api/v4/groups/{product}: \
                 403 {{message: 403 Forbidden}}"
            ),
        ));
    }
    call.world.delete_group(id, call.now);
    Ok(())
}
