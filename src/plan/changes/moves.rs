//! Objects with a new name: by `moved:` in `nautform.yaml`, or by what they look like. Pure.
//!
//! The server has no rename (§5). If the live object has its new name already, only the state changes;
//! otherwise the old object is deleted and a new one is created, and the plan says so.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;

use crate::config::settings::Move;
use crate::live::snapshot::Live;
use crate::model::value::Value;
use crate::resource::{Address, Resource};
use crate::state::{State, edit};

use crate::plan::{Action, Change, PlanInput, Reason};

/// The moves that the live state has made already: the new name exists, the old one does not, and the state
/// has the old one.
pub(in crate::plan) fn resolved(input: &PlanInput<'_>) -> Vec<Move> {
    let Some(state) = input.state.filter(|_| !input.moves.is_empty()) else { return Vec::new() };
    let is_made = |moved: &Move| {
        state.records.contains_key(&moved.from)
            && !state.manages(&moved.to)
            && input.configuration.resources.contains_key(&moved.to)
            && matches!(input.snapshot.live(&moved.from), Live::Absent)
            && matches!(input.snapshot.live(&moved.to), Live::Present(_) | Live::Unreadable(_))
    };
    let next = next_names(input.moves);
    let final_move =
        |moved: &Move| Move { from: moved.from.clone(), to: final_name(&next, &moved.to).clone() };
    input.moves.iter().map(final_move).filter(is_made).collect()
}

/// Every old name, and the next one.
fn next_names(moves: &[Move]) -> BTreeMap<&Address, &Address> {
    moves.iter().map(|moved| (&moved.from, &moved.to)).collect()
}

/// The last of an object's names: `moved:` may list its whole history.
fn final_name<'a>(next: &BTreeMap<&Address, &'a Address>, mut name: &'a Address) -> &'a Address {
    // A cycle of moves ends somewhere in it; the check refuses moves away from a declared object.
    for _ in 0..next.len() {
        match next.get(name) {
            Some(later) => name = later,
            None => break,
        }
    }
    name
}

/// Renames objects in the state. What can't be renamed any more stays as it is.
pub fn apply(state: &mut State, moves: &[Move]) {
    for moved in moves {
        let _ = edit::rename(state, &moved.from, &moved.to);
    }
}

/// Marks deletes that are half of a rename: by `moved:`, or because of what the new object looks like.
/// `coming` are the declared objects that may be created.
pub(in crate::plan) fn warn_renames(input: &PlanInput<'_>, coming: &[Address], gone: &mut [Change]) {
    let deletes = |change: &&mut Change| change.action == Action::Delete;
    if (coming.is_empty() && input.moves.is_empty()) || !gone.iter_mut().any(|change| deletes(&change)) {
        return;
    }
    let successors = Successors::new(input, coming);
    let owners =
        gone.iter().filter(|change| change.action == Action::Delete && change.address.kind().is_owner);
    let products: HashMap<String, &str> = owners
        .filter_map(|owner| {
            Some((owner.address.name().to_owned(), successors.of(&owner.address, None)?.name()))
        })
        .collect();
    let product = |address: &Address| address.product().and_then(|product| products.get(product).copied());
    let mut taken: HashSet<&Address> = HashSet::new();
    for change in gone.iter_mut().filter(deletes) {
        let to = successors.of(&change.address, product(&change.address));
        taken.extend(to);
        change.reasons.extend(to.cloned().map(Reason::Renamed));
    }
    let similar = Similar::new(input, coming.iter().filter(|address| !taken.contains(address)));
    for change in gone.iter_mut().filter(deletes).filter(|change| change.successor().is_none()) {
        let Some(record) = input.record(&change.address) else { continue };
        let into = product(&change.address).or(change.address.product());
        let to = similar.to(&change.address, into, &record.applied);
        change.reasons.extend(to.cloned().map(Reason::Renamed));
    }
}

/// Finds the object that replaces one that is deleted.
struct Successors<'a> {
    input: &'a PlanInput<'a>,
    announced: HashMap<&'a Address, &'a Address>,
    alike: HashMap<Content, &'a Address>,
    /// By kind and name, for what can't be brought back.
    same_name: HashMap<(&'static str, &'a str), Vec<&'a Address>>,
}

impl<'a> Successors<'a> {
    fn new(input: &'a PlanInput<'a>, coming: &'a [Address]) -> Self {
        let next = next_names(input.moves);
        let announced = input.moves.iter().map(|moved| (&moved.from, final_name(&next, &moved.to))).collect();
        let resource = |address: &'a Address| Some((address, input.declared(address)?));
        let declared = coming.iter().filter_map(resource);
        let content = |(address, resource): (&'a Address, &Resource)| {
            (content(address, address.product(), &resource.spec.without_secrets()), address)
        };
        let mut same_name: HashMap<_, Vec<_>> = HashMap::new();
        for address in coming.iter().filter(|address| address.kind().deleting.irreversible.is_some()) {
            same_name.entry((address.kind().name, address.name())).or_default().push(address);
        }
        Self { input, announced, alike: declared.map(content).collect(), same_name }
    }

    /// The successor of `address`, whose product becomes `product` if that has another name, too.
    fn of(&self, address: &Address, product: Option<&str>) -> Option<&'a Address> {
        let announced = self.announced.get(address).copied().filter(|to| self.input.declared(to).is_some());
        announced.or_else(|| self.like(address, address.product())).or_else(|| {
            address.kind().deleting.irreversible?;
            let elsewhere = || self.elsewhere(address, product);
            let renamed = || product.and_then(|product| self.like(address, Some(product)));
            elsewhere().or_else(renamed)
        })
    }

    /// What has the same content in `product`.
    fn like(&self, address: &Address, product: Option<&str>) -> Option<&'a Address> {
        let applied = &self.input.record(address)?.applied;
        self.alike.get(&content(address, product, applied)).copied()
    }

    /// What has the same name in another product, best in the one that its product becomes.
    fn elsewhere(&self, address: &Address, product: Option<&str>) -> Option<&'a Address> {
        address.product()?;
        let found = self.same_name.get(&(address.kind().name, address.name()))?;
        let best = found.iter().find(|to| product.is_some() && to.product() == product);
        best.or(found.first()).copied()
    }
}

/// Kind, product, and the fields, with the object's own name and its product's taken out of them.
type Content = (&'static str, Option<String>, String);

fn content(address: &Address, product: Option<&str>, spec: &Value) -> Content {
    (address.kind().name, product.map(str::to_owned), without_names(address, spec).to_string())
}

/// The fields without the object's own name and its product's.
fn without_names(address: &Address, spec: &Value) -> serde_json::Value {
    let mut fields = spec.to_json();
    nameless(&mut fields, address.name());
    address.product().into_iter().for_each(|own| nameless(&mut fields, own));
    fields
}

fn nameless(value: &mut serde_json::Value, name: &str) {
    match value {
        serde_json::Value::String(text) if text == name => *value = serde_json::Value::Null,
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| nameless(item, name)),
        serde_json::Value::Object(members) => members.values_mut().for_each(|member| nameless(member, name)),
        _ => {}
    }
}

/// How many objects of one kind and product are compared with one that is deleted.
const CANDIDATES: usize = 1000;

/// A hash of each field, without the own name and the product's, in order.
type Fields = Vec<u64>;

/// What may be created, by kind and product.
type Groups<'a> = HashMap<(&'static str, Option<&'a str>), Vec<(&'a Address, Fields)>>;

/// Finds what differs from a deleted object in its name and in at most half of its fields; of what can't be
/// brought back, what has anything in common with it.
struct Similar<'a>(Groups<'a>);

impl<'a> Similar<'a> {
    fn new(input: &PlanInput<'a>, coming: impl Iterator<Item = &'a Address>) -> Self {
        let mut groups: Groups<'a> = HashMap::new();
        for address in coming {
            let Some(resource) = input.declared(address) else { continue };
            let group = groups.entry((address.kind().name, address.product())).or_default();
            if group.len() < CANDIDATES {
                group.push((address, hashes(address, &resource.spec.without_secrets())));
            }
        }
        Self(groups)
    }

    /// The most similar one; of several the first.
    fn to(&self, address: &Address, product: Option<&str>, applied: &Value) -> Option<&'a Address> {
        let group = self.0.get(&(address.kind().name, product))?;
        let ours = hashes(address, applied);
        let shared = |theirs: &Fields| theirs.iter().filter(|one| ours.binary_search(one).is_ok()).count();
        let similar = group.iter().filter_map(|(to, theirs)| {
            let shared = shared(theirs);
            let is_similar = match address.kind().deleting.irreversible {
                Some(_) => shared > 0,
                None => shared > 0 && 2 * shared >= ours.len().max(theirs.len()),
            };
            is_similar.then_some((shared, Reverse(*to)))
        });
        similar.max().map(|(_, Reverse(to))| to)
    }
}

fn hashes(address: &Address, spec: &Value) -> Fields {
    let mut all = Fields::new();
    hash_fields(&without_names(address, spec), &mut Vec::new(), &mut all);
    all.sort_unstable();
    all
}

fn hash_fields<'v>(value: &'v serde_json::Value, path: &mut Vec<&'v str>, all: &mut Fields) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                path.push(name);
                hash_fields(member, path, all);
                path.pop();
            }
        }
        value => all.push(FixedState::default().hash_one((path, value.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn similar(deleted: &str, spec: serde_json::Value, coming: &[(&str, serde_json::Value)]) -> String {
        let coming: Vec<(Address, Fields)> = coming
            .iter()
            .map(|(name, spec)| {
                let address: Address = name.parse().unwrap();
                let fields = hashes(&address, &Value::from_json(spec.clone()));
                (address, fields)
            })
            .collect();
        let mut groups: Groups<'_> = HashMap::new();
        for (address, fields) in &coming {
            let group = groups.entry((address.kind().name, address.product())).or_default();
            group.push((address, fields.clone()));
        }
        let deleted: Address = deleted.parse().unwrap();
        let to = Similar(groups).to(&deleted, deleted.product(), &Value::from_json(spec));
        to.map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn object_with_another_name_and_another_field_is_similar() {
        let runtime = |source: &str, environment: &str, account: &str| {
            json!({
                "projectsRef": ["web"], "account": account, "destination": {"environment": environment},
                "manifestSource": {"codeRepo": source, "path": "."},
            })
        };
        let old = || runtime("deploy", "dev", "me");
        let new = |environment: &str, account: &str| {
            [("DeploymentRuntime/p/new", runtime("deploy", environment, account))]
        };
        let name = "DeploymentRuntime/p/old";
        assert_eq!(similar(name, old(), &new("test", "me")), "DeploymentRuntime/p/new");
        assert_eq!(similar(name, old(), &[("DeploymentRuntime/p/new", runtime("x", "test", "you"))]), "");
        assert_eq!(similar("DeploymentRuntime/q/old", old(), &new("test", "me")), "", "another product");
        assert_eq!(
            similar(name, json!({}), &[("DeploymentRuntime/p/new", json!({}))]),
            "",
            "nothing to compare"
        );
    }

    #[test]
    fn one_field_in_common_is_enough_where_something_would_be_lost() {
        let new = |visibility: &str| json!({"project": "b", "git": {"gitlab": {"visibility": visibility}}});
        let old =
            json!({"project": "a", "deploymentRuntime": true, "git": {"gitlab": {"visibility": "private"}}});
        assert_eq!(
            similar("CodeRepo/p/old", old.clone(), &[("CodeRepo/p/new", new("private"))]),
            "CodeRepo/p/new"
        );
        assert_eq!(similar("CodeRepo/p/old", old, &[("CodeRepo/p/new", new("public"))]), "");
    }

    #[test]
    fn most_similar_object_counts_and_then_the_first() {
        let spec = |text: &str| json!({"project": "web", "a": "1", "b": text, "c": text});
        let coming = [("CodeRepo/p/x", spec("1")), ("CodeRepo/p/y", spec("2")), ("CodeRepo/p/z", spec("2"))];
        assert_eq!(similar("CodeRepo/p/old", spec("2"), &coming), "CodeRepo/p/y");
    }
}
