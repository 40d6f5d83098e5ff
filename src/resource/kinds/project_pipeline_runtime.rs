//! ProjectPipelineRuntime: runs a project's pipelines on events (§4.6).

mod rules;

use crate::model::value::{Path, Value};
use crate::resource::schema::{
    Attribute, Fixed, Folder, Kind, Manifests, Names, Naming, Reading, Removed, ReplyPattern, Requirement,
    Siblings, Successor, Type,
};

use super::{names, permission, placement};

static TEXT: Attribute = Attribute::new("text", Type::String);

static PIPELINE_FIELDS: &[Attribute] = &[
    Attribute::new("name", Type::String).required().check(names::subdomain).doc("Its name in triggers."),
    Attribute::new("label", Type::String).doc("Label of the pipeline's resources."),
    Attribute::new("path", Type::String).required().doc("Its file in the pipeline source."),
];
static PIPELINE: Attribute = Attribute::new("pipeline", Type::Object(PIPELINE_FIELDS));

static GITLAB_FIELDS: &[Attribute] = &[
    Attribute::new("repoName", Type::String)
        .wire("repo_name")
        .required()
        .refers_to("CodeRepo")
        .doc("The repository that is watched."),
    Attribute::new("revision", Type::String).doc("Branch or tag; '*' for all."),
    Attribute::new("events", Type::Set(&TEXT))
        .doc("GitLab events that fire, such as push_events. Kubernetes refuses a runtime without any."),
];
static CALENDAR_FIELDS: &[Attribute] = &[
    Attribute::new("schedule", Type::String).doc("A cron expression."),
    Attribute::new("interval", Type::String).doc("A duration between runs."),
    Attribute::new("exclusionDates", Type::Set(&TEXT)).wire("exclusion_dates").doc("Dates without runs."),
    Attribute::new("timezone", Type::String).doc("The time zone of schedule."),
];
static EVENT_SOURCE_FIELDS: &[Attribute] = &[
    Attribute::new("name", Type::String).required().check(names::subdomain).doc("Its name in triggers."),
    Attribute::new("gitlab", Type::Object(GITLAB_FIELDS)).doc("Events of a repository."),
    Attribute::new("calendar", Type::Object(CALENDAR_FIELDS)).doc("Events by time."),
];
static EVENT_SOURCE: Attribute = Attribute::new("eventSource", Type::Object(EVENT_SOURCE_FIELDS));

static SOURCE_FIELDS: &[Attribute] = &[
    Attribute::new("builtInVar", Type::String).wire("built_in_var").doc("A variable that Nautes sets."),
    Attribute::new("fromEvent", Type::String).wire("from_event").doc("A field of the event."),
];
static KUSTOMIZATION_FIELDS: &[Attribute] =
    &[Attribute::new("path", Type::String).doc("The field of the pipeline that gets the value.")];
static TRANSMISSION_FIELDS: &[Attribute] =
    &[Attribute::new("kustomization", Type::Object(KUSTOMIZATION_FIELDS)).doc("By kustomization.")];
static INPUT_FIELDS: &[Attribute] = &[
    Attribute::new("source", Type::Object(SOURCE_FIELDS)).required().doc("Where the value comes from."),
    Attribute::new("transmissionMethod", Type::Object(TRANSMISSION_FIELDS))
        .wire("transmission_method")
        .required()
        .doc("How the value gets into the pipeline."),
];
static INPUT: Attribute = Attribute::new("input", Type::Object(INPUT_FIELDS));
static TRIGGER_FIELDS: &[Attribute] = &[
    Attribute::new("eventSource", Type::String).wire("event_source").required().doc("The event source."),
    Attribute::new("pipeline", Type::String).required().doc("The pipeline."),
    Attribute::new("revision", Type::String).doc("The revision of the pipeline source."),
    Attribute::new("inputs", Type::List(&INPUT))
        .makes_unreadable()
        .doc("Values for the pipeline. The server can't return them, nor a runtime that has them."),
];
static TRIGGER: Attribute = Attribute::new("trigger", Type::Object(TRIGGER_FIELDS));

static DESTINATION_FIELDS: &[Attribute] = &[
    Attribute::new("environment", Type::String)
        .required()
        .refers_to("Environment")
        .doc("The environment; it must be on a pipeline cluster."),
    Attribute::new("namespace", Type::String)
        .check(names::dns_label)
        .doc("The namespace; the runtime's name if left out."),
];

static RESOURCES_GIT_FIELDS: &[Attribute] = &[
    Attribute::new("codeRepo", Type::String)
        .wire("coderepo")
        .aliases(&["code_repo"])
        .required()
        .refers_to("CodeRepo")
        .doc("The repository; the server can't save a bare url."),
    Attribute::new("url", Type::String).doc("An additional URL."),
    Attribute::new("revision", Type::String).doc("Branch, tag or commit."),
    Attribute::new("path", Type::String).doc("Folder in the repository."),
];
static RESOURCES_FIELDS: &[Attribute] =
    &[Attribute::new("git", Type::Object(RESOURCES_GIT_FIELDS)).doc("From a repository.")];

static HOOK_FIELDS: &[Attribute] = &[
    Attribute::new("name", Type::String)
        .required()
        .doc("Which hook; the site's pipeline component decides which ones there are."),
    Attribute::new("alias", Type::String).doc("Distinguishes two uses of a hook."),
    Attribute::new("vars", Type::Map { value: &TEXT, open: false }).doc("The hook's parameters."),
];
static HOOK: Attribute = Attribute::new("hook", Type::Object(HOOK_FIELDS));
static HOOKS_FIELDS: &[Attribute] = &[
    Attribute::new("preHooks", Type::List(&HOOK)).wire("pre_hooks").doc("Tasks before the pipeline."),
    // The server tests the wrong list (§4.6).
    Attribute::new("postHooks", Type::List(&HOOK))
        .wire("post_hooks")
        .readable_when(|hooks| hooks.get("preHooks").is_some_and(|hooks| !hooks.is_empty()))
        .doc("Tasks after the pipeline. The server returns them only if there are preHooks."),
];

pub(super) static PROJECT_PIPELINE_RUNTIME: Kind = Kind {
    name: "ProjectPipelineRuntime",
    doc: "Runs the pipelines of a project when events happen.",
    names: Names {
        aliases: &["ppr", "pprs", "projectpipelineruntimes"],
        collection: "projectpipelineruntimes",
        pattern: names::LABELS,
        rule: names::RUNTIME_RULE,
        check: names::dns_label,
        ..Names::DEFAULT
    },
    attributes: &[
        Attribute::new("project", Type::String)
            .required()
            .refers_to("Project")
            .fixed(Fixed::Always)
            .doc("The project it belongs to."),
        Attribute::new("pipelineSource", Type::String)
            .wire("pipeline_source")
            .required()
            .refers_to("CodeRepo")
            .doc("The repository that holds the pipelines."),
        Attribute::new("pipelines", Type::Set(&PIPELINE)).required().doc("The pipelines."),
        Attribute::new("eventSources", Type::Set(&EVENT_SOURCE))
            .wire("event_sources")
            .required()
            .doc("What fires them."),
        Attribute::new("pipelineTriggers", Type::Set(&TRIGGER))
            .wire("pipeline_triggers")
            .required()
            .doc("Which event runs which pipeline."),
        Attribute::new("destination", Type::Object(DESTINATION_FIELDS)).required().doc("Where it runs."),
        Attribute::new("isolation", Type::Enum(&["shared", "exclusive"]))
            .required()
            .doc("Whether it shares its namespace."),
        Attribute::new("additionalResources", Type::Object(RESOURCES_FIELDS))
            .wire("additional_resources")
            .doc("Resources that the pipelines need."),
        Attribute::new("account", Type::String)
            .check(names::subdomain)
            .doc("The service account; the runtime's name if left out."),
        Attribute::new("hooks", Type::Object(HOOKS_FIELDS)).doc("Tasks around the pipelines."),
    ],
    removed: &[Removed {
        path: &["destination"],
        help: "since v0.3.9: destination: {environment: NAME}",
        successor: Successor::Inside("environment"),
    }],
    manifests: Some(Manifests {
        directory: "projects",
        folder: Folder::Of("project"),
        naming: Naming::Object,
    }),
    unique: &[&[&["destination", "environment"], &["destination", "namespace"]]],
    rules: rules::ALL,
    requirements: Some(requirements),
    mismatches: Some(|spec, siblings| {
        placement::on_worker("ProjectPipelineRuntime", "pipeline", spec, siblings).into_iter().collect()
    }),
    reading: Reading {
        // The server's code fails on every runtime that has inputs (§4.6).
        unreadable: &[ReplyPattern::reason("UNKNOWN")],
        ..Reading::DEFAULT
    },
    ..Kind::DEFAULT
};

/// Its project needs permission to use each of its repositories.
fn requirements(spec: &Value, siblings: &dyn Siblings) -> Vec<Requirement> {
    let Some(project) = spec.text_at(&["project"]) else { return Vec::new() };
    let mut used: Vec<(&str, Path)> = Vec::new();
    used.extend(spec.text_at(&["pipelineSource"]).map(|repo| (repo, Path::of(&["pipelineSource"]))));
    for (index, source) in super::rule::items(spec, "eventSources").iter().enumerate() {
        let path = || Path::of(&["eventSources"]).index(index).join("gitlab").join("repoName");
        used.extend(source.text_at(&["gitlab", "repoName"]).map(|repo| (repo, path())));
    }
    let resources = &["additionalResources", "git", "codeRepo"];
    used.extend(spec.text_at(resources).map(|repo| (repo, Path::of(resources))));
    used.into_iter().map(|(repo, path)| permission::to_use(project, repo, path, siblings)).collect()
}
