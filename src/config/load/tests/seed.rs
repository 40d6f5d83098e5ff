//! The official examples of the Nautes CLI, as they are.

use super::*;

fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/seed/cli-examples");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    assert_eq!(all.len(), 8);
    all
}

/// Every `$` outside comments is a placeholder and is reported at its place, and nothing
/// else is.
#[test]
fn seed_manifests_report_each_placeholder_and_nothing_else() {
    for (name, text) in examples() {
        let manifests = Manifests::default().load_text(&name, &text, &LoadOptions::default());
        let expected: Vec<u32> = text
            .match_indices('$')
            .filter(|(at, _)| !text[..*at].lines().last().unwrap_or_default().trim_start().starts_with('#'))
            .map(|(at, _)| u32::try_from(at).unwrap())
            .collect();
        let found: Vec<u32> = manifests
            .diagnostics
            .sorted()
            .iter()
            .inspect(|diagnostic| assert_eq!(diagnostic.code.0, "unfilled-placeholder", "{diagnostic:?}"))
            .map(|diagnostic| diagnostic.primary.as_ref().unwrap().span.start)
            .collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(addresses(&manifests), [""; 0]);
    }
}

#[test]
fn seed_manifests_load_with_variables() {
    let kubeconfig = "clusters: [{name: a}]\nusers: [{name: a}]\n";
    let options = with_variables(&[
        ("suffix", "01"),
        ("api_server", "https://10.0.0.1:6443"),
        ("api-server-port", "30443"),
        ("cluster_ip", "10.0.0.1"),
        ("host_cluster", "host-01"),
        ("product_name", "demo-01"),
        ("deployment_runtime_cluster", "worker-a"),
        ("pipeline_runtime_cluster", "worker-b"),
        ("kubeconfig", kubeconfig),
    ]);
    let mut all = Vec::new();
    for (name, text) in examples() {
        let mut manifests = Manifests::default().load_text(&name, &text, &options);
        all.extend(addresses(&manifests));
        assert_eq!(codes(&manifests), [""; 0], "{name}\n{}", shown(&manifests));
        resolve::resolve_manifests(&mut manifests);
        assert!(!manifests.diagnostics.has_errors(), "{name}\n{}", shown(&manifests));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    Cluster/host-01
    Cluster/physical-worker-01
    Cluster/physical-worker-01
    Cluster/vcluster-01
    Cluster/vcluster-01
    Environment/demo-01/env-test-demo-01
    CodeRepoBinding/demo-01/coderepobinding-deploy-dr-demo-01
    DeploymentRuntime/demo-01/dr-demo-01
    Environment/demo-01/env-dev-demo-01
    CodeRepoBinding/demo-01/coderepobinding-deploy-pipeline-demo-01
    ProjectPipelineRuntime/demo-01/pr-demo-01
    Product/demo-01
    Project/demo-01/project-demo-01
    CodeRepo/demo-01/coderepo-sc-demo-01
    CodeRepo/demo-01/coderepo-deploy-demo-01
    CodeRepo/demo-01/coderepo-pipeline-demo-01
    ");
}
