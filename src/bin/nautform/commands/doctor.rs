//! `nautform doctor`.

use nautform::doctor::{Check, Outcome};

use super::shared::{ConnectionArgs, ManifestArgs};
use crate::exit::Code;
use crate::failure::Result;
use crate::{hints, terminal};

const EXAMPLES: &str = "\
Examples:
  nautform doctor fleet
  nautform doctor fleet --api-server https://nautes.example.com:8000 --token-file token";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    manifests: ManifestArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let session = args.manifests.open(args.connection.options())?;
    let checks = session.doctor().await;
    let is_broken = checks.iter().any(|check| check.outcome.is_broken());
    let lines: Vec<String> = checks.into_iter().flat_map(lines).collect();
    terminal::text(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    Ok(if is_broken { Code::Error } else { Code::Success })
}

/// What was seen, and on a line below what to do.
fn lines(check: Check) -> Vec<String> {
    let (mark, seen, help) = match check.outcome {
        Outcome::Fine(seen) => ("ok     ", seen, None),
        Outcome::Skipped(why) => ("skipped", why, None),
        Outcome::Warning(seen, help) => ("warning", seen, Some(help.to_owned())),
        Outcome::Broken(seen, help) => ("error  ", seen, Some(help.to_owned())),
        Outcome::Failed(error) => {
            let help = hints::of(&error);
            ("error  ", format!("{:#}", anyhow::Error::from(error)), help)
        }
    };
    let seen = nautform::output::printable(&seen).into_owned();
    let line = format!("{mark}  {}: {seen}", check.what);
    std::iter::once(line).chain(help.map(|help| format!("         help: {help}"))).collect()
}
