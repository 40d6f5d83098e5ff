//! nautform reconciles a directory of manifests with a Nautes API server.
//!
//! Data flows in one direction, and each arrow is a named type:
//!
//! ```text
//! directory --config--> Configuration --+
//! server -----live----> Snapshot -------+--> plan --> Plan --approve--> Approved --apply--> Outcomes, State
//! store ------state---> State ----------+      |                                    |
//!                                              +------------ render <-- Event ------+
//! ```
//!
//! A [`Session`] is opened on a fleet; its methods are whole operations, under the lock of the state where
//! they write. A [`Plan`] can be carried out only when it is [`Approved`], and only with the lock held
//! ([`Locked`]): anything else does not compile. The program around a session parses arguments, asks
//! ([`Ask`]) and prints ([`output`]). A program that embeds nautform:
//!
#![doc = concat!("```no_run\n", include_str!("../examples/embed.rs"), "```")]
#![warn(clippy::mod_module_files)]

mod apply;
mod config;
mod files;
mod http;
#[doc(hidden)]
pub mod internals;
mod live;
mod model;
mod notify;
mod plan;
mod render;
mod resource;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod session;
mod state;

pub use apply::Outcomes;
pub use apply::event::{End, Event, Reporter, Silent, Wait};
pub use config::load::{SkipReason, Skipped};
pub use config::settings::duration as parse_duration;
pub use config::{codes, describe};
pub use live::client::Identity;
pub use live::gitlab::Commit;
pub use live::snapshot::{Failing, Reading};
pub use model::ci::CodeHost;
pub use model::diagnostic::{Diagnostics, SourceMap};
pub use model::hint::{self, Hint};
pub use model::value::Secret;
pub use model::way_out::{self, Step, WayOut, WaysOut};
pub use notify::merge_request;
pub use notify::webhook::Webhook;
pub use plan::drift::{Baseline, BaselineDiff, Class, Known};
pub use plan::{
    Action, Approved, Change, Mode, OperationKey, Operations, Origin, Permissions, Plan, Reason, Refusal,
    RefusalKind, Refusals, SendSecrets, Stale, StaleField, Summary, Why,
};
pub use resource::{Address, Listed, Pattern};
pub use session::adopt::Adopted;
pub use session::export::write::ExportWriteError;
pub use session::export::{Exported, ListFailure, hidden_kinds};
pub use session::{
    AddressError, Agreement, Answer, Applied, ApplyRequest, Ask, Blame, Bound, Checked, ConnectOptions,
    DriftReport, DriftRequest, Edited, Endpoint, Environment, EnvironmentError, Fallback, Fleet, GitError,
    NotAccepted, NotAgreed, NotRepeated, Notice, Notify, OpenOptions, OtherEnvironment, OtherFleet,
    OtherServer, Outdated, PlanRequest, Proposal, Purpose, Refresh, Reviews, SelectionOptions, ServerMatch,
    Session, SessionError, SettingsFrom, StandardInput, Starting, StatePlace, Trust, Unagreed, Unattended,
    Validated, comment, doctor, get, graph, init, last_success, read_baseline, read_state, remember_success,
    repository_path, saved, write_edited, write_state,
};
pub use state::edit::EditError;
pub use state::{LockInfo, Locked, State, Store, StoreError, Verb};

/// Files that a program's options name, read up to a limit.
pub mod input {
    pub use crate::files::{LARGE, SMALL, read, read_text};
}

/// What a program shows: plans, drift, outcomes and diagnostics in every format, written to a
/// [`Write`](std::io::Write).
pub mod output {
    pub use crate::files::{output as write_file, report as write_report, stream as open_file};
    pub use crate::model::text::{printable, printable_lines};
    pub use crate::render::{
        Style, ci, diagnostics, events, html, json, markdown, page, text, versions, webhook,
    };
}
