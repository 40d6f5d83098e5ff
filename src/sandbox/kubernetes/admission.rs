//! What Kubernetes refuses (§11 item 15): a refused object never appears there, and one that was there stays
//! as it was.

use crate::sandbox::model::{Cluster, PipelineRuntime};

const LONGEST_NAME: usize = 253;

/// Whether a name is an RFC 1123 subdomain: what every object's name must be.
pub(crate) fn accepts_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME && name.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && text.chars().all(|c| alphanumeric(c) || c == '-')
}

/// The name, the kind and the pattern of the API server's URL.
pub(crate) fn accepts_cluster(cluster: &Cluster) -> bool {
    accepts_name(&cluster.name) && cluster.cluster_kind == "kubernetes" && is_url(&cluster.api_server)
}

/// The names of the runtime and of its parts; a GitLab event source without events is stored as null, which
/// is refused.
pub(crate) fn accepts_pipeline_runtime(name: &str, runtime: &PipelineRuntime) -> bool {
    let parts = runtime.pipelines.iter().map(|pipeline| &pipeline.name);
    let parts = parts.chain(runtime.event_sources.iter().map(|source| &source.name));
    let parts =
        parts.chain(runtime.triggers.iter().flat_map(|trigger| [&trigger.event_source, &trigger.pipeline]));
    accepts_name(name)
        && parts.into_iter().all(|part| part.split('.').all(is_label))
        && runtime.gitlab_sources().all(|gitlab| !gitlab.events.is_empty())
}

/// `https?://(www\.)?[-a-zA-Z0-9@:%._\+~#=]{1,256}\.[a-zA-Z0-9()]{1,6}\b` at the beginning of the URL: a dot
/// with a label of at most six letters or digits behind it.
fn is_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-@:%._+~#=".contains(&byte);
    let host = rest.bytes().take_while(|byte| in_host(*byte)).count();
    let dots = (1..host.min(257 + "www.".len())).filter(|index| rest.as_bytes()[*index] == b'.');
    dots.into_iter().any(|dot| ends_in_label(&rest.as_bytes()[dot + 1..]))
}

fn ends_in_label(text: &[u8]) -> bool {
    let in_label = |byte: &&u8| byte.is_ascii_alphanumeric() || b"()".contains(byte);
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let longest = text.iter().take(6).take_while(in_label).count();
    (1..=longest).any(|length| in_word(&text[length - 1]) != text.get(length).is_some_and(in_word))
}

/// Why a look-up of a cluster fails: Kubernetes does not have it, or its name cannot be part of a path.
pub(crate) fn look_up_error(cluster: &str) -> String {
    let why = match cluster {
        "." => "may not be '.'",
        ".." => "may not be '..'",
        name if name.contains('/') => "may not contain '/'",
        name if name.contains('%') => "may not contain '%'",
        _ => return format!("clusters.nautes.resource.nautes.io \"{cluster}\" not found"),
    };
    format!("invalid resource name {cluster:?}: [{why}]")
}

#[cfg(test)]
mod tests {
    use super::{accepts_name, is_url, look_up_error};

    #[test]
    fn api_servers_that_the_pattern_refuses() {
        for refused in [
            "https://kube-api:6443",
            "https://localhost",
            "https://k8s.internal:6443",
            "https://api.example:6443",
            "https://[fd00::1]:6443",
            "https://.com",
            "https://",
        ] {
            assert!(!is_url(refused), "{refused}");
        }
        for accepted in [
            "https://api.k8s.internal:6443",
            "http://10.20.0.1:6443",
            "https://a.io/x",
            "https://x.example.com",
        ] {
            assert!(is_url(accepted), "{accepted}");
        }
    }

    #[test]
    fn names_are_subdomains() {
        assert!(["a", "a-b.c1", "0"].into_iter().all(accepts_name));
        assert!(!["", "A", "a_b", "-a", "a-", "a..b", &"x".repeat(254)].into_iter().any(accepts_name));
    }

    #[test]
    fn look_ups_of_names_with_a_slash_fail_before_they_are_sent() {
        assert_eq!(look_up_error("a/b"), "invalid resource name \"a/b\": [may not contain '/']");
        assert_eq!(look_up_error("a"), "clusters.nautes.resource.nautes.io \"a\" not found");
    }
}
