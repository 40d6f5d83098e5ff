//! The kinds of the API: what each accepts, stores, checks and shows.

pub(crate) mod cluster;
pub(crate) mod code_repo;
pub(crate) mod code_repo_binding;
pub(crate) mod deployment_runtime;
pub(crate) mod environment;
pub(crate) mod keys;
pub(crate) mod pipeline_runtime;
pub(crate) mod product;
pub(crate) mod project;
mod validation;
pub(crate) mod violations;
