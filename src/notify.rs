//! Sends results elsewhere: notes on merge requests, messages to a webhook. Knows no plans; it sends what it
//! is given.

pub mod merge_request;
pub(crate) mod webhook;
