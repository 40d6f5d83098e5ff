//! Project: a part of a product (§4.2).

use crate::resource::schema::{Attribute, Folder, Kind, Manifests, Names, Naming, Type};

use super::names;

/// Entries at the root of a config repository; a project of such a name is saved and then invisible (§11 item
/// 12).
const TAKEN: &[&str] = &["production", ".git", "README.md"];

/// Endings of entries that the server skips when it reads a product (§13 item 14).
const HIDDEN: &[&str] = &[".md", ".txt"];

pub(super) static PROJECT: Kind = Kind {
    name: "Project",
    doc: "A part of a product that repositories and runtimes belong to.",
    names: Names {
        aliases: &["pro", "proj", "pros", "projects"],
        collection: "projects",
        pattern: names::SUBDOMAINS,
        rule: "Lower-case letters, digits, '-' and '.', at most 250; not production, and not ending in .md \
                    or .txt: the server would not find it again (nautes-api.md §11 item 12, §13 item 14).",
        check: |name| {
            if TAKEN.contains(&name) {
                return Err(
                    "must not be used: the server would hide the project (nautes-api.md §11 item 12)".into(),
                );
            }
            if HIDDEN.iter().any(|ending| name.ends_with(ending)) {
                return Err(
                    "must not end in '.md' or '.txt': the server would save the project and never find it \
                            again (nautes-api.md §13 item 14)"
                        .into(),
                );
            }
            names::file_name(name)
        },
        ..Names::DEFAULT
    },
    attributes: &[Attribute::new("language", Type::String).doc("The main programming language.")],
    manifests: Some(Manifests { directory: "projects", folder: Folder::Own, naming: Naming::Object }),
    ..Kind::DEFAULT
};
