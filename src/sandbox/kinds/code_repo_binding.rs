//! CodeRepoBinding (§4.5): lets projects use a repository.

use serde::Serialize;

use crate::sandbox::api::{ApiError, Fields, Keys, Kind, Message, Response, SNAKE, Test, min_length, one_of};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::check::Check;
use crate::sandbox::gitlab::Group;
use crate::sandbox::kinds::keys;
use crate::sandbox::model::{Binding, Edit, file_order};

/// `product` of the request is ignored.
pub(crate) struct Body {
    projects: Vec<String>,
    permissions: String,
    pub(crate) code_repo: String,
}

impl Body {
    pub(crate) fn stored(self, repository: u64) -> Binding {
        Binding { repository, projects: self.projects, permissions: self.permissions }
    }
}

impl Message for Body {
    fn decode(fields: &mut Fields) -> Result<Body, ApiError> {
        fields.string(&["product"])?;
        Ok(Body {
            projects: fields.strings(&["projects"])?,
            permissions: fields.string(&["permissions"])?,
            code_repo: fields.string(&["coderepo"])?,
        })
    }
}

#[derive(Serialize)]
struct Reply<'a> {
    product: &'a str,
    name: &'a str,
    projects: &'a [String],
    permissions: &'a str,
    coderepo: &'a str,
}

/// Fails if the GitLab project is gone: then GET and the whole LIST fail.
fn reply<'a>(group: &'a Group, name: &'a str, binding: &'a Binding) -> Result<Reply<'a>, ApiError> {
    Ok(Reply {
        product: &group.facts.name,
        name,
        projects: &binding.projects,
        permissions: &binding.permissions,
        coderepo: group.repository_name(binding.repository)?,
    })
}

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[
    ("coderepo", "coderepo", Test::Contains),
    ("product", "product", Test::Contains),
    ("projects.in", "projects", Test::Contains),
];

/// In the order of `code-repos/repo-<id>/<binding>.yaml`, ids compared as text (§4.0).
fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let group = call.group(group);
    let mut bindings: Vec<(String, &String, &Binding)> =
        group.tree.bindings.iter().map(|(name, b)| (format!("repo-{}", b.repository), name, b)).collect();
    bindings.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| file_order(a.1, b.1)));
    let items = bindings.iter().map(|(_, name, binding)| reply(group, name, binding));
    call.reply(items.collect::<Result<_, _>>()?, KEYS)
}

fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    let group = call.open(product)?;
    let group = call.group(group);
    let binding = group.tree.bindings.get(name).ok_or_else(ApiError::resource_not_found)?;
    Ok(Response::ok(&reply(group, name, binding)?))
}

fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<Option<String>, ApiError> {
    let (body, skip) = call.decode::<Body>(SNAKE)?;
    if let Some(body) = &body {
        let permissions = ["readonly", "readwrite"];
        one_of(&body.permissions, &permissions, &["SaveRequest.Body", "SaveRequest_Body.Permissions"])?;
        min_length(&body.code_repo, &["SaveRequest.Body", "SaveRequest_Body.Coderepo"])?;
    }
    let id = call.find_group(product)?;
    let body = body.ok_or_else(ApiError::panic)?;
    let group = call.group(id);
    let repository = group.project(&body.code_repo).map_err(|error| {
        error
            .wrapped(&format!("failed to convert repository name {} to codeRepo name, err: ", body.code_repo))
    })?;
    let repository = repository.id;
    call.clone_config(id)?;
    let stored = call.group(id).tree.bindings.get(name);
    if stored.is_some_and(|stored| stored.repository != repository) {
        return Err(ApiError::new(
            500,
            "NOT_ALLOWED_MODIFY",
            "It is not allowed to modify the authorized repository. If you want to change the authorized \
             repository, please delete the authorization",
        ));
    }
    let mut edits = vec![Edit::Binding(name.to_owned(), Some(body.stored(repository)))];
    if name == format!("repo-{repository}") {
        // The binding's file is that of the CodeRepo (§7).
        edits.push(Edit::CodeRepo(repository, None));
    }
    call.write(id, edits, skip)?;
    refresh_keys(call, id, Some(repository))?;
    Ok(None)
}

fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(SNAKE)?;
    let group = call.find_group(product)?;
    call.clone_config_twice(group)?;
    if !call.group(group).tree.bindings.contains_key(name) {
        return Err(ApiError::node_missing(Kind::CodeRepoBinding.name(), name));
    }
    call.write(group, vec![Edit::Binding(name.to_owned(), None)], skip)?;
    refresh_keys(call, group, None)
}

/// The refresh of the deploy keys after the push: what it fails with is an error although everything is
/// saved.
fn refresh_keys(call: &mut Call<'_>, group: u64, repository: Option<u64>) -> Result<(), ApiError> {
    call.pushed(None)?;
    keys::refresh(call, group)?;
    if let Some(repository) = repository.filter(|repository| call.world.lacks_keys(*repository)) {
        return Err(keys::missing_secret(repository));
    }
    if !call.world.options.refresh_denied {
        return Ok(());
    }
    Err(ApiError::new(
        403,
        "REFRESH_PERMISSIONS_ACCESS_DENIED",
        "failed to refersh permission, err: no permission to get project, err: GET \
         https://gitlab.sandbox/api/v4/projects/1/deploy_keys: 403 {message: 403 Forbidden}",
    ))
}

/// The repository must be managed, the projects must exist.
pub(crate) fn check(check: &Check<'_>, name: &str, binding: &Binding) -> Result<(), ApiError> {
    if !check.has_code_repo(binding.repository) {
        return Err(ApiError::plain(format!(
            "the authorization repository repo-{} does not exist when checking CodeRepoBinding {name}",
            binding.repository
        )));
    }
    match binding.projects.iter().find(|project| !check.has_project(project)) {
        None => Ok(()),
        Some(project) => {
            Err(ApiError::plain(format!("project resource {project} does not exist or is invalid")))
        }
    }
}
