//! `nautform comment`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Error, anyhow, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use nautform::comment::{Commented, Outcome, comment};
use nautform::input::{LARGE, SMALL, read, read_text};
use nautform::merge_request::{NotesClient, Target, TargetError, TargetOptions, TargetPart, Text};
use nautform::{CodeHost, Secret};

use crate::environment::{all, get};
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

const EXAMPLES: &str = "\
In a job for a merge request only a token has to be set: GITLAB_TOKEN, a project
access token with the scope `api` and the role Reporter (the job's own token
can't write notes); or GITHUB_TOKEN, the job's own with the permission
`pull-requests: write`.
The note is found again by the marker on its first line, one for each directory,
and updated. Notes of others are not changed. Of several, the oldest is updated.
In jobs without a merge request nothing is written, and the exit code is 0.

Examples:
  nautform plan fleet --format markdown > plan.md && nautform comment plan.md
  nautform drift fleet --format markdown | nautform comment
  nautform comment plan.md --host gitlab --api-url https://git.example/api/v4
      --project group/fleet --merge-request 12 --token-file token";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The note, as --format markdown writes it; `-` reads standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// The host of the merge request; known in CI, as are the others
    #[arg(long, value_name = "HOST", value_parser = code_hosts())]
    host: Option<CodeHost>,
    /// The project: GitLab's number or path, GitHub's OWNER/NAME
    #[arg(long)]
    project: Option<String>,
    /// The merge request's or pull request's number
    #[arg(long, value_name = "N")]
    merge_request: Option<u64>,
    /// URL of the API: https://gitlab.example.com/api/v4, https://api.github.com
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// File that holds the token (else GITLAB_TOKEN or GITHUB_TOKEN)
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// CA certificate to trust besides the system's, PEM (else CI_SERVER_TLS_CA_FILE)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Send the token by plain HTTP, too, and not to this machine only (else NAUTFORM_ALLOW_HTTP=true)
    #[arg(long)]
    allow_http: bool,
}

/// The hosts by their names on the command line.
fn code_hosts() -> impl TypedValueParser<Value = CodeHost> {
    PossibleValuesParser::new(CodeHost::ALL.map(CodeHost::id)).map(|id| {
        let named = CodeHost::ALL.into_iter().find(|host| host.id() == id);
        named.expect("the parser knows only these names")
    })
}

/// The first pause before a request is repeated.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(args: &Args) -> Result<Code> {
    let text = text(&args.file)?;
    let options = TargetOptions {
        host: args.host,
        api: args.api_url.clone(),
        project: args.project.clone(),
        number: args.merge_request,
        allow_http: args.allow_http || all().allows_http(),
    };
    // A file that can't be read is treated as missing.
    let event = get("GITHUB_EVENT_PATH").and_then(|path| read(Path::new(&path), LARGE).ok());
    let Some(target) = Target::find(&options, &get, event.as_deref()).map_err(with_flags)? else {
        terminal::say(
            "This job belongs to no merge request: no note was written. (--merge-request names one.)",
        );
        return Ok(Code::Success);
    };
    let text = Text::new(text, target.host).map_err(Error::from)?;
    let token = token(args.token_file.as_deref(), target.host)?;
    let ca = ca(args.ca_file.as_deref(), target.host)?;
    let client = NotesClient::new(target, &token, ca.as_deref(), PAUSE).map_err(Error::from)?;
    let Commented { outcome, duplicates } = comment(&client, &text).await.map_err(Error::from)?;
    let target = client.target();
    terminal::text(|out| match outcome {
        Outcome::Created => writeln!(out, "Wrote a note on {target}."),
        Outcome::Updated => writeln!(out, "Updated the note on {target}."),
        Outcome::Unchanged => writeln!(out, "The note on {target} says the same already."),
    })?;
    if !duplicates.is_empty() {
        let ids: Vec<String> = duplicates.iter().map(ToString::to_string).collect();
        terminal::warning(&format!(
            "newer notes have the same marker and are out of date; delete them: {}",
            ids.join(", ")
        ));
    }
    Ok(Code::Success)
}

/// The error, and the flags for what is missing.
fn with_flags(error: TargetError) -> Error {
    let flags = match &error {
        TargetError::NoHost => "--host, --api-url, --project and --merge-request",
        TargetError::Missing { part: TargetPart::Api, .. } => "--api-url",
        TargetError::Missing { part: TargetPart::Project, .. } => "--project",
        TargetError::Missing { part: TargetPart::Number, .. } => "--merge-request",
        TargetError::PlainHttp(_) => "--allow-http",
        TargetError::Api(_) | TargetError::Repository(_) => return error.into(),
    };
    anyhow!("{error}; pass {flags}")
}

fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return std::io::read_to_string(std::io::stdin()).context("cannot read standard input");
    }
    read_text(file, LARGE).with_context(|| format!("cannot read {}", file.display()))
}

/// The token for the host's API.
pub(super) fn token(file: Option<&Path>, host: CodeHost) -> anyhow::Result<Secret> {
    let name = match host {
        CodeHost::GitLab => "GITLAB_TOKEN",
        CodeHost::GitHub => "GITHUB_TOKEN",
    };
    let text = match file {
        Some(file) => Some(text(file)?),
        None => get(name),
    };
    match text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        Some(text) => Ok(Secret::new(text)),
        None if file.is_some() => bail!("the file of --token-file is empty"),
        None if host == CodeHost::GitLab && get("CI_JOB_TOKEN").is_some() => bail!(
            "GITLAB_TOKEN is not set, and GitLab lets no job write notes with its own CI_JOB_TOKEN: set \
             GITLAB_TOKEN to a project access token with the scope `api` and the role Reporter (Settings > \
             CI/CD > Variables, masked)"
        ),
        None => bail!("no token: set {name}, or pass --token-file"),
    }
}

/// Runners of self-managed GitLabs bring their certificate.
pub(super) fn ca(given: Option<&Path>, host: CodeHost) -> anyhow::Result<Option<Vec<u8>>> {
    let of_runner = || get("CI_SERVER_TLS_CA_FILE").filter(|_| host == CodeHost::GitLab).map(PathBuf::from);
    let file = given.map(Path::to_owned).or_else(of_runner);
    file.map(|file| read(&file, SMALL).with_context(|| format!("cannot read {}", file.display()))).transpose()
}
