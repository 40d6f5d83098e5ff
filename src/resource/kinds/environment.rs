//! Environment: a product's place on a cluster (§4.3).

use crate::resource::schema::{
    Absence, Attribute, Fixed, Folder, Kind, Manifests, Naming, ReplyPattern, Type,
};

use super::names;

pub(super) static ENVIRONMENT: Kind = Kind {
    name: "Environment",
    doc: "A product's place on a cluster: what its runtimes run in.",
    aliases: &["env", "envs", "environments"],
    collection: "environments",
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
    name_rule: "Lower-case letters, digits, '-' and '.', at most 250: it becomes a file of the product \
                (nautes-api.md §13 item 14).",
    check_name: names::file_name,
    unique: &[&[&["cluster"]]],
    absence: Absence {
        get: &[ReplyPattern::reason("RESOURCE_NOT_FOUND")],
        // The server trips over the missing object (§2.3).
        delete: &[ReplyPattern::reason("UNKNOWN")],
    },
    ..Kind::DEFAULT
};
