//! Mappings: keys are texts, each once; `<<` merges.

use std::collections::{HashMap, HashSet};

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::text::quoted_word;
use crate::resource::schema::{Entry, Node, NodeValue};

/// A mapping that is still open: entries, and a key whose value has not come yet.
#[derive(Default)]
pub(super) struct Pending {
    entries: Vec<Entry>,
    key: Option<Node>,
}

impl Pending {
    /// Takes a key, or the value of the key before.
    pub(super) fn push(&mut self, node: Node, diagnostics: &mut Diagnostics) {
        let Some(key) = self.key.take() else {
            self.key = Some(node);
            return;
        };
        match key.value {
            NodeValue::Scalar { text, .. } => {
                self.entries.push(Entry { key: text, key_span: key.span, value: node });
            }
            NodeValue::Sequence(_) | NodeValue::Mapping(_) => {
                diagnostics.push(
                    Diagnostic::error("wrong-key", "a key must be a plain text").at(key.span).help(
                        "quote text that begins with '{' or '['; write ${x} for a variable, not {{ x }}",
                    ),
                );
            }
        }
    }
}

/// Below this, looking through the list is faster than hashing.
const FEW: usize = 12;

/// The entries with duplicates reported and merges resolved.
pub(super) fn close(pending: Pending, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut entries = pending.entries;
    report_duplicates(&mut entries, diagnostics);
    if entries.iter().any(|entry| entry.key.as_ref() == "<<") { merge(entries, diagnostics) } else { entries }
}

/// A key that a mapping has twice.
pub(crate) fn duplicate_key(key: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::error("duplicate-key", format!("key{} is given twice", quoted_word(key)))
        .labelled(again, "given again here")
        .also(first, "first given here")
        .help("keep one of them")
}

fn report_duplicates(entries: &mut Vec<Entry>, diagnostics: &mut Diagnostics) {
    let mut twice: Vec<(usize, usize)> = Vec::new();
    if entries.len() <= FEW {
        for (index, entry) in entries.iter().enumerate().skip(1) {
            let first = entries[..index].iter().position(|other| other.key == entry.key);
            twice.extend(first.map(|first| (first, index)));
        }
    } else {
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            match seen.entry(&entry.key) {
                std::collections::hash_map::Entry::Occupied(first) => twice.push((*first.get(), index)),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(index);
                }
            }
        }
    }
    if twice.is_empty() {
        return;
    }
    for (first, again) in &twice {
        let first = &entries[*first];
        let again = &entries[*again];
        diagnostics.push(duplicate_key(&again.key, again.key_span, first.key_span));
    }
    let mut index = 0;
    let mut rest = twice.iter().map(|(_, again)| *again).peekable();
    entries.retain(|_| {
        let again = rest.next_if_eq(&index).is_some();
        index += 1;
        !again
    });
}

/// What is written wins over what is merged, and what is merged first over what is merged later.
fn merge(entries: Vec<Entry>, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let (merges, mut entries): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.key.as_ref() == "<<");
    let mut known: HashSet<Box<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
    for merge in merges {
        let sources = match merge.value.value {
            NodeValue::Sequence(items) => items,
            _ => vec![merge.value],
        };
        for source in sources {
            let NodeValue::Mapping(merged) = source.value else {
                diagnostics.push(
                    Diagnostic::error("wrong-merge", "'<<' merges mappings only")
                        .at(merge.key_span)
                        .help("write <<: *anchor, or <<: [*one, *other]"),
                );
                continue;
            };
            entries.extend(merged.into_iter().filter(|entry| known.insert(entry.key.clone())));
        }
    }
    entries
}
