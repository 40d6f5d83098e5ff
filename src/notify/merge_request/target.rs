//! Which merge request: from flags and the variables of CI. Pure; reads neither environment nor disk.

use std::fmt;

use serde_json::Value as Json;
use url::Url;

use crate::http::{is_loopback, without_credentials};
use crate::model::ci::{CodeHost, Variables};

/// A merge request, and the API that it is reached by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host.
    pub host: CodeHost,
    /// The URL of its API.
    pub api: Url,
    /// GitLab: a number or a path; GitHub: `owner/name`.
    pub project: String,
    /// GitLab's `iid`, GitHub's number.
    pub number: u64,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { project, number, .. } = self;
        match self.host {
            CodeHost::GitLab if project.parse::<u64>().is_ok() => {
                write!(f, "merge request !{number} of project {project}")
            }
            CodeHost::GitLab => write!(f, "merge request {project}!{number}"),
            CodeHost::GitHub => write!(f, "pull request {project}#{number}"),
        }
    }
}

/// What was given on the command line; it wins over CI's variables.
#[derive(Clone, Debug, Default)]
pub struct TargetOptions {
    /// The host.
    pub host: Option<CodeHost>,
    /// The URL of its API.
    pub api: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The merge request.
    pub number: Option<u64>,
    /// Permit plain HTTP to other machines.
    pub allow_http: bool,
}

/// What a target consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetPart {
    /// [`TargetOptions::api`].
    Api,
    /// [`TargetOptions::project`].
    Project,
    /// [`TargetOptions::number`].
    Number,
}

impl fmt::Display for TargetPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "the URL of the API",
            Self::Project => "the project",
            Self::Number => "the merge request",
        })
    }
}

/// It is unknown which merge request is meant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither option nor CI.
    #[error("this is not a CI job of GitLab or GitHub")]
    NoHost,
    /// Neither an option nor a variable.
    #[error("{part} is unknown: {variable} is not set")]
    Missing {
        /// What is missing.
        part: TargetPart,
        /// The variable of CI for it.
        variable: &'static str,
    },
    /// The API's URL can't be used.
    #[error(
        "'{0}' is not the URL of an API, such as https://gitlab.example.com/api/v4 or https://api.github.com"
    )]
    Api(String),
    /// The network could read the token.
    #[error("the API {0} is not reached by https: the network could read the token")]
    PlainHttp(String),
    /// The repository's name can't be used.
    #[error("'{0}' is not the name of a repository on GitHub: write OWNER/NAME")]
    Repository(String),
}

impl Target {
    /// Finds the merge request; `None` in a CI job that belongs to none. `event` is the content of GitHub's
    /// event file.
    ///
    /// # Errors
    /// If neither the options nor the variables have what is needed.
    pub fn find(
        options: &TargetOptions,
        variables: Variables<'_>,
        event: Option<&[u8]>,
    ) -> Result<Option<Self>, TargetError> {
        let running = CodeHost::of_job(variables);
        let host = options.host.or(running).ok_or(TargetError::NoHost)?;
        // The variables of another host's job say nothing about this one.
        let variables: Variables<'_> = if host.runs_job(variables) { variables } else { &|_| None };
        let number = options.number.or_else(|| match host {
            CodeHost::GitLab => variables("CI_MERGE_REQUEST_IID")?.parse().ok(),
            CodeHost::GitHub => pull_request(variables, event),
        });
        let Some(number) = number else {
            let variable = match host {
                _ if running == Some(host) => return Ok(None),
                CodeHost::GitLab => "CI_MERGE_REQUEST_IID",
                CodeHost::GitHub => "GITHUB_REF",
            };
            return Err(TargetError::Missing { part: TargetPart::Number, variable });
        };
        Self::at(options, variables, host, number).map(Some)
    }

    /// The project that a job runs in, whatever it runs for; its merge requests are named one by one.
    ///
    /// # Errors
    /// If neither the options nor the variables have what is needed.
    pub fn project(options: &TargetOptions, variables: Variables<'_>) -> Result<Self, TargetError> {
        let host = options.host.or(CodeHost::of_job(variables)).ok_or(TargetError::NoHost)?;
        Self::at(options, variables, host, 0)
    }

    fn at(
        options: &TargetOptions,
        variables: Variables<'_>,
        host: CodeHost,
        number: u64,
    ) -> Result<Self, TargetError> {
        let missing = |part, variable| TargetError::Missing { part, variable };
        let api = options.api.clone().or_else(|| variables(host.api_variable()));
        let api = base(&api.ok_or_else(|| missing(TargetPart::Api, host.api_variable()))?)?;
        if api.scheme() == "http" && !is_loopback(&api) && !options.allow_http {
            return Err(TargetError::PlainHttp(without_credentials(api.as_str())));
        }
        // A merge request from a fork belongs to the project that it goes to, its pipeline to the fork.
        let of_request = || match host {
            CodeHost::GitLab => variables("CI_MERGE_REQUEST_PROJECT_ID"),
            CodeHost::GitHub => None,
        };
        let project = options.project.clone().or_else(of_request);
        let project = project.or_else(|| variables(host.project_variable()));
        let project = project.ok_or_else(|| missing(TargetPart::Project, host.project_variable()))?;
        if host == CodeHost::GitHub && !is_repository(&project) {
            return Err(TargetError::Repository(project));
        }
        Ok(Self { host, api, project, number })
    }
}

/// `refs/pull/12/merge`; events such as `pull_request_target` or `issue_comment` run on a branch and
/// have the number in their file.
fn pull_request(variables: Variables<'_>, event: Option<&[u8]>) -> Option<u64> {
    let of_ref = |name: String| name.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok();
    let of_event = || {
        let event: Json = serde_json::from_slice(event?).ok()?;
        let commented = event.get("issue").filter(|issue| issue.get("pull_request").is_some());
        event.get("pull_request").or(commented)?["number"].as_u64()
    };
    variables("GITHUB_REF").and_then(of_ref).or_else(of_event)
}

fn is_repository(project: &str) -> bool {
    let parts: Vec<&str> = project.split('/').collect();
    parts.len() == 2 && parts.iter().all(|part| !part.is_empty() && !matches!(*part, "." | ".."))
}

fn base(text: &str) -> Result<Url, TargetError> {
    let refused = || TargetError::Api(without_credentials(text));
    let url = Url::parse(text.trim_end_matches('/')).map_err(|_| refused())?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let usable = plain && url.has_host() && ["http", "https"].contains(&url.scheme());
    usable.then_some(url).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn found(options: &TargetOptions, variables: &[(&str, &str)], event: Option<&str>) -> String {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
        match Target::find(options, &variable, event.map(str::as_bytes)) {
            Ok(Some(target)) => format!("{target} at {}", target.api),
            Ok(None) => "nowhere".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    const GITLAB: [(&str, &str); 3] =
        [("GITLAB_CI", "true"), ("CI_API_V4_URL", "https://git.example/api/v4"), ("CI_PROJECT_ID", "7")];
    const GITHUB: [(&str, &str); 4] = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_API_URL", "https://api.github.com"),
        ("GITHUB_REPOSITORY", "shop/fleet"),
        ("GITHUB_REF", "refs/heads/main"),
    ];

    #[test]
    fn gitlab_jobs_have_their_merge_request() {
        let job = |more: &[(&str, &str)]| found(&TargetOptions::default(), &[&GITLAB, more].concat(), None);
        assert_eq!(job(&[]), "nowhere");
        let own = job(&[("CI_MERGE_REQUEST_IID", "12")]);
        assert_eq!(own, "merge request !12 of project 7 at https://git.example/api/v4");
        let fork = job(&[("CI_MERGE_REQUEST_IID", "12"), ("CI_MERGE_REQUEST_PROJECT_ID", "3")]);
        assert_eq!(fork, "merge request !12 of project 3 at https://git.example/api/v4");
    }

    #[test]
    fn github_jobs_have_their_pull_request() {
        let job =
            |more: &[(&str, &str)], event| found(&TargetOptions::default(), &[&GITHUB, more].concat(), event);
        assert_eq!(job(&[], Some(r#"{"head_commit": {}}"#)), "nowhere");
        let pulled = "pull request shop/fleet#12 at https://api.github.com/";
        assert_eq!(job(&[("GITHUB_REF", "refs/pull/12/merge")], None), pulled);
        assert_eq!(job(&[], Some(r#"{"pull_request": {"number": 12}}"#)), pulled);
        assert_eq!(job(&[], Some(r#"{"issue": {"number": 12, "pull_request": {}}}"#)), pulled);
        assert_eq!(job(&[], Some(r#"{"issue": {"number": 12}}"#)), "nowhere");
    }

    #[test]
    fn options_win_over_variables() {
        let api = Some("https://git.example/api/v4/".to_owned());
        let host = Some(CodeHost::GitLab);
        let project = Some("a/b".into());
        let all = TargetOptions { host, api, project, number: Some(3), allow_http: false };
        let there = "merge request a/b!3 at https://git.example/api/v4";
        assert_eq!(found(&all, &[], None), there);
        assert_eq!(found(&all, &GITHUB, None), there);
        let other = TargetOptions { project: Some("9".into()), number: Some(4), ..TargetOptions::default() };
        assert_eq!(
            found(&other, &GITLAB, None),
            "merge request !4 of project 9 at https://git.example/api/v4"
        );
    }

    #[test]
    fn missing_and_invalid_values_are_named() {
        let github =
            TargetOptions { host: Some(CodeHost::GitHub), number: Some(1), ..TargetOptions::default() };
        insta::assert_snapshot!(found(&TargetOptions::default(), &[], None), @"this is not a CI job of GitLab or GitHub");
        insta::assert_snapshot!(found(&github, &GITLAB, None), @"the URL of the API is unknown: GITHUB_API_URL is not set");
        let nameless = TargetOptions { project: Some("fleet".into()), ..github.clone() };
        insta::assert_snapshot!(found(&nameless, &GITHUB, None), @"'fleet' is not the name of a repository on GitHub: write OWNER/NAME");
        let secret = TargetOptions { api: Some("https://a:canary@x/".into()), ..github.clone() };
        insta::assert_snapshot!(found(&secret, &GITHUB, None), @"'https://x/' is not the URL of an API, such as https://gitlab.example.com/api/v4 or https://api.github.com");
        let plain = TargetOptions { api: Some("http://x/".into()), ..github.clone() };
        insta::assert_snapshot!(found(&plain, &GITHUB, None), @"the API http://x/ is not reached by https: the network could read the token");
        let host = TargetOptions { host: Some(CodeHost::GitLab), ..TargetOptions::default() };
        insta::assert_snapshot!(found(&host, &[], None), @"the merge request is unknown: CI_MERGE_REQUEST_IID is not set");
    }
}
