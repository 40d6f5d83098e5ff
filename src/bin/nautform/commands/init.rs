//! `nautform init`.

use std::path::Path;

use nautform::session::init::starter::{Ci, INCLUDED};
use nautform::session::init::{Initialised, init};

use crate::args;
use crate::exit::Code;
use crate::terminal;

pub(super) fn run(args: &args::Init) -> anyhow::Result<Code> {
    let ci = args.ci.map(|ci| match ci {
        args::Ci::Gitlab => Ci::GitLab,
        args::Ci::Github => Ci::GitHub,
    });
    let done = init(&args.dir, ci)?;
    for path in &done.written {
        terminal::say(&format!("Wrote {}.", path.display()));
    }
    for path in &done.kept {
        terminal::say(&format!("Kept {}, which is there already.", path.display()));
    }
    if done.had_manifests {
        terminal::say("The directory has manifests, so no example was written.");
    }
    next(&args.dir, ci, &done);
    Ok(Code::Success)
}

/// What to do with the files.
fn next(directory: &Path, ci: Option<Ci>, done: &Initialised) {
    let directory = match directory.display().to_string() {
        here if here == "." => String::new(),
        there => format!(" {there}"),
    };
    terminal::say(&format!(
        "\nNext:\n  nautform validate{directory}           checks the manifests, offline\n  nautform apply{directory} --sandbox    tries them on a server inside the process"
    ));
    if done.to_include {
        terminal::say(&format!("Add to .gitlab-ci.yml:\n  include: [{{local: {INCLUDED}}}]"));
    }
    if ci.is_some() {
        terminal::say("The head of the pipelines' file says which variables they need.");
    }
}
