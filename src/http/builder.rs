//! What all connections share: the TLS provider, certificates, proxies, time limits, and that no redirect is
//! followed.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue, InvalidHeaderValue};
use reqwest::{Certificate, Client};
use url::Url;

use super::url::is_loopback;

/// What differs between connections.
pub(crate) struct ClientOptions<'a> {
    /// CA certificates to trust in addition to the system's, PEM.
    pub(crate) ca: Option<&'a [u8]>,
    /// How long a connection may take.
    pub(crate) connect_timeout: Duration,
    /// How long a request may take, with its reply.
    pub(crate) timeout: Duration,
    /// Whether replies may be compressed. Not where a digest of the reply is checked: it is of what was sent.
    pub(crate) gzip: bool,
    /// Headers of every request.
    pub(crate) headers: HeaderMap,
}

/// A client can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file without a certificate would be trusted to say nothing, and every connection would fail later.
    #[error("the CA file holds no certificate: expected PEM with -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// A certificate is damaged.
    #[error("the CA file can't be read as PEM certificates")]
    Certificate(#[source] reqwest::Error),
    /// TLS can't be set up.
    #[error("cannot set up HTTPS")]
    Tls(#[source] reqwest::Error),
}

/// Prepares connections to the server at `url`; opens none yet.
pub(crate) fn build(url: &str, options: ClientOptions<'_>) -> Result<Client, ClientError> {
    // Fails if another part of the process has installed the same provider, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = Url::parse(url).ok();
    let mut builder = Client::builder()
        .default_headers(options.headers)
        .user_agent(concat!("nautform/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        .gzip(options.gzip)
        // A redirect could lead credentials to another server.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    if let Some(pem) = options.ca {
        builder = builder.tls_certs_merge(certificates(pem)?);
    } else if url.as_ref().is_some_and(|url| url.scheme() == "http") {
        // Plain HTTP must work on machines without any certificates.
        builder = builder.tls_certs_only([]);
    }
    if url.as_ref().is_some_and(is_loopback) || proxies_are_off() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(ClientError::Tls)
}

/// The value of a header that must not be shown.
pub(crate) fn secret_header(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, ClientError> {
    let certificates = Certificate::from_pem_bundle(pem).map_err(ClientError::Certificate)?;
    if certificates.is_empty() { Err(ClientError::NoCertificate) } else { Ok(certificates) }
}

/// `NO_PROXY=*`: reqwest lets this hold for names only, and would send requests to IP addresses through the
/// proxy.
fn proxies_are_off() -> bool {
    let lists = ["NO_PROXY", "no_proxy"].into_iter().filter_map(|name| std::env::var(name).ok());
    lists.take(1).any(|list| list.split(',').any(|part| part.trim() == "*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pem: &str) -> String {
        let timeout = Duration::from_secs(1);
        let ca = Some(pem.as_bytes());
        let headers = HeaderMap::new();
        let options = ClientOptions { ca, connect_timeout: timeout, timeout, gzip: false, headers };
        build("https://nautes.example", options).unwrap_err().to_string()
    }

    #[test]
    fn ca_file_without_a_certificate_is_refused() {
        let expected =
            "the CA file holds no certificate: expected PEM with -----BEGIN CERTIFICATE-----".to_owned();
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for pem in ["", "not PEM", key] {
            assert_eq!(refusal(pem), expected);
        }
    }

    #[test]
    fn ca_file_with_a_damaged_certificate_is_refused() {
        let damaged = "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n";
        assert_eq!(refusal(damaged), "the CA file can't be read as PEM certificates");
        let not_a_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(refusal(not_a_certificate), "cannot set up HTTPS");
    }
}
