//! What is destroyed: all of it, outside the fold, however long that gets; shorter where it would fill the
//! note.

use std::collections::BTreeMap;

use crate::plan::{Action, Change};
use crate::render::section::Sections;
use crate::render::wording;

use super::escape::code;

/// The list, one by one or, if that is longer than `limit`, by kind and product.
pub(super) fn list(sections: &Sections<'_>, limit: usize) -> String {
    let replaced = sections.ordinary.iter().filter(|change| change.action == Action::Replace);
    let going: Vec<&Change> = sections.deletes.iter().chain(replaced).copied().collect();
    let groups = [
        (":rotating_light:", "PERMANENTLY DESTROYED", sections.irreversible.as_slice()),
        (":warning:", "destroyed or replaced", going.as_slice()),
    ];
    let write = |put: fn(&[&Change], &mut String)| {
        let mut text = String::new();
        for (symbol, outcome, changes) in groups.iter().filter(|(_, _, changes)| !changes.is_empty()) {
            let number = wording::count(changes.len(), "object");
            text.push_str(&format!("\n{symbol} **{number} will be {outcome}:**\n\n"));
            put(changes, &mut text);
        }
        text
    };
    let long = write(one_by_one);
    if long.len() <= limit { long } else { write(by_kind) }
}

fn one_by_one(changes: &[&Change], text: &mut String) {
    for change in changes {
        let again = if change.action == Action::Replace { " (replaced)" } else { "" };
        let what = change.irreversible.map(|what| format!(": {what}")).unwrap_or_default();
        text.push_str(&format!("- {}{again}{what}\n", code(&change.address.to_string())));
        for gone in &change.takes_along {
            text.push_str(&format!("  - and with it {}\n", code(&gone.to_string())));
        }
    }
}

/// Names only, a line for each kind of each product.
fn by_kind(changes: &[&Change], text: &mut String) {
    let mut groups: BTreeMap<(&str, Option<&str>), Vec<&str>> = BTreeMap::new();
    let all = changes.iter().flat_map(|change| std::iter::once(&change.address).chain(&change.takes_along));
    for address in all {
        groups.entry((address.kind().name, address.product())).or_default().push(address.name());
    }
    for ((kind, product), names) in groups {
        let of = product.map(|product| format!(" of {}", code(product))).unwrap_or_default();
        text.push_str(&format!("- {kind}{of}: {}\n", code(&names.join(", "))));
    }
}
