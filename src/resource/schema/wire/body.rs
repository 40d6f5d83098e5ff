//! The body of a request in the making. A tree of its own: the members of an object are few, and a map that
//! hashes their names takes three times as long to fill.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// A value of a body. It may hold secrets, so it can't be printed.
pub(crate) enum Sent<'a> {
    Bool(bool),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Members<'a>),
}

/// The members of an object, in the order in which they are sent.
#[derive(Default)]
pub struct Members<'a>(Vec<(&'a str, Sent<'a>)>);

impl<'a> Members<'a> {
    /// The object that is the member `name`, which is made if it is missing; `None` if it is something else.
    pub(crate) fn object_or_new(&mut self, name: &'a str) -> Option<&mut Self> {
        if self.place(name).is_none() {
            self.0.push((name, Sent::Object(Self::default())));
        }
        self.object(name)
    }

    /// The object that is the member `name`.
    pub(crate) fn object(&mut self, name: &str) -> Option<&mut Self> {
        let place = self.place(name)?;
        if let Sent::Object(members) = &mut self.0[place].1 { Some(members) } else { None }
    }

    /// Sets a text, where the member is or at the end.
    pub(crate) fn set(&mut self, name: &'a str, text: &'a str) {
        let text = Sent::Text(text.into());
        match self.place(name) {
            Some(place) => self.0[place].1 = text,
            None => self.0.push((name, text)),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(other, _)| *other == name)
    }
}

impl<'a> FromIterator<(&'a str, Sent<'a>)> for Members<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, Sent<'a>)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}
