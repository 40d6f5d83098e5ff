//! `nautform why`.

use std::path::PathBuf;

use clap_complete::ArgValueCompleter;

use nautform::output::text;
use nautform::{Address, ConnectOptions, OpenOptions, Session};

use super::shared::VariableArgs;
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  nautform why Environment/shop/dev
  nautform why Cluster/host-a --dir fleet";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Such as Cluster/host-a or Environment/shop/dev
    #[arg(add = ArgValueCompleter::new(addresses))]
    address: Address,
    /// The directory of manifests
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// The state of a sandbox instead
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    sandbox: Option<String>,
    #[command(flatten)]
    variables: VariableArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let connection = ConnectOptions { sandbox: args.sandbox.clone(), ..ConnectOptions::default() };
    let session = Session::open(OpenOptions { connection, ..args.variables.options(&args.dir)? })?;
    let (why, sources) = session.why(&args.address).await?;
    terminal::text(|out| text::why(&why, &sources, terminal::output_style(), out))?;
    Ok(Code::Success)
}
