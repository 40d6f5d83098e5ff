//! What may be shown of a URL, and which hosts are this machine.

use url::{Host, Url};

/// A URL without user, password, query and fragment, where people put tokens. What is not a URL is not shown
/// at all.
pub(crate) fn without_credentials(url: &str) -> String {
    let Ok(mut shown) = Url::parse(url) else { return "(not a URL)".to_owned() };
    // URLs that can't have a user (`mailto:`) have none to remove.
    let _ = shown.set_username("").and_then(|()| shown.set_password(None));
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
}

/// Whether a URL's host is this machine, by its address or by a name that RFC 6761 reserves for that.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => {
            let address = address.to_canonical();
            address.is_loopback() || address.is_unspecified()
        }
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_credentials_removes_what_may_be_a_secret() {
        assert_eq!(without_credentials("https://a:b@host:8/x/y?private_token=c#d"), "https://host:8/x/y");
        assert_eq!(without_credentials("https://host/x"), "https://host/x");
        assert_eq!(without_credentials("token@host"), "(not a URL)");
    }

    #[test]
    fn loopback_by_address_and_by_name() {
        let is_loopback = |url: &str| is_loopback(&Url::parse(url).unwrap());
        for host in
            ["127.0.0.1:80", "127.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "LOCALHOST.", "s3.localhost"]
        {
            assert!(is_loopback(&format!("http://{host}/x")), "{host}");
        }
        for host in ["128.0.0.1", "[::2]", "localhost.example", "notlocalhost", "10.0.0.1"] {
            assert!(!is_loopback(&format!("https://{host}/x")), "{host}");
        }
    }
}
