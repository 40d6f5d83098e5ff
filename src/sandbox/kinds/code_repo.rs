//! CodeRepo (§4.4): a GitLab project and the resource that manages it.

use serde::Serialize;

use crate::sandbox::api::{ApiError, CAMEL, Keys, REQUIRED, Response, Test, impl_message, violation};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::check::{Check, unavailable};
use crate::sandbox::git::Repo;
use crate::sandbox::gitlab::{Group, Repository, project_not_found, rules};
use crate::sandbox::kinds::keys::{self, Crash};
use crate::sandbox::kinds::product::{GitBody, GitReply, GitlabBody};
use crate::sandbox::model::{Change, CodeRepo, Edit, Incomplete, Options};

struct Webhook {
    events: Vec<String>,
}

impl_message!(Webhook { strings events });

pub(crate) struct Body {
    project: String,
    webhook: Option<Webhook>,
    deployment_runtime: bool,
    pipeline_runtime: bool,
    pub(crate) git: Option<GitBody>,
}

impl Body {
    pub(crate) fn stored(self, name: &str) -> CodeRepo {
        CodeRepo {
            name: name.to_owned(),
            project: self.project,
            events: self.webhook.map(|webhook| webhook.events),
            deployment_runtime: self.deployment_runtime,
            pipeline_runtime: self.pipeline_runtime,
        }
    }
}

impl_message!(Body {
    string project, message webhook, boolean deployment_runtime | "DeploymentRuntime",
    boolean pipeline_runtime | "PipelineRuntime", message git,
});

#[derive(Serialize)]
struct Reply<'a> {
    product: &'a str,
    name: &'a str,
    project: &'a str,
    webhook: WebhookReply<'a>,
    deployment_runtime: bool,
    pipeline_runtime: bool,
    git: GitReply<GitlabReply<'a>>,
}

#[derive(Serialize)]
struct WebhookReply<'a> {
    events: &'a [String],
}

#[derive(Serialize)]
struct GitlabReply<'a> {
    name: &'a str,
    path: &'a str,
    visibility: &'a str,
    description: &'a str,
    ssh_url_to_repo: String,
    http_url_to_repo: String,
}

fn reply<'a>(
    options: &Options,
    product: &'a str,
    group: &'a Group,
    repository: &'a Repository,
    code_repo: &'a CodeRepo,
) -> Reply<'a> {
    let full_path = format!("{}/{}", group.facts.path, repository.path);
    let gitlab = GitlabReply {
        name: &repository.name,
        path: &repository.path,
        visibility: &repository.visibility,
        description: &repository.description,
        ssh_url_to_repo: options.ssh_url(&full_path),
        http_url_to_repo: options.http_url(&full_path),
    };
    Reply {
        product,
        name: &code_repo.name,
        project: &code_repo.project,
        webhook: WebhookReply { events: code_repo.events.as_deref().unwrap_or_default() },
        deployment_runtime: code_repo.deployment_runtime,
        pipeline_runtime: code_repo.pipeline_runtime,
        git: GitReply { gitlab, github: None },
    }
}

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[
    ("pipeline_runtime", "pipeline_runtime", Test::Equals),
    ("deployment_runtime", "deployment_runtime", Test::Equals),
    ("project", "project", Test::Contains),
];

/// GitLab's order, newest first; repositories whose display name differs from the stored name are hidden.
fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let group = call.group(group);
    let managed = group.repositories.iter().rev().filter_map(|(id, repository)| {
        let code_repo = group.tree.code_repos.get(id)?;
        (repository.deleting.is_none() && repository.name == code_repo.name)
            .then_some((repository, code_repo))
    });
    let items = managed
        .map(|(repository, code_repo)| reply(&call.world.options, product, group, repository, code_repo))
        .collect();
    call.reply(items, KEYS)
}

fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    call.authenticate(format_args!("projects/{product}/{name}"))?;
    let group = call.find_group(product).map_err(|error| match error.reason {
        "GROUP_NOT_FOUND" => project_not_found(product, name),
        _ => error,
    })?;
    let repository = call.group(group).project(name)?.id;
    call.clone_config(group)?;
    let group = call.group(group);
    let code_repo = group.tree.code_repos.get(&repository).ok_or_else(ApiError::resource_not_found)?;
    let options = &call.world.options;
    Ok(Response::ok(&reply(options, &group.facts.name, group, &group.repositories[&repository], code_repo)))
}

/// GitLab first, the config repository second: a refused save leaves an orphan in GitLab.
fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<Option<String>, ApiError> {
    let (mut body, skip) = call.decode_some::<Body>(CAMEL)?;
    let outer = ["SaveRequest.Body", "SaveRequest_Body.Git"];
    let git = body.git.take().ok_or_else(|| violation(&outer, REQUIRED))?;
    git.validate(&outer, true)?;
    let wanted = git.gitlab.unwrap_or_default().named(name);
    if wanted.path != name {
        return Err(ApiError::plain(
            "the name of the codeRepo resource must be the same as the repository path",
        ));
    }
    let group = call.find_group(product)?;
    let id = put_project(call, group, wanted)?;
    call.clone_config(group)?;
    let stored = body.stored(name);
    let node = node(call.group(group), name, id);
    if node != id && stored.events.is_none() {
        // The update of the other resource dereferences the missing webhook.
        return Err(ApiError::panic());
    }
    call.write(group, vec![Edit::CodeRepo(node, Some(stored.into()))], skip)?;
    make_keys(call, group, id)?;
    call.leave_clone(Repo::Config);
    Ok(call.world.options.refresh_denied.then(|| {
        format!(
            "[warning] the CodeRepo {name} was deleted, but refresh permission failed, please check the \
             current user permission, err: failed to refersh permission, err: no permission to get project, \
             err: GET https://gitlab.sandbox/api/v4/projects/{id}/deploy_keys: 403 {{message: 403 Forbidden}}"
        )
    }))
}

/// Deploy keys, access token and secrets, after the push.
fn make_keys(call: &mut Call<'_>, group: u64, id: u64) -> Result<(), ApiError> {
    call.pushed(Some(Incomplete::CodeRepo(id)))?;
    if call.is_half_made() {
        call.world.set_incomplete(Incomplete::CodeRepo(id), true, call.now);
        return Err(ApiError::plain(format!(
            "POST https://gitlab.sandbox/api/v4/projects/{id}/deploy_keys: 403 {{message: 403 Forbidden}}"
        )));
    }
    call.completed(Incomplete::CodeRepo(id));
    keys::refresh(call, group)
}

/// Which resource a save replaces: a name such as `repo-2` is taken for that of the resource of project 2, if
/// it is managed.
fn node(group: &Group, name: &str, id: u64) -> u64 {
    let named = name.strip_prefix("repo-").and_then(|id| id.parse::<u64>().ok());
    named.filter(|named| group.tree.code_repos.contains_key(named)).unwrap_or(id)
}

/// Creates or updates the GitLab project; empty members are not sent, so they clear nothing.
fn put_project(call: &mut Call<'_>, group: u64, wanted: GitlabBody) -> Result<u64, ApiError> {
    let found = call.group(group).find_project(&wanted.path).cloned();
    let known = found.as_ref().map(|old| old.id);
    let refused = |why: String| {
        let request = match known {
            Some(id) => format!("PUT https://gitlab.sandbox/api/v4/projects/{id}"),
            None => "POST https://gitlab.sandbox/api/v4/projects".to_owned(),
        };
        ApiError::plain(format!("{request}: {why}"))
    };
    if call.read_only() {
        return Err(refused("403 {message: 403 Forbidden}".to_owned()));
    }
    let or = |new: String, old: &str| if new.is_empty() { old.to_owned() } else { new };
    let is_new = found.is_none();
    let new = || Repository {
        id: call.world.gitlab.next_project,
        visibility: "private".to_owned(),
        ..Repository::default()
    };
    let old = found.unwrap_or_else(new);
    let visibility = or(wanted.visibility, &old.visibility);
    rules::check_project(call.group(group), &wanted.path, &wanted.name, &visibility).map_err(refused)?;
    if is_new && let Some(member) = call.group(group).clash(&wanted.path, &wanted.name) {
        return Err(refused(rules::failed_project(&[rules::fault(member, "has already been taken")])));
    }
    let id = old.id;
    let repository = Repository {
        // A path that differs in case finds the old project and renames it.
        path: wanted.path,
        name: wanted.name,
        visibility,
        description: or(wanted.description, &old.description),
        ..old
    };
    call.world.commit(Change::Repository { group, repository }, call.now);
    Ok(id)
}

/// Deletes the repository with its content; one that GitLab does not have is a success.
fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(CAMEL)?;
    let group = call.find_group(product)?;
    let Some(repository) = call.group(group).find_project(name) else { return Ok(()) };
    let id = repository.id;
    call.clone_config_twice(group)?;
    if !call.group(group).tree.code_repos.contains_key(&id) {
        return Err(ApiError::new(
            404,
            "NODE_NOT_FOUND",
            format!("failed to get coderepo of repository repo-{id}"),
        ));
    }
    let crash = keys::crash_of_delete(call, group, id);
    call.write(group, vec![Edit::CodeRepo(id, None)], skip)?;
    call.pushed(None)?;
    if crash == Some(Crash::Halfway) {
        return Err(call.crash());
    }
    call.world.delete_repository(group, id, call.now);
    keys::refresh(call, group)?;
    if crash == Some(Crash::Afterwards) {
        call.die_after_reply();
    }
    Ok(())
}

const EVENTS: [&str; 11] = [
    "confidential_issues_events",
    "confidential_note_events",
    "deployment_events",
    "issues_events",
    "job_events",
    "merge_requests_events",
    "note_events",
    "pipeline_events",
    "push_events",
    "releases_events",
    "tag_push_events",
];

/// The project must exist, the events must be GitLab's.
pub(crate) fn check(check: &Check<'_>, id: u64, code_repo: &CodeRepo) -> Result<(), ApiError> {
    let events = code_repo.events.as_deref().unwrap_or_default();
    if let Some(event) = events.iter().find(|event| !event.is_empty() && !EVENTS.contains(&event.as_str())) {
        return Err(ApiError::plain(format!(
            "invalid webhook {event} please refer to gitlab api documentation: \
             https://docs.gitlab.com/ee/api/projects.html#edit-project-hook"
        )));
    }
    if code_repo.project.is_empty() || check.has_project(&code_repo.project) {
        return Ok(());
    }
    let directory = format!("code-repos/repo-{id}");
    Err(unavailable("Project", &code_repo.project, "CodeRepo", &code_repo.name, &directory))
}
