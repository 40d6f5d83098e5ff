//! Whole, safe operations on one fleet: [`Session::open`] finds it and reads its settings, and each method is
//! a command. The program around it parses arguments, asks and prints ([`Ask`], [`Notice`]); the environment
//! and the clock are handed in ([`OpenOptions`]).

mod accept;
mod addresses;
pub(crate) mod adopt;
mod agreed;
mod apply;
mod ask;
mod backend;
mod begin;
mod bind;
mod binding;
mod blame;
mod brought_by;
mod check;
pub mod comment;
mod connect;
pub mod doctor;
mod drift;
mod edit_state;
mod edited;
mod environment;
mod environments;
mod error;
pub(crate) mod export;
mod fixes;
mod fleet;
pub mod get;
mod git;
mod git_source;
pub mod graph;
mod in_process_sandbox;
pub mod init;
mod label;
mod lock;
mod not_accepted;
mod open;
pub(crate) mod plan;
mod propose;
mod rebind;
#[cfg(feature = "sandbox")]
pub(crate) mod rehearse;
#[cfg(feature = "sandbox")]
mod sandbox_options;
pub mod saved;
mod selection;
mod settings_files;
pub(crate) mod validate;
#[cfg(feature = "sandbox")]
mod ways;
mod why;

pub use addresses::{AddressError, Endpoint, SettingsFrom, Trust};
pub use agreed::{Agreement, NotAgreed, Reviews, Unagreed};
pub use apply::{Applied, ApplyRequest, Fallback};
pub use ask::{Answer, Ask, Starting, Unattended};
pub use binding::{Bound, OtherEnvironment, OtherFleet, OtherServer, StatePlace};
pub use blame::Blame;
pub use check::Checked;
pub use connect::ConnectOptions;
pub use drift::{DriftReport, DriftRequest, last_success, read_baseline, remember_success};
pub use edit_state::{read_state, write_state};
pub use edited::{Edited, write_edited};
pub use environment::Environment;
pub use environments::EnvironmentError;
pub use error::{NotRepeated, Outdated, Purpose, SessionError};
pub use fleet::Fleet;
pub use git::GitError;
pub use git_source::Refresh;
pub use label::repository_path;
pub use not_accepted::NotAccepted;
pub use open::{Notice, Notify, OpenOptions, Session, StandardInput};
pub use propose::Proposal;
pub use rebind::ServerMatch;
pub use selection::{PlanRequest, SelectionOptions};
pub use validate::Validated;
