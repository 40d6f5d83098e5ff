//! Text that must never be shown. No `Serialize`, no `Display`; `Debug` is redacted; memory is wiped on drop.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

/// A kubeconfig, a token or another text that may only go to the server. Copies share one allocation.
#[derive(Clone)]
pub struct Secret(Arc<Content>);

enum Content {
    Known(SecretString),
    /// Declared, but its source has nothing to give here: why.
    Missing(String),
}

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: String) -> Self {
        Self(Arc::new(Content::Known(SecretString::from(text))))
    }

    /// A secret that is declared and not to be had here: good for comparing, not for sending.
    pub fn missing(why: impl Into<String>) -> Self {
        Self(Arc::new(Content::Missing(why.into())))
    }

    /// Why it is not to be had, if it is not.
    pub fn problem(&self) -> Option<&str> {
        if let Content::Missing(why) = self.0.as_ref() { Some(why) } else { None }
    }

    /// The text. Whoever calls this answers for where it goes: a request body or a keyed hash, nothing else.
    pub fn expose(&self) -> &str {
        match self.0.as_ref() {
            Content::Known(text) => text.expose_secret(),
            Content::Missing(_) => "",
        }
    }
}

/// A URL as it may be shown: without user, password, query and fragment, where people put tokens. What is no URL is not shown at all.
pub fn without_credentials(url: &str) -> String {
    let Ok(mut shown) = url::Url::parse(url) else { return "(not a URL)".to_owned() };
    // URLs that can't have a user (`mailto:`) have none to remove.
    let _ = shown.set_username("").and_then(|()| shown.set_password(None));
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
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
    use super::*;

    #[test]
    fn urls_are_shown_without_what_may_be_a_secret() {
        assert_eq!(without_credentials("https://a:b@host:8/x/y?private_token=c#d"), "https://host:8/x/y");
        assert_eq!(without_credentials("https://host/x"), "https://host/x");
        assert_eq!(without_credentials("token@host"), "(not a URL)");
    }
}
