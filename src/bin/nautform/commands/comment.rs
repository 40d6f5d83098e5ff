//! `nautform comment`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use nautform::model::ci::CodeHost;
use nautform::model::value::Secret;
use nautform::notify::merge_request::{NotesClient, Target, TargetOptions, Text};
use nautform::session::comment::{Commented, Outcome, comment};

use crate::args::Comment;
use crate::connection::environment;
use crate::exit::Code;
use crate::terminal;

/// The first pause before a request is repeated.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(args: &Comment) -> anyhow::Result<Code> {
    let text = text(&args.file)?;
    let options = TargetOptions {
        host: args.host,
        api: args.api_url.clone(),
        project: args.project.clone(),
        number: args.merge_request,
    };
    // A file that can't be read says as much as none.
    let event = environment("GITHUB_EVENT_PATH").and_then(|path| std::fs::read(path).ok());
    let Some(target) = Target::find(&options, &environment, event.as_deref())? else {
        terminal::say(
            "This job belongs to no merge request: no note was written. (--merge-request names one.)",
        );
        return Ok(Code::Success);
    };
    let text = Text::new(text, target.host)?;
    let (token, ca) = (token(args.token_file.as_deref(), target.host)?, ca(args, target.host)?);
    let client = NotesClient::new(target, &token, ca.as_deref(), PAUSE)?;
    let Commented { outcome, duplicates } = comment(&client, &text).await?;
    let target = client.target();
    terminal::result(|out| match outcome {
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

fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return std::io::read_to_string(std::io::stdin()).context("cannot read standard input");
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn token(file: Option<&Path>, host: CodeHost) -> anyhow::Result<Secret> {
    let name = match host {
        CodeHost::GitLab => "GITLAB_TOKEN",
        CodeHost::GitHub => "GITHUB_TOKEN",
    };
    let text = match file {
        Some(file) => Some(text(file)?),
        None => environment(name),
    };
    match text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        Some(text) => Ok(Secret::new(text)),
        None if file.is_some() => bail!("the file of --token-file is empty"),
        None if host == CodeHost::GitLab && environment("CI_JOB_TOKEN").is_some() => bail!(
            "GITLAB_TOKEN is not set, and GitLab lets no job write notes with its own CI_JOB_TOKEN: set GITLAB_TOKEN to a project access token with the scope `api` and the role Reporter (Settings > CI/CD > Variables, masked)"
        ),
        None => bail!("no token: set {name}, or pass --token-file"),
    }
}

/// Runners of self-managed GitLabs bring their certificate.
fn ca(args: &Comment, host: CodeHost) -> anyhow::Result<Option<Vec<u8>>> {
    let of_runner =
        || environment("CI_SERVER_TLS_CA_FILE").filter(|_| host == CodeHost::GitLab).map(PathBuf::from);
    let file = args.ca_file.clone().or_else(of_runner);
    file.map(|file| std::fs::read(&file).with_context(|| format!("cannot read {}", file.display())))
        .transpose()
}
