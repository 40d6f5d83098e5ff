//! Replies name repositories by their display names (§4.0); manifests name them by their paths.

use std::collections::HashMap;

use crate::resource::{Address, references};
use crate::schema::Kind;
use crate::value::{Path, Segment, Value};

use super::Snapshot;

/// Kind, product and display name of an object that is called otherwise.
type Alias = (&'static str, Option<String>, String);

/// Replaces display names in references by the names of the objects they mean.
pub(super) fn translate(snapshot: &mut Snapshot) {
    let aliases = aliases(snapshot);
    if aliases.is_empty() {
        return;
    }
    let mut renamed: Vec<(Address, Value)> = Vec::new();
    for observed in snapshot.objects() {
        let named = references(&observed.address, &observed.spec);
        let found: Vec<(Path, &Address)> = named
            .into_iter()
            .filter_map(|named| {
                let key = (
                    named.address.kind().name,
                    named.address.product().map(str::to_owned),
                    named.address.name().to_owned(),
                );
                Some((named.path, aliases.get(&key)?))
            })
            .collect();
        if !found.is_empty() {
            let mut spec = observed.spec.as_ref().clone();
            found.iter().for_each(|(path, target)| set(&mut spec, path.segments(), target.name()));
            renamed.push((observed.address.clone(), spec));
        }
    }
    for (address, spec) in renamed {
        snapshot.insert(crate::resource::Observed { address, spec: std::sync::Arc::new(spec) });
    }
}

fn aliases(snapshot: &Snapshot) -> HashMap<Alias, Address> {
    let shown = |kind: &'static Kind| kind.display_name;
    snapshot
        .objects()
        .filter(|observed| !shown(observed.address.kind()).is_empty())
        .filter_map(|observed| {
            let address = &observed.address;
            let display = observed.spec.text_at(shown(address.kind()))?;
            let key = (address.kind().name, address.product().map(str::to_owned), display.to_owned());
            (display != address.name()).then(|| (key, address.clone()))
        })
        .collect()
}

fn set(value: &mut Value, path: &[Segment], text: &str) {
    match (path.split_first(), value) {
        (None, value) => *value = Value::text(text),
        (Some((Segment::Name(name), rest)), Value::Map(map)) => {
            if let Some(inner) = map.get_mut(name) {
                set(inner, rest, text);
            }
        }
        (Some((Segment::Index(index), rest)), Value::List(items)) => {
            if let Some(inner) = items.get_mut(*index) {
                set(inner, rest, text);
            }
        }
        _ => {}
    }
}
