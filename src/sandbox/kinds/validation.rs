//! Re-validation of a tree after a change (§4.0): which resources are checked, and in which order.

use crate::sandbox::api::error::ApiError;
use crate::sandbox::git::tree::{Check, Edit};
use crate::sandbox::kinds::{
    code_repo, code_repo_binding, deployment_runtime, environment, pipeline_runtime, project,
};
use crate::sandbox::random::{Purpose, chance};

impl Check<'_> {
    /// Global comparison: reports one violation. The server walks a Go map, so with `shuffle` any kind may come first.
    pub(crate) fn everything(&self, number: u64) -> Result<(), ApiError> {
        type CheckKind = for<'c, 'w> fn(&'c Check<'w>) -> Result<(), ApiError>;
        const KINDS: [CheckKind; 6] = [
            project::check_all,
            environment::check_all,
            code_repo::check_all,
            code_repo_binding::check_all,
            pipeline_runtime::check_all,
            deployment_runtime::check_all,
        ];
        let options = &self.world.options;
        let start = if options.shuffle {
            usize::try_from(chance(options.seed, number, Purpose::FirstKind) % 6).unwrap_or(0)
        } else {
            0
        };
        (0..KINDS.len()).try_for_each(|offset| KINDS[(start + offset) % KINDS.len()](self))
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
