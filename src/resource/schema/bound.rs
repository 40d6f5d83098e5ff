//! A field that an object's owner bounds.

use crate::model::value::Value;

/// A field whose value must not be above the same field of the object's owner.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The field, of the object and of its owner.
    pub field: &'static [&'static str],
    /// Its values, lowest first; live objects may have some that manifests can't declare.
    pub levels: &'static [&'static str],
    /// Who refuses it, and where that is written, as a sentence.
    pub why: &'static str,
}

impl Bound {
    /// How high a spec is; `None` if it does not say.
    pub fn level(&self, spec: &Value) -> Option<usize> {
        let value = spec.text_at(self.field)?;
        self.levels.iter().position(|level| *level == value)
    }

    /// Whether the spec of an object is above that of its owner, as far as both say.
    pub fn is_exceeded(&self, spec: &Value, owner: &Value) -> bool {
        self.level(spec).zip(self.level(owner)).is_some_and(|(own, limit)| own > limit)
    }

    /// The field as manifests write it.
    pub fn field(&self) -> String {
        self.field.join(".")
    }
}
