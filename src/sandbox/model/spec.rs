//! What the server stores of the resources of each kind.

pub(crate) mod binding;
pub(crate) mod cluster;
pub(crate) mod code_repo;
pub(crate) mod deployment_runtime;
pub(crate) mod environment;
pub(crate) mod pipeline_runtime;
pub(crate) mod project;
