//! Environment: a product's place on a cluster (§4.3).

use crate::resource::schema::{
    Attribute, Deleting, Fixed, Folder, Kind, Manifests, Names, Naming, ReplyPattern, Type, Unused,
};

use super::names;

pub(super) static ENVIRONMENT: Kind = Kind {
    name: "Environment",
    doc: "A product's place on a cluster: what its runtimes run in.",
    names: Names {
        aliases: &["env", "envs", "environments"],
        collection: "environments",
        pattern: names::SUBDOMAINS,
        rule: "Lower-case letters, digits, '-' and '.', at most 250: it becomes a file of the product \
                    (nautes-api.md §13 item 14).",
        check: names::file_name,
        ..Names::DEFAULT
    },
    attributes: &[
        Attribute::new("cluster", Type::String)
            .required()
            .refers_to("Cluster")
            .fixed(Fixed::WhileUsed)
            .doc("The cluster; one environment of a product for each."),
        Attribute::new("envType", Type::String)
            .wire("env_type")
            .required()
            .doc("What it is for: dev, test, production, …"),
    ],
    manifests: Some(Manifests { directory: "envs", folder: Folder::None, naming: Naming::Object }),
    unique: &[&[&["cluster"]]],
    unused: Some(Unused::warning(
        "unused-environment",
        "is used by no runtime",
        "remove it, or declare a runtime in it",
    )),
    deleting: Deleting {
        // The server trips over the missing object (§2.3).
        not_found: &[ReplyPattern::reason("UNKNOWN")],
        ..Deleting::DEFAULT
    },
    ..Kind::DEFAULT
};
