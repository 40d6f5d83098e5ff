//! The variables of a CI job: GitLab CI and GitHub Actions. Pure: the caller looks variables up.

use std::fmt;

/// Looks up a variable of the environment; `None` if it is not set or empty.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A host of Git repositories, merge requests and CI jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeHost {
    /// GitLab, hosted or self-managed.
    GitLab,
    /// GitHub, hosted or Enterprise.
    GitHub,
}

impl CodeHost {
    /// Both.
    pub const ALL: [Self; 2] = [Self::GitLab, Self::GitHub];

    /// The host whose CI runs this job, if one does.
    pub fn of_job(variables: Variables<'_>) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.runs_job(variables))
    }

    /// Whether this host's CI runs this job.
    pub fn runs_job(self, variables: Variables<'_>) -> bool {
        let marker = match self {
            Self::GitLab => "GITLAB_CI",
            Self::GitHub => "GITHUB_ACTIONS",
        };
        [marker, self.api_variable()].into_iter().any(|name| variables(name).is_some())
    }

    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GitLab => "GitLab",
            Self::GitHub => "GitHub",
        }
    }

    /// The name on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::GitLab => "gitlab",
            Self::GitHub => "github",
        }
    }

    /// How many characters a note on a merge request may have.
    pub const fn note_limit(self) -> usize {
        match self {
            Self::GitLab => 1_000_000,
            Self::GitHub => 65_536,
        }
    }

    /// The variable with the URL of the API.
    pub const fn api_variable(self) -> &'static str {
        match self {
            Self::GitLab => "CI_API_V4_URL",
            Self::GitHub => "GITHUB_API_URL",
        }
    }

    /// The variable with the project: GitLab's number, GitHub's `owner/name`.
    pub const fn project_variable(self) -> &'static str {
        match self {
            Self::GitLab => "CI_PROJECT_ID",
            Self::GitHub => "GITHUB_REPOSITORY",
        }
    }
}

impl fmt::Display for CodeHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The URL of the CI job: GitLab's job, or the run of GitHub Actions.
pub(crate) fn job_url(variables: Variables<'_>) -> Option<String> {
    if let Some(url) = variables("CI_JOB_URL") {
        return Some(url);
    }
    let server = variables("GITHUB_SERVER_URL")?;
    let repository = variables("GITHUB_REPOSITORY")?;
    Some(format!("{server}/{repository}/actions/runs/{}", variables("GITHUB_RUN_ID")?))
}

/// The commit that the job is about, shortened as Git shows it: GitLab's, or that of GitHub Actions.
pub(crate) fn commit(variables: Variables<'_>) -> Option<String> {
    /// How many digits GitLab's own short form has.
    const SHORT: usize = 8;
    Some(whole_commit(variables)?.chars().take(SHORT).collect())
}

/// The same with all digits.
pub(crate) fn whole_commit(variables: Variables<'_>) -> Option<String> {
    let id = variables("CI_COMMIT_SHA").or_else(|| variables("GITHUB_SHA"))?;
    id.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(id)
}

/// The branch that the job runs for; `None` for tags and merge requests.
pub(crate) fn branch(variables: Variables<'_>) -> Option<String> {
    let of_github =
        || variables("GITHUB_REF").and_then(|name| Some(name.strip_prefix("refs/heads/")?.to_owned()));
    variables("CI_COMMIT_BRANCH").or_else(of_github)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn job(variables: &[(&str, &str)]) -> Option<String> {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        job_url(&|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn job_url_of_gitlab_and_github() {
        assert_eq!(job(&[("CI_JOB_URL", "https://gitlab/a/-/jobs/1")]).unwrap(), "https://gitlab/a/-/jobs/1");
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_RUN_ID", "7"),
        ];
        assert_eq!(job(&github).unwrap(), "https://github.com/a/b/actions/runs/7");
        assert_eq!(job(&github[..2]), None);
    }
}
