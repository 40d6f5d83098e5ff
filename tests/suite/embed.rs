//! The example of an embedding program.

use crate::support::{Workspace, block_on};

#[path = "../../examples/embed.rs"]
#[expect(dead_code, reason = "the example's main() is not called")]
mod example;

#[test]
fn example_plans_a_directory_against_the_sandbox() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let shown = block_on(example::plan(workspace.path().to_str().unwrap())).unwrap();
    insta::assert_snapshot!(shown, @"
    Create Cluster/host-a
    Create Product/demo
    Create Cluster/vcluster-deployment
    Create Cluster/vcluster-pipeline
    Create Cluster/worker-deployment
    Create Cluster/worker-pipeline
    Create CodeRepo/demo/demo-deploy
    Create CodeRepoBinding/demo/demo-deploy-for-deployment
    Create Environment/demo/dev
    Create Environment/demo/test
    Create Project/demo/demo-project
    Create CodeRepo/demo/demo-pipelines
    Create CodeRepo/demo/demo-source
    Create CodeRepoBinding/demo/demo-deploy-for-pipeline
    Create DeploymentRuntime/demo/demo-deployment
    Create ProjectPipelineRuntime/demo/demo-pipeline
    It may be applied.
    ");
}
