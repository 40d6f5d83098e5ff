//! Re-validation of a tree after a change (§4.0): which resources are checked, and in which order.

use crate::sandbox::api::ApiError;
use crate::sandbox::check::Check;
use crate::sandbox::kinds::{
    code_repo, code_repo_binding, deployment_runtime, environment, pipeline_runtime, project,
};
use crate::sandbox::model::Edit;
use crate::sandbox::random::{Purpose, chance, pick};

impl Check<'_> {
    /// Global comparison: reports one violation. The server walks a Go map, so with `shuffle` it may be any.
    pub(crate) fn everything(&self, number: u64) -> Result<(), ApiError> {
        let options = &self.world.options;
        if !options.shuffle {
            return self.violations().next().map_or(Ok(()), |(_, error)| Err(error));
        }
        let violations: Vec<ApiError> = self.violations().map(|(_, error)| error).collect();
        if violations.is_empty() {
            return Ok(());
        }
        Err(pick(&violations, chance(options.seed, number, Purpose::Violation)).clone())
    }

    /// Every violation, with the collection and the name of the resource whose check fails.
    pub(crate) fn violations(&self) -> impl Iterator<Item = ((&'static str, String), ApiError)> + '_ {
        let tree = self.tree();
        let of = |collection: &'static str, name: &str| (collection, name.to_owned());
        let projects = tree
            .pipelines
            .keys()
            .map(move |name| (of("projectpipelineruntimes", name), project::check(self, name)));
        let environments = tree.environments.iter().flat_map(move |(name, found)| {
            let checks =
                [environment::check_cluster(self, name, found), environment::check_unique(self, name, found)];
            checks.map(|check| (of("environments", name), check))
        });
        let code_repos = tree.code_repos.iter().map(move |(id, found)| {
            let name = self.group.repositories.get(id).map_or("", |repository| &repository.path);
            (of("coderepos", name), code_repo::check(self, *id, found))
        });
        let bindings = tree.bindings.iter().map(move |(name, found)| {
            (of("coderepobindings", name), code_repo_binding::check(self, name, found))
        });
        let pipelines = tree.pipelines.iter().map(move |(name, found)| {
            (of("projectpipelineruntimes", name), pipeline_runtime::check(self, name, found))
        });
        let deployments = tree.deployments.iter().map(move |(name, found)| {
            (of("deploymentruntimes", name), deployment_runtime::check(self, name, found))
        });
        let checks = projects.chain(environments).chain(code_repos).chain(bindings).chain(pipelines);
        checks.chain(deployments).filter_map(|(of, check)| Some((of, check.err()?)))
    }

    /// Checks the edited resources, and those that refer to a removed or re-assigned one.
    pub(crate) fn edits(&self, edits: &[Edit]) -> Result<(), ApiError> {
        edits.iter().try_for_each(|edit| match edit {
            Edit::Project(name, Some(_)) => project::check(self, name),
            Edit::Project(name, None) => self.referring_to_project(name),
            Edit::Environment(name, Some(environment)) => environment::check(self, name, environment),
            Edit::CodeRepo(id, None) => self.referring_to_code_repo(*id),
            Edit::CodeRepo(id, Some(code_repo)) => {
                code_repo::check(self, *id, code_repo)?;
                self.referring_to_code_repo(*id)
            }
            Edit::Binding(name, Some(binding)) => code_repo_binding::check(self, name, binding),
            Edit::Pipeline(name, Some(runtime)) => {
                project::check(self, name)?;
                pipeline_runtime::check(self, name, runtime)
            }
            Edit::Deployment(name, Some(runtime)) => deployment_runtime::check(self, name, runtime),
            _ => Ok(()),
        })
    }
}

/// In the order of kinds that [`Check::everything`] has, so that both report the same violation.
impl Check<'_> {
    fn referring_to_project(&self, project: &str) -> Result<(), ApiError> {
        let tree = self.tree();
        let code_repos = tree.code_repos.iter().filter(|(_, code_repo)| code_repo.project == project);
        for (id, code_repo) in code_repos {
            code_repo::check(self, *id, code_repo)?;
        }
        let names = |list: &[String]| list.iter().any(|name| name == project);
        for (name, found) in tree.bindings.iter().filter(|(_, found)| names(&found.projects)) {
            code_repo_binding::check(self, name, found)?;
        }
        for (name, runtime) in tree.pipelines.iter().filter(|(_, runtime)| runtime.project == project) {
            pipeline_runtime::check(self, name, runtime)?;
        }
        for (name, runtime) in tree.deployments.iter().filter(|(_, runtime)| names(&runtime.projects_ref)) {
            deployment_runtime::check(self, name, runtime)?;
        }
        Ok(())
    }

    fn referring_to_code_repo(&self, id: u64) -> Result<(), ApiError> {
        let tree = self.tree();
        for (name, found) in tree.bindings.iter().filter(|(_, found)| found.repository == id) {
            code_repo_binding::check(self, name, found)?;
        }
        for (name, runtime) in tree.pipelines.iter().filter(|(_, runtime)| runtime.uses(id)) {
            pipeline_runtime::check(self, name, runtime)?;
        }
        let deployments = tree.deployments.iter();
        for (name, runtime) in deployments.filter(|(_, runtime)| runtime.manifest_source.repository == id) {
            deployment_runtime::check(self, name, runtime)?;
        }
        Ok(())
    }
}
