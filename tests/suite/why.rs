//! `nautform why`: what an object needs, what needs it, and what becomes of a change.

use crate::support::Workspace;

fn why(workspace: &Workspace, address: &str) -> String {
    workspace.run(&["why", address]).exits(0).stdout
}

#[test]
fn why_follows_references_both_ways() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let cluster = why(&workspace, "Cluster/host-a");
    assert!(cluster.contains("It needs nothing.\n"), "{cluster}");
    assert!(cluster.contains("\n  Cluster/vcluster-deployment  (hostCluster)\n"), "{cluster}");
    assert!(cluster.contains("in demo"), "{cluster}");
    assert!(cluster.contains("Not alone: "), "{cluster}");
    let virtual_cluster = why(&workspace, "Cluster/vcluster-deployment");
    assert!(virtual_cluster.contains("Needs\n  Cluster/host-a  (hostCluster)\n"), "{virtual_cluster}");
    let product = why(&workspace, "Product/demo");
    assert!(product.contains("(lives in it"), "{product}");
    assert!(product.contains("permanently destroys"), "{product}");
}

#[test]
fn why_says_what_a_change_does() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let cluster = why(&workspace, "Cluster/host-a");
    let line = cluster.lines().find(|line| line.contains("clusterKind")).unwrap();
    assert!(line.contains("clusterType") && line.contains("usage"), "{line}");
    assert!(cluster.contains("and so is what needs it"), "{cluster}");
    let output = workspace.run(&["why", "Cluster/none"]).exits(1);
    assert!(output.stderr.contains("there is no Cluster/none"), "{}", output.stderr);
}
