//! Removes credentials from what a server says: secrets that it was sent, and the user and password of URLs.
//!
//! Servers quote requests, and print what git prints. So a secret may come back as it is, with escapes of
//! JSON or of URLs, or as base64 together with its neighbours. More may be removed than is secret, never
//! less.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;

use crate::model::value::Secret;

/// What replaces what was removed.
const REMOVED: &str = "(redacted)";
/// Shorter secrets (GitLab accepts none) would be found in ordinary words.
const SHORTEST: usize = 8;

/// Removes credentials from texts.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Secrets as they are.
    plain: Vec<Secret>,
    /// What base64 makes of them, wherever they are in a longer text: without the characters that depend on
    /// the neighbours.
    encoded: Vec<Secret>,
    /// The bytes that one of them may begin with.
    beginnings: Vec<u8>,
}

impl Redactor {
    /// Removes these secrets, without blanks around them. Those of fewer than eight bytes stay.
    pub(crate) fn new<'s>(secrets: impl IntoIterator<Item = &'s Secret>) -> Self {
        let texts = secrets.into_iter().map(|secret| secret.expose().trim());
        let texts: Vec<&str> = texts.filter(|text| text.len() >= SHORTEST).collect();
        let encoded = texts.iter().flat_map(|text| (0..3).map(|shift| base64_at(shift, text))).collect();
        let plain = texts.iter().map(|text| Secret::new((*text).to_owned())).collect();
        let mut redactor = Self { plain, encoded, beginnings: Vec::new() };
        let all = redactor.plain.iter().chain(&redactor.encoded);
        // A '+' may be written as '-', a '/' as '_', and any character as an escape.
        redactor.beginnings = all.map(|secret| secret.expose().as_bytes()[0]).chain(*b"%\\-_").collect();
        redactor
    }

    /// A text without the secrets and without the user and password of any URL.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found = self.secrets(text.as_bytes());
        found.extend(users_of_urls(text.as_bytes()));
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
        if self.plain.is_empty() {
            return body;
        }
        let text = String::from_utf8_lossy(&body);
        match remove(&text, self.secrets(text.as_bytes())) {
            Cow::Borrowed(_) => body,
            Cow::Owned(clean) => clean.into(),
        }
    }

    fn secrets(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut possible = [false; 256];
        self.beginnings.iter().for_each(|byte| possible[usize::from(*byte)] = true);
        let places = (0..text.len()).filter(|at| possible[usize::from(text[*at])]);
        places.filter_map(|at| self.secret_at(text, at)).collect()
    }

    fn secret_at(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        let plain = self.plain.iter().find_map(|secret| spelled(text, at, secret.expose(), same));
        if let Some(end) = plain {
            return Some(at..end);
        }
        let end = self.encoded.iter().find_map(|secret| spelled(text, at, secret.expose(), base64_same))?;
        // The neighbours belong to the same credentials: `user:password`.
        let before = text[..at].iter().rev().take_while(|byte| is_base64(**byte)).count();
        let after = text[end..].iter().take_while(|byte| is_base64(**byte)).count();
        Some(at - before..end + after)
    }
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

fn same(found: char, wanted: char) -> bool {
    found == wanted
}

/// Both alphabets.
fn base64_same(found: char, wanted: char) -> bool {
    found == wanted || matches!((found, wanted), ('-', '+') | ('_', '/'))
}

/// Where `wanted` ends in `text` if it begins at `at`, each character in any spelling. What `%25` stands for
/// is not known before the rest is: all possible ends are followed.
fn spelled(text: &[u8], at: usize, wanted: &str, same: fn(char, char) -> bool) -> Option<usize> {
    let behind = |at: usize, wanted: char| {
        let rest = &text[at..];
        let found = [plain(rest), percent_encoded(rest), unicode_escaped(rest), json_escaped(rest)];
        let found = found.into_iter().flatten().filter(move |(found, _)| same(*found, wanted));
        found.map(move |(_, length)| at + length)
    };
    let mut characters = wanted.chars();
    let mut ends: Vec<usize> = behind(at, characters.next()?).collect();
    for wanted in characters {
        ends = ends.into_iter().flat_map(|at| behind(at, wanted)).collect();
        ends.sort_unstable();
        ends.dedup();
    }
    ends.pop()
}

/// The first character and how many bytes it takes.
fn plain(text: &[u8]) -> Option<(char, usize)> {
    let first = text[..text.len().min(4)].utf8_chunks().next()?.valid().chars().next()?;
    Some((first, first.len_utf8()))
}

/// The same of `%2B`, or of several such for one character.
fn percent_encoded(text: &[u8]) -> Option<(char, usize)> {
    let byte = |at: usize| {
        let digits = text.get(at..at + 3)?.strip_prefix(b"%")?;
        u8::try_from(hexadecimal(digits)?).ok()
    };
    let bytes: Vec<u8> = (0..4).map_while(|index| byte(index * 3)).collect();
    plain(&bytes).map(|(found, length)| (found, length * 3))
}

/// The same of `\/`. JSON inside JSON has more backslashes.
fn json_escaped(text: &[u8]) -> Option<(char, usize)> {
    let slashes = backslashes(text);
    plain(&text[slashes..]).filter(|_| slashes > 0).map(|(found, length)| (found, slashes + length))
}

/// The same of `\u0026`.
fn unicode_escaped(text: &[u8]) -> Option<(char, usize)> {
    let slashes = backslashes(text);
    let digits = text[slashes..].strip_prefix(b"u").filter(|_| slashes > 0)?.get(..4)?;
    Some((char::from_u32(hexadecimal(digits)?)?, slashes + 5))
}

fn backslashes(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b'\\').count()
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    u32::from_str_radix(digits?, 16).ok()
}

/// The user and password of every URL: between `//` and the last `@` before the host ends.
fn users_of_urls(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(slash) = text[at..].iter().position(|byte| *byte == b'/') {
        at += slash;
        let start = at + slashes(&text[at..]);
        let end = start + authority(&text[start..]);
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
