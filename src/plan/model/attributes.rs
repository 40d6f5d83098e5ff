//! The fields of a change that differ, some of them worked out late: of an object that is created all declared
//! fields differ. To list those of 100,000 new objects takes 100 MB, and nothing that is shown to people reads
//! the list.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use crate::model::rare::Rare;
use crate::model::value::{Path, Value};
use crate::plan::diff::{self, AttributeChange, LiveSide, Sides};
use crate::resource::Address;

/// The fields that differ, in the order of the table.
#[derive(Clone, Debug)]
pub struct Attributes(Source);

#[derive(Clone, Debug)]
enum Source {
    Listed(Rare<Vec<AttributeChange>>),
    Declared(Box<Declared>),
}

/// An object that is created.
#[derive(Clone, Debug)]
struct Declared {
    address: Address,
    spec: Arc<Value>,
    ignored: Rare<Vec<Path>>,
    listed: OnceLock<Rare<Vec<AttributeChange>>>,
}

impl Attributes {
    /// All that is declared of an object that does not exist, but for what is ignored.
    pub(in crate::plan) fn of_created(
        address: &Address,
        spec: &Arc<Value>,
        ignored: &Rare<Vec<Path>>,
    ) -> Self {
        Self(Source::Declared(Box::new(Declared {
            address: address.clone(),
            spec: Arc::clone(spec),
            ignored: ignored.clone(),
            listed: OnceLock::new(),
        })))
    }

    /// The fields themselves.
    pub fn into_inner(self) -> Vec<AttributeChange> {
        match self.0 {
            Source::Listed(fields) => fields.into_inner(),
            Source::Declared(mut declared) => std::mem::take(declared.listed_mut()),
        }
    }
}

impl Declared {
    fn listed(&self) -> &Vec<AttributeChange> {
        self.listed.get_or_init(|| {
            let values = Sides::of_values(&self.address, &self.spec, LiveSide::Absent);
            diff::compare(&Sides { ignore: &self.ignored, ..values }).changes.into()
        })
    }

    fn listed_mut(&mut self) -> &mut Vec<AttributeChange> {
        self.listed();
        self.listed.get_mut().expect("they were listed above")
    }
}

impl Default for Attributes {
    fn default() -> Self {
        Self(Source::Listed(Rare::default()))
    }
}

impl From<Vec<AttributeChange>> for Attributes {
    fn from(fields: Vec<AttributeChange>) -> Self {
        Self(Source::Listed(fields.into()))
    }
}

impl Deref for Attributes {
    type Target = Vec<AttributeChange>;

    fn deref(&self) -> &Vec<AttributeChange> {
        match &self.0 {
            Source::Listed(fields) => fields,
            Source::Declared(declared) => declared.listed(),
        }
    }
}

impl DerefMut for Attributes {
    fn deref_mut(&mut self) -> &mut Vec<AttributeChange> {
        match &mut self.0 {
            Source::Listed(fields) => fields,
            Source::Declared(declared) => declared.listed_mut(),
        }
    }
}

impl<'a> IntoIterator for &'a Attributes {
    type Item = &'a AttributeChange;
    type IntoIter = std::slice::Iter<'a, AttributeChange>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(fields: &[AttributeChange]) -> Vec<String> {
        fields.iter().map(|field| field.path.to_string()).collect()
    }

    #[test]
    fn fields_of_a_new_object_are_those_that_it_declares() {
        let address: Address = "CodeRepo/shop/api".parse().unwrap();
        let git = json!({"gitlab": {"visibility": "private", "description": "x"}});
        let spec = Arc::new(Value::from_json(json!({"project": "api", "git": git})));
        let ignored: Path = "git.gitlab.description".parse().unwrap();
        let mut fields = Attributes::of_created(&address, &spec, &vec![ignored].into());
        assert_eq!(shown(&fields), ["project", "git.gitlab.visibility"]);
        fields.retain(|field| field.path.to_string() == "project");
        assert_eq!(shown(&fields.clone().into_inner()), ["project"]);
        let all = Attributes::of_created(&address, &spec, &Rare::default()).into_inner();
        assert_eq!(all, diff::compare(&Sides::of_values(&address, &spec, LiveSide::Absent)).changes);
    }
}
