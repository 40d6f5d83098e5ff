//! Removes credentials from what a server says: secrets that it was sent, tokens of others, and the user and
//! password of URLs.
//!
//! Servers quote requests, and print what git prints. So a secret may come back as it is, with escapes of
//! JSON or of URLs, broken into lines, cut off, or as base64 together with its neighbours. More may be removed
//! than is secret, never less. The time is linear in the text, whatever a server makes of it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;

use crate::model::value::Secret;

/// What replaces what was removed.
const REMOVED: &str = "(redacted)";
/// Shorter secrets (GitLab accepts none) would be found in ordinary words.
const SHORTEST: usize = 8;
/// How much of a long secret is removed by itself, where a server quotes a part of it.
const WINDOW: usize = 16;
/// How far the neighbours of a secret in base64 reach: `user:password`.
const NEIGHBOURS: usize = 512;
/// How many line breaks may follow each other.
const LINE_BREAKS: usize = 16;
/// How many backslashes stand before one character, in JSON inside JSON.
const BACKSLASHES: usize = 16;
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

/// Removes credentials from texts.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    /// Secrets as they are.
    plain: Vec<Secret>,
    /// What base64 makes of them, wherever they are in a longer text: without the characters that depend on
    /// the neighbours.
    encoded: Vec<Secret>,
    /// Which of `plain` begin with a character, and which of `encoded`.
    beginnings: HashMap<char, (Vec<usize>, Vec<usize>)>,
    /// All parts of long secrets that have this length.
    windows: HashSet<Box<[u8]>>,
}

impl Redactor {
    /// Removes these secrets, without blanks around them. Those of fewer than eight bytes stay.
    pub(crate) fn new<'s>(secrets: impl IntoIterator<Item = &'s Secret>) -> Self {
        let texts = secrets.into_iter().map(|secret| secret.expose().trim());
        let texts: Vec<&str> = texts.filter(|text| text.len() >= SHORTEST).collect();
        let encoded = texts.iter().flat_map(|text| (0..3).map(|shift| base64_at(shift, text))).collect();
        let plain = texts.iter().map(|text| Secret::new((*text).to_owned())).collect();
        // Of a text with blanks, the words that are secret are given by themselves.
        let is_word = |text: &&&str| !text.contains(char::is_whitespace);
        let long = texts.iter().filter(|text| text.len() > 4 * WINDOW).filter(is_word);
        let windows = long.flat_map(|text| text.as_bytes().windows(WINDOW)).map(Box::from).collect();
        let mut redactor = Self { plain, encoded, beginnings: HashMap::new(), windows };
        redactor.index();
        redactor
    }

    /// The same, and the secrets of one request.
    pub(crate) fn with(&self, secrets: &[Secret]) -> Self {
        Self::new(self.plain.iter().chain(secrets))
    }

    fn index(&mut self) {
        for (index, secret) in self.plain.iter().enumerate() {
            let first = secret.expose().chars().next();
            first.into_iter().for_each(|c| self.beginnings.entry(c).or_default().0.push(index));
        }
        for (index, secret) in self.encoded.iter().enumerate() {
            let first = secret.expose().chars().next();
            let other = match first {
                Some('+') => Some('-'),
                Some('/') => Some('_'),
                _ => None,
            };
            let spellings = first.into_iter().chain(other);
            spellings.for_each(|c| self.beginnings.entry(c).or_default().1.push(index));
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
        if self.plain.is_empty() {
            return Vec::new();
        }
        // Escapes may stand for any character.
        let mut possible = [false; 256];
        b"%\\".iter().for_each(|byte| possible[usize::from(*byte)] = true);
        for c in self.beginnings.keys() {
            possible[usize::from(c.encode_utf8(&mut [0; 4]).as_bytes()[0])] = true;
        }
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
        let candidates: Vec<_> =
            first_characters(&text[at..]).filter_map(|(c, _)| self.beginnings.get(&c)).collect();
        let mut plain = candidates.iter().flat_map(|(plain, _)| plain).map(|index| &self.plain[*index]);
        if let Some(end) = plain.find_map(|secret| spelled(text, at, secret.expose(), same)) {
            return Some(at..end);
        }
        let mut encoded =
            candidates.iter().flat_map(|(_, encoded)| encoded).map(|index| &self.encoded[*index]);
        let end = encoded.find_map(|secret| spelled(text, at, secret.expose(), base64_same))?;
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
        let found = first_characters(&text[at..]).filter(move |(found, _)| same(*found, wanted));
        found.map(move |(_, length)| at + length)
    };
    // Its own lines may be broken and indented in other ways: what is between them is read as nothing.
    let mut begins_line = false;
    let mut characters = wanted.chars().filter(|c| {
        begins_line = matches!(c, '\n' | '\r') || (begins_line && matches!(c, ' ' | '\t'));
        !begins_line
    });
    let mut ends: Vec<usize> = behind(at, characters.next()?).collect();
    for wanted in characters {
        if ends.is_empty() {
            return None;
        }
        // A secret may be broken into lines.
        let starts =
            |at: usize| std::iter::successors(Some(at), |at| behind_line_break(text, *at)).take(LINE_BREAKS);
        ends = ends.into_iter().flat_map(starts).flat_map(|at| behind(at, wanted)).collect();
        ends.sort_unstable();
        ends.dedup();
    }
    ends.pop()
}

/// The first character in each way to read it, and how many bytes it takes.
fn first_characters(text: &[u8]) -> impl Iterator<Item = (char, usize)> {
    looked_at(1);
    let readings = [plain, percent_encoded, unicode_escaped, json_escaped, tab_escaped];
    readings.into_iter().filter_map(|reading| reading(text))
}

/// Where a line begins if the one before ends here: a break as it is or as JSON writes it, with the
/// indentation that follows.
fn behind_line_break(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let slashes = backslashes(rest);
    let breaks: usize = match rest.get(slashes)? {
        b'n' | b'r' if slashes > 0 => slashes + 1,
        b'\n' | b'\r' if slashes == 0 => 1,
        _ => return None,
    };
    let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\n' | b'\r');
    let indented = |at: usize| at + text[at..].iter().take(NEIGHBOURS).take_while(blank).count();
    let begin = indented(at + breaks);
    looked_at(begin - at);
    // A carriage return has a line feed behind it.
    let feed = &text[begin..];
    let slashes = backslashes(feed);
    Some(if slashes > 0 && feed.get(slashes) == Some(&b'n') { indented(begin + slashes + 1) } else { begin })
}

/// The first character and how many bytes it takes.
fn plain(text: &[u8]) -> Option<(char, usize)> {
    let first = text[..text.len().min(4)].utf8_chunks().next()?.valid().chars().next()?;
    Some((first, first.len_utf8()))
}

/// The same of `%2B`, or of several such for one character.
fn percent_encoded(text: &[u8]) -> Option<(char, usize)> {
    if text.first() != Some(&b'%') {
        return None;
    }
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

/// The same of `\t`.
fn tab_escaped(text: &[u8]) -> Option<(char, usize)> {
    let slashes = backslashes(text);
    (slashes > 0 && text.get(slashes) == Some(&b't')).then_some(('\t', slashes + 1))
}

/// The same of `\u0026`.
fn unicode_escaped(text: &[u8]) -> Option<(char, usize)> {
    let slashes = backslashes(text);
    let digits = text[slashes..].strip_prefix(b"u").filter(|_| slashes > 0)?.get(..4)?;
    Some((char::from_u32(hexadecimal(digits)?)?, slashes + 5))
}

fn backslashes(text: &[u8]) -> usize {
    text.iter().take(BACKSLASHES).take_while(|byte| **byte == b'\\').count()
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

#[cfg(test)]
thread_local! {
    /// How many bytes this thread has looked at.
    static LOOKED_AT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts the bytes that loops inside of the text have looked at: a clock says nothing of a test's work while
/// others use the machine.
#[cfg(test)]
fn looked_at(bytes: usize) {
    LOOKED_AT.with(|all| all.set(all.get() + bytes));
}

#[cfg(not(test))]
const fn looked_at(_: usize) {}

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
