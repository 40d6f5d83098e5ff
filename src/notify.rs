//! Tells others: notes on merge requests, messages to a webhook. Knows nothing of plans; it sends what it is given.

pub mod merge_request;
pub mod webhook;
