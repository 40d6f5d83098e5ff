//! Project: a part of a product (§4.2).

use crate::resource::schema::{Absence, Attribute, Kind, ReplyPattern, Type};

use super::names;

/// Entries at the root of a config repository; a project of such a name is saved and then invisible (§11 item
/// 12).
const TAKEN: &[&str] = &["production", ".git", "README.md"];

pub(super) static PROJECT: Kind = Kind {
    name: "Project",
    doc: "A part of a product that repositories and runtimes belong to.",
    aliases: &["pro", "proj", "pros", "projects"],
    collection: "projects",
    attributes: &[Attribute::new("language", Type::String).doc("The main programming language.")],
    check_name: |name| {
        if TAKEN.contains(&name) {
            return Err("must not be used: the server would hide the project".into());
        }
        names::subdomain(name)
    },
    absence: Absence {
        get: &[ReplyPattern::reason("RESOURCE_NOT_FOUND")],
        delete: &[ReplyPattern::message("not found or invalid. Please check")],
    },
    ..Kind::DEFAULT
};
