//! `nautform adopt`.

use std::path::PathBuf;

use clap_complete::ArgValueCompleter;

use nautform::{Address, Adopted, ConnectOptions, OpenOptions, Pattern, Session};

use super::shared::{ConnectionArgs, LockArgs, Subject, VariableArgs, subjects};
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The objects, without any everything that the manifests declare; and the directory, instead of --dir
    #[arg(value_name = "PATTERN | DIR", add = ArgValueCompleter::new(addresses))]
    subjects: Vec<Subject<Pattern>>,
    /// The directory of manifests
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    variables: VariableArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let connection = ConnectOptions { no_lock: args.lock.no_lock, ..args.connection.options() };
    let (patterns, dir) = subjects(&args.subjects, &args.dir)?;
    let session = Session::open(OpenOptions { connection, ..args.variables.options(&dir)? })?;
    let adopted = session.adopt(&patterns, args.lock.lock_timeout).await?;
    write(&adopted)?;
    // Without patterns, what exists is adopted; an object that is named must exist.
    Ok(if adopted.missing.is_empty() || patterns.is_empty() { Code::Success } else { Code::Error })
}

fn write(adopted: &Adopted) -> std::io::Result<()> {
    let groups: [(&[Address], &str); 3] = [
        (&adopted.adopted, "adopted"),
        (&adopted.differing, "adopted; plan shows how it differs from its manifest"),
        (&adopted.missing, "not on the server"),
    ];
    terminal::text(|out| {
        for (addresses, result) in groups {
            addresses.iter().try_for_each(|address| writeln!(out, "{address}: {result}"))?;
        }
        match adopted.known.as_slice() {
            [] => {}
            [one] => writeln!(out, "{one}: managed already")?,
            known => writeln!(out, "{} objects are managed already.", known.len())?,
        }
        let number = adopted.adopted.len() + adopted.differing.len();
        writeln!(out, "\nAdopt complete! Objects: {number} adopted, {} known.", adopted.known.len())
    })
}
