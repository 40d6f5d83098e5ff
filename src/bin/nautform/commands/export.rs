//! `nautform export`: manifests to a directory or to standard output; what they leave open or out, to standard error.

use std::path::{Path, PathBuf};

use nautform::live::client::Reader;
use nautform::live::snapshot::{Collection, Snapshot};
use nautform::resource::kinds::KINDS;
use nautform::resource::schema::Listing;
use nautform::session::export::manifests::Export;
use nautform::session::export::{Exported, export, write};
use nautform::state::State;

use crate::args;
use crate::exit::Code;
use crate::{connection, terminal};

pub(super) async fn run(args: &args::Export) -> anyhow::Result<Code> {
    let directory = args.dir.as_deref().filter(|dir| *dir != Path::new("-"));
    let manifests = args::Manifests {
        dir: directory.map_or_else(|| PathBuf::from("."), Path::to_owned),
        var: Vec::new(),
        var_file: Vec::new(),
    };
    let settings = connection::settings(&manifests.dir)?;
    let mut connected = connection::connect(&manifests, &args.connection, &settings).await?;
    let state = match &mut connected.store {
        Some(store) => store.load().await?,
        None => None,
    };
    let reader = Reader::new(std::sync::Arc::clone(&connected.transport));
    let exported = export(&reader, state.as_ref(), &args.target, &connected.refresh).await?;
    connected.close().await;
    if let Some(target) = exported.unmatched(&args.target) {
        anyhow::bail!("--target {target} matches nothing on the server");
    }
    let Exported { export, .. } = &exported;
    match directory {
        Some(directory) => write(export, directory, args.force)?,
        None => terminal::result(|out| {
            export.files.iter().try_for_each(|file| write!(out, "---\n{}", file.text))
        })?,
    }
    say(&exported, state.as_ref(), directory);
    if args.target.is_empty() || args.target.iter().any(|target| target.address().is_none()) {
        hidden();
    }
    next(&exported, directory);
    Ok(code(&exported))
}

/// What the exit code says: whether something could not be read, or is known to exist and is in no file.
fn code(exported: &Exported) -> Code {
    let Exported { export, snapshot } = exported;
    let mut unlisted = snapshot.failures().map(|(list, _)| list);
    // A list fails over an object that can't be shown. If none is known, one is missing.
    let explained =
        |list: &Collection| snapshot.unreadable().any(|(address, _)| Collection::of(address) == *list);
    if snapshot.failures().any(|(list, _)| !snapshot.is_unlisted(list)) {
        Code::Error
    } else if export.left_out.is_empty() && unlisted.all(explained) {
        Code::Success
    } else {
        Code::Partial
    }
}

/// Says what was written and what was not.
fn say(exported: &Exported, state: Option<&State>, directory: Option<&Path>) {
    let Exported { export, snapshot } = exported;
    let files = export.files.len();
    let objects = if files == 1 { "1 object".to_owned() } else { format!("{files} objects") };
    match directory {
        Some(directory) => terminal::say(&format!("Wrote {objects} to {}.", directory.display())),
        None => terminal::say(&format!("Wrote {objects}.")),
    }
    placeholders(export);
    for file in export.files.iter().filter(|file| file.from_state) {
        let words = "the server can't show it, so it is written as it was applied last";
        terminal::say(&format!("{}: {words}.", file.address));
    }
    unseen(export);
    failures(snapshot);
    for left_out in &export.left_out {
        let managed = state.is_some_and(|state| state.manages(&left_out.address));
        let care = if managed { "; without a manifest, the next apply would delete it" } else { "" };
        terminal::say(&format!("Left out {}: {}{care}", left_out.address, left_out.why));
    }
}

/// What to do with the manifests.
fn next(exported: &Exported, directory: Option<&Path>) {
    if let Some(directory) = directory.filter(|_| !exported.export.files.is_empty()) {
        let directory = directory.display();
        terminal::say(&format!(
            "\nNext: `nautform plan {directory}` shows no changes, and `nautform apply {directory}` adopts these objects by name \
             without writing any of them."
        ));
    }
}

/// Lists that nobody could make.
fn failures(snapshot: &Snapshot) {
    for (collection, why) in snapshot.failures() {
        let inside = collection.product().map(|product| format!(" of product {product}")).unwrap_or_default();
        let kind = collection.kind();
        let rest = if snapshot.is_unlisted(collection) {
            "; those that the state or --target names were read one by one, any others are missing"
        } else {
            ""
        };
        terminal::say(&format!("{kind} objects{inside} can't be listed: {why}{rest}."));
    }
}

fn placeholders(export: &Export) {
    let all: Vec<_> = export.files.iter().flat_map(|file| &file.placeholders).collect();
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
fn unseen(export: &Export) {
    let unseen = export.unseen();
    if unseen.is_empty() {
        return;
    }
    let words: Vec<String> = unseen.iter().map(|(kind, path)| format!("{kind} {path}")).collect();
    terminal::say(&format!(
        "The server does not return these either; add them where you use them, since a later change of the object would reset them: {}.",
        words.join(", ")
    ));
}

/// What no list shows and nobody named is not known to be missing.
fn hidden() {
    let kinds: Vec<&str> =
        KINDS.iter().filter(|kind| kind.listing != Listing::Complete).map(|kind| kind.name).collect();
    terminal::say(&format!(
        "The server's lists do not show every {}; what you miss, name with --target KIND/NAME or KIND/PRODUCT/NAME.",
        kinds.join(" and ")
    ));
}
