//! Pieces of manifests.

/// A manifest's head.
pub(crate) const HEAD: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\n";

/// A kubeconfig of no real cluster.
pub(crate) const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: https://a}}]\nusers: [{name: a, user: {token: canary-kubeconfig}}]\n";

/// A manifest; its spec is what stands between the braces.
pub(crate) fn object(kind: &str, spec: &str) -> String {
    format!("---\n{HEAD}kind: {kind}\nspec: {{{spec}}}\n")
}

/// A private product.
pub(crate) fn product(name: &str) -> String {
    object("Product", &format!("name: {name}, git: {{gitlab: {{visibility: private}}}}"))
}

/// A project in Go.
pub(crate) fn project(product: &str, name: &str) -> String {
    object("Project", &format!("name: {name}, product: {product}, language: go"))
}

/// An environment for development.
pub(crate) fn environment(product: &str, name: &str, cluster: &str) -> String {
    object("Environment", &format!("name: {name}, product: {product}, cluster: {cluster}, envType: dev"))
}

/// A text of several lines as the value of a field in `spec`.
pub(crate) fn literal(text: &str) -> String {
    format!("|\n    {}", text.trim_end().replace('\n', "\n    "))
}

/// A physical cluster: a `host`, or a worker for `deployment` or `pipeline`. The kubeconfig is YAML.
pub(crate) fn cluster(name: &str, role: &str, kubeconfig: &str) -> String {
    let usage = match role {
        "host" => "usage: host".to_owned(),
        worker => format!("usage: worker\n  workerType: {worker}"),
    };
    format!(
        "---\n{HEAD}kind: Cluster\nspec:\n  name: {name}\n  apiServer: https://10.0.0.1:6443\n  clusterKind: kubernetes\n  clusterType: physical\n  {usage}\n  kubeconfig: {kubeconfig}\n"
    )
}
