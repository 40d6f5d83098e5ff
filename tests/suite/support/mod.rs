//! What the tests work with: a directory of manifests with the binary in it, and whole runs in memory.

pub(crate) mod fleets;
mod gitlab;
mod memory;
mod mischief;
mod server;
mod workspace;

pub(crate) use gitlab::{GitLab, STATE};
pub(crate) use memory::{InMemory, Run, block_on};
pub(crate) use mischief::Mishap;
pub(crate) use server::Sandbox;
pub(crate) use workspace::{Output, Workspace, copy};

/// A manifest's head.
pub(crate) const HEAD: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\n";

/// The path of something in the repository.
pub(crate) fn repository(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A kubeconfig that is nobody's.
pub(crate) const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: https://a}}]\nusers: [{name: a, user: {token: canary-kubeconfig}}]\n";
