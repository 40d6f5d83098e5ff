//! The HTTP client for servers that are not the Nautes API server: state stores, GitLab, GitHub, webhooks.

mod exchange;

pub(crate) use exchange::{Answer, HttpClient, tag};
