//! Replies of pipeline runtimes, with the server's panics and omissions (§4.6).

use serde::Serialize;

use crate::sandbox::api::ApiError;
use crate::sandbox::gitlab::Group;
use crate::sandbox::model::spec::pipeline_runtime::{
    Calendar, Destination, EventSource, Hook, Pipeline, PipelineRuntime, Trigger,
};

#[derive(Serialize)]
pub(super) struct Reply<'a> {
    name: &'a str,
    project: &'a str,
    pipeline_source: &'a str,
    event_sources: Vec<SourceReply<'a>>,
    pipelines: &'a [Pipeline],
    pipeline_triggers: &'a [Trigger],
    destination: &'a Destination,
    isolation: &'a str,
    additional_resources: AdditionalReply<'a>,
    account: &'a str,
    hooks: HooksReply<'a>,
}

#[derive(Serialize)]
struct SourceReply<'a> {
    name: &'a str,
    gitlab: Option<GitlabReply<'a>>,
    calendar: Option<&'a Calendar>,
}

#[derive(Serialize)]
struct GitlabReply<'a> {
    repo_name: &'a str,
    revision: &'a str,
    events: &'a [String],
}

#[derive(Serialize)]
struct AdditionalReply<'a> {
    git: Option<AdditionalGitReply<'a>>,
}

#[derive(Serialize)]
struct AdditionalGitReply<'a> {
    coderepo: &'a str,
    url: &'a str,
    revision: &'a str,
    path: &'a str,
}

#[derive(Serialize)]
struct HooksReply<'a> {
    pre_hooks: &'a [Hook],
    post_hooks: &'a [Hook],
}

/// Panics (`UNKNOWN`) for trigger inputs and for missing additional resources; 500 if a GitLab project is
/// gone.
pub(super) fn reply<'a>(
    group: &'a Group,
    name: &'a str,
    runtime: &'a PipelineRuntime,
) -> Result<Reply<'a>, ApiError> {
    let pipeline_source = group.repository_name(runtime.pipeline_source)?;
    let git = runtime.additional_git().map(|git| {
        let coderepo = group.repository_name(git.repository)?;
        Ok(AdditionalGitReply { coderepo, url: &git.url, revision: &git.revision, path: &git.path })
    });
    let git = git.transpose()?;
    let sources = runtime.event_sources.iter().map(|source| source_reply(group, source));
    let event_sources = sources.collect::<Result<Vec<_>, ApiError>>()?;
    let unreadable = runtime.triggers.iter().any(|trigger| !trigger.inputs.is_empty());
    if unreadable || runtime.additional_resources.is_none() {
        return Err(ApiError::panic());
    }
    Ok(Reply {
        name,
        project: &runtime.project,
        pipeline_source,
        event_sources,
        pipelines: &runtime.pipelines,
        pipeline_triggers: &runtime.triggers,
        destination: &runtime.destination,
        isolation: &runtime.isolation,
        additional_resources: AdditionalReply { git },
        account: &runtime.account,
        hooks: hooks_reply(runtime),
    })
}

fn source_reply<'a>(group: &'a Group, source: &'a EventSource) -> Result<SourceReply<'a>, ApiError> {
    let gitlab = source.gitlab.as_ref().map(|gitlab| {
        let repo_name = group.repository_name(gitlab.repository)?;
        Ok(GitlabReply { repo_name, revision: &gitlab.revision, events: &gitlab.events })
    });
    Ok(SourceReply { name: &source.name, gitlab: gitlab.transpose()?, calendar: source.calendar.as_ref() })
}

/// The server tests the wrong list: without a pre hook, the post hooks stay hidden.
fn hooks_reply(runtime: &PipelineRuntime) -> HooksReply<'_> {
    let post_hooks: &[Hook] = if runtime.pre_hooks.is_empty() { &[] } else { &runtime.post_hooks };
    HooksReply { pre_hooks: &runtime.pre_hooks, post_hooks }
}
