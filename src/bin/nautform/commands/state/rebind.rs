//! `nautform state rebind`.

use std::path::PathBuf;

use nautform::{Address, ConnectOptions, OpenOptions, ServerMatch, Session};

use crate::commands::shared::{ConnectionArgs, LockArgs, PlaceArgs, TrustArgs};
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

/// How many objects of each group are named.
const SHOWN: usize = 10;

/// Without --add and --fleet, the state is bound to the environment of --env.
#[derive(Debug, clap::Args)]
#[command(override_usage = "nautform state rebind [OPTIONS] <--add [URL]|--fleet NAME|--env NAME>")]
#[command(group = clap::ArgGroup::new("what").args(["add", "fleet", "env"]).required(true).multiple(true))]
pub(super) struct Args {
    /// Compare this server (the configured one, without URL) with the state, and add it to the state's
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    add: Option<String>,
    /// Give the fleet of the state this name
    #[arg(long, value_name = "NAME")]
    fleet: Option<String>,
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
    /// The directory of manifests
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let session = open(args)?;
    // The new name first: with the old one, the state is that of another fleet.
    if let Some(name) = &args.fleet {
        session.rename_fleet(name, args.lock.lock_timeout).await?;
        terminal::say(&format!("The state is now that of the fleet {name}."));
    }
    if args.add.is_some() {
        return add(args, &session).await;
    }
    if let (Some(name), None) = (session.environment(), &args.fleet) {
        let from = session.bind_environment(args.lock.lock_timeout).await?;
        let from = from.map(|place| format!("; it was at {place}")).unwrap_or_default();
        terminal::say(&format!("The state is now that of the environment {name}{from}."));
    }
    Ok(Code::Success)
}

fn open(args: &Args) -> Result<Session> {
    let no_lock = args.lock.no_lock;
    let mut connection = ConnectOptions { no_lock, ..args.connection.options() };
    if let Some(url) = args.add.clone().filter(|url| !url.is_empty()) {
        connection.api_server = Some(url);
    }
    let directory = args.place.place.as_deref().unwrap_or(&args.dir);
    Ok(Session::open(OpenOptions { connection, ..args.trust.open_options(directory) })?)
}

async fn add(args: &Args, session: &Session) -> Result<Code> {
    let Some(found) = session.compare_server().await? else {
        terminal::say("The state names no object: it can be used with any server.");
        return Ok(Code::Success);
    };
    let server = &found.server;
    if found.is_bound() {
        terminal::say(&format!("The state is for {server} already."));
        return Ok(Code::Success);
    }
    terminal::text(|out| out.write_all(shown(&found).as_bytes()))?;
    let question = format!("\nIs {server} the same server, so that this state can be used with it?");
    if !args.auto_approve && !terminal::confirm(&question).await? {
        terminal::say("\nThe state was not changed.");
        return Ok(Code::Error);
    }
    session.add_server(server, args.lock.lock_timeout).await?;
    terminal::say(&format!("The state is now for {server}, too."));
    Ok(Code::Success)
}

/// What of the state is on the server.
fn shown(found: &ServerMatch) -> String {
    let ServerMatch { server, servers, matching, differing, missing, unknown } = found;
    let count = matching.len() + differing.len() + missing.len() + unknown.len();
    let known = if servers.is_empty() { "no server yet".to_owned() } else { servers.join(", ") };
    let mut text = format!(
        "The state is for {known}.\nOf its {count} objects, {} are on {server} as they were applied.\n",
        matching.len()
    );
    for (objects, what) in [(differing, "different"), (missing, "missing"), (unknown, "not readable")] {
        if !objects.is_empty() {
            text.push_str(&format!("  {} {what}: {}\n", objects.len(), named(objects)));
        }
    }
    text
}

fn named(objects: &[Address]) -> String {
    let names: Vec<String> = objects.iter().take(SHOWN).map(ToString::to_string).collect();
    let rest = objects.len() - names.len();
    let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    format!("{}{more}", names.join(", "))
}
