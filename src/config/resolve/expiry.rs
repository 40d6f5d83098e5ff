//! Warns of secrets whose parts stop being valid soon. Pure: the time is handed in.

use jiff::{SignedDuration, Timestamp};

use crate::config::load::Manifests;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Path;
use crate::resource::Resource;
use crate::resource::schema::{Attribute, Expiry};

use super::Configuration;
use super::places::Places;

/// How long before their end secrets are warned of.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Warns of what is not valid any more, or not for long.
pub fn warn(configuration: &Configuration, manifests: &mut Manifests, now: Timestamp) {
    let mut found = Vec::new();
    let mut places = Places::new(&manifests.sources);
    // Fleets share kubeconfigs.
    let mut last: (&str, Vec<Expiry>) = ("", Vec::new());
    for resource in configuration.resources.values() {
        for (attribute, text) in secrets(resource) {
            if last.0 != text {
                last = (text, attribute.expiry.map(|expiry| expiry(text)).unwrap_or_default());
            }
            for expiry in last.1.iter().filter(|expiry| expiry.until < now + SOON) {
                let place = places.key(resource, &Path::root().join(attribute.name));
                found.push(warning(attribute, expiry, now).at(place).about(&resource.address));
            }
        }
    }
    manifests.diagnostics.extend(found);
}

/// The secrets of an object that may stop being valid.
fn secrets(resource: &Resource) -> impl Iterator<Item = (&'static Attribute, &str)> {
    let attributes = resource.address.kind().attributes.iter();
    let expiring = attributes.filter(|attribute| attribute.expiry.is_some());
    expiring.filter_map(|attribute| Some((attribute, resource.spec.get(attribute.name)?.expose())))
}

fn warning(attribute: &Attribute, expiry: &Expiry, now: Timestamp) -> Diagnostic {
    let day = expiry.until.strftime("%Y-%m-%d");
    let verb = if expiry.until < now { "expired" } else { "expires" };
    let message = format!("{} in '{}' {verb} on {day}", expiry.what, attribute.name);
    Diagnostic::warning("expiring-secret", message)
        .help("renew it, and apply: what was applied last is used until then")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::{LoadOptions, Manifests};
    use crate::config::resolve;

    /// A cluster whose token ends at the beginning of 2030.
    const MANIFEST: &str = "\
apiVersion: nautes.resource.nautes.io/v1alpha1
kind: Cluster
spec:
  name: a
  apiServer: https://a.io
  clusterKind: kubernetes
  clusterType: physical
  usage: host
  kubeconfig: {clusters: [{}], users: [{user: {token: a.eyJleHAiOiAxODkzNDU2MDAwfQ.b}}]}
";

    fn said(now: &str) -> Vec<String> {
        let mut manifests = Manifests::default().load_text("a.yaml", MANIFEST, &LoadOptions::default());
        let configuration = resolve::resolve_manifests(&mut manifests);
        warn(&configuration, &mut manifests, now.parse().unwrap());
        let line = |diagnostic: &Diagnostic| {
            let place = diagnostic.primary.as_ref().unwrap().span;
            format!("{} {}", manifests.sources.location(place).line, diagnostic.message)
        };
        manifests.diagnostics.iter().map(line).collect()
    }

    #[test]
    fn secrets_are_warned_of_within_30_days() {
        assert_eq!(said("2029-12-01T00:00:00Z"), [""; 0]);
        assert_eq!(said("2029-12-03T00:00:00Z"), ["9 the token in 'kubeconfig' expires on 2030-01-01"]);
        assert_eq!(said("2030-01-02T00:00:00Z"), ["9 the token in 'kubeconfig' expired on 2030-01-01"]);
    }
}
