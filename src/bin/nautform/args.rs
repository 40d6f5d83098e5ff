//! What can be typed. The help texts here are the reference that the man pages and the README point to.

mod comment;
mod examples;
mod formats;
mod help;
#[cfg(feature = "sandbox")]
mod sandbox;
mod state;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;

use nautform::config::settings::duration;
use nautform::resource::{Address, Pattern};

pub(crate) use comment::Comment;
pub(crate) use formats::{ApplyFormat, Complaints, Drawing, DriftFormat, FailOn, PlanFormat};
pub(crate) use help::{Completion, Explain, Man, Shell};
#[cfg(feature = "sandbox")]
pub(crate) use sandbox::Sandbox;
pub(crate) use state::{ForceUnlock, Forget, State, StateCommand, StateOf};

use crate::completion::addresses;

/// Plans and applies the Nautes objects of a directory of manifests.
#[derive(Debug, Parser)]
#[command(name = "nautform", version, max_term_width = 100, arg_required_else_help = true, after_help = examples::NAUTFORM)]
pub(crate) struct Cli {
    /// Log requests to standard error (-vv for more); never bodies or tokens
    #[arg(short, long, global = true, help_heading = "Everywhere", action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colours; auto: on a terminal (NO_COLOR and CLICOLOR_FORCE count, too)
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    // Without texts, so that help lists them in one line.
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a directory: a few manifests, settings, files for CI
    Init(Init),
    /// Check manifests, offline
    Validate(Validate),
    /// Show what apply would do; changes nothing
    Plan(Plan),
    /// Make the live state what the manifests say
    #[command(after_help = examples::APPLY)]
    Apply(Apply),
    /// Delete everything that the directory declares or manages; of a file or `-`, what it declares
    Destroy(Apply),
    /// Show a saved plan
    Show(Show),
    /// Write a plan or a drift check as a note on a merge request
    Comment(Comment),
    /// Take live objects into the state; writes nothing to the server
    Adopt(Adopt),
    /// Let go of objects without deleting them
    Forget(Forget),
    /// Look at the state, or edit it
    #[command(after_help = examples::STATE)]
    State(State),
    /// Free a lock that a dead run has left behind
    ForceUnlock(ForceUnlock),
    /// Show what others changed on the server; changes nothing
    Drift(Drift),
    /// Write manifests for what is live; the server stays as it is
    Export(Export),
    /// Draw the order in which objects depend on each other
    Graph(Graph),
    /// Tell what may stand in a manifest
    Explain(Explain),
    /// Write a JSON Schema of all manifests, for editors
    Schema,
    /// Run a Nautes API server in a box
    #[cfg(feature = "sandbox")]
    #[command(after_help = examples::SANDBOX)]
    Sandbox(Sandbox),
    /// Write completions for a shell to standard output
    #[command(after_help = examples::COMPLETION)]
    Completion(Completion),
    /// Write man pages into a directory
    Man(Man),
}

/// Where manifests come from and what fills them in.
#[derive(Clone, Debug, Args)]
pub(crate) struct Manifests {
    /// Directory of manifests, a part of it (a file, a directory in it), or `-` for standard input
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Set a variable for ${NAME} in manifests
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) var: Vec<String>,
    /// Read variables from a YAML or JSON map
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
}

/// Which part of the directory.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct Selecting {
    /// Only these objects and what they need; globs such as Cluster/host-* or Product/shop, which covers all in it
    #[arg(long, value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    pub(crate) target: Vec<Pattern>,
    /// Not these objects, nor what needs them
    #[arg(long, value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    pub(crate) exclude: Vec<Pattern>,
    /// Standard input (`-`) is the whole fleet: what the state knows and it does not declare is gone
    #[arg(long)]
    pub(crate) complete: bool,
    /// Only manifests that changed in Git since this revision (its merge base with HEAD), and what they need
    #[arg(long, value_name = "REV", conflicts_with = "target")]
    pub(crate) changed_since: Option<String>,
}

impl Selecting {
    /// Whether nothing is left out.
    pub(crate) fn is_all(&self) -> bool {
        self.target.is_empty() && self.exclude.is_empty() && self.changed_since.is_none()
    }
}

/// What a run may do beyond the ordinary.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Guards")]
pub(crate) struct Permitting {
    /// Also delete objects on the server that no manifest and no state knows; `--prune=Product/shop`, `--prune=*`
    #[arg(long, value_name = "PATTERN", require_equals = true, add = ArgValueCompleter::new(addresses))]
    pub(crate) prune: Vec<Pattern>,
    /// Lift nautform.dev/prevent-destroy from one object for this run
    #[arg(long, value_name = "ADDRESS", add = ArgValueCompleter::new(addresses))]
    pub(crate) unprotect: Vec<Address>,
    /// Allow replacements that delete and create again what uses the replaced object
    #[arg(long)]
    pub(crate) allow_replace: bool,
    /// Allow up to N deletes, whatever the threshold
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) allow_deletes: usize,
    /// Allow up to N updates, whatever the threshold
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) allow_updates: usize,
    /// Do not carry the plan out against a copy of the live state first
    #[arg(long)]
    pub(crate) no_rehearse: bool,
}

/// Who is told how it ended.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Telling {
    /// File that holds the URL of a webhook to tell how it ended, if anything happened (else NAUTFORM_WEBHOOK)
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_file: Option<PathBuf>,
}

/// Which server, and who asks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct Connection {
    /// URL of the Nautes API server
    #[arg(long, env = "NAUTFORM_API_SERVER", hide_env_values = true, value_name = "URL")]
    pub(crate) api_server: Option<String>,
    /// File that holds the GitLab access token (else NAUTFORM_TOKEN or GIT_TOKEN)
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// CA certificate to trust besides the system's, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// How long one request may take
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub(crate) request_timeout: Option<Duration>,
    /// Limit the rate of requests
    #[arg(long, value_name = "N")]
    pub(crate) max_requests_per_second: Option<u32>,
    /// How many requests may run at once where the server stands it
    #[arg(long, value_name = "N")]
    pub(crate) parallelism: Option<usize>,
    /// Use a sandbox inside this process instead of a server
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) sandbox: Option<String>,
    /// Use no state: nothing is remembered, nothing that left the directory is deleted
    #[arg(long)]
    pub(crate) stateless: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Where to begin; made if it is not there
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Also write pipelines: a plan for each merge request, apply, and a drift check
    #[arg(long, value_enum, value_name = "HOST")]
    pub(crate) ci: Option<Ci>,
}

/// Where pipelines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ci {
    /// GitLab CI, with the state in GitLab
    Gitlab,
    /// GitHub Actions, with the state in a bucket
    Github,
}

#[derive(Debug, Args)]
#[command(after_help = examples::VALIDATE)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) manifests: Manifests,
    /// How to write complaints; all but text go to standard output
    #[arg(long, value_enum, default_value_t = Complaints::Text)]
    pub(crate) format: Complaints,
}

#[derive(Debug, Args)]
#[command(after_help = examples::PLAN)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) manifests: Manifests,
    /// Exit with 2 if there are changes
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Plan to delete everything instead
    #[arg(long)]
    pub(crate) destroy: bool,
    /// How to write the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// Save the plan for `nautform apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Also write the counts for GitLab's merge request widget
    #[arg(long, value_name = "FILE")]
    pub(crate) gitlab_report: Option<PathBuf>,
    /// Show changes without their fields
    #[arg(long)]
    pub(crate) compact: bool,
    /// Look for objects that nobody manages, and list them
    #[arg(long)]
    pub(crate) show_unmanaged: bool,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
    #[command(flatten)]
    pub(crate) permitting: Permitting,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
#[command(mut_arg("dir", |dir| dir.help("Directory of manifests, a part of it (a file, a directory in it), `-` for standard input, or a saved plan")))]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) manifests: Manifests,
    /// Do not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Allow what can't be undone: deleting GitLab groups and repositories with their history
    #[arg(long)]
    pub(crate) allow_irreversible: bool,
    /// How to write what happens; ndjson needs --auto-approve
    #[arg(long, value_enum, default_value_t = ApplyFormat::Text)]
    pub(crate) format: ApplyFormat,
    /// Also write what happens as events, one JSON object on a line
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// How long to wait for clusters to reach Kubernetes
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub(crate) sync_timeout: Option<Duration>,
    /// How long to wait for GitLab to finish deletes
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub(crate) delete_timeout: Option<Duration>,
    /// How long to wait for the state's lock
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) lock_timeout: Duration,
    #[command(flatten)]
    pub(crate) telling: Telling,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
    #[command(flatten)]
    pub(crate) permitting: Permitting,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The saved plan
    pub(crate) file: PathBuf,
    /// How to write the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// Show changes without their fields
    #[arg(long)]
    pub(crate) compact: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The objects; without any, everything that the manifests declare
    #[arg(value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    pub(crate) patterns: Vec<Pattern>,
    /// The directory of manifests
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Set a variable for ${NAME} in manifests
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) var: Vec<String>,
    /// Read variables from a YAML or JSON map
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
    /// How long to wait for the state's lock
    #[arg(long, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub(crate) lock_timeout: Duration,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
#[command(after_help = examples::DRIFT)]
pub(crate) struct Drift {
    #[command(flatten)]
    pub(crate) manifests: Manifests,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t = DriftFormat::Text)]
    pub(crate) format: DriftFormat,
    /// Which findings make the exit code: 4 for changed and missing, 11 for unknown, 2 for pending, 10 for unmanaged
    #[arg(long, value_enum, value_name = "CLASS", value_delimiter = ',', default_values = ["changed", "missing", "unknown"])]
    pub(crate) fail_on: Vec<FailOn>,
    /// Look for objects that nobody manages, too; implied by --fail-on unmanaged
    #[arg(long)]
    pub(crate) show_unmanaged: bool,
    /// Remember the findings in a file, and say and fail only what is new since the check that wrote it last
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) telling: Telling,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
#[command(after_help = examples::EXPORT)]
pub(crate) struct Export {
    /// Directory to write to; `-`, or none, writes one YAML stream to standard output
    pub(crate) dir: Option<PathBuf>,
    /// Only these objects and, of a product, what is in it: Cluster/host-*, Product/shop. Read by name even where the server's
    /// lists hide them
    #[arg(long, value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    pub(crate) target: Vec<Pattern>,
    /// Overwrite files that are there already
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) manifests: Manifests,
    /// How to draw
    #[arg(long, value_enum, default_value_t = Drawing::Dot)]
    pub(crate) format: Drawing,
}
