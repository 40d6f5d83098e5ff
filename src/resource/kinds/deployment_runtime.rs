//! DeploymentRuntime: deploys a repository's manifests into an environment (§4.7).

use crate::model::value::{Path, Value};
use crate::resource::schema::{
    Attribute, Fixed, Folder, Kind, Manifests, Names, Naming, Removed, Requirement, Siblings, Successor, Type,
};

use super::{names, permission, placement, rule};

static PROJECT: Attribute = Attribute::new("project", Type::String).refers_to("Project");
static NAMESPACE: Attribute = Attribute::new("namespace", Type::String).check(names::dns_label);

static SOURCE: &[Attribute] = &[
    Attribute::new("codeRepo", Type::String)
        .wire("code_repo")
        .aliases(&["coderepo", "CodeRepo"])
        .required()
        .refers_to("CodeRepo")
        .doc("The repository that holds the manifests."),
    Attribute::new("targetRevision", Type::String)
        .wire("target_revision")
        .aliases(&["TargetRevision"])
        .required()
        .doc("Branch, tag or commit."),
    Attribute::new("path", Type::String).aliases(&["Path"]).required().doc("Folder in the repository."),
];

static DESTINATION: &[Attribute] = &[
    Attribute::new("environment", Type::String)
        .required()
        .refers_to("Environment")
        .fixed(Fixed::Always)
        .doc("The environment; it must be on a deployment cluster."),
    Attribute::new("namespaces", Type::Set(&NAMESPACE))
        .doc("Namespaces to deploy into; the runtime's name if left out."),
];

pub(super) static DEPLOYMENT_RUNTIME: Kind = Kind {
    name: "DeploymentRuntime",
    doc: "Deploys the manifests of a repository into an environment.",
    names: Names {
        aliases: &["dr", "drs", "deploymentruntimes"],
        collection: "deploymentruntimes",
        pattern: names::LABELS,
        rule: names::RUNTIME_RULE,
        check: names::dns_label,
        ..Names::DEFAULT
    },
    attributes: &[
        Attribute::new("projectsRef", Type::Set(&PROJECT))
            .wire("projects_ref")
            .doc("The projects it belongs to."),
        Attribute::new("manifestSource", Type::Object(SOURCE))
            .wire("manifest_source")
            .aliases(&["manifestsource"])
            .required()
            .doc("What is deployed."),
        Attribute::new("destination", Type::Object(DESTINATION)).required().doc("Where it is deployed."),
        Attribute::new("account", Type::String)
            .check(names::subdomain)
            .doc("The service account; the runtime's name if left out."),
    ],
    removed: &[Removed {
        path: &["destination"],
        help: "since v0.3.6: destination: {environment: NAME}",
        successor: Successor::Inside("environment"),
    }],
    manifests: Some(Manifests { directory: "runtimes", folder: Folder::None, naming: Naming::Object }),
    unique: &[&[
        &["manifestSource", "codeRepo"],
        &["manifestSource", "targetRevision"],
        &["manifestSource", "path"],
        &["destination", "environment"],
    ]],
    requirements: Some(requirements),
    mismatches: Some(|spec, siblings| {
        let wrong = placement::on_worker("DeploymentRuntime", "deployment", spec, siblings);
        wrong.into_iter().chain(placement::own_namespaces(spec, siblings)).collect()
    }),
    ..Kind::DEFAULT
};

/// Each of its projects needs permission to use the repository.
fn requirements(spec: &Value, siblings: &dyn Siblings) -> Vec<Requirement> {
    let Some(repository) = spec.text_at(&["manifestSource", "codeRepo"]) else { return Vec::new() };
    rule::items(spec, "projectsRef")
        .iter()
        .filter_map(Value::as_str)
        .map(|project| {
            permission::to_use(project, repository, Path::of(&["manifestSource", "codeRepo"]), siblings)
        })
        .collect()
}
