//! The request body of a pipeline runtime: decoding, proto rules, service checks, repository look-ups (§4.6,
//! errors 1 to 3).

use crate::sandbox::api::{ApiError, Fields, Message, impl_message, min_items, min_length, one_of};
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
    pipeline_triggers: Vec<Trigger>,
    destination: Option<Destination>,
    isolation: String,
    additional_resources: Option<AdditionalBody>,
    account: String,
    hooks: Option<HooksBody>,
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
    coderepo: String,
    url: String,
    revision: String,
    path: String,
}

#[derive(Default)]
struct HooksBody {
    pre_hooks: Vec<Hook>,
    post_hooks: Vec<Hook>,
}

impl_message!(Body {
    string project, string pipeline_source, messages pipelines, messages event_sources,
    messages pipeline_triggers, message destination, string isolation, message additional_resources,
    string account, message hooks,
});

impl_message!(Pipeline { string name, string label, string path });

impl_message!(EventSourceBody { string name, message gitlab, message calendar });

impl_message!(GitlabBody { string repo_name, string revision, strings events });

impl_message!(Calendar { string schedule, string interval, strings exclusion_dates, string timezone });

impl_message!(Trigger { string event_source, string pipeline, string revision, messages inputs });

struct InputSource {
    built_in_var: String,
    from_event: String,
}

impl_message!(InputSource { string built_in_var, string from_event });

struct Transmission {
    kustomization: Option<Kustomization>,
}

impl_message!(Transmission { message kustomization });

struct Kustomization {
    path: String,
}

impl_message!(Kustomization { string path });

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

impl_message!(Destination { string environment, string namespace });

impl_message!(AdditionalBody { message git });

impl_message!(AdditionalGitBody { string coderepo, string url, string revision, string path });

impl_message!(HooksBody { messages pre_hooks, messages post_hooks });

impl_message!(Hook { string name, string_map vars, string alias });

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
        min_items(&self.pipeline_triggers, &[OUTER, "SaveRequest_Body.PipelineTriggers"])?;
        for (index, trigger) in self.pipeline_triggers.iter().enumerate() {
            let at = format!("SaveRequest_Body.PipelineTriggers[{index}]");
            min_length(&trigger.event_source, &[OUTER, &at, "PipelineTriggers.EventSource"])?;
            min_length(&trigger.pipeline, &[OUTER, &at, "PipelineTriggers.Pipeline"])?;
        }
        Ok(())
    }

    /// The service's own checks; the one for pipelines has no effect, because its flag is not reset.
    pub(super) fn check_service(&self) -> Result<(), ApiError> {
        for trigger in &self.pipeline_triggers {
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
            let path = format_args!("projects/{product}/{repository}");
            let found = call.authenticate(path).and_then(|()| match &group {
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
        let additional = self.additional_resources.and_then(|additional| additional.git);
        let additional = additional.map(|git| {
            let repository = look_up(&git.coderepo, "git repository name for additional resources")?;
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
        let hooks = self.hooks.unwrap_or_default();
        Ok(PipelineRuntime {
            project: self.project,
            pipeline_source,
            pipelines: self.pipelines,
            event_sources,
            triggers: self.pipeline_triggers,
            destination: self.destination.ok_or_else(ApiError::panic)?,
            isolation: self.isolation,
            additional_resources: Some(AdditionalResources { git }),
            account: self.account,
            pre_hooks: hooks.pre_hooks,
            post_hooks: hooks.post_hooks,
        })
    }
}
