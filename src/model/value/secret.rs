//! Text that must never be shown. No `Serialize`, no `Display`; `Debug` is redacted; memory is wiped on drop.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

/// A kubeconfig, a token or another text that may only go to the server. Copies share one allocation.
#[derive(Clone)]
pub struct Secret(Arc<Content>);

enum Content {
    Known(SecretString, Option<ContentOf>),
    /// Declared, but its source has nothing to give here: why.
    Missing(String),
}

/// What a text says whatever its form, as text; `None` if it says nothing that can be compared so.
pub(crate) type ContentOf = fn(&str) -> Option<SecretString>;

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: String) -> Self {
        Self::of(text, None)
    }

    /// Takes a text into custody whose content counts, not its form.
    pub fn of(text: String, content: Option<ContentOf>) -> Self {
        Self(Arc::new(Content::Known(SecretString::from(text), content)))
    }

    /// A secret that is declared and not to be had here: good for comparing, not for sending.
    pub fn missing(why: impl Into<String>) -> Self {
        Self(Arc::new(Content::Missing(why.into())))
    }

    /// Why it is not to be had, if it is not.
    pub fn problem(&self) -> Option<&str> {
        if let Content::Missing(why) = self.0.as_ref() { Some(why) } else { None }
    }

    /// The text. It may go into a request body or a keyed hash, and nowhere else.
    pub fn expose(&self) -> &str {
        match self.0.as_ref() {
            Content::Known(text, _) => text.expose_secret(),
            Content::Missing(_) => "",
        }
    }

    /// Its content in one form, if its form does not count. It may go into a keyed hash, and nowhere else.
    pub fn content(&self) -> Option<SecretString> {
        match self.0.as_ref() {
            Content::Known(text, Some(content)) => content(text.expose_secret()),
            Content::Known(_, None) | Content::Missing(_) => None,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose() && self.problem() == other.problem()
    }
}

impl Eq for Secret {}
