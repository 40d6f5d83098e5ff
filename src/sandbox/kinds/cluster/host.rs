//! The host part of an `api_server` URL and its address (§3.4). A pure stand-in for the server's DNS look-up.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::sandbox::model::Options;

/// The pieces of a URL that the server looks at.
pub(crate) struct Host<'a> {
    /// Host name or address, without brackets.
    pub(crate) name: &'a str,
    /// The port, if one is written.
    pub(crate) port: Option<&'a str>,
}

/// Takes the host and the port out of an `http(s)://` URL.
pub(crate) fn parse(url: &str) -> Host<'_> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(bracketed) = authority.strip_prefix('[') {
        let (name, after) = bracketed.split_once(']').unwrap_or((bracketed, ""));
        return Host { name, port: after.strip_prefix(':').filter(|port| !port.is_empty()) };
    }
    match authority.rsplit_once(':') {
        Some((name, port)) => Host { name, port: Some(port).filter(|port| !port.is_empty()) },
        None => Host { name: authority, port: None },
    }
}

/// The primary domain that is computed when none is given: no DNS involved.
pub(crate) fn primary_domain(url: &str) -> String {
    let host = parse(url);
    if host.name.parse::<IpAddr>().is_ok() { format!("{}.nip.io", host.name) } else { host.name.to_owned() }
}

/// The address that the server's resolver would find: literals are themselves, `options.dns` comes next,
/// names under `.invalid` do not resolve, any other name gets a stable address from 198.18.0.0/15 (RFC 2544).
pub(crate) fn resolve(url: &str, options: &Options) -> Option<String> {
    let name = parse(url).name;
    if name.is_empty() {
        return None;
    }
    if name.parse::<IpAddr>().is_ok() {
        return Some(name.to_owned());
    }
    if let Some(address) = options.dns.get(name) {
        return Some(address.clone()).filter(|address| !address.is_empty());
    }
    if name == "localhost" {
        return Some("127.0.0.1".to_owned());
    }
    if name.ends_with(".invalid") {
        return None;
    }
    let digest = Sha256::digest(name.as_bytes());
    Some(format!("198.{}.{}.{}", 18 + (digest[0] & 1), digest[1], digest[2]))
}
