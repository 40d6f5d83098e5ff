//! What the tests work with: a directory of manifests with the binary in it, and whole runs in memory.

mod api_server;
mod closed;
mod endless;
mod fault_injection;
pub(crate) mod fleets;
mod github;
mod gitlab;
pub(crate) mod gitlab_notes;
mod gitlab_rest;
mod hook;
mod http_state;
mod manifests;
mod memory;
pub(crate) mod notes;
mod quoting;
mod random;
mod recorder;
#[cfg(feature = "s3")]
mod s3;
mod server;
pub(crate) mod sources;
mod tools;
mod workspace;

pub(crate) use api_server::ApiServer;
pub(crate) use closed::ClosedPort;
pub(crate) use endless::EndlessServer;
pub(crate) use fault_injection::WriteFault;
pub(crate) use github::{ACTIONS, ACTIONS_TOKEN, FORK_TOKEN, GitHub, PERSON, PERSON_TOKEN};
pub(crate) use gitlab::{GitLab, STATE};
pub(crate) use gitlab_rest::GitLabRest;
pub(crate) use hook::WebhookServer;
pub(crate) use http_state::{HttpState, StateServer};
pub(crate) use manifests::{HEAD, KUBECONFIG, cluster, environment, literal, object, product, project};
pub(crate) use memory::{InMemory, PlanRequest, Run, block_on, permissive};
pub(crate) use quoting::Quoting;
pub(crate) use recorder::Recorder;
#[cfg(feature = "s3")]
pub(crate) use s3::{Conditions, S3};
pub(crate) use server::{Sandbox, serving, serving_empty};
pub(crate) use tools::missing;
pub(crate) use workspace::{Output, Workspace, copy, json};

/// The path of something in the repository.
pub(crate) fn repository(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A runtime that serves while a test runs commands.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Serves an application on a port of its own; returns its URL, and what keeps it running.
fn serve(app: axum::Router) -> (String, tokio::runtime::Runtime) {
    let runtime = runtime();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, app).await });
    (url, runtime)
}
