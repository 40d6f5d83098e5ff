//! The `git` field that Product and CodeRepo share (§4.1, §4.4).

use crate::model::diagnostic::Diagnostics;
use crate::model::value::{Path, Value};
use crate::resource::schema::wire::Members;
use crate::resource::schema::{Attribute, Bound, Located, Removed, Successor, Type};

use super::names;
use super::rule::wrong;

const NAME: Attribute = Attribute::new("name", Type::String);
const NAME_DOC: &str = "Display name in GitLab, by GitLab's rules; the object's name if left out.";
const PATH: Attribute =
    Attribute::new("path", Type::String).doc("Path in GitLab; must equal the object's name.");
const VISIBILITY: Attribute =
    Attribute::new("visibility", Type::Enum(&["private", "public"])).required().doc("Who may see it.");
const DESCRIPTION: Attribute = Attribute::new("description", Type::String)
    .keeps_when_empty()
    .doc("Description in GitLab. The server can't clear it, so an empty one counts as not declared.");

static GROUP: &[Attribute] = &[
    NAME.check(names::group_title).doc(NAME_DOC),
    PATH,
    VISIBILITY,
    DESCRIPTION,
    Attribute::new("parentID", Type::String)
        .wire("parent_id")
        .aliases(&["parentId"])
        .ignored("groups are always top-level"),
];
static REPOSITORY: &[Attribute] = &[
    NAME.check(names::repository_title).doc(NAME_DOC),
    PATH,
    VISIBILITY.doc("Who may see it: at most those who may see the product's group."),
    DESCRIPTION,
    Attribute::new("sshUrlToRepo", Type::String).wire("ssh_url_to_repo").computed().doc("Set by GitLab."),
    Attribute::new("httpUrlToRepo", Type::String).wire("http_url_to_repo").computed().doc("Set by GitLab."),
];

/// A GitLab group.
pub(super) static OF_GROUP: &[Attribute] =
    &[Attribute::new("gitlab", Type::Object(GROUP)).required().doc("The GitLab group.")];
/// A GitLab repository.
pub(super) static OF_REPOSITORY: &[Attribute] =
    &[Attribute::new("gitlab", Type::Object(REPOSITORY)).required().doc("The GitLab project.")];

/// The `git` field of what is a group or a repository.
pub(super) const fn field(gitlab: &'static [Attribute]) -> Attribute {
    Attribute::new("git", Type::Object(gitlab))
        .required()
        .kept_in_gitlab()
        .doc("Its place in GitLab; in the simplest case {gitlab: {visibility: private}}.")
}

/// GitLab's rule for what is in a group (§13 item 9). Groups that were made in GitLab may be internal.
pub(super) const WITHIN_GROUP: Bound = Bound {
    field: &["git", "gitlab", "visibility"],
    levels: &["private", "internal", "public"],
    why: "GitLab refuses a repository that more people may see than its group (nautes-api.md §13 item 9)",
};

/// GitHub is in the API and does nothing on a GitLab installation.
pub(super) const NO_GITHUB: Removed = Removed {
    path: &["git", "github"],
    help: "this platform works with GitLab: use git.gitlab",
    successor: Successor::Open,
};

/// The path must equal the name (§4.1, §4.4).
pub(super) fn path_is_name(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    if let Some(path) = located.spec.text_at(&["git", "gitlab", "path"])
        && path != located.name
        && !located.name.is_empty()
    {
        let message = format!("git.gitlab.path is '{path}', but the object is named '{}'", located.name);
        let path = Path::of(&["git", "gitlab", "path"]);
        diagnostics.push(wrong(located, &path, message, "remove it, or make it equal to the name"));
    }
}

/// Always sends `git`, and the path with it: without a path the display name would become the path (§4.1).
pub(super) fn send_path<'a>(name: &'a str, body: &mut Members<'a>) {
    let git = body.object_or_new("git");
    if let Some(gitlab) = git.and_then(|git| git.object("gitlab")) {
        gitlab.set("path", name);
    }
}

/// What GitLab stores when the spec says nothing.
pub(super) fn defaults(name: &str) -> Value {
    Value::from_json(serde_json::json!({"git": {"gitlab": {"name": name, "path": name}}}))
}
