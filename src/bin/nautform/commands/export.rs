//! `nautform export`: manifests to a directory or to standard output; what they lack, to standard error.

use std::path::{Path, PathBuf};

use clap_complete::ArgValueCompleter;

use nautform::output::text::count;
use nautform::{ConnectOptions, Exported, OpenOptions, Pattern, Session, State, hidden_kinds};

use super::shared::{ConnectionArgs, TrustArgs};
use crate::ci_log::Lines;
use crate::completion::addresses;
use crate::exit::Code;
use crate::failure::Result;
use crate::{terminal, ways};

const EXAMPLES: &str = "\
Examples:
  nautform export fleet
  nautform export --target Product/shop > shop.yaml";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Directory to write to; `-`, or none, writes one YAML stream to standard output
    dir: Option<PathBuf>,
    /// Only these objects and, of a product, what is in it: Cluster/host-*, Product/shop. Read by name even
    /// where the server's lists hide them
    #[arg(long, value_name = "PATTERN", add = ArgValueCompleter::new(addresses))]
    target: Vec<Pattern>,
    /// Overwrite files that exist
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let directory = args.dir.as_deref().filter(|dir| *dir != Path::new("-"));
    let options = args.trust.open_options(directory.unwrap_or(Path::new(".")));
    let session = Session::open(OpenOptions { connection: args.connection.options(), ..options })?;
    let (exported, state) = session.export(&args.target).await?;
    let Exported { export, .. } = &exported;
    match directory {
        Some(directory) => exported.write(directory, args.force)?,
        None => terminal::lines(Lines::Yaml, |out| {
            export.files.iter().try_for_each(|file| write!(out, "---\n{}", file.text))
        })?,
    }
    say(&exported, state.as_ref(), directory);
    if args.target.is_empty() || args.target.iter().any(|target| target.address().is_none()) {
        hidden();
    }
    next(&exported, directory, &args.connection.options());
    Ok(code(&exported))
}

/// The exit code shows whether something could not be read, or is known to exist and is in no file.
fn code(exported: &Exported) -> Code {
    if exported.list_failures().any(|failure| !failure.read_singly) {
        Code::Error
    } else if exported.is_complete() {
        Code::Success
    } else {
        Code::Partial
    }
}

/// Says what was written and what was not.
fn say(exported: &Exported, state: Option<&State>, directory: Option<&Path>) {
    let export = &exported.export;
    let objects = count(export.files.len(), "object");
    match directory {
        Some(here) if here == Path::new(".") => terminal::say(&format!("Wrote {objects} to this directory.")),
        Some(directory) => terminal::say(&format!("Wrote {objects} to {}.", directory.display())),
        None => terminal::say(&format!("Wrote {objects}.")),
    }
    placeholders(exported);
    for file in export.files.iter().filter(|file| file.from_state) {
        terminal::say(&format!(
            "{}: the server can't show it, so it is written as it was applied last.",
            file.address
        ));
    }
    unseen(exported);
    failures(exported);
    for left_out in &export.left_out {
        let managed = state.is_some_and(|state| state.manages(&left_out.address));
        let care = if managed { "; without a manifest, the next apply would delete it" } else { "" };
        terminal::say(&format!("Left out {}: {}{care}", left_out.address, left_out.why));
    }
}

/// What to do with the manifests.
fn next(exported: &Exported, directory: Option<&Path>, connection: &ConnectOptions) {
    if let Some(directory) = directory.filter(|_| !exported.export.files.is_empty()) {
        let directory = directory.display();
        let server = ways::server(connection);
        terminal::say(&format!(
            "\nNext: `nautform plan {directory}{server}` shows no changes, and `nautform apply {directory}{server}` \
             adopts these objects by name without writing any of them."
        ));
    }
}

/// Lists that could not be read.
fn failures(exported: &Exported) {
    for failure in exported.list_failures() {
        let inside = failure.product.map(|product| format!(" of product {product}")).unwrap_or_default();
        let rest = if failure.read_singly {
            "; those that the state or --target names were read one by one, any others are missing"
        } else {
            ""
        };
        terminal::say(&format!("{} objects{inside} can't be listed: {}{rest}.", failure.kind, failure.why));
    }
}

fn placeholders(exported: &Exported) {
    let all: Vec<_> = exported.export.files.iter().flat_map(|file| &file.placeholders).collect();
    if all.is_empty() {
        return;
    }
    terminal::say(
        "The server never returns these fields; set the variables before their objects have to be sent:",
    );
    for placeholder in all {
        terminal::say(&format!("  {}  {} {}", placeholder.variable, placeholder.address, placeholder.path));
    }
}

/// Fields that may be set on the server and are in no file.
fn unseen(exported: &Exported) {
    let unseen = exported.export.unseen();
    if unseen.is_empty() {
        return;
    }
    let fields: Vec<String> = unseen.iter().map(|(kind, path)| format!("{kind} {path}")).collect();
    terminal::say(&format!(
        "The server does not return these either; add them where you use them, since a later change of the \
         object would reset them: {}.",
        fields.join(", ")
    ));
}

/// What no list shows and no target names is not known to be missing.
fn hidden() {
    let kinds: Vec<&str> = hidden_kinds().collect();
    terminal::say(&format!(
        "The server's lists do not show every {}; name missing objects with --target KIND/NAME or \
         KIND/PRODUCT/NAME.",
        kinds.join(" and ")
    ));
}
