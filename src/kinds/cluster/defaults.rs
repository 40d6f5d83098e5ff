//! What the server stores where a cluster's spec says nothing (§3.4), as far as it can be known without its DNS.

use std::net::IpAddr;

use crate::value::{Map, Name, Value};

use super::components::{categories, named};

/// Every default: components, their namespaces and additions, the primary domain, the node port.
pub(in crate::kinds) fn of(name: &str, spec: &Value) -> Value {
    let api_server = spec.text_at(&["apiServer"]).and_then(|url| url::Url::parse(url).ok());
    let host =
        api_server.as_ref().and_then(url::Url::host_str).map(|host| host.trim_matches(['[', ']']).to_owned());
    let address = host.as_deref().and_then(|host| host.parse::<IpAddr>().ok());
    let mut all = Map::new();
    if let Some(host) = &host {
        let domain = address.map_or_else(|| host.clone(), |ip| format!("{ip}.nip.io"));
        all.insert("primaryDomain", Value::String(domain));
    }
    if let Some(port) = api_server.as_ref().and_then(url::Url::port) {
        let members: Map =
            [(Name::Borrowed("httpsNodePort"), Value::String(port.to_string()))].into_iter().collect();
        all.insert("vcluster", Value::Map(members));
    }
    all.insert("componentsList", components(name, spec, address));
    Value::Map(all)
}

fn components(name: &str, spec: &Value, address: Option<IpAddr>) -> Value {
    let fields = categories(spec).unwrap_or_default().iter().filter_map(|category| {
        let field = category.field?;
        let chosen = spec.text_at(&["componentsList", field, "name"]).and_then(named).unwrap_or(category);
        let mut component = Map::new();
        component.insert("name", category.name.into());
        component.insert("namespace", chosen.namespace.into());
        let additions = additions(chosen.name, name, address);
        if !additions.is_empty() {
            component.insert("additions", Value::Map(additions));
        }
        Some((Name::Borrowed(field), Value::Map(component)))
    });
    Value::Map(fields.collect())
}

fn additions(component: &str, cluster: &str, address: Option<IpAddr>) -> Map {
    let pairs: Vec<(&'static str, Option<String>)> = match component {
        "traefik" => vec![("httpNodePort", Some("30080".into())), ("httpsNodePort", Some("30443".into()))],
        "tekton" | "argocd" => vec![("host", address.map(|ip| format!("{component}.{cluster}.{ip}.nip.io")))],
        _ => Vec::new(),
    };
    pairs.into_iter().filter_map(|(key, value)| Some((Name::Borrowed(key), Value::String(value?)))).collect()
}

/// `apiServer` must be a URL of a Kubernetes API server (§3.1).
pub(super) fn check_api_server(text: &str) -> Result<(), String> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err("must begin with https://".into());
    }
    match url::Url::parse(text) {
        Ok(url) if url.host_str().is_some() => Ok(()),
        _ => Err("must be a URL such as https://10.0.0.1:6443".into()),
    }
}
