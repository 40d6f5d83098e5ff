//! nautform reconciles a directory of manifests with a Nautes API server.
//!
//! The road, one direction, each arrow a named type:
//!
//! ```text
//! directory --load--> Manifests --resolve--> Configuration ----+
//!                                                              v
//!                       ReadApi --refresh--> Snapshot ------> plan --> Plan --> apply --> Outcomes
//!                       Store -------------> State ------------^        |
//!                                                                    report
//! ```
//!
//! `validate`, `graph`, `plan` and `drift` stop early on this same road. The commands of the binary are in [`session`];
//! everything that knows one of Nautes' kinds is in [`resource::kinds`].

pub mod apply;
pub mod config;
pub mod files;
mod http;
pub mod live;
pub mod model;
pub mod notify;
pub mod plan;
pub mod render;
pub mod resource;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod session;
pub mod state;
