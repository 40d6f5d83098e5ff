//! Fields and forms of former versions: errors that know what has taken their place.

use crate::model::diagnostic::Fix;
use crate::model::value::{Map, Name, Value};
use crate::resource::schema::edit::{self, NotMoved};
use crate::resource::schema::{Attribute, Entry, Node, Removed, Successor, Type};

use super::walk::{Place, Walk};

impl Walk<'_> {
    /// Whether a key of a mapping is a field of a former version; reports it if it says something.
    pub(super) fn former_field(&mut self, place: &Place<'_>, mapping: &Node, entry: &Entry) -> bool {
        let found = self.kind.removed.iter().find(|removed| {
            !removed.is_form()
                && removed
                    .path
                    .split_last()
                    .is_some_and(|(last, above)| removed.is_called(last, &entry.key) && place.is(above))
        });
        // Replies of the API have `"github": null` (§12.1).
        if let Some(removed) = found.filter(|_| !entry.value.is_null()) {
            let message =
                format!("'{}' means nothing to a v0.4 server, which ignores it silently", entry.key);
            let (fix, more) = self.successor(removed, mapping, entry);
            self.fixable(
                "removed-field",
                entry.key_span,
                message,
                Some(format!("{}{more}", removed.help)),
                fix,
            );
        }
        found.is_some()
    }

    /// Whether a field that has become an object is given as the plain text of former versions; reports it.
    pub(super) fn former_form(&mut self, attribute: &Attribute, place: &Place<'_>, entry: &Entry) -> bool {
        let (Type::Object(_), Some(text)) = (attribute.ty, entry.value.text()) else { return false };
        let found = self.kind.removed.iter().find(|removed| removed.is_form() && place.is(removed.path));
        let Some(removed) = found else { return false };
        let Successor::Inside(name) = removed.successor else { return false };
        let message = format!("'{}' is no longer a plain text", entry.key);
        let help = removed.help.replace("NAME", text);
        let fix = self.edited(&entry.value, |source| edit::wrap(source, entry, name));
        self.fixable("removed-form", entry.key_span, message, Some(help), fix);
        true
    }

    /// The edits that write what has taken the place of a field, and what else there is to say where nothing
    /// decides between several ways.
    fn successor(&self, removed: &Removed, mapping: &Node, entry: &Entry) -> (Option<Fix>, String) {
        let file = entry.key_span.file;
        let source = self.secrets.source(file);
        match removed.successor {
            Successor::Nothing => {
                (self.edited(mapping, |source| edit::remove(source, mapping, entry).ok()), String::new())
            }
            Successor::Renamed(new) if mapping.get(new).is_some() => {
                (None, format!("; '{new}' is given, too: keep one of them"))
            }
            Successor::Renamed(new) => {
                (self.edited(mapping, |source| edit::rename(source, entry, new)), String::new())
            }
            Successor::Moved(_, has) if !has(&self.words()) => (None, ", or remove it".to_owned()),
            Successor::Moved(to, _) => match edit::relocate(source, self.kind, self.spec, entry, to) {
                Ok(edits) => (Some(Fix { file, edits }), String::new()),
                Err(NotMoved::Differs) => {
                    (None, format!("; {} says something else: keep one of them", to.join(".")))
                }
                Err(NotMoved::Form) => (None, String::new()),
            },
            Successor::Inside(_) | Successor::Open => (None, String::new()),
        }
    }

    /// The fields of the spec that are plain texts.
    fn words(&self) -> Value {
        let word = |entry: &Entry| {
            let attribute = self.kind.attributes.iter().find(|known| known.answers_to(&entry.key))?;
            Some((Name::known(&attribute.name), Value::text(entry.value.text()?)))
        };
        Value::Map(self.spec.entries().iter().filter_map(word).collect::<Map>())
    }
}
