//! What of a plan can be agreed on, as keyed hashes: a note keeps them, and apply compares today's plan with
//! them. Pure.
//!
//! A plan is made of *parts*: a create and a delete are one each, an update is one for each field, a
//! replacement is a delete and a create, and each secret is a part of its own. So what is left of a plan after
//! an apply that failed halfway has no part that the plan did not have, and the changes of two merge requests
//! to one object are the parts of both.
//!
//! Invariant: what is not a part is not written to the server, except once more what an earlier apply has
//! begun to write.

use hmac::Mac as _;

use crate::config::resolve::Configuration;
use crate::model::fingerprint::Fingerprint;
use crate::model::value::{Path, Value};
use crate::resource::Address;
use crate::state::Verb;

use super::saved::digest::{Keyed, digits, feed, keyed};
use super::{Action, Change, Plan};

/// How many digits a hash has: 128 bits, so that no two parts can be made to have the same one.
const DIGITS: usize = 32;

/// What one write does, or does to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The object; `None` for a rule of the settings.
    pub(crate) address: Option<Address>,
    /// `create`, `update language`.
    pub(crate) what: String,
    /// The manifest that declares it, or did.
    pub(crate) file: Option<String>,
    /// Its hash, without what a secret contains.
    open: String,
    /// Of a secret that is known: its hash with what it contains.
    known: Option<String>,
}

impl Part {
    /// Whether these hashes have it. What could not be read when they were made may be anything.
    pub(crate) fn is_among(&self, agreed: impl Fn(&str) -> bool) -> bool {
        agreed(&self.open) || self.known.as_deref().is_some_and(agreed)
    }
}

/// The fingerprint of a plan, by the key of its state; without a key, secrets are left out, since everyone
/// could try what they are.
pub(crate) fn fingerprint(plan: &Plan, configuration: &Configuration, key: Option<&str>) -> Fingerprint {
    let parts = parts(plan, configuration, key);
    let whole = whole(&parts, key);
    let mut operations: Vec<String> =
        parts.into_iter().map(|Part { open, known, .. }| known.unwrap_or(open)).collect();
    let mut known_at_apply = Vec::new();
    let hasher = Hasher::new(key, plan.environment.as_deref());
    // What is compared with what its record knows of secrets, and may turn out to differ where they are known.
    let may_be_sent = |change: &&Change| !matches!(change.action, Action::Delete | Action::Forget);
    for change in plan.changes.iter().filter(may_be_sent) {
        let Some(resource) = configuration.resources.get(&change.address) else { continue };
        resource.spec.each_secret(&mut Path::root(), &mut |path, secret| {
            let Some(why) = secret.problem() else { return };
            known_at_apply.push(format!("{} {path}: {why}", change.address));
            if !matches!(change.action, Action::Create | Action::Replace) {
                operations.push(hasher.secret(&change.address, path, None));
            }
        });
    }
    operations.sort_unstable();
    operations.dedup();
    Fingerprint { whole, operations, known_at_apply }
}

/// Of all parts together: the same whether their secrets are known or not. The key is that of the parts.
pub(crate) fn whole(parts: &[Part], key: Option<&str>) -> String {
    let mut all: Vec<&str> = parts.iter().map(|part| part.open.as_str()).collect();
    all.sort_unstable();
    Hasher::new(key, None).hash(|mac| all.iter().for_each(|part| feed(mac, part)))
}

/// The parts of a plan.
pub(crate) fn parts(plan: &Plan, configuration: &Configuration, key: Option<&str>) -> Vec<Part> {
    let hasher = Hasher::new(key, plan.environment.as_deref());
    let mut parts = Vec::new();
    for change in plan.changing() {
        let declared = configuration.resources.get(&change.address);
        let file = declared
            .and_then(|resource| resource.file.as_ref().map(ToString::to_string))
            .or_else(|| change.last_file());
        let begin = parts.len();
        hasher.change(change, &mut parts);
        parts[begin..].iter_mut().for_each(|part| part.file.clone_from(&file));
    }
    for protection in plan.protections.iter().filter(|protection| protection.permits_more) {
        let text = serde_json::to_string(protection).expect("texts can be written");
        let open = hasher.of(protection.address.as_ref(), "protection", |mac| feed(mac, &text));
        let what = format!("lift {}", protection.name);
        parts.push(Part { address: protection.address.clone(), what, file: None, open, known: None });
    }
    parts
}

/// Makes the hashes of parts.
struct Hasher {
    has_key: bool,
    /// What all hashes begin with.
    begun: Keyed,
}

impl Hasher {
    fn new(key: Option<&str>, environment: Option<&str>) -> Self {
        let mut begun = keyed(key.unwrap_or_default());
        feed(&mut begun, "nautform-fingerprint:1");
        // Without a key, too, the same change of another environment is another part.
        if let Some(environment) = environment {
            feed(&mut begun, &format!("environment:{environment}"));
        }
        Self { has_key: key.is_some(), begun }
    }

    fn change(&self, change: &Change, parts: &mut Vec<Part>) {
        for verb in change.action.verbs() {
            match verb {
                Verb::Create => self.create(change, parts),
                Verb::Delete => parts.push(self.delete(change)),
                Verb::Update => self.update(change, parts),
            }
        }
        if change.action == Action::Forget {
            parts.push(self.plain(change, "forget", |_| {}));
        }
    }

    fn create(&self, change: &Change, parts: &mut Vec<Part>) {
        let after = change.after.as_deref().unwrap_or(&Value::Null);
        let plain = after.open();
        parts.push(self.plain(change, "create", |mac| plain.feed(&mut |piece| mac.update(piece))));
        after.each_secret(&mut Path::root(), &mut |path, secret| {
            let known = Some(Value::Secret(secret.clone())).filter(|_| secret.problem().is_none());
            parts.push(self.secret_part(change, path, known.as_ref()));
        });
    }

    fn delete(&self, change: &Change) -> Part {
        let before = change.before.as_deref().unwrap_or(&Value::Null).open();
        self.plain(change, "delete", |mac| {
            before.feed(&mut |piece| mac.update(piece));
            change.takes_along.iter().for_each(|address| feed(mac, &address.to_string()));
        })
    }

    fn update(&self, change: &Change, parts: &mut Vec<Part>) {
        for attribute in &change.attributes {
            if attribute.sensitive {
                let after = change.after.as_deref().and_then(|after| after.at(&attribute.path));
                let known = after.filter(|value| value.missing_secret().is_none());
                parts.push(self.secret_part(change, &attribute.path, known));
                continue;
            }
            let path = attribute.path.to_string();
            let part = self.plain(change, "update", |mac| {
                feed(mac, &path);
                for side in [&attribute.before, &attribute.after] {
                    side.as_ref().unwrap_or(&Value::Null).feed(&mut |piece| mac.update(piece));
                }
            });
            parts.push(Part { what: format!("update {path}"), ..part });
        }
    }

    fn secret_part(&self, change: &Change, path: &Path, known: Option<&Value>) -> Part {
        let address = &change.address;
        let known = known.filter(|_| self.has_key);
        Part {
            address: Some(address.clone()),
            what: format!("send {path}"),
            file: None,
            open: self.secret(address, path, None),
            known: known.map(|value| self.secret(address, path, Some(value))),
        }
    }

    /// Of a secret, with what it contains if that is known.
    fn secret(&self, address: &Address, path: &Path, known: Option<&Value>) -> String {
        self.of(Some(address), "secret", |mac| {
            feed(mac, &path.to_string());
            if let Some(value) = known {
                // The form of a kubeconfig does not count, as where it is compared.
                let content = match value {
                    Value::Secret(secret) => secret.content(),
                    _ => None,
                };
                match content {
                    Some(content) => feed(mac, secrecy::ExposeSecret::expose_secret(&content)),
                    None => value.feed(&mut |piece| mac.update(piece)),
                }
            }
        })
    }

    fn plain(&self, change: &Change, what: &str, content: impl FnOnce(&mut Keyed)) -> Part {
        let address = change.address.clone();
        let open = self.of(Some(&address), what, content);
        Part { address: Some(address), what: what.to_owned(), file: None, open, known: None }
    }

    fn of(&self, address: Option<&Address>, what: &str, content: impl FnOnce(&mut Keyed)) -> String {
        self.hash(|mac| {
            feed(mac, what);
            feed(mac, &address.map(ToString::to_string).unwrap_or_default());
            content(mac);
        })
    }

    fn hash(&self, content: impl FnOnce(&mut Keyed)) -> String {
        let mut digits = digits(&self.begun, content);
        digits.truncate(DIGITS);
        digits
    }
}
