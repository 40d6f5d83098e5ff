//! The host and the port in `apiServer`, as the server reads them: as written, neither normalised nor
//! resolved (§3.2 step 4, §3.4).

use std::net::IpAddr;

/// Where an API server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endpoint<'a> {
    /// Host name or address, without brackets.
    pub(super) host: &'a str,
    /// The port, if one is written.
    pub(super) port: Option<&'a str>,
}

impl<'a> Endpoint<'a> {
    /// Takes the host and the port out of a URL.
    pub(super) fn of(url: &'a str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((host, after)) => (host, after.strip_prefix(':').unwrap_or_default()),
            None => authority.rsplit_once(':').unwrap_or((authority, "")),
        };
        (!host.is_empty()).then_some(Self { host, port: Some(port).filter(|port| !port.is_empty()) })
    }

    /// Whether Kubernetes takes a cluster with this URL (§13 item 16). The pattern of its CRD:
    /// `https?://(www\.)?[-a-zA-Z0-9@:%._\+~#=]{1,256}\.[a-zA-Z0-9()]{1,6}\b`.
    pub(super) fn is_known_to_kubernetes(url: &str) -> bool {
        let Some((_, rest)) = url.split_once("://") else { return false };
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-@:%._+~#=".contains(&byte);
        let rest = rest.as_bytes();
        // The optional www. may come on top of the longest inner part.
        let longest = if rest.starts_with(b"www.") { LONGEST_INNER + 4 } else { LONGEST_INNER };
        let inner = rest.iter().take_while(|byte| is_inner(**byte)).count();
        let mut dots = (1..inner.min(longest + 1)).filter(|place| rest[*place] == b'.');
        dots.any(|dot| begins_with_label(&rest[dot + 1..]))
    }

    /// The address, if the host is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// The longest part before the last dot.
const LONGEST_INNER: usize = 256;
/// The longest label behind it.
const LONGEST_LABEL: usize = 6;

/// `[a-zA-Z0-9()]{1,6}\b`.
fn begins_with_label(text: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_label = |byte: &&u8| byte.is_ascii_alphanumeric() || b"()".contains(byte);
    let longest = text.iter().take(LONGEST_LABEL).take_while(is_label).count();
    // A border between what belongs to words and what does not.
    (1..=longest).any(|length| is_word(&text[length - 1]) != text.get(length).is_some_and(is_word))
}

/// `apiServer` must be a URL of a Kubernetes API server (§3.1).
pub(super) fn check(text: &str) -> Result<(), String> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err("must begin with https://".into());
    }
    if Endpoint::of(text).is_none() || url::Url::parse(text).is_err() {
        return Err("must be a URL such as https://10.0.0.1:6443".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_host_and_port() {
        let cases = [
            ("https://10.0.0.1:6443", Some(("10.0.0.1", Some("6443")))),
            ("https://10.0.0.1:443/", Some(("10.0.0.1", Some("443")))),
            ("https://Kube.Example.com", Some(("Kube.Example.com", None))),
            ("https://[fd00::1]:6443/x:1", Some(("fd00::1", Some("6443")))),
            ("https://[fd00::1]", Some(("fd00::1", None))),
            ("http://user:pass@host:80?x=:1", Some(("host", Some("80")))),
            ("https://host:", Some(("host", None))),
            ("https://:6443", None),
            ("10.0.0.1:6443", None),
        ];
        for (url, expected) in cases {
            let found = Endpoint::of(url).map(|endpoint| (endpoint.host, endpoint.port));
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn endpoint_host_has_the_form_that_kubernetes_takes() {
        let right = [
            "https://api.k8s.internal:6443",
            "http://10.0.0.1:6443",
            "https://a.io/x",
            "https://x.example.com",
            "https://user@host.corp:1",
            "https://a.b-c.internal",
        ];
        for url in right {
            assert!(Endpoint::is_known_to_kubernetes(url), "{url}");
        }
        let long = format!("https://{}.com", "x".repeat(257));
        let wrong = [
            "https://kube-api:6443",
            "https://localhost:6443",
            "https://k8s.internal:6443",
            "https://api.example:6443",
            "https://kube.example.internal:6443",
            "https://[fd00::1]:6443",
            "https://kube-api/v1.2",
            "https://a.io_x",
            "https://.com",
            &long,
        ];
        for url in wrong {
            assert!(!Endpoint::is_known_to_kubernetes(url), "{url}");
        }
    }

    #[test]
    fn cluster_api_server_must_be_a_url() {
        for right in ["https://10.0.0.1:6443", "http://kube.example.com", "https://[::1]:6443"] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for wrong in
            ["10.0.0.1:6443", "HTTPS://a", "ftp://a", "https://", "https://:1", "https://a:b", "https://a b"]
        {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
