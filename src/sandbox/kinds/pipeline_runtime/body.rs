//! The request body of a pipeline runtime: decoding, proto rules, service checks, repository look-ups (§4.6,
//! errors 1 to 3).

use std::collections::BTreeMap;

use crate::sandbox::api::decode::{Fields, Message};
use crate::sandbox::api::error::ApiError;
use crate::sandbox::api::rules::{min_items, min_length, one_of};
use crate::sandbox::call::Call;
use crate::sandbox::gitlab::project_not_found;
use crate::sandbox::model::spec::pipeline_runtime::{
    AdditionalGit, AdditionalResources, Calendar, Destination, EventSource, GitlabSource, Hook, Input,
    Pipeline, PipelineRuntime, Trigger,
};

#[derive(Default)]
pub(crate) struct Body {
    project: String,
    pipeline_source: String,
    pipelines: Vec<Pipeline>,
    event_sources: Vec<EventSourceBody>,
    triggers: Vec<Trigger>,
    destination: Option<Destination>,
    isolation: String,
    additional_git: Option<AdditionalGitBody>,
    account: String,
    hooks: HooksBody,
}

struct EventSourceBody {
    name: String,
    gitlab: Option<GitlabBody>,
    calendar: Option<Calendar>,
}

struct GitlabBody {
    repo_name: String,
    revision: String,
    events: Vec<String>,
}

struct AdditionalBody {
    git: Option<AdditionalGitBody>,
}

struct AdditionalGitBody {
    code_repo: String,
    url: String,
    revision: String,
    path: String,
}

#[derive(Default)]
struct HooksBody {
    pre: Vec<Hook>,
    post: Vec<Hook>,
}

impl Message for Body {
    fn decode(fields: &mut Fields) -> Result<Body, ApiError> {
        let additional: Option<AdditionalBody> = fields.message(&["additional_resources"])?;
        let hooks: Option<HooksBody> = fields.message(&["hooks"])?;
        Ok(Body {
            project: fields.string(&["project"])?,
            pipeline_source: fields.string(&["pipeline_source"])?,
            pipelines: fields.messages(&["pipelines"])?,
            event_sources: fields.messages(&["event_sources"])?,
            triggers: fields.messages(&["pipeline_triggers"])?,
            destination: fields.message(&["destination"])?,
            isolation: fields.string(&["isolation"])?,
            additional_git: additional.and_then(|additional| additional.git),
            account: fields.string(&["account"])?,
            hooks: hooks.unwrap_or_default(),
        })
    }
}

impl Message for Pipeline {
    fn decode(fields: &mut Fields) -> Result<Pipeline, ApiError> {
        Ok(Pipeline {
            name: fields.string(&["name"])?,
            label: fields.string(&["label"])?,
            path: fields.string(&["path"])?,
        })
    }
}

impl Message for EventSourceBody {
    fn decode(fields: &mut Fields) -> Result<EventSourceBody, ApiError> {
        Ok(EventSourceBody {
            name: fields.string(&["name"])?,
            gitlab: fields.message(&["gitlab"])?,
            calendar: fields.message(&["calendar"])?,
        })
    }
}

impl Message for GitlabBody {
    fn decode(fields: &mut Fields) -> Result<GitlabBody, ApiError> {
        Ok(GitlabBody {
            repo_name: fields.string(&["repo_name"])?,
            revision: fields.string(&["revision"])?,
            events: fields.strings(&["events"])?,
        })
    }
}

impl Message for Calendar {
    fn decode(fields: &mut Fields) -> Result<Calendar, ApiError> {
        Ok(Calendar {
            schedule: fields.string(&["schedule"])?,
            interval: fields.string(&["interval"])?,
            exclusion_dates: fields.strings(&["exclusion_dates"])?,
            timezone: fields.string(&["timezone"])?,
        })
    }
}

impl Message for Trigger {
    fn decode(fields: &mut Fields) -> Result<Trigger, ApiError> {
        Ok(Trigger {
            event_source: fields.string(&["event_source"])?,
            pipeline: fields.string(&["pipeline"])?,
            revision: fields.string(&["revision"])?,
            inputs: fields.messages(&["inputs"])?,
        })
    }
}

struct InputSource {
    built_in_var: String,
    from_event: String,
}

impl Message for InputSource {
    fn decode(fields: &mut Fields) -> Result<InputSource, ApiError> {
        Ok(InputSource {
            built_in_var: fields.string(&["built_in_var"])?,
            from_event: fields.string(&["from_event"])?,
        })
    }
}

struct Transmission {
    kustomization: Option<Kustomization>,
}

impl Message for Transmission {
    fn decode(fields: &mut Fields) -> Result<Transmission, ApiError> {
        Ok(Transmission { kustomization: fields.message(&["kustomization"])? })
    }
}

struct Kustomization {
    path: String,
}

impl Message for Kustomization {
    fn decode(fields: &mut Fields) -> Result<Kustomization, ApiError> {
        Ok(Kustomization { path: fields.string(&["path"])? })
    }
}

impl Message for Input {
    fn decode(fields: &mut Fields) -> Result<Input, ApiError> {
        let source: Option<InputSource> = fields.message(&["source"])?;
        let method: Option<Transmission> = fields.message(&["transmission_method"])?;
        let (built_in_var, from_event) =
            source.map(|source| (source.built_in_var, source.from_event)).unwrap_or_default();
        let kustomization = method.and_then(|method| method.kustomization).map(|k| k.path);
        Ok(Input { built_in_var, from_event, kustomization })
    }
}

impl Message for Destination {
    fn decode(fields: &mut Fields) -> Result<Destination, ApiError> {
        Ok(Destination {
            environment: fields.string(&["environment"])?,
            namespace: fields.string(&["namespace"])?,
        })
    }
}

impl Message for AdditionalBody {
    fn decode(fields: &mut Fields) -> Result<AdditionalBody, ApiError> {
        Ok(AdditionalBody { git: fields.message(&["git"])? })
    }
}

impl Message for AdditionalGitBody {
    fn decode(fields: &mut Fields) -> Result<AdditionalGitBody, ApiError> {
        Ok(AdditionalGitBody {
            code_repo: fields.string(&["coderepo"])?,
            url: fields.string(&["url"])?,
            revision: fields.string(&["revision"])?,
            path: fields.string(&["path"])?,
        })
    }
}

impl Message for HooksBody {
    fn decode(fields: &mut Fields) -> Result<HooksBody, ApiError> {
        Ok(HooksBody { pre: fields.messages(&["pre_hooks"])?, post: fields.messages(&["post_hooks"])? })
    }
}

impl Message for Hook {
    fn decode(fields: &mut Fields) -> Result<Hook, ApiError> {
        let vars: BTreeMap<String, String> = fields.string_map(&["vars"])?;
        Ok(Hook { name: fields.string(&["name"])?, vars, alias: fields.string(&["alias"])? })
    }
}

const OUTER: &str = "SaveRequest.Body";

impl Body {
    /// The proto rules, in declaration order.
    pub(super) fn validate(&self) -> Result<(), ApiError> {
        min_length(&self.project, &[OUTER, "SaveRequest_Body.Project"])?;
        min_length(&self.pipeline_source, &[OUTER, "SaveRequest_Body.PipelineSource"])?;
        self.validate_pipelines()?;
        self.validate_event_sources()?;
        self.validate_triggers()?;
        if let Some(destination) = &self.destination {
            let chain = [OUTER, "SaveRequest_Body.Destination", "ProjectPipelineDestination.Environment"];
            min_length(&destination.environment, &chain)?;
        }
        one_of(&self.isolation, &["shared", "exclusive"], &[OUTER, "SaveRequest_Body.Isolation"])
    }

    fn validate_pipelines(&self) -> Result<(), ApiError> {
        min_items(&self.pipelines, &[OUTER, "SaveRequest_Body.Pipelines"])?;
        for (index, pipeline) in self.pipelines.iter().enumerate() {
            let at = format!("SaveRequest_Body.Pipelines[{index}]");
            min_length(&pipeline.name, &[OUTER, &at, "Pipeline.Name"])?;
            min_length(&pipeline.path, &[OUTER, &at, "Pipeline.Path"])?;
        }
        Ok(())
    }

    fn validate_event_sources(&self) -> Result<(), ApiError> {
        min_items(&self.event_sources, &[OUTER, "SaveRequest_Body.EventSources"])?;
        for (index, source) in self.event_sources.iter().enumerate() {
            let at = format!("SaveRequest_Body.EventSources[{index}]");
            min_length(&source.name, &[OUTER, &at, "EventSource.Name"])?;
            if let Some(gitlab) = &source.gitlab {
                min_length(&gitlab.repo_name, &[OUTER, &at, "EventSource.Gitlab", "Gitlab.RepoName"])?;
            }
        }
        Ok(())
    }

    fn validate_triggers(&self) -> Result<(), ApiError> {
        min_items(&self.triggers, &[OUTER, "SaveRequest_Body.PipelineTriggers"])?;
        for (index, trigger) in self.triggers.iter().enumerate() {
            let at = format!("SaveRequest_Body.PipelineTriggers[{index}]");
            min_length(&trigger.event_source, &[OUTER, &at, "PipelineTriggers.EventSource"])?;
            min_length(&trigger.pipeline, &[OUTER, &at, "PipelineTriggers.Pipeline"])?;
        }
        Ok(())
    }

    /// The service's own checks; the one for pipelines has no effect, because its flag is not reset.
    pub(super) fn check_service(&self) -> Result<(), ApiError> {
        for trigger in &self.triggers {
            if !self.event_sources.iter().any(|source| source.name == trigger.event_source) {
                return Err(ApiError::plain(format!(
                    "the event source {} in the trigger does not exist",
                    trigger.event_source
                )));
            }
        }
        if self.destination.is_none() {
            return Err(ApiError::plain(
                "pipeline deployment target configuration not submitted, please checked '.Destination' \
                 field ",
            ));
        }
        Ok(())
    }

    /// Turns repository paths into GitLab ids; every failure is a 500, and of a missing product GitLab says
    /// that the project is missing, because that is what it is asked for.
    pub(super) fn resolve(self, call: &Call<'_>, product: &str) -> Result<(u64, PipelineRuntime), ApiError> {
        const PREFIX: &str = "failed to get codeRepo name when converting";
        let group = call.world.gitlab.find(product, call.now);
        let runtime = self.stored(|repository, what| {
            let path = format!("projects/{product}/{repository}");
            let found = call.authenticate(&path).and_then(|()| match &group {
                Ok(id) => call.group(*id).project(repository).map(|found| found.id),
                Err(error) if error.reason == "GROUP_NOT_FOUND" => {
                    Err(project_not_found(product, repository))
                }
                Err(error) => Err(error.clone()),
            });
            found.map_err(|error| {
                let convert = format!("failed to convert repository name {repository} to codeRepo name");
                error.wrapped(&format!("{PREFIX} {what}, err: {convert}, err: "))
            })
        })?;
        Ok((group?, runtime))
    }

    /// `look_up` gets the name of a repository and what it is for. A body without a destination is a nil
    /// dereference.
    pub(crate) fn stored(
        self,
        mut look_up: impl FnMut(&str, &str) -> Result<u64, ApiError>,
    ) -> Result<PipelineRuntime, ApiError> {
        let pipeline_source = look_up(&self.pipeline_source, "pipeline repository name")?;
        let additional = self.additional_git.map(|git| {
            let repository = look_up(&git.code_repo, "git repository name for additional resources")?;
            Ok(AdditionalGit { repository, url: git.url, revision: git.revision, path: git.path })
        });
        let git = additional.transpose()?;
        let sources = self.event_sources.into_iter().map(|source| {
            let gitlab = source.gitlab.map(|gitlab| {
                let repository = look_up(&gitlab.repo_name, "git repository name for event source")?;
                Ok(GitlabSource { repository, revision: gitlab.revision, events: gitlab.events })
            });
            Ok(EventSource { name: source.name, gitlab: gitlab.transpose()?, calendar: source.calendar })
        });
        let event_sources = sources.collect::<Result<Vec<_>, ApiError>>()?;
        Ok(PipelineRuntime {
            project: self.project,
            pipeline_source,
            pipelines: self.pipelines,
            event_sources,
            triggers: self.triggers,
            destination: self.destination.ok_or_else(ApiError::panic)?,
            isolation: self.isolation,
            additional_resources: Some(AdditionalResources { git }),
            account: self.account,
            pre_hooks: self.hooks.pre,
            post_hooks: self.hooks.post,
        })
    }
}
