//! Everything that needs more than one room: the real binary against the sandbox over HTTP, whole runs in
//! memory, and the house rules.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod addresses;
mod architecture;
mod both_ways;
mod canary;
mod cases;
mod certificates;
mod citations;
mod clone_gaps;
mod codes;
mod combinations;
mod commands;
mod comment;
mod completion;
mod connections;
mod crash;
mod deletions;
mod destroys;
mod disturbances;
mod drift;
mod embed;
mod exit_codes;
mod export;
mod faulty_server;
mod files;
mod formats;
mod fuzz;
mod get;
mod hostile;
mod http_servers;
mod http_store;
mod identity;
mod init;
mod interruptions;
mod links;
mod lost_updates;
mod overlap;
mod ownership;
mod papers;
mod parts;
mod policies;
mod quickstart;
mod readme;
mod refresh_ways;
mod refreshing;
mod remote_state;
mod requests;
#[cfg(feature = "s3")]
mod s3_store;
mod sandbox;
mod saved_plans;
mod schemas;
mod secret_variables;
mod spelling;
mod state_commands;
mod support;
mod terraform;
mod users;
mod visibility;
mod waiting;
mod walks;
mod webhook;
mod why;
mod wire_faults;
