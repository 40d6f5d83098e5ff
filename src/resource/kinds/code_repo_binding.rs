//! CodeRepoBinding: lends a repository to projects (§4.5).

use crate::resource::schema::{
    Attribute, Deleting, Fixed, Folder, Kind, Manifests, Names, Naming, Type, Unused, Writing,
};

use super::names;

static PROJECT: Attribute = Attribute::new("project", Type::String).refers_to("Project");

pub(super) static CODE_REPO_BINDING: Kind = Kind {
    name: "CodeRepoBinding",
    doc: "Lends a repository to projects of the product, or to the whole product.",
    names: Names {
        aliases: &["crb", "crbs", "coderepobindings"],
        collection: "coderepobindings",
        product_keys: &["productName", "product_name", "product"],
        pattern: names::SUBDOMAINS,
        rule: "Lower-case letters, digits, '-' and '.', at most 250, and not repo- and a number: it \
                    becomes a file of the product (nautes-api.md §7, §13 item 14).",
        check: |name| {
            if names::is_of_repository(name) {
                return Err("must not be 'repo-' and a number: it could overwrite a repository's file".into());
            }
            names::file_name(name)
        },
    },
    attributes: &[
        Attribute::new("coderepo", Type::String)
            .aliases(&["codeRepo", "code_repo"])
            .stored_as("codeRepo")
            .required()
            .refers_to("CodeRepo")
            .fixed(Fixed::Always)
            .doc("The repository."),
        Attribute::new("projects", Type::Set(&PROJECT))
            .absent_is_empty()
            .doc("Who may use it; the whole product if left out."),
        Attribute::new("permissions", Type::Enum(&["readonly", "readwrite"]))
            .required()
            .doc("What they may do."),
        Attribute::new("product", Type::String).ignored("the server always binds within the owning product"),
    ],
    manifests: Some(Manifests {
        directory: "code-repos",
        folder: Folder::Of("codeRepo"),
        naming: Naming::Object,
    }),
    // What may be written is for pipelines and people, whom no manifest names.
    unused: Some(
        Unused::warning(
            "unused-binding",
            "lends what no runtime needs",
            "remove it, or allow this where people use it: # nautform: allow unused-binding",
        )
        .only(|spec| spec.text_at(&["permissions"]) == Some("readonly")),
    ),
    writing: Writing { cooldown: |_| true, effects_outside_git: true, ..Writing::DEFAULT },
    deleting: Deleting { clones_twice: true, ..Deleting::DEFAULT },
    ..Kind::DEFAULT
};
