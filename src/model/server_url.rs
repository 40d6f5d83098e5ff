//! URLs of servers, of which several spellings are one.

use url::{Host, Url};

/// The name of the server with this URL; `None` if it is not a URL.
pub(crate) fn of(url: &str) -> Option<String> {
    Url::parse(url.trim()).ok().map(|url| normalised(&url))
}

/// The same text for the same server: scheme and host in lower case, no default port, no slash at the end.
/// The names of this machine are one, since people write either.
pub(crate) fn normalised(url: &Url) -> String {
    let host = match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
        Some(Host::Ipv4(address)) if address == std::net::Ipv4Addr::LOCALHOST => "localhost".to_owned(),
        Some(Host::Ipv6(address)) if address == std::net::Ipv6Addr::LOCALHOST => "localhost".to_owned(),
        Some(host) => host.to_string(),
        None => String::new(),
    };
    with_host(url, &host)
}

/// The URL with this host, without a slash at the end and without what is not part of an address.
pub(crate) fn with_host(url: &Url, host: &str) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_an_address_are_one() {
        let name = |url| of(url).unwrap();
        for url in
            ["HTTPS://Nautes.Example.com:443/", "https://nautes.example.com.", "https://nautes.example.com"]
        {
            assert_eq!(name(url), "https://nautes.example.com", "{url}");
        }
        for url in
            ["http://127.0.0.1:8000", "http://LOCALHOST:8000/", "http://[::1]:8000", "http://127.1:8000"]
        {
            assert_eq!(name(url), "http://localhost:8000", "{url}");
        }
        assert_eq!(name("http://[2001:DB8::1]:8000/nautes/"), "http://[2001:db8::1]:8000/nautes");
        let different =
            ["http://a", "https://a", "http://a:8000", "http://a/b", "http://a/B", "http://127.0.0.2"];
        let names: std::collections::BTreeSet<String> = different.iter().map(|url| name(url)).collect();
        assert_eq!(names.len(), different.len());
    }
}
