//! Where GitLab is, read off an object that it has the repository of, and where the manifest of an object lies.

use crate::model::value::Value;
use crate::resource::Address;
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Folder, Kept, Kind, Naming};

/// The kind whose objects are GitLab projects.
pub(crate) fn kind_with_projects() -> Option<&'static Kind> {
    let is_project =
        |kind: &&Kind| kind.manifests.is_some_and(|place| matches!(place.naming, Naming::Project { .. }));
    KINDS.iter().copied().find(is_project)
}

/// The address of GitLab: the URL of the repository without group and path.
pub(crate) fn gitlab_of(product: &str, spec: &Value) -> Option<String> {
    let field = |name| spec.text_at(&["git", "gitlab", name]);
    let rest = format!("/{product}/{}.git", field("path")?);
    field("httpUrlToRepo")?.strip_suffix(&rest).map(str::to_owned)
}

/// What stands for the number of a GitLab project in a path.
pub(crate) const NUMBER: &str = "{}";

/// The file of an object's manifest in the config repository of its product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileOf {
    /// There is none.
    Nothing,
    /// Its path.
    Path(String),
    /// Its path with [`NUMBER`] for the number of the GitLab project of this repository.
    Numbered {
        /// The repository.
        repository: String,
        /// The path.
        path: String,
    },
}

/// Where the manifest of an object lies.
pub(crate) fn file_of(address: &Address, spec: &Value) -> FileOf {
    let Some(place) = address.kind().manifests else { return FileOf::Nothing };
    let prefix = kind_with_projects().and_then(|kind| match kind.manifests?.naming {
        Naming::Project { prefix, .. } => Some(prefix),
        Naming::Object => None,
    });
    let numbered = format!("{}{NUMBER}", prefix.unwrap_or_default());
    let mut repository = None;
    let name = match place.naming {
        Naming::Object => address.name().to_owned(),
        Naming::Project { .. } => {
            repository = Some(address.name().to_owned());
            numbered.clone()
        }
    };
    let folder = match place.folder {
        Folder::None => None,
        Folder::Own => Some(name.clone()),
        Folder::Of(field) => {
            let kept = |kept| kept == Kept::InManifest(field);
            let mut attributes = address.kind().attributes.iter();
            let Some(attribute) = attributes.find(|known| known.name == field || kept(known.kept)) else {
                return FileOf::Nothing;
            };
            let Some(value) = spec.text_at(&[attribute.name]) else { return FileOf::Nothing };
            let of_project = |kind: &Kind| attribute.refers_to.is_some_and(|named| named.kind == kind.name);
            if kind_with_projects().is_some_and(of_project) {
                repository = Some(value.to_owned());
                Some(numbered)
            } else {
                Some(value.to_owned())
            }
        }
    };
    let folder = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
    let path = format!("{}/{folder}{name}.yaml", place.directory);
    match repository {
        Some(repository) => FileOf::Numbered { repository, path },
        None => FileOf::Path(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gitlab_address_is_the_url_without_group_and_path() {
        let spec = |url: &str| {
            Value::from_json(serde_json::json!({"git": {"gitlab": {"path": "api", "httpUrlToRepo": url}}}))
        };
        let address = |url: &str| gitlab_of("shop", &spec(url));
        assert_eq!(address("https://git.example/shop/api.git").as_deref(), Some("https://git.example"));
        assert_eq!(address("https://h/gitlab/shop/api.git").as_deref(), Some("https://h/gitlab"));
        assert_eq!(address("https://git.example/other/api.git"), None);
    }

    #[test]
    fn file_of_an_object_is_where_the_server_keeps_it() {
        let file = |address: &str, spec: serde_json::Value| match file_of(
            &address.parse().unwrap(),
            &Value::from_json(spec),
        ) {
            FileOf::Nothing => "none".to_owned(),
            FileOf::Path(path) => path,
            FileOf::Numbered { repository, path } => format!("{path} of {repository}"),
        };
        let none = serde_json::json!({});
        assert_eq!(file("Environment/shop/dev", none.clone()), "envs/dev.yaml");
        assert_eq!(file("Project/shop/web", none.clone()), "projects/web/web.yaml");
        assert_eq!(file("CodeRepo/shop/app", none.clone()), "code-repos/repo-{}/repo-{}.yaml of app");
        let binding = serde_json::json!({"coderepo": "lib"});
        assert_eq!(file("CodeRepoBinding/shop/lend", binding), "code-repos/repo-{}/lend.yaml of lib");
        let runtime = serde_json::json!({"project": "web"});
        assert_eq!(file("ProjectPipelineRuntime/shop/build", runtime), "projects/web/build.yaml");
        assert_eq!(file("Cluster/a", none), "none");
    }
}
