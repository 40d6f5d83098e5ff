//! What is worth a look although every object is valid by itself: what a kind's lints say of all declared
//! objects of the kind together.

use crate::model::value::{Path, Value};

/// Looks at the declared objects of one kind.
pub(crate) type Lint = fn(objects: &[Declared<'_>]) -> Vec<Finding>;

/// A declared object.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its spec.
    pub spec: &'a Value,
}

/// Something that is worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The code.
    pub code: &'static str,
    /// Which of the objects, and which field of it.
    pub at: (usize, Path),
    /// Another field that belongs to it, and what is there.
    pub other: Option<(usize, Path, String)>,
    /// A sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl Finding {
    /// A warning about a field of an object.
    pub fn warning(
        code: &'static str,
        (object, field): (usize, &'static [&'static str]),
        message: String,
        help: &'static str,
    ) -> Self {
        Self { code, at: (object, Path::of(field)), other: None, message, help }
    }

    /// Names another field that belongs to it.
    #[must_use]
    pub fn also(self, object: usize, field: &'static [&'static str], text: impl Into<String>) -> Self {
        Self { other: Some((object, Path::of(field), text.into())), ..self }
    }
}

/// What is said of an object that no other declared object needs.
#[derive(Clone, Copy, Debug)]
pub struct Unused {
    /// The code.
    pub code: &'static str,
    /// The rest of a sentence that begins with the object's address.
    pub message: &'static str,
    /// What to do.
    pub help: &'static str,
    /// Whether an object like this is there for declared objects only.
    pub applies: fn(spec: &Value) -> bool,
}

impl Unused {
    /// A warning about all objects of the kind.
    pub const fn warning(code: &'static str, message: &'static str, help: &'static str) -> Self {
        Self { code, message, help, applies: |_| true }
    }

    /// Only about those whose spec is like this.
    #[must_use]
    pub const fn only(self, applies: fn(spec: &Value) -> bool) -> Self {
        Self { applies, ..self }
    }
}
