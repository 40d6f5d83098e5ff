//! Text that must never be shown. No `Serialize`, no `Display`; `Debug` is redacted; memory is wiped on drop.

use std::fmt;
use std::sync::{Arc, OnceLock};

use secrecy::{ExposeSecret, SecretString};

/// A kubeconfig, a token or another text that may only go to the server. Copies share one allocation.
#[derive(Clone)]
pub struct Secret(Arc<Content>);

enum Content {
    Known(SecretString, Option<Form>),
    /// Declared, but its source has nothing to give here: why.
    Missing(String),
}

/// What a text says whatever its form, as text; `None` if it says nothing that can be compared so.
pub(crate) type ContentOf = fn(&str) -> Option<SecretString>;

/// The form of a text, which does not count.
struct Form {
    content: ContentOf,
    /// The first key of a hash of its content, and the hash, if it has a content. Not the content itself: a large
    /// fleet would have each kubeconfig in memory twice.
    hash: OnceLock<(String, Option<String>)>,
}

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: String) -> Self {
        Self::of(text, None)
    }

    /// Takes a text into custody whose content counts, not its form.
    pub fn of(text: String, content: Option<ContentOf>) -> Self {
        let form = content.map(|content| Form { content, hash: OnceLock::new() });
        Self(Arc::new(Content::Known(SecretString::from(text), form)))
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
            Content::Known(text, Some(form)) => (form.content)(text.expose_secret()),
            Content::Known(_, None) | Content::Missing(_) => None,
        }
    }

    /// A keyed hash of its content, if its form does not count. A secret is compared several times in one run, and
    /// its content is read once.
    pub(crate) fn hash_of_content(&self, key: &str, hash: impl Fn(&str) -> String) -> Option<String> {
        let Content::Known(_, Some(form)) = self.0.as_ref() else { return None };
        let hash = || self.content().map(|content| hash(content.expose_secret()));
        let (first, known) = form.hash.get_or_init(|| (key.to_owned(), hash()));
        if first == key { known.clone() } else { hash() }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static READ: Cell<usize> = const { Cell::new(0) };
    }

    fn content(text: &str) -> Option<SecretString> {
        READ.set(READ.get() + 1);
        (!text.is_empty()).then(|| text.trim().to_owned().into())
    }

    #[test]
    fn content_is_read_once_for_the_hashes_of_one_key() {
        let hash = |secret: &Secret, key: &str| secret.hash_of_content(key, |text| format!("{key}:{text}"));
        for (text, expected) in [(" a ", Some("key:a")), ("", None)] {
            READ.set(0);
            let secret = Secret::of(text.to_owned(), Some(content));
            for secret in [secret.clone(), secret.clone(), secret.clone()] {
                assert_eq!(hash(&secret, "key").as_deref(), expected);
            }
            assert_eq!(READ.get(), 1);
            assert_eq!(hash(&secret, "other").is_some(), expected.is_some());
            assert_eq!(hash(&secret, "key").as_deref(), expected);
        }
        assert_eq!(hash(&Secret::new("a".to_owned()), "key"), None);
    }
}
