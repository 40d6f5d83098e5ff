//! The command line: one file for each command, with its arguments, its examples and what it does.

mod adopt;
mod agreed;
mod apply;
mod comment;
mod completion;
mod doctor;
mod drift;
mod explain;
mod export;
mod force_unlock;
mod forget;
mod get;
mod graph;
mod help;
mod init;
mod man;
mod plan;
#[cfg(test)]
mod reference;
#[cfg(feature = "sandbox")]
mod sandbox;
mod shared;
mod show;
mod state;
#[cfg(test)]
mod tests;
mod validate;
mod version;
mod why;

use clap::{Parser, Subcommand};

use nautform::Mode;

use crate::exit::Code;
use crate::failure::Result;
use crate::terminal::Color;
use crate::{events, signals};

const EXAMPLES: &str = "\
Examples:
  nautform init fleet --ci gitlab         create a directory, with pipelines
  nautform apply fleet --sandbox          try it without a server
  nautform plan fleet                     what would apply do?
  nautform explain Cluster.usage          what does this field mean?
  nautform help                           the pages of the manual
  nautform help environment-variables     what can be set there
  nautform explain nautform.yaml          all settings
  source <(nautform completion bash)      complete commands and addresses

Exit codes:
  0  done, or nothing to do       6   the saved plan is stale
  1  an error                     7   another process holds the state's lock
  2  the plan has changes, with   8   done in part; export left something out
     --detailed-exitcode          9   written, but the state was not saved
  4  drift                        10  unmanaged objects (drift --fail-on)
  5  refused: a protection, or    11  objects that can't be read (drift)
     what can't be undone         129, 130, 131, 143  interrupted";

/// Plans and applies the Nautes objects of a directory of manifests.
#[derive(Debug, Parser)]
#[command(name = "nautform", version, max_term_width = 100, after_help = EXAMPLES)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Log requests to standard error (-vv for more); never bodies or tokens
    #[arg(short, long, global = true, help_heading = "Global options", action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Only results, warnings, errors and questions: no progress and no remarks
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// When to use colours; auto: on a terminal (NO_COLOR and CLICOLOR_FORCE count, too)
    #[arg(long, global = true, help_heading = "Global options")]
    #[arg(value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a new directory: example manifests, settings, files for CI
    Init(init::Args),
    /// Check manifests, offline
    Validate(validate::Args),
    /// Show what apply would do; changes nothing
    Plan(plan::Args),
    /// Apply the manifests
    #[command(after_help = apply::EXAMPLES)]
    Apply(apply::Args),
    /// Delete everything that the directory declares or manages; of a file or `-`, what it declares
    #[command(after_help = apply::DESTROY_EXAMPLES)]
    #[command(mut_arg("dir", |dir| dir.help("Directory of manifests, a part of it, `-`, or a saved plan")))]
    #[command(mut_args(apply::hidden_from_destroy))]
    Destroy(apply::Args),
    /// Show a saved plan
    Show(show::Args),
    /// Write a plan or a drift check as a note on a merge request
    Comment(comment::Args),
    /// Take live objects into the state; writes nothing to the server
    Adopt(adopt::Args),
    /// Stop managing objects without deleting them
    Forget(forget::Args),
    /// Look at the state, or edit it
    State(state::Args),
    /// Remove a stale lock
    ForceUnlock(force_unlock::Args),
    /// Check what an apply needs: address, token, rights, state, lock, clock
    Doctor(doctor::Args),
    /// Show what was changed on the server by others; changes nothing
    Drift(drift::Args),
    /// Write manifests for what is live; the server stays as it is
    Export(export::Args),
    /// List objects of the server, or of the state
    Get(get::Args),
    /// Show what an object needs, what needs it, whether it may go, and what a change does
    Why(why::Args),
    /// Draw the order in which objects depend on each other
    Graph(graph::Args),
    /// Show the fields of a kind
    Explain(explain::Args),
    /// Write a JSON Schema of all manifests, or of the settings, for editors
    Schema(explain::SchemaArgs),
    /// Run a Nautes API server for tests
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Args),
    /// Show the help of a command, or a page of the manual
    Help(help::Args),
    /// Write completions for a shell to standard output
    Completion(completion::Args),
    /// Write man pages into a directory
    Man(man::Args),
    /// Show the version, the commit, and the formats and servers that are known
    Version(version::Args),
}

/// Runs a command.
pub(crate) async fn run(cli: Cli) -> Result<Code> {
    match cli.command {
        Command::Init(args) => init::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Plan(args) => unless_interrupted(plan::run(&args)).await,
        Command::Apply(args) => apply::run(&args, Mode::Apply).await,
        Command::Destroy(args) => apply::run(&args, Mode::Destroy).await,
        Command::Doctor(args) => unless_interrupted(doctor::run(&args)).await,
        Command::Drift(args) => unless_interrupted(drift::run(&args)).await,
        Command::Get(args) => unless_interrupted(get::run(&args)).await,
        Command::Export(args) => unless_interrupted(export::run(&args)).await,
        Command::Comment(args) => unless_interrupted(comment::run(&args)).await,
        Command::Show(args) => show::run(&args),
        Command::Adopt(args) => adopt::run(&args).await,
        Command::Forget(args) => forget::run(&args).await,
        Command::State(args) => state::run(args).await,
        Command::ForceUnlock(args) => force_unlock::run(&args).await,
        Command::Why(args) => why::run(&args).await,
        Command::Graph(args) => graph::run(&args),
        Command::Schema(args) => explain::schema(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Help(args) => help::run::<Cli>(&args),
        Command::Completion(args) => completion::run(&args),
        Command::Man(args) => man::run::<Cli>(&args),
        Command::Version(args) => version::run(&args),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => sandbox::run(&args).await,
    }
}

/// A command that only reads ends at once.
async fn unless_interrupted(work: impl Future<Output = Result<Code>>) -> Result<Code> {
    tokio::select! {
        result = work => result,
        _ = signals::wait() => {
            events::each(|stream| stream.error("interrupted", ""));
            Ok(signals::interruption())
        }
    }
}
