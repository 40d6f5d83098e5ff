//! Product: a GitLab group with a config repository in it (§4.1).

use crate::model::value::Value;
use crate::resource::schema::{Deleting, Kind, Listing, Names, Reading, ReplyPattern, Scope, Writing};

use super::{git, names};

pub(super) static PRODUCT: Kind = Kind {
    name: "Product",
    doc: "A product: the GitLab group of its repositories, and the name space of its other objects.",
    names: Names {
        aliases: &["prod", "prods", "products"],
        collection: "products",
        product_keys: &[],
        pattern: names::GITLAB_PATHS,
        rule: "A path that GitLab takes and does not reserve, without dots, and not a number: Kubernetes \
                    refuses repositories of groups with a dot (nautes-api.md §7).",
        check: |name| {
            if name.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("must not be a number: GitLab would take it for a group's id".into());
            }
            names::group_path(name)
        },
    },
    scope: Scope::Tenant,
    is_owner: true,
    attributes: &[git::field(git::OF_GROUP)],
    removed: &[git::NO_GITHUB],
    rules: &[git::path_is_name],
    defaults: |name, _| git::defaults(name),
    reading: Reading {
        unlocked: true,
        listing: Listing::Sample,
        not_found: &[ReplyPattern::message("there are no default projects under this product")],
        // A product is known by its group's path; the name of a reply is the group's display name.
        name_in_reply: &["git", "gitlab", "path"],
        reply: display_name_to_git,
        ..Reading::DEFAULT
    },
    writing: Writing { effects_outside_git: true, request: git::send_path, ..Writing::DEFAULT },
    deleting: Deleting {
        irreversible: Some("the GitLab group with everything in it"),
        finished_later: true,
        not_found: &[ReplyPattern::reason("GROUP_NOT_FOUND")],
        ..Deleting::DEFAULT
    },
    ..Kind::DEFAULT
};

fn display_name_to_git(shown_name: String, spec: &mut Value) {
    let git = spec.as_map_mut().and_then(|spec| spec.get_mut("git")).and_then(Value::as_map_mut);
    if let Some(gitlab) = git.and_then(|git| git.get_mut("gitlab")).and_then(Value::as_map_mut) {
        gitlab.insert("name", Value::text(shown_name));
    }
}
