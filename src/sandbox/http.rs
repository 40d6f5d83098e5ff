//! What only `nautform sandbox` and tests need: the HTTP server, its data file, its log and the faults that
//! it injects.

pub(crate) mod data_file;
pub(crate) mod faults;
pub(crate) mod log;
pub(crate) mod serve;
pub mod server;
mod wire;
