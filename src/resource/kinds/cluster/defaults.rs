//! What the server stores where a cluster's spec says nothing (§3.4), as far as it can be known without its
//! DNS.

use std::net::IpAddr;

use crate::model::value::{Map, Name, Value};

use super::components::{Category, categories, fixed_additions, usual_namespace};
use super::endpoint::Endpoint;
use super::hosted::is_virtual;

/// Every default: components, their namespaces and additions, the primary domain, the node port. Of
/// components, `spec` says which are named; of additions, a host that only the server's DNS can have
/// computed.
pub(crate) fn of(name: &str, spec: &Value) -> Value {
    let endpoint = spec.text_at(&["apiServer"]).and_then(Endpoint::of);
    let mut all = Map::new();
    if let Some(endpoint) = endpoint {
        let domain = match endpoint.address() {
            Some(_) => format!("{}.nip.io", endpoint.host),
            None => endpoint.host.to_owned(),
        };
        all.insert("primaryDomain", Value::text(domain));
    }
    if let Some(port) = endpoint.and_then(|endpoint| endpoint.port).filter(|_| is_virtual(spec)) {
        all.insert("vcluster", object([("httpsNodePort", port.to_owned())]));
    }
    let fields = categories(spec).unwrap_or_default().iter().filter_map(|category| {
        let field = category.field.as_ref()?;
        let mut component = Map::new();
        component.insert("name", category.name.into());
        component.insert("namespace", usual_namespace(spec, category).into());
        let additions = additions(category, name, spec, endpoint);
        if !additions.is_empty() {
            component.insert("additions", object(additions));
        }
        Some((Name::known(field), Value::Map(component)))
    });
    all.insert("componentsList", Value::Map(fields.collect()));
    Value::Map(all)
}

fn additions(
    category: &Category,
    cluster: &str,
    spec: &Value,
    endpoint: Option<Endpoint<'_>>,
) -> Vec<(&'static str, String)> {
    let named = category.field.and_then(|field| spec.text_at(&["componentsList", field, "name"]));
    if named.is_some_and(|named| named != category.name) {
        return Vec::new();
    }
    match category.name {
        "traefik" => {
            fixed_additions("traefik").iter().map(|(key, text)| (*key, (*text).to_owned())).collect()
        }
        "tekton" | "argocd" => {
            let live = category
                .field
                .and_then(|field| spec.text_at(&["componentsList", field, "additions", "host"]));
            computed_host(category.name, cluster, endpoint, live)
                .map(|host| ("host", host))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// `argocd.<cluster>.<ip>.nip.io`. Behind a host name the server puts what its DNS says, or nothing if that
/// fails: any value of that form is a default then.
fn computed_host(
    component: &str,
    cluster: &str,
    endpoint: Option<Endpoint<'_>>,
    given: Option<&str>,
) -> Option<String> {
    let start = format!("{component}.{cluster}.");
    let end = ".nip.io";
    let endpoint = endpoint?;
    if endpoint.address().is_some() {
        return Some(format!("{start}{}{end}", endpoint.host));
    }
    let address = given?.strip_prefix(&start).and_then(|rest| rest.strip_suffix(end));
    let computed = address.is_some_and(|address| address.parse::<IpAddr>().is_ok());
    given.filter(|given| computed || given.is_empty()).map(str::to_owned)
}

fn object(members: impl IntoIterator<Item = (&'static str, String)>) -> Value {
    let members = members.into_iter().map(|(key, text)| (Name::from(key), Value::text(text)));
    Value::Map(members.collect())
}
