//! DeploymentRuntime (§4.7): deploys a path of a repository to an environment.

use serde::Serialize;

use crate::sandbox::api::{
    ApiError, CAMEL, Keys, Kind, REQUIRED, Response, Test, impl_message, min_length, violation,
};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::check::{Check, duplicate};
use crate::sandbox::gitlab::Group;
use crate::sandbox::model::spec::deployment_runtime::{DeploymentRuntime, Destination, ManifestSource};
use crate::sandbox::model::{Edit, by_file};

pub(crate) struct Body {
    projects_ref: Vec<String>,
    manifest_source: Option<Source>,
    destination: Option<Destination>,
    account: String,
}

struct Source {
    code_repo: String,
    target_revision: String,
    path: String,
}

impl Body {
    /// A body without a source or a destination is a nil dereference.
    pub(crate) fn stored(
        self,
        look_up: impl FnOnce(&str) -> Result<u64, ApiError>,
    ) -> Result<DeploymentRuntime, ApiError> {
        let (Some(source), Some(destination)) = (self.manifest_source, self.destination) else {
            return Err(ApiError::panic());
        };
        let manifest_source = ManifestSource {
            repository: look_up(&source.code_repo)?,
            target_revision: source.target_revision,
            path: source.path,
        };
        Ok(DeploymentRuntime {
            projects_ref: self.projects_ref,
            manifest_source,
            destination,
            account: self.account,
        })
    }
}

impl_message!(Body {
    strings projects_ref | "projectsRef", message manifest_source | "manifestSource", message destination,
    string account,
});

impl_message!(Source {
    string code_repo | "CodeRepo", string target_revision | "TargetRevision", string path | "Path",
});

impl_message!(Destination { string environment, strings namespaces });

#[derive(Serialize)]
struct Reply<'a> {
    product: &'a str,
    name: &'a str,
    projects_ref: &'a [String],
    manifest_source: SourceReply<'a>,
    destination: &'a Destination,
    account: &'a str,
}

#[derive(Serialize)]
struct SourceReply<'a> {
    code_repo: &'a str,
    target_revision: &'a str,
    path: &'a str,
}

/// Fails if the GitLab project is gone.
fn reply<'a>(group: &'a Group, name: &'a str, runtime: &'a DeploymentRuntime) -> Result<Reply<'a>, ApiError> {
    let source = &runtime.manifest_source;
    Ok(Reply {
        product: &group.facts.name,
        name,
        projects_ref: &runtime.projects_ref,
        manifest_source: SourceReply {
            code_repo: group.repository_name(source.repository)?,
            target_revision: &source.target_revision,
            path: &source.path,
        },
        destination: &runtime.destination,
        account: &runtime.account,
    })
}

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[
    ("projects_ref.in", "projects_ref", Test::Contains),
    ("manifest_source.code_repo", "manifest_source.code_repo", Test::Contains),
    ("destination", "destination", Test::Contains),
];

fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let group = call.group(group);
    let items =
        by_file(&group.tree.deployments).into_iter().map(|(name, runtime)| reply(group, name, runtime));
    call.reply(items.collect::<Result<_, _>>()?, KEYS)
}

fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    let group = call.open(product)?;
    let group = call.group(group);
    let runtime = group.tree.deployments.get(name).ok_or_else(ApiError::resource_not_found)?;
    Ok(Response::ok(&reply(group, name, runtime)?))
}

fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<Option<String>, ApiError> {
    let (body, skip) = call.decode_some::<Body>(CAMEL)?;
    validate(&body)?;
    if body.destination.is_none() {
        return Err(ApiError::panic());
    }
    let id = call.find_group(product)?;
    let runtime = body.stored(|repository| {
        let found = call.group(id).project(repository).map(|found| found.id);
        found.map_err(|error| error.wrapped(&format!("failed to get repository {repository}, err: ")))
    })?;
    call.clone_config(id)?;
    call.write(id, vec![Edit::Deployment(name.to_owned(), Some(runtime))], skip)?;
    call.pushed(None)?;
    Ok(None)
}

fn validate(body: &Body) -> Result<(), ApiError> {
    let outer = "SaveRequest.Body";
    let field = "SaveRequest_Body.ManifestSource";
    let source = body.manifest_source.as_ref().ok_or_else(|| violation(&[outer, field], REQUIRED))?;
    min_length(&source.code_repo, &[outer, field, "ManifestSource.CodeRepo"])?;
    min_length(&source.target_revision, &[outer, field, "ManifestSource.TargetRevision"])?;
    min_length(&source.path, &[outer, field, "ManifestSource.Path"])?;
    if let Some(destination) = &body.destination {
        let chain = [outer, "SaveRequest_Body.Destination", "DeploymentRuntimesDestination.Environment"];
        min_length(&destination.environment, &chain)?;
    }
    Ok(())
}

fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(CAMEL)?;
    let group = call.open(product)?;
    if !call.group(group).tree.deployments.contains_key(name) {
        return Err(ApiError::node_missing(Kind::DeploymentRuntime.name(), name));
    }
    call.write(group, vec![Edit::Deployment(name.to_owned(), None)], skip)?;
    call.pushed(None)
}

/// References, duplicates, cluster, namespaces, permissions, in this order.
pub(crate) fn check(check: &Check<'_>, name: &str, runtime: &DeploymentRuntime) -> Result<(), ApiError> {
    check_references(check, name, runtime)?;
    if let Some(other) = check.also_deploys(runtime, name) {
        return Err(duplicate("found ", other, name));
    }
    verify(check, runtime)
        .map_err(|why| ApiError::plain(format!("verify deployment runtime failed, err: {why}")))
}

fn check_references(check: &Check<'_>, name: &str, runtime: &DeploymentRuntime) -> Result<(), ApiError> {
    let missing = runtime.projects_ref.iter().find(|p| !p.is_empty() && !check.has_project(p));
    if let Some(project) = missing {
        return Err(ApiError::plain(format!(
            "the referenced project {project} by the deployment runtime {name} does not exist while \
             verifying the validity of the global template"
        )));
    }
    let environment = &runtime.destination.environment;
    if !check.tree().environments.contains_key(environment) {
        return Err(does_not_exist(environment, "Environment", name, ""));
    }
    let repository = runtime.manifest_source.repository;
    if !check.has_code_repo(repository) {
        let repository = format!("repo-{repository}");
        let tail = format!(", err: failed to get codeRepo {repository}");
        return Err(does_not_exist(&repository, "CodeRepo", name, &tail));
    }
    Ok(())
}

fn does_not_exist(what: &str, kind: &str, runtime: &str, tail: &str) -> ApiError {
    ApiError::new(
        500,
        "RESOURCE_NOT_EXIST",
        format!(
            "During global validation, it was found that {what} '{kind}' does not exist or is unavailable. \
             Please check resource path of default project: runtimes/{runtime}{tail}"
        ),
    )
}

fn verify(check: &Check<'_>, runtime: &DeploymentRuntime) -> Result<(), String> {
    let cluster = check.worker(&runtime.destination.environment, "deployment")?;
    let namespaces = &runtime.destination.namespaces;
    if let Some(namespace) = namespaces.iter().find(|namespace| cluster.components.has_namespace(namespace)) {
        return Err(format!("deployment runtime can not use component namespace {namespace}"));
    }
    let used: Vec<&str> = namespaces
        .iter()
        .filter(|namespace| {
            let kubernetes = &check.world.kubernetes;
            kubernetes.named_by_other_product(&cluster.name, namespace, check.group.facts.id)
        })
        .map(String::as_str)
        .collect();
    if !used.is_empty() {
        return Err(format!("namespaces [{}] is used by other product", used.join("|")));
    }
    let repository = runtime.manifest_source.repository;
    let illegal: Vec<String> = runtime
        .projects_ref
        .iter()
        .filter(|project| !check.may_use(project, repository))
        .map(|project| {
            format!("project {project} is illegal: not permitted to use repository repo-{repository}")
        })
        .collect();
    if illegal.is_empty() { Ok(()) } else { Err(illegal.join("; ")) }
}
