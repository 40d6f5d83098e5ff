//! Scalars: text, truth values, and the placeholders of the official examples.

/// YAML 1.1's truth values, which the official CLI accepts too (§9.2).
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Some(false),
        _ => None,
    }
}

/// The placeholders of the official examples and the user guide.
const PLACEHOLDERS: &[&str] = &[
    "api-server",
    "api-server-address",
    "api-server-port",
    "cluster-ip",
    "cluster-name",
    "cluster-type",
    "coderepo-binding-name",
    "coderepo-name",
    "deployment-runtime-cluster",
    "deploymentruntime-name",
    "environment-name",
    "event-source-name",
    "gitlab-access-token",
    "host-cluster",
    "hostcluster-ip",
    "kubeconfig",
    "pipeline-name",
    "pipeline-runtime-cluster",
    "pipeline-runtime-name",
    "product-name",
    "product_name",
    "project-name",
    "project-pipeline-runtime-name",
    "project_pipeline_runtime_name",
    "suffix",
    "traefik-httpNodePort",
    "traefik-httpsNodePort",
    "usage",
    "worker-type",
    "worker_type",
];

/// The first `$placeholder` of the official examples that was not filled in. The loader reports it, and the
/// decoder does not.
pub(crate) fn placeholder(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(start, _)| {
        let rest = &text[start + 1..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        // `$suffix-a` is `$suffix` and more.
        let ends =
            |name: &str| word.strip_prefix(name).is_some_and(|end| end.is_empty() || end.starts_with('-'));
        let longest = PLACEHOLDERS.iter().filter(|name| ends(name)).map(|name| name.len()).max()?;
        Some(&text[start..=start + longest])
    })
}
