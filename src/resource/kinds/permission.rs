//! Who may use a repository: its own project, and whom a CodeRepoBinding names (§6).

use crate::model::value::{Path, Value};
use crate::resource::schema::{Requirement, Siblings};

/// The kind that lends a repository to projects.
const BINDING: &str = "CodeRepoBinding";

/// What `project` needs to use `repository`, which the field at `path` names.
pub(super) fn to_use(project: &str, repository: &str, path: Path, siblings: &dyn Siblings) -> Requirement {
    let declared = siblings.spec("CodeRepo", repository);
    let own = declared.and_then(|spec| spec.text_at(&["project"])) == Some(project);
    let granted_by: Vec<String> = siblings
        .having(BINDING, "coderepo", repository)
        .into_iter()
        .filter(|name| siblings.spec(BINDING, name).is_some_and(|spec| lends_to(spec, project)))
        .map(str::to_owned)
        .collect();
    Requirement {
        satisfied: own || !granted_by.is_empty(),
        decided: declared.is_some(),
        grants: BINDING,
        message: format!("project '{project}' has no permission to use repository '{repository}'"),
        help: format!(
            "add a {BINDING} with coderepo '{repository}' that names project '{project}' or no project at all"
        ),
        path,
        granted_by,
    }
}

/// A binding without projects lends to the whole product.
fn lends_to(binding: &Value, project: &str) -> bool {
    let projects = binding.get("projects").map(Value::items).unwrap_or_default();
    projects.is_empty() || projects.iter().any(|name| name.as_str() == Some(project))
}
