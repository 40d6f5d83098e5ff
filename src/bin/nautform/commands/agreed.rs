//! `--agreed`: where what was agreed on is found.

use clap::Args;

use nautform::merge_request::{NotesClient, Target, TargetOptions, User};
use nautform::{Agreement, Reviews};

use super::{comment, shared};
use crate::environment;
use crate::failure::Result;

/// What a plan has to be agreed on by.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Review")]
pub(super) struct AgreedArgs {
    /// Carry out only what plans on merged merge requests have said, in a job on the branch they were merged
    /// into; with a value, exactly the plan with this fingerprint. It permits nothing that needs a flag
    #[arg(long, value_name = "FINGERPRINT", num_args = 0..=1, require_equals = true, default_missing_value = "", overrides_with = "agreed")]
    agreed: Option<String>,
    /// Whose notes say what was planned, by name or number (else NAUTFORM_PLAN_USER)
    #[arg(long, value_name = "USER")]
    plan_user: Option<String>,
}

/// The variable with the user whose notes count.
const PLAN_USER: &str = "NAUTFORM_PLAN_USER";

impl AgreedArgs {
    /// What was asked for; `allow_http` permits to send the token by plain HTTP.
    pub(super) fn agreement(&self, allow_http: bool) -> Result<Option<Agreement>> {
        match self.agreed.as_deref() {
            None => Ok(None),
            Some("") => self.reviews(allow_http).map(|reviews| Some(Agreement::Reviews(Box::new(reviews)))),
            Some(text) if text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.len() == 32 => {
                Ok(Some(Agreement::Fingerprint(text.to_owned())))
            }
            Some(_) => Err(shared::usage("--agreed: a fingerprint has 32 hexadecimal digits")),
        }
    }

    fn reviews(&self, allow_http: bool) -> Result<Reviews> {
        let user = self.plan_user.clone().or_else(|| environment::get(PLAN_USER));
        let user = user.as_deref().and_then(User::new);
        let user = user.ok_or_else(|| {
            shared::usage(&format!(
                "--agreed needs to know whose notes count: set {PLAN_USER}, or --plan-user"
            ))
        })?;
        let all = environment::all();
        let unknown =
            |what| shared::usage(&format!("--agreed goes with a CI job for a branch: the {what} is unknown"));
        let commit = all.whole_commit().ok_or_else(|| unknown("commit"))?;
        let branch = all.ci_branch().ok_or_else(|| unknown("branch"))?;
        let options = TargetOptions { allow_http, ..TargetOptions::default() };
        let target = Target::project(&options, &environment::get).map_err(anyhow::Error::from)?;
        let token = comment::token(None, target.host)?;
        let ca = comment::ca(None, target.host)?;
        let client = NotesClient::new(target, &token, ca.as_deref(), comment::PAUSE);
        Ok(Reviews::new(client.map_err(anyhow::Error::from)?, user, commit, branch))
    }
}
