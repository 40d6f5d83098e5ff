//! The digests of the declarations that a plan was made from.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::config::resolve::Configuration;
use crate::model::encoding::hex;
use crate::plan::Change;
use crate::resource::{Annotations, Resource};

use super::computed::without_computed;

/// The digest of one declaration: equal only if the manifest declares the same, secrets included.
pub(super) fn declaration(resource: &Resource, salted: &Keyed) -> String {
    digits(salted, |mac| feed_resource(mac, resource))
}

/// The digest of what a change was planned from, if a part of it is not shown, and therefore not in the file.
pub(super) fn sensitive(change: &Change, salt: &str) -> Option<String> {
    let before = change.before.as_deref().filter(|before| before.holds_secret())?;
    let before = without_computed(change.address.kind(), before);
    Some(hashed(salt, |mac| before.feed(&mut |piece| mac.update(piece))))
}

/// The digest of a configuration, which plans of version 1 have: equal only if every manifest declares the
/// same.
///
/// Every field is fed by name and with its length, so that the digest depends neither on how Rust shows a
/// structure nor on annotations that a manifest does not have.
pub(super) fn digest(configuration: &Configuration, salt: &str) -> String {
    hashed(salt, |mac| configuration.resources.values().for_each(|resource| feed_resource(mac, resource)))
}

/// A keyed hash.
pub(in crate::plan) type Keyed = Hmac<Sha256>;

/// A keyed hash of nothing yet: many hashes by one key begin with its copy, since the key itself takes as long
/// as a short content.
pub(in crate::plan) fn keyed(key: &str) -> Keyed {
    Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length")
}

/// The keyed hash of some content, hex.
fn hashed(key: &str, content: impl FnOnce(&mut Keyed)) -> String {
    digits(&keyed(key), content)
}

/// The hash of what was fed before and of some content, hex.
pub(in crate::plan) fn digits(before: &Keyed, content: impl FnOnce(&mut Keyed)) -> String {
    let mut mac = before.clone();
    content(&mut mac);
    hex(&mac.finalize().into_bytes())
}

fn feed_resource(mac: &mut Keyed, resource: &Resource) {
    feed(mac, &resource.address.to_string());
    resource.spec.feed(&mut |piece| mac.update(piece));
    feed_annotations(mac, &resource.annotations);
}

/// A new annotation is fed only where a manifest has it: the digests of all others stay.
fn feed_annotations(mac: &mut Keyed, annotations: &Annotations) {
    let Annotations { prevent_destroy, orphan, ignore_fields } = annotations;
    if *prevent_destroy {
        feed(mac, "prevent-destroy");
    }
    if *orphan {
        feed(mac, "orphan");
    }
    for path in ignore_fields {
        feed(mac, "ignore-field");
        feed(mac, &path.to_string());
    }
}

/// Adds a text with its length.
pub(in crate::plan) fn feed(mac: &mut Keyed, text: &str) {
    mac.update(&(text.len() as u64).to_le_bytes());
    mac.update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(annotations: &Annotations) -> String {
        hashed("salt", |mac| feed_annotations(mac, annotations))
    }

    /// A change of these values makes every saved plan stale: it belongs into the changelog.
    #[test]
    fn digest_of_annotations_is_stable() {
        let none = Annotations::default();
        let field =
            |path: &str| Annotations { ignore_fields: vec![path.parse().unwrap()].into(), ..none.clone() };
        let all = [
            none.clone(),
            Annotations { prevent_destroy: true, ..none.clone() },
            Annotations { orphan: true, ..none.clone() },
            field("language"),
            field("project"),
        ];
        let digests: Vec<String> = all.iter().map(of).collect();
        assert_eq!(digests.iter().collect::<BTreeSet<_>>().len(), all.len());
        let heads: Vec<&str> = digests.iter().map(|digest| &digest[..8]).collect();
        insta::assert_snapshot!(heads.join(" "), @"379d7f79 d6fdf20c 4ae3c47a cff588d1 a235c064");
    }
}
