//! Removes credentials from what a server says: secrets that it was sent, tokens of others, and the user and
//! password of URLs.
//!
//! Servers quote requests, and print what git prints. So a secret may come back as it is, with escapes of
//! JSON or of URLs, broken into lines, cut off, or as base64 together with its neighbours. More may be removed
//! than is secret, never less. The time is linear in the text, whatever a server makes of it.

mod spelling;
mod texts;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;

use crate::model::value::Secret;

use spelling::{NEIGHBOURS, looked_at, unicode_escaped};
use texts::Texts;

/// What replaces what was removed.
const REMOVED: &str = "(redacted)";
/// Shorter secrets (GitLab accepts none) would be found in ordinary words.
const SHORTEST: usize = 8;
/// How much of a long secret is removed by itself, where a server quotes a part of it.
const WINDOW: usize = 16;
/// How the tokens of GitLab, GitHub, AWS, Slack and Vault begin, and JSON web tokens.
const FOREIGN: &[&str] = &[
    "glpat-",
    "glcbt-",
    "gldt-",
    "glrt-",
    "glptt-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "AKIA",
    "ASIA",
    "xoxb-",
    "xoxp-",
    "hvs.",
    "eyJ",
];
/// The fewest characters of a token behind its beginning.
const FOREIGN_LENGTH: usize = 16;

/// Removes credentials from texts. More can be added at any time: what is there stays as it is.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// Secrets as they are.
    plain: Texts,
    /// What base64 makes of them, wherever they are in a longer text: without the characters that depend on
    /// the neighbours.
    encoded: Texts,
    /// The first bytes of both.
    beginnings: HashSet<u8>,
    /// All parts of long secrets that have this length.
    windows: HashSet<Box<[u8]>>,
}

impl Redactor {
    /// Removes these secrets, without blanks around them. Those of fewer than eight bytes stay.
    pub(crate) fn new<'s>(secrets: impl IntoIterator<Item = &'s Secret>) -> Self {
        let mut redactor = Self::default();
        secrets.into_iter().for_each(|secret| redactor.insert(secret));
        redactor
    }

    /// The same, and the secrets of one request.
    pub(crate) fn with(&self, secrets: &[Secret]) -> Self {
        let mut redactor = self.clone();
        secrets.iter().for_each(|secret| redactor.insert(secret));
        redactor
    }

    /// Removes this secret, too.
    pub(crate) fn insert(&mut self, secret: &Secret) {
        let text = secret.expose().trim();
        if text.len() < SHORTEST {
            return;
        }
        self.plain.insert(text);
        self.beginnings.extend(text.bytes().next());
        for encoded in (0..3).map(|shift| base64_at(shift, text)) {
            self.encoded.insert(encoded.expose());
            let first = encoded.expose().bytes().next();
            self.beginnings.extend(first);
            self.beginnings.extend(first.and_then(in_urls));
        }
        // Of a text with blanks, the words that are secret are given by themselves.
        if text.len() > 4 * WINDOW && !text.contains(char::is_whitespace) {
            self.windows.extend(text.as_bytes().windows(WINDOW).map(Box::from));
        }
    }

    /// A text without the secrets and without the user and password of any URL.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found = self.secrets(text.as_bytes());
        found.extend(users_of_urls(text.as_bytes()));
        found.extend(foreign_tokens(text));
        remove(text, found)
    }

    /// The same of the body of a reply. What is clean stays as it is, whatever it is.
    pub(crate) fn body(&self, body: Bytes) -> Bytes {
        match self.text(&String::from_utf8_lossy(&body)) {
            Cow::Borrowed(_) => body,
            Cow::Owned(clean) => clean.into(),
        }
    }

    /// The body of a reply that is data, in which the users of URLs are values to compare: only the secrets
    /// are removed.
    pub(crate) fn data(&self, body: Bytes) -> Bytes {
        if self.beginnings.is_empty() {
            return body;
        }
        let text = String::from_utf8_lossy(&body);
        match remove(&text, self.secrets(text.as_bytes())) {
            Cow::Borrowed(_) => body,
            Cow::Owned(clean) => clean.into(),
        }
    }

    fn secrets(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.beginnings.is_empty() {
            return Vec::new();
        }
        // Escapes may stand for any character.
        let mut possible = [false; 256];
        b"%\\".iter().chain(&self.beginnings).for_each(|byte| possible[usize::from(*byte)] = true);
        let mut found = self.parts(text);
        let mut at = 0;
        while at < text.len() {
            let secret = possible[usize::from(text[at])].then(|| self.secret_at(text, at)).flatten();
            at = secret.as_ref().map_or(at + 1, |secret| secret.end.max(at + 1));
            found.extend(secret);
        }
        found
    }

    /// Parts of long secrets.
    fn parts(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.windows.is_empty() {
            return Vec::new();
        }
        let parts = text.windows(WINDOW).enumerate().filter(|(_, part)| self.windows.contains(*part));
        parts.map(|(at, _)| at..at + WINDOW).collect()
    }

    fn secret_at(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        if let Some(end) = self.plain.end(text, at, |c| c) {
            return Some(at..end);
        }
        let end = self.encoded.end(text, at, standard)?;
        // The neighbours belong to the same credentials: `user:password`.
        let before = text[..at].iter().rev().take(NEIGHBOURS).take_while(|byte| is_base64(**byte)).count();
        let after = text[end..].iter().take(NEIGHBOURS).take_while(|byte| is_base64(**byte)).count();
        looked_at(before + after);
        Some(at - before..end + after)
    }
}

/// Tokens of others, which begin in a known way.
fn foreign_tokens(text: &str) -> Vec<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let mut found = Vec::new();
    for beginning in FOREIGN {
        let mut end = 0;
        for (at, _) in text.match_indices(beginning).filter(|(at, _)| !ends_word(&text[..*at])) {
            if at < end {
                continue;
            }
            let rest = &text.as_bytes()[at + beginning.len()..];
            let length = rest.iter().take_while(|byte| is_part(byte)).count();
            end = at + beginning.len() + length;
            looked_at(length);
            if length >= FOREIGN_LENGTH {
                found.push(at..end);
            }
        }
    }
    found
}

/// Whether what follows goes on with a word.
fn ends_word(text: &str) -> bool {
    text.as_bytes().last().is_some_and(u8::is_ascii_alphanumeric)
}

/// What base64 makes of a text behind `shift` other bytes, without the characters that depend on what
/// surrounds it.
fn base64_at(shift: usize, text: &str) -> Secret {
    let bytes = [&[0; 2][..shift], text.as_bytes()].concat();
    let encoded = STANDARD_NO_PAD.encode(&bytes);
    Secret::new(encoded[(shift * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned())
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)
}

/// How the alphabet of base64 for URLs writes a byte that has another place in the standard one.
const fn in_urls(byte: u8) -> Option<u8> {
    match byte {
        b'+' => Some(b'-'),
        b'/' => Some(b'_'),
        _ => None,
    }
}

/// The same the other way.
fn standard(c: char) -> char {
    match c {
        '-' => '+',
        '_' => '/',
        c => c,
    }
}

/// The user and password of every URL: between `//` and the last `@` before the host ends.
fn users_of_urls(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(slash) = text[at..].iter().position(|byte| *byte == b'/') {
        at += slash;
        let start = at + slashes(&text[at..]);
        let end = start + authority(&text[start..]);
        looked_at(end - at);
        let user = text[start..end].iter().rposition(|byte| *byte == b'@').map(|sign| start..start + sign);
        // The name under which everybody uses SSH is not a secret.
        found.extend(user.filter(|user| start > at + 1 && !user.is_empty() && text[user.clone()] != *b"git"));
        at = end.max(at + 1);
    }
    found
}

/// How many bytes the slashes at the beginning take, with backslashes before them as in JSON.
fn slashes(text: &[u8]) -> usize {
    let end = text.iter().position(|byte| !b"/\\".contains(byte)).unwrap_or(text.len());
    looked_at(end);
    text[..end].iter().rposition(|byte| *byte == b'/').map_or(0, |last| last + 1)
}

/// How many bytes belong to the user, the password and the host of a URL.
fn authority(text: &[u8]) -> usize {
    let mut end = 0;
    while let Some(byte) = text.get(end) {
        let (next, length) = unicode_escaped(&text[end..]).unwrap_or((char::from(*byte), 1));
        if ends_authority(next) {
            break;
        }
        end += length;
    }
    end
}

fn ends_authority(c: char) -> bool {
    c.is_ascii_whitespace() || c.is_ascii_control() || "/?#\"<>`\\".contains(c)
}

/// The text with something else in these places.
fn remove(text: &str, mut places: Vec<Range<usize>>) -> Cow<'_, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    places.sort_unstable_by_key(|place| place.start);
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for place in places {
        if place.start > end || shown.is_empty() {
            shown.push_str(&text[end..place.start]);
            shown.push_str(REMOVED);
        }
        end = end.max(place.end);
    }
    shown.push_str(&text[end..]);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests;
