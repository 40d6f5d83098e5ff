//! The walk over one object: which of its fields differ.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::model::value::{Name, Path, Secret, Segment, Value};
use crate::resource::schema::{Attribute, Fixed, Kept, Kind, Type};
use crate::resource::{Address, Observed, Record};

use super::AttributeChange;
use super::applied::applied;
use super::equal::{Fields, NULL, holds_hidden, same};

/// The live side.
#[derive(Clone, Copy, Debug)]
pub enum LiveSide<'a> {
    /// The object does not exist.
    Absent,
    /// It exists, like this, as far as the server returns it.
    Present(&'a Value),
    /// It exists, and all that is stored is this.
    Whole(&'a Value),
    /// It exists and can't be shown; the last apply is used instead.
    Unreadable,
}

impl<'a> LiveSide<'a> {
    /// An object that was read.
    pub fn of(observed: &'a Observed) -> Self {
        if observed.is_whole { Self::Whole(&observed.spec) } else { Self::Present(&observed.spec) }
    }
}

/// The sides to compare.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The object's kind.
    pub kind: &'static Kind,
    /// The object's name.
    pub name: &'a str,
    /// The declared fields.
    pub desired: &'a Value,
    /// The live object.
    pub live: LiveSide<'a>,
    /// The last apply, if there was one.
    pub record: Option<&'a Record>,
    /// Whether the state's keyed hash is that of a secret.
    pub recognizes: &'a dyn Fn(&Secret, &str) -> bool,
    /// What the server returned right after the last write, where that was not what was written.
    pub returned: Option<&'a BTreeMap<Path, Value>>,
    /// What is sent of the fields that the server does not return although nothing says that they differ.
    pub send: Sending,
    /// Fields that are neither compared nor changed.
    pub ignore: &'a [Path],
}

impl<'a> Sides<'a> {
    /// Two values alone, without a memory of what was applied. Secrets count as known: they are not compared.
    pub(crate) fn of_values(address: &'a Address, desired: &'a Value, live: LiveSide<'a>) -> Self {
        Self {
            kind: address.kind(),
            name: address.name(),
            desired,
            live,
            record: None,
            recognizes: &|_, _| true,
            returned: None,
            send: Sending::Nothing,
            ignore: &[],
        }
    }
}

/// What is sent of the fields that the server does not return although nothing says that they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sending {
    /// Nothing.
    #[default]
    Nothing,
    /// What was never sent.
    Unsent,
    /// All of them.
    All,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The fields that differ, in the order of the table.
    pub changes: Vec<AttributeChange>,
    /// How many declared fields are as they should be.
    pub unchanged: usize,
    /// The declared fields that the server does not return and that were never sent.
    pub unsent: Vec<Path>,
    /// The fields that the server returns in another form, as it did right after they were written.
    pub returned: Vec<Path>,
    /// The fields that change and were applied with the same value before.
    pub rewritten: Vec<Path>,
}

/// Compares the sides. For an absent object, every declared field is a change.
pub fn compare(sides: &Sides<'_>) -> Comparison {
    walked(sides, true)
}

/// The same without a list of the changes.
pub(in crate::plan) fn compare_unlisted(sides: &Sides<'_>) -> Comparison {
    walked(sides, false)
}

fn walked(sides: &Sides<'_>, is_listing: bool) -> Comparison {
    let mut walk = Walk {
        sides,
        is_listing,
        path: Path::root(),
        found: Comparison::default(),
        defaults: OnceCell::new(),
    };
    let shown = match sides.live {
        LiveSide::Present(live) | LiveSide::Whole(live) => live,
        LiveSide::Absent | LiveSide::Unreadable => NULL,
    };
    let known = |hash: &str| {
        let mut secrets = sides.desired.secrets().into_iter().chain(shown.secrets());
        secrets.find(|secret| (sides.recognizes)(secret, hash))
    };
    let applied = sides.record.map(|record| applied(sides.kind, record, &known));
    let applied = applied.as_deref();
    let live = match sides.live {
        LiveSide::Absent | LiveSide::Present(_) | LiveSide::Whole(_) => shown,
        LiveSide::Unreadable => applied.unwrap_or(sides.desired),
    };
    walk.fields(sides.kind.attributes, sides.desired, live, applied.unwrap_or(NULL));
    walk.found
}

/// How much of a live field is known.
#[derive(Clone, Copy)]
enum Seen {
    /// What a reply returned.
    Returned,
    /// What Git has, though no reply returns it.
    InGit,
    /// Nothing.
    Never,
}

struct Walk<'a> {
    sides: &'a Sides<'a>,
    is_listing: bool,
    path: Path,
    found: Comparison,
    /// What the server stores where the live object says nothing of its own; computed when it is first
    /// needed.
    defaults: OnceCell<Value>,
}

const BY_RECORD: &str = "not readable, compared with the last apply";
const BY_GIT: &str = "read from Git, the server does not return it";
const ON_REQUEST: &str = "not readable, sent on request";

impl AttributeChange {
    /// Whether the last apply stands for the live value, which is not known.
    pub(crate) fn is_by_record(&self) -> bool {
        self.note.as_deref() == Some(BY_RECORD)
    }
}

impl Walk<'_> {
    fn fields(&mut self, attributes: &'static [Attribute], desired: &Value, live: &Value, applied: &Value) {
        for attribute in attributes.iter().filter(|attribute| attribute.is_sent()) {
            let desired = desired.get(attribute.name);
            let applied = applied.get(attribute.name);
            if desired.is_none() && applied.is_none() && !attribute.absent_is_empty {
                continue;
            }
            self.path.push(Segment::Name(Name::known(&attribute.name)));
            if !self.sides.ignore.contains(&self.path) {
                let seen = match self.sides.live {
                    _ if attribute.is_readable_in(live) => Seen::Returned,
                    LiveSide::Unreadable => Seen::Returned,
                    LiveSide::Whole(_)
                        if attribute.kept != Kept::Elsewhere || live.get(attribute.name).is_some() =>
                    {
                        Seen::InGit
                    }
                    _ => Seen::Never,
                };
                let live = live.get(attribute.name).unwrap_or(NULL);
                self.field(attribute, desired, live, applied, seen);
            }
            self.path.pop();
        }
    }

    fn field(
        &mut self,
        attribute: &'static Attribute,
        desired: Option<&Value>,
        live: &Value,
        applied: Option<&Value>,
        seen: Seen,
    ) {
        let exists = !matches!(self.sides.live, LiveSide::Absent);
        if matches!(attribute.ty, Type::Secret) {
            return self.secret(attribute, desired, exists);
        }
        match seen {
            Seen::Never if exists => return self.hidden(attribute, desired, applied),
            Seen::InGit if !matches!(attribute.ty, Type::Object(_)) => {
                return self.in_git(attribute, desired.unwrap_or(NULL), live);
            }
            _ => {}
        }
        match attribute.ty {
            Type::Object(fields) => {
                self.fields(fields, desired.unwrap_or(NULL), live, applied.unwrap_or(NULL));
            }
            Type::Map { value, open } => self.map(attribute, value, open, desired, live, applied),
            _ => match desired {
                Some(desired) => self.leaf(attribute, desired, live, applied, exists),
                None => self.dropped(attribute, live),
            },
        }
    }

    /// A declared field that is compared as a whole.
    fn leaf(
        &mut self,
        attribute: &'static Attribute,
        desired: &Value,
        live: &Value,
        applied: Option<&Value>,
        exists: bool,
    ) {
        if !same(attribute, desired, live, Fields::Readable) || !exists {
            if self.is_settled(attribute, desired, live, applied) {
                return;
            }
            return self.change(attribute, Some(live), Some(desired), None);
        }
        match applied {
            _ if matches!(self.sides.live, LiveSide::Whole(_)) && holds_hidden(attribute) => {
                self.in_git(attribute, desired, live);
            }
            Some(applied)
                if holds_hidden(attribute) && !same(attribute, desired, applied, Fields::Hidden) =>
            {
                self.change(attribute, Some(applied), Some(desired), Some(BY_RECORD));
            }
            _ => self.found.unchanged += 1,
        }
    }

    /// Whether a field that differs is as the server returned it right after the last write of the same value:
    /// writing it again would change nothing. Notes fields that were written before and are not.
    fn is_settled(
        &mut self,
        attribute: &'static Attribute,
        desired: &Value,
        live: &Value,
        applied: Option<&Value>,
    ) -> bool {
        if matches!(self.sides.live, LiveSide::Absent) {
            return false;
        }
        let is_applied = applied.map(|applied| same(attribute, desired, applied, Fields::All));
        let returned = self.sides.returned.and_then(|all| all.get(&self.path));
        let is_live = |returned: &Value| {
            let is_hash = |hash| (self.sides.recognizes)(&live.digestible(), hash);
            if live.holds_secret() { returned.as_str().is_some_and(is_hash) } else { returned == live }
        };
        if returned.is_some_and(is_live) && is_applied != Some(false) {
            self.found.unchanged += 1;
            self.found.returned.push(self.path.clone());
            return true;
        }
        if is_applied == Some(true) {
            self.found.rewritten.push(self.path.clone());
        }
        false
    }

    /// A field that was applied and is no longer declared: it is set back to the default.
    fn dropped(&mut self, attribute: &'static Attribute, live: &Value) {
        if live.is_empty() || attribute.keeps_when_empty || self.is_default(attribute, live) {
            return;
        }
        self.change(attribute, Some(live), None, None);
    }

    /// A field that replies lack and Git has.
    fn in_git(&mut self, attribute: &'static Attribute, desired: &Value, live: &Value) {
        if same(attribute, desired, live, Fields::All) {
            self.found.unchanged += 1;
        } else {
            self.change(attribute, Some(live), Some(desired).filter(|value| !value.is_empty()), Some(BY_GIT));
        }
    }

    fn hidden(&mut self, attribute: &'static Attribute, desired: Option<&Value>, applied: Option<&Value>) {
        let record = self.sides.record;
        let is_sent = record.is_some_and(|record| !record.unsent.contains_key(&self.path));
        if desired.is_some() && self.is_due(is_sent) {
            return self.change(attribute, applied, desired, Some(ON_REQUEST));
        }
        // Without a record it is unknown; the object is accepted as it is.
        if record.is_none() {
            self.found.unchanged += usize::from(desired.is_some());
            self.found.unsent.extend(desired.map(|_| self.path.clone()));
        } else if same(attribute, desired.unwrap_or(NULL), applied.unwrap_or(NULL), Fields::All) {
            self.found.unchanged += 1;
            self.found.unsent.extend((!is_sent).then(|| self.path.clone()));
        } else {
            self.change(attribute, applied, desired, Some(BY_RECORD));
        }
    }

    fn secret(&mut self, attribute: &'static Attribute, desired: Option<&Value>, exists: bool) {
        let Some(Value::Secret(secret)) = desired else { return };
        let sent = self.sides.record.and_then(|record| record.hashes.get(&self.path));
        let known = sent.or_else(|| self.sides.record.and_then(|record| record.unsent.get(&self.path)));
        let is_missing = secret.problem().is_some();
        let same = |known: &String| is_missing || (self.sides.recognizes)(secret, known);
        if exists && !self.is_due(sent.is_some()) && known.is_none_or(same) {
            self.found.unchanged += 1;
            if sent.is_none() && (known.is_some() || !is_missing) {
                self.found.unsent.push(self.path.clone());
            }
            return;
        }
        let note = (exists && known.is_none_or(same)).then_some(ON_REQUEST);
        self.change(attribute, None, None, note);
    }

    /// Whether a field that the server does not return is to be sent in any case.
    fn is_due(&self, is_sent: bool) -> bool {
        match self.sides.send {
            Sending::Nothing => false,
            Sending::Unsent => !is_sent,
            Sending::All => true,
        }
    }

    fn map(
        &mut self,
        attribute: &'static Attribute,
        item: &'static Attribute,
        open: bool,
        desired: Option<&Value>,
        live: &Value,
        applied: Option<&Value>,
    ) {
        let declared = desired.unwrap_or(NULL).members();
        let live = live.members();
        let applied = applied.unwrap_or(NULL).members();
        // Undeclared keys of an open map are left alone; a closed map is replaced as a whole.
        let mut keys: Vec<_> = declared.iter().map(|(key, _)| *key).collect();
        keys.extend(live.iter().map(|(key, _)| *key).filter(|key| {
            declared.get(key).is_none() && (applied.get(key).is_some() || (!open && desired.is_some()))
        }));
        keys.sort();
        for key in keys {
            let desired = declared.get(&key);
            let live = live.get(&key).unwrap_or(NULL);
            self.path.push(Segment::Name(key));
            match desired {
                Some(desired) if same(item, desired, live, Fields::Readable) => self.found.unchanged += 1,
                Some(desired) if self.is_settled(item, desired, live, applied.get(&key)) => {}
                None if open && self.is_default(item, live) => {}
                desired => self.change(attribute, Some(live), desired, None),
            }
            self.path.pop();
        }
    }

    fn change(
        &mut self,
        attribute: &'static Attribute,
        before: Option<&Value>,
        after: Option<&Value>,
        note: Option<&'static str>,
    ) {
        if !self.is_listing {
            return;
        }
        let exists = !matches!(self.sides.live, LiveSide::Absent);
        let is_secret = before.into_iter().chain(after).any(Value::holds_secret);
        let sensitive = is_secret || matches!(attribute.ty, Type::Secret);
        self.found.changes.push(AttributeChange {
            path: self.path.clone(),
            before: before.filter(|value| !sensitive && !value.is_empty()).cloned(),
            after: after.filter(|_| !sensitive).cloned(),
            sensitive,
            forces_replacement: exists && attribute.fixed == Fixed::Always,
            fixed_while_used: exists && attribute.fixed == Fixed::WhileUsed,
            note: note.map(Into::into),
        });
    }

    fn is_default(&self, attribute: &'static Attribute, live: &Value) -> bool {
        let defaults = self.defaults.get_or_init(|| match self.sides.live {
            LiveSide::Present(live) | LiveSide::Whole(live) => {
                (self.sides.kind.defaults)(self.sides.name, live)
            }
            _ => Value::Null,
        });
        defaults.at(&self.path).is_some_and(|default| same(attribute, default, live, Fields::All))
            || (attribute.default.is_some() && same(attribute, &Value::Null, live, Fields::All))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn product(description: &str) -> Value {
        Value::from_json(json!({"git": {"gitlab": {"visibility": "private", "description": description}}}))
    }

    /// What is found of a product's description: declared, live, applied last, returned right after that.
    fn found(desired: &str, live: &str, applied: &str, returned: Option<Json>) -> Comparison {
        let path: Path = "git.gitlab.description".parse().unwrap();
        let record = Record {
            applied: product(applied).into(),
            returned: returned.into_iter().map(|value| (path.clone(), Value::from_json(value))).collect(),
            ..Record::default()
        };
        compare(&Sides {
            kind: crate::resource::kinds::find("Product").unwrap(),
            name: "shop",
            desired: &product(desired),
            live: LiveSide::Present(&product(live)),
            record: Some(&record),
            recognizes: &|_, _| true,
            returned: Some(&record.returned),
            send: Sending::Nothing,
            ignore: &[],
        })
    }

    #[test]
    fn other_form_that_the_server_returned_is_not_a_change() {
        let known = || Some(json!("shop"));
        let settled = found("shop\n", "shop", "shop\n", known());
        assert_eq!((settled.changes.len(), settled.returned.len(), settled.unchanged), (0, 1, 2));
        // Not written twice yet; changed by others; changed in the manifest.
        for (changed, is_rewritten) in [
            (found("shop\n", "shop", "shop\n", None), true),
            (found("shop\n", "theirs", "shop\n", known()), true),
            (found("store\n", "shop", "shop\n", known()), false),
        ] {
            assert_eq!((changed.changes.len(), changed.returned.len()), (1, 0));
            assert_eq!(!changed.rewritten.is_empty(), is_rewritten);
        }
    }
}
