//! What the server knows: its state, what its resources consist of, and the options that it runs with. No
//! file here imports a handler of a request.

mod breakdowns;
mod change;
mod options;
pub(crate) mod spec;
mod tree;
mod world;

pub use breakdowns::{Breakdown, Breakdowns};
pub(crate) use breakdowns::{Ending, Incomplete};
pub(crate) use change::Change;
pub use options::{HookMetadata, Options, ThirdPartyComponent};
pub(crate) use spec::cluster::{Cluster, ClusterResource, Component, Components, Slot};
pub(crate) use spec::deployment_runtime::DeploymentRuntime;
pub(crate) use spec::pipeline_runtime::PipelineRuntime;
pub(crate) use spec::{Binding, CodeRepo, Environment, Project};
pub(crate) use tree::{Edit, Tree, by_file, check_file_name, file_order, has_ignored_extension};
pub use world::{Object, World};
