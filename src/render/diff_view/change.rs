//! The fields of a change, and of a drift.

use crate::model::value::Value;
use crate::plan::diff::AttributeChange;
use crate::plan::{Action, Change, Drift, DriftKind};
use crate::resource::Address;
use crate::resource::schema::attribute_at;

use super::entry::Entry;
use super::fields::put_all;
use super::line::{Line, Part, Role, Sheet, Sign, put_hidden};
use super::shape::{self, Field};

/// The fields of a change: what differs, or all fields of an object that is created or deleted.
pub(in crate::render) fn fields(change: &Change, width: usize) -> Vec<Line> {
    let mut sheet = Sheet { width, lines: Vec::new() };
    let whole = match change.action {
        Action::Delete => change.before.as_deref(),
        Action::Create => change.after.as_deref(),
        _ => None,
    };
    match whole {
        Some(spec) => put_whole(&change.address, change.action == Action::Delete, spec, &mut sheet),
        None => put_changed(&change.address, change.action, &change.attributes, &mut sheet),
    }
    if matches!(change.action, Action::Update | Action::Replace) {
        put_hidden(change.unchanged, "field", 1, &mut sheet);
    }
    sheet.lines
}

/// The fields that changed outside of nautform: last applied `->` live. Of an object that was deleted, all that
/// were applied.
pub(in crate::render) fn drift(drift: &Drift, width: usize) -> Vec<Line> {
    let mut sheet = Sheet { width, lines: Vec::new() };
    if drift.kind == DriftKind::Missing {
        put_whole(&drift.address, true, &drift.object, &mut sheet);
    } else {
        put_changed(&drift.address, Action::Update, &drift.attributes, &mut sheet);
    }
    sheet.lines
}

fn put_changed(address: &Address, action: Action, fields: &[AttributeChange], sheet: &mut Sheet) {
    let entries: Vec<_> = fields.iter().map(|field| from(address, action, field)).collect();
    put_all(&entries, 1, sheet);
}

fn put_whole<'a>(address: &Address, is_deleted: bool, spec: &'a Value, sheet: &mut Sheet) {
    let entry = |field: Field<'a>| {
        let value = Some(field.value);
        let (before, after) = if is_deleted { (value, None) } else { (None, value) };
        Entry::new(field.path.to_string(), field.shape, before, after)
    };
    let entries: Vec<_> = shape::whole(address.kind(), spec).into_iter().map(entry).collect();
    put_all(&entries, 1, sheet);
}

fn from<'a>(address: &Address, action: Action, attribute: &'a AttributeChange) -> Entry<'a> {
    let shape = attribute_at(address.kind(), &attribute.path);
    let before = attribute.before.as_ref();
    let after = attribute.after.as_ref();
    let mut entry = Entry::new(attribute.path.to_string(), shape, before, after);
    entry.sensitive = attribute.sensitive;
    if attribute.sensitive {
        entry.sign = match action {
            Action::Create => Sign::Add,
            Action::Delete => Sign::Remove,
            _ => Sign::Change,
        };
    }
    let mut remark = |role, text: String| entry.remarks.push(Part::new(role, text));
    if attribute.forces_replacement {
        remark(Role::Alarm, "# forces replacement".to_owned());
    }
    if attribute.fixed_while_used {
        remark(Role::Note, "# can't change while it is in use".to_owned());
    }
    if after.is_none() && before.is_some() && !attribute.sensitive && action != Action::Delete {
        remark(Role::Note, "# back to the server's default".to_owned());
    }
    if let Some(note) = attribute.note.as_deref() {
        remark(Role::Note, format!("# {note}"));
    }
    entry
}
