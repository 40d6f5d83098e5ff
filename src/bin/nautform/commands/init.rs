//! `nautform init`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use nautform::SessionError;
use nautform::init::starter::{self, INCLUDED};
use nautform::init::{Initialised, init};

use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The directory; created if it does not exist
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Also write pipelines: a plan for each merge request, apply, and a drift check
    #[arg(long, value_enum, value_name = "HOST")]
    ci: Option<Ci>,
}

/// Where pipelines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ci {
    /// GitLab CI, with the state in GitLab
    Gitlab,
    /// GitHub Actions, with the state in a bucket
    Github,
}

pub(super) fn run(args: &Args) -> Result<Code> {
    let ci = args.ci.map(|ci| match ci {
        Ci::Gitlab => starter::Ci::GitLab,
        Ci::Github => starter::Ci::GitHub,
    });
    let done = init(&args.dir, ci).map_err(SessionError::from)?;
    for path in &done.written {
        terminal::say(&format!("Wrote {}.", path.display()));
    }
    for path in &done.kept {
        terminal::say(&format!("Kept {}, which exists already.", path.display()));
    }
    if done.had_manifests {
        terminal::say("The directory has manifests, so no example was written.");
    }
    next(&args.dir, ci.is_some(), &done);
    Ok(Code::Success)
}

/// What to do with the files.
fn next(directory: &Path, has_pipelines: bool, done: &Initialised) {
    let directory = match directory.display().to_string() {
        here if here == "." => String::new(),
        there => format!(" {there}"),
    };
    terminal::say("\nNext:");
    terminal::say(&format!("  nautform validate{directory}           checks the manifests, offline"));
    terminal::say(&format!(
        "  nautform apply{directory} --sandbox    tries them on a server inside the process"
    ));
    if done.to_include {
        terminal::say("Add to .gitlab-ci.yml:");
        terminal::say(&format!("  include: [{{local: {INCLUDED}}}]"));
    }
    if let Some(backend) = done.state {
        terminal::warning(&format!(
            "nautform.yaml keeps the state in .nautform, which every job loses: change it to the {backend} backend \
             (nautform help state-stores)"
        ));
    }
    if has_pipelines {
        terminal::say("The head of the pipelines' file says which variables they need.");
    }
}
