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

    /// The address, if the host is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
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
