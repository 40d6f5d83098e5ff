//! What is destroyed: all of it, outside the fold; shorter where it would fill the note, at last numbers only.

use std::collections::BTreeMap;

use crate::plan::{Action, Change};
use crate::render::section::Sections;
use crate::render::wording;

use super::escape::code;

/// How the objects of a list are written.
type Form = fn(&[&Change], &mut String);

/// Names that take no more than this are always written, in bytes.
const LEAST: usize = 1_500;

/// The list for a note of at most `limit` bytes: one by one if that is half of it or less, else by kind and
/// product, else numbers.
pub(super) fn list(sections: &Sections<'_>, limit: usize) -> String {
    let replaced = sections.ordinary.iter().filter(|change| change.action == Action::Replace);
    let going: Vec<&Change> = sections.deletes.iter().chain(replaced).copied().collect();
    let groups = [
        (":rotating_light:", "PERMANENTLY DESTROYED", sections.irreversible.as_slice()),
        (":warning:", "destroyed or replaced", going.as_slice()),
    ];
    let write = |put: Form| {
        let mut text = String::new();
        for (symbol, outcome, changes) in groups.iter().filter(|(_, _, changes)| !changes.is_empty()) {
            let number = wording::count(changes.len(), "object");
            text.push_str(&format!("\n{symbol} **{number} will be {outcome}:**\n\n"));
            put(changes, &mut text);
        }
        text
    };
    let room = (limit - limit / 10).max(LEAST);
    let forms = [(one_by_one as Form, limit / 2), (by_kind, room)];
    let forms = forms.into_iter().map(|(form, room)| (write(form), room));
    let fitting = forms.into_iter().find(|(text, room)| text.len() <= *room);
    fitting.map_or_else(|| write(counted), |(text, _)| text)
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

/// The objects that go, by kind and product.
fn groups<'a>(changes: &[&'a Change]) -> BTreeMap<(&'a str, Option<&'a str>), Vec<&'a str>> {
    let mut groups: BTreeMap<(&str, Option<&str>), Vec<&str>> = BTreeMap::new();
    let all = changes.iter().flat_map(|change| std::iter::once(&change.address).chain(&change.takes_along));
    for address in all {
        groups.entry((address.kind().name, address.product())).or_default().push(address.name());
    }
    groups
}

/// Names only, a line for each kind of each product.
fn by_kind(changes: &[&Change], text: &mut String) {
    for ((kind, product), names) in groups(changes) {
        let of = product.map(|product| format!(" of {}", code(product))).unwrap_or_default();
        text.push_str(&format!("- {kind}{of}: {}\n", code(&names.join(", "))));
    }
}

/// Numbers only, a line for each kind.
fn counted(changes: &[&Change], text: &mut String) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    groups(changes).iter().for_each(|((kind, _), names)| *kinds.entry(kind).or_default() += names.len());
    for (kind, number) in kinds {
        text.push_str(&format!("- {kind}: {}\n", wording::count(number, "object")));
    }
    text.push_str("\nTheir names do not fit in here: they are in the log of the job.\n");
}
