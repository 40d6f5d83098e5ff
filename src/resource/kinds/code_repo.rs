//! CodeRepo: a GitLab repository that Nautes manages (§4.4).

use crate::model::value::{Map, Value};
use crate::resource::schema::{
    Attribute, Deleting, Folder, Kind, Listing, Manifests, Names, Naming, Reading, Removed, ReplyPattern,
    Successor, Teardown, Type, Writing,
};

use super::{git, names};

/// What GitLab's webhooks may report (§4.4).
const EVENTS: &[&str] = &[
    "confidential_issues_events",
    "confidential_note_events",
    "deployment_events",
    "issues_events",
    "job_events",
    "merge_requests_events",
    "note_events",
    "pipeline_events",
    "push_events",
    "releases_events",
    "tag_push_events",
];

static EVENT: Attribute = Attribute::new("event", Type::Enum(EVENTS));

static WEBHOOK: &[Attribute] =
    &[Attribute::new("events", Type::Set(&EVENT)).doc("What GitLab reports to Nautes.")];

pub(super) static CODE_REPO: Kind = Kind {
    name: "CodeRepo",
    doc: "A Git repository of a product, with its webhook and deploy keys.",
    names: Names {
        aliases: &["cr", "crs", "coderepos"],
        collection: "coderepos",
        pattern: names::GITLAB_PATHS,
        rule: "A path that GitLab takes and does not reserve; not default.project, nor repo- and a number, \
                    which the server uses itself (nautes-api.md §4.4, §7).",
        check: |name| {
            if name == "default.project" {
                return Err("must not be used: that is the product's own config repository".into());
            }
            if names::is_of_repository(name) {
                return Err("must not be 'repo-' and a number: the server uses such names itself".into());
            }
            names::repository_path(name)
        },
        ..Names::DEFAULT
    },
    attributes: &[
        Attribute::new("project", Type::String)
            .refers_to("Project")
            .doc("The project it belongs to; it may use it without a binding."),
        Attribute::new("deploymentRuntime", Type::Bool)
            .wire("deployment_runtime")
            .aliases(&["DeploymentRuntime"])
            .default("false")
            .doc("Whether deployment runtimes use it."),
        Attribute::new("pipelineRuntime", Type::Bool)
            .wire("pipeline_runtime")
            .aliases(&["projectPipelineRuntime", "project_pipeline_runtime", "PipelineRuntime"])
            .default("false")
            .doc("Whether pipeline runtimes use it."),
        Attribute::new("webhook", Type::Object(WEBHOOK)).doc("The repository's webhook."),
        git::field(git::OF_REPOSITORY),
        Attribute::new("codeRepoProvider", Type::String)
            .wire("code_repo_provider")
            .ignored("the server picks the provider itself"),
    ],
    removed: &[
        git::NO_GITHUB,
        Removed {
            path: &["webhook", "isolation"],
            help: "remove it: webhooks have no isolation since v0.3",
            successor: Successor::Nothing,
        },
    ],
    manifests: Some(Manifests {
        directory: "code-repos",
        folder: Folder::Own,
        naming: Naming::Project { prefix: "repo-", name_in: "repoName" },
    }),
    rules: &[git::path_is_name],
    defaults: |name, _| git::defaults(name),
    bound: Some(git::WITHIN_GROUP),
    reading: Reading {
        listing: Listing::Gaps,
        not_found: &[ReplyPattern::reason("RESOURCE_NOT_FOUND"), ReplyPattern::reason("PROJECT_NOT_FOUND")],
        display_name: &["git", "gitlab", "name"],
        ..Reading::DEFAULT
    },
    writing: Writing {
        cooldown: |_| true,
        slows_later_writes: true,
        effects_outside_git: true,
        request: git::send_path,
        ..Writing::DEFAULT
    },
    deleting: Deleting {
        irreversible: Some("the GitLab repository with its history"),
        clones_twice: true,
        teardown: Some(Teardown {
            remains: &[ReplyPattern::reason("RESOURCE_NOT_FOUND")],
            detached,
            group: &["project"],
            crowd: 3,
        }),
        not_found: &[ReplyPattern::reason("NODE_NOT_FOUND")],
        ..Deleting::DEFAULT
    },
    ..Kind::DEFAULT
};

/// The repository without its project and its webhook; the visibility must be said and stays.
fn detached(spec: &Value) -> Value {
    let git = spec.get("git").filter(|git| git.text_at(&["gitlab", "visibility"]).is_some());
    let private = || Value::from_json(serde_json::json!({"gitlab": {"visibility": "private"}}));
    let mut detached = Map::new();
    detached.insert("git", git.cloned().unwrap_or_else(private));
    Value::Map(detached)
}
