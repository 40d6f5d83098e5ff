//! What the API accepts of clusters, and Kubernetes or the network refuse later, where nothing shows it.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::resource::schema::{Declared, FieldPath, Finding, Lint};

use super::components;
use super::endpoint::Endpoint;
use super::hosted::host_of;

/// All of them.
pub(super) const ALL: &[Lint] =
    &[node_ports, port_mismatch, api_servers, loopback, credentials, host_names, foreign_domains];

const API_SERVER: FieldPath = &["apiServer"];
const VCLUSTER_PORT: FieldPath = &["vcluster", "httpsNodePort"];
/// The node ports of a gateway, with their defaults (§3.4).
const GATEWAY_PORTS: [(FieldPath, &str); 2] = [
    (&["componentsList", "gateway", "additions", "httpNodePort"], "30080"),
    (&["componentsList", "gateway", "additions", "httpsNodePort"], "30443"),
];
const HOSTS: [FieldPath; 2] = [
    &["componentsList", "pipeline", "additions", "host"],
    &["componentsList", "deployment", "additions", "host"],
];
const DOMAIN: FieldPath = &["primaryDomain"];

fn endpoint<'a>(cluster: &Declared<'a>) -> Option<Endpoint<'a>> {
    cluster.spec.text_at(API_SERVER).and_then(Endpoint::of)
}

/// The node ports that a cluster takes: of which Kubernetes cluster, which one, and the field.
fn ports<'a>(cluster: &Declared<'a>) -> Vec<(&'a str, &'a str, FieldPath)> {
    let mut all = Vec::new();
    let has_gateway = components::has(cluster.spec, "gateway");
    for (path, default) in GATEWAY_PORTS.into_iter().filter(|_| has_gateway) {
        all.push((cluster.name, cluster.spec.text_at(path).unwrap_or(default), path));
    }
    if let Some(host) = host_of(cluster.spec) {
        let given = cluster.spec.text_at(VCLUSTER_PORT).map(|port| (port, VCLUSTER_PORT));
        let of_url = || Some((endpoint(cluster)?.port?, API_SERVER));
        all.extend(given.or_else(of_url).map(|(port, path)| (host, port, path)));
    }
    all
}

fn node_ports(clusters: &[Declared<'_>]) -> Vec<Finding> {
    let mut seen: HashMap<(&str, &str), (usize, FieldPath)> = HashMap::new();
    let mut found = Vec::new();
    for (index, cluster) in clusters.iter().enumerate() {
        for (place, port, path) in ports(cluster) {
            let Some((other, first)) = seen.get(&(place, port)).copied() else {
                seen.insert((place, port), (index, path));
                continue;
            };
            let message = format!("node port {port} of cluster '{place}' is taken twice");
            let help = "give each its own: Kubernetes refuses the second one later, where nothing shows it";
            let taken = format!("also taken by '{}'", clusters[other].name);
            let finding = Finding::warning("node-port-conflict", (index, path), message, help);
            found.push(finding.also(other, first, taken));
        }
    }
    found
}

/// Scheme and default port make no difference.
fn api_servers(clusters: &[Declared<'_>]) -> Vec<Finding> {
    let mut seen: HashMap<(String, &str), usize> = HashMap::new();
    let mut found = Vec::new();
    for (index, cluster) in clusters.iter().enumerate() {
        let Some(endpoint) = endpoint(cluster) else { continue };
        let key = (endpoint.host.to_ascii_lowercase(), endpoint.port.unwrap_or("443"));
        let Some(other) = seen.get(&key).copied() else {
            seen.insert(key, index);
            continue;
        };
        let message = format!("'{}' and '{}' have the same apiServer", clusters[other].name, cluster.name);
        let help = "each cluster has its own API server; virtual clusters of one host differ in the port";
        let finding = Finding::warning("shared-api-server", (index, API_SERVER), message, help);
        found.push(finding.also(other, API_SERVER, "the same here"));
    }
    found
}

fn host_names(clusters: &[Declared<'_>]) -> Vec<Finding> {
    let mut seen: HashMap<String, (usize, FieldPath)> = HashMap::new();
    let mut found = Vec::new();
    for (index, cluster) in clusters.iter().enumerate() {
        for path in HOSTS {
            let Some(name) = cluster.spec.text_at(path).filter(|name| !name.is_empty()) else { continue };
            let Some((other, first)) = seen.get(&name.to_ascii_lowercase()).copied() else {
                seen.insert(name.to_ascii_lowercase(), (index, path));
                continue;
            };
            let message = format!("the host name '{name}' is that of two components");
            let help = "give each its own: the name leads to one of them only";
            let finding = Finding::warning("host-name-conflict", (index, path), message, help);
            found.push(finding.also(other, first, format!("also that of one of '{}'", clusters[other].name)));
        }
    }
    found
}

/// The address that a name below `nip.io` leads to.
fn address_in(name: &str) -> Option<IpAddr> {
    let labels: Vec<&str> = name.strip_suffix(".nip.io")?.split('.').collect();
    let last = labels.len().checked_sub(4)?;
    labels[last..].join(".").parse().ok()
}

/// Names that lead to a declared cluster on other machines: those of a host and its virtual clusters are the
/// same.
fn foreign_domains(clusters: &[Declared<'_>]) -> Vec<Finding> {
    let machines = |index: usize| host_of(clusters[index].spec).unwrap_or(clusters[index].name);
    let mut owners: HashMap<IpAddr, Vec<usize>> = HashMap::new();
    for (index, cluster) in clusters.iter().enumerate() {
        if let Some(address) = endpoint(cluster).and_then(|endpoint| endpoint.address()) {
            owners.entry(address).or_default().push(index);
        }
    }
    let is_own = |index: usize, other: usize| machines(index) == machines(other);
    let mut found = Vec::new();
    for (index, cluster) in clusters.iter().enumerate() {
        let of_url = endpoint(cluster).and_then(|endpoint| endpoint.address());
        let of_url = of_url.filter(|_| host_of(cluster.spec).is_some()).map(|address| (API_SERVER, address));
        let named = [DOMAIN].into_iter().chain(HOSTS);
        let named = named.filter_map(|path| Some((path, cluster.spec.text_at(path).and_then(address_in)?)));
        for (path, address) in named.chain(of_url) {
            // Where the API server of another virtual cluster is says nothing of its own host.
            let counts = |other: &&usize| path != API_SERVER || host_of(clusters[**other].spec).is_none();
            let others = owners.get(&address).map(Vec::as_slice).unwrap_or_default();
            let others: Vec<usize> = others.iter().filter(counts).copied().collect();
            let Some(other) = others.first().copied() else { continue };
            if others.iter().any(|other| is_own(index, *other)) {
                continue;
            }
            let field = path.join(".");
            let message =
                format!("{field} leads to {address}, the address of cluster '{}'", clusters[other].name);
            let help = "write the address of the cluster itself, or of its host";
            let finding = Finding::warning("foreign-domain", (index, path), message, help);
            found.push(finding.also(other, API_SERVER, "this cluster's address"));
        }
    }
    found
}

/// Both fields say where the API server of a virtual cluster listens.
fn port_mismatch(clusters: &[Declared<'_>]) -> Vec<Finding> {
    let of_one = |(index, cluster): (usize, &Declared<'_>)| {
        let written = endpoint(cluster)?.port?;
        let given = cluster.spec.text_at(VCLUSTER_PORT).filter(|given| *given != written)?;
        host_of(cluster.spec)?;
        let message = format!("vcluster.httpsNodePort is {given}, and the port of apiServer is {written}");
        let help = "write the same port in both: the API server of a virtual cluster listens at one";
        let finding = Finding::warning("port-mismatch", (index, VCLUSTER_PORT), message, help);
        Some(finding.also(index, API_SERVER, ""))
    };
    clusters.iter().enumerate().filter_map(of_one).collect()
}

/// Other machines can't reach it there.
fn loopback(clusters: &[Declared<'_>]) -> Vec<Finding> {
    let of_one = |(index, cluster): (usize, &Declared<'_>)| {
        let endpoint = endpoint(cluster)?;
        endpoint.address().filter(|address| address.is_loopback() || address.is_unspecified())?;
        let message = format!("apiServer leads to {}, which is whatever machine looks it up", endpoint.host);
        let help = "write an address at which other machines reach the cluster";
        Some(Finding::warning("loopback-api-server", (index, API_SERVER), message, help))
    };
    clusters.iter().enumerate().filter_map(of_one).collect()
}

/// The field is not a secret one.
fn credentials(clusters: &[Declared<'_>]) -> Vec<Finding> {
    let of_one = |(index, cluster): (usize, &Declared<'_>)| {
        let url = cluster.spec.text_at(API_SERVER).and_then(|url| url::Url::parse(url).ok())?;
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let message = "apiServer has credentials in it, and everybody sees them".to_owned();
        let help = "remove them: the kubeconfig has the credentials of a cluster";
        Some(Finding::warning("credentials-in-url", (index, API_SERVER), message, help))
    };
    clusters.iter().enumerate().filter_map(of_one).collect()
}
