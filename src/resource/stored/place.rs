//! Where GitLab is, read off an object that it has the repository of.

use crate::model::value::Value;
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Kind, Naming};

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
}
