//! Redacts secrets in what was read, so that no snippet can show one.
//!
//! The decoder masks the secrets it finds where they belong. This module masks what looks like one anywhere
//! else: under a misspelt field, in a document of an unknown kind, in a comment, in a text that is not YAML.
//! It may mask too much, never too little; a value that is masked is still decoded and sent.

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

use crate::model::diagnostic::{FileId, Span};
use crate::model::suggestion::nearest;
use crate::model::text::is_word;
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Node, NodeValue, Type, visit};

use super::envelope;

/// Keys inside kubeconfigs whose values are secrets, at any depth.
const KEYS: &[&str] = &[
    "client-key-data",
    "client-certificate-data",
    "certificate-authority-data",
    "token",
    "access-token",
    "id-token",
    "refresh-token",
    "password",
    "private-key",
    "secret",
    "secret-key",
    "access-key",
    "api-key",
    "authorization",
    "passphrase",
    "credentials",
];

/// What begins a key in PEM form, what base64 makes of it, and what begins a JSON web token.
const BEGINNINGS: &[&str] = &["-----BEGIN", "LS0tLS1CRUdJT", "eyJhbGciOi"];

/// The names of all fields that hold secrets.
static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for kind in KINDS {
        visit(kind.attributes, &mut |attribute| {
            if matches!(attribute.ty.item().unwrap_or(attribute).ty, Type::Secret) {
                found.extend([attribute.name, attribute.wire_name()]);
            }
        });
    }
    found.sort_unstable();
    found.dedup();
    found
});

/// The letters of [`FIELDS`] and [`KEYS`], and which letters they begin with.
static WORDS: LazyLock<(Vec<Vec<u8>>, u32)> = LazyLock::new(|| {
    let words: Vec<Vec<u8>> = FIELDS.iter().chain(KEYS).map(|word| letters(word).collect()).collect();
    let first = words.iter().filter_map(|word| word.first()).fold(0, |all, byte| all | bit(*byte));
    (words, first)
});

/// The keys that manifests usually have and that do not look secret: called for every key, [`is_like_secret`]
/// takes as long as decoding what is there.
static USUAL: LazyLock<HashSet<&'static str, RandomState>> = LazyLock::new(|| {
    let mut usual: HashSet<&'static str, RandomState> = envelope::KNOWN.iter().copied().collect();
    for kind in KINDS {
        usual.extend(kind.names.product_keys.iter().chain(&["name"]));
        visit(kind.attributes, &mut |attribute| usual.extend([attribute.name, attribute.wire_name()]));
    }
    usual.retain(|key| !is_like_secret(key));
    usual
});

/// Whether a key is the name of a field that holds a secret.
pub(super) fn is_secret_field(key: &str) -> bool {
    FIELDS.contains(&key)
}

/// Whether a key looks like one whose value is a secret.
fn looks_secret(key: &str) -> bool {
    !USUAL.contains(key) && is_like_secret(key)
}

/// Whether the last word of a key is a secret field in any spelling, or as in a kubeconfig.
fn is_like_secret(key: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let start = key.bytes().rposition(|byte| !is_part(&byte)).map_or(0, |at| at + 1);
    let word = || key.as_bytes()[start..].iter().copied().filter_map(letter);
    let (words, first) = &*WORDS;
    // The first letter excludes most.
    word().next().is_some_and(|byte| first & bit(byte) != 0)
        && (words.iter().any(|known| word().eq(known.iter().copied())) || is_misspelt(&key[start..]))
}

/// Whether a key is almost a secret field, and no other field of a kind.
fn is_misspelt(key: &str) -> bool {
    /// Shorter names are near too many others.
    const SHORT: usize = 6;
    let near = |field: &&str| field.len() >= SHORT && field.len().abs_diff(key.len()) <= 2;
    key.len() >= SHORT && nearest(key, FIELDS.iter().copied().filter(near)).is_some()
}

/// The letters of a name without '-' and '_', in lower case: what all spellings have in common.
fn letters(word: &str) -> impl Iterator<Item = u8> {
    word.bytes().filter_map(letter)
}

const fn letter(byte: u8) -> Option<u8> {
    if byte == b'-' || byte == b'_' { None } else { Some(byte.to_ascii_lowercase()) }
}

/// The place of a letter in a set of letters.
const fn bit(byte: u8) -> u32 {
    1 << (byte & 31)
}

/// What says that a text is meant to be a manifest. A file without both is another program's, and none of it
/// is shown.
const SIGNS: [&str; 2] = ["apiVersion", "kind"];

/// Whether a text that can't be read is meant to be a manifest.
pub(super) fn is_meant(text: &str) -> bool {
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// Finds what looks like a secret in a document that could be read. The values of fields that no document has
/// are masked too.
pub(super) fn in_document(root: &Node, found: &mut Vec<Span>) {
    match &root.value {
        NodeValue::Mapping(entries) if entries.iter().any(|entry| SIGNS.contains(&entry.key.as_ref())) => {
            let unknown = entries.iter().filter(|entry| !envelope::KNOWN.contains(&entry.key.as_ref()));
            found.extend(unknown.map(|entry| entry.value.span));
            in_node(root, found);
        }
        _ => found.push(root.span),
    }
}

fn in_node(node: &Node, found: &mut Vec<Span>) {
    match &node.value {
        NodeValue::Scalar { text, .. } => {
            if holds_secret(text) {
                found.push(node.span);
            }
        }
        NodeValue::Sequence(items) => items.iter().for_each(|item| in_node(item, found)),
        NodeValue::Mapping(entries) => {
            for entry in entries {
                if !is_word(&entry.key) {
                    found.push(entry.key_span);
                }
                if looks_secret(&entry.key) && !is_source(&entry.value) {
                    found.push(entry.value.span);
                } else {
                    in_node(&entry.value, found);
                }
            }
        }
    }
}

/// `{file: path}` and `{env: NAME}` say where a secret is, not what it is.
pub(super) fn is_source(node: &Node) -> bool {
    matches!(node.entries(), [entry] if ["file", "env"].contains(&entry.key.as_ref()))
}

/// Whether a text looks like a kubeconfig, a key or a token, whatever its field.
fn holds_secret(text: &str) -> bool {
    /// No field that may be shown needs as much.
    const LONG: usize = 512;
    text.len() > LONG
        || user_of_url(text).is_some()
        || (text.len() >= RUN
            && (token_run(text).is_some()
                || BEGINNINGS.iter().any(|begin| text.contains(begin))
                || text.contains("client-key-data")
                || text.contains("client-certificate-data")))
}

/// Longer than any name.
const RUN: usize = 64;

/// Where a run of letters and digits begins that is long enough to be base64 or a token. Line breaks do not
/// end it.
fn token_run(text: &str) -> Option<usize> {
    let mut start = 0;
    let mut length = 0;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => {}
            byte if byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte) => length += 1,
            _ => (start, length) = (index + 1, 0),
        }
        if length >= RUN {
            return Some(start);
        }
    }
    None
}

/// Finds what looks like a secret in the lines of a text: the rest of a line behind a secret-looking key or
/// from the beginning of a key or token, and all deeper lines below it. Of a text that could be read
/// (`readable`), only comments: the rest is covered by [`in_document`].
pub(super) fn in_text(file: FileId, text: &str, readable: bool, found: &mut Vec<Span>) {
    if readable && !text.contains('#') {
        return;
    }
    let mut offset: usize = 0;
    let mut block: Option<usize> = None;
    // Whether the line before was hidden: the next line without a key continues its value.
    let mut continued = false;
    for line in text.split_inclusive(['\n', '\r']) {
        let begin = offset;
        offset += line.len();
        let Some(first) = (if readable { line.find('#') } else { Some(0) }) else {
            (block, continued) = (None, false);
            continue;
        };
        if line.trim().is_empty() {
            continue;
        }
        let indent = indent_of(line);
        block = block.filter(|outer| indent > *outer);
        let hidden = if block.is_some() || continued && !line.contains(':') {
            Some(first)
        } else {
            secret_part(line).or_else(|| if readable { None } else { behind_strange_key(line) })
        };
        continued = hidden.is_some();
        if let Some(from) = hidden {
            block = block.or(Some(indent));
            let at = |bytes: usize| u32::try_from(begin + bytes).unwrap_or(u32::MAX);
            found.push(Span { file, start: at(from.max(first)), end: at(line.len()) });
        }
    }
}

/// A text as a whole, such as settings that are taken for a manifest.
pub(super) fn whole(file: FileId, text: &str) -> Span {
    Span { file, start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
}

/// The indentation of a line's content; the marks of comments and list items count as blanks.
fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '#', '-', '\u{feff}']).len()
}

/// Where the secret part of a line begins.
fn secret_part(line: &str) -> Option<usize> {
    let begins = BEGINNINGS.iter().filter_map(|begin| line.find(begin)).min();
    let strange = [behind_escape(line), behind_anchor(line), user_of_url(line)].into_iter().flatten();
    behind_secret_key(line).into_iter().chain(begins).chain(token_run(line)).chain(strange).min()
}

/// Where the user and the password of a URL begin.
fn user_of_url(text: &str) -> Option<usize> {
    // Few texts have one, and it is found sooner than two slashes.
    if !text.contains('@') {
        return None;
    }
    text.match_indices("//").find_map(|(at, slashes)| {
        let begin = at + slashes.len();
        let rest = &text[begin..];
        let host = &rest[..rest.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(rest.len())];
        host.contains('@').then_some(begin)
    })
}

/// Where a line goes on behind an escaped character, which may be part of a key.
fn behind_escape(line: &str) -> Option<usize> {
    ["\\u", "\\x", "\\U"].iter().filter_map(|escape| line.find(escape)).min()
}

/// Where an anchor's value begins: a secret field may be its alias.
fn behind_anchor(line: &str) -> Option<usize> {
    let at = line.find(" &")?;
    line[at + 2..].starts_with(|c: char| c.is_ascii_alphanumeric()).then_some(at)
}

/// Where the value begins on a line that has a secret-looking key.
fn behind_secret_key(line: &str) -> Option<usize> {
    line.match_indices(':').find_map(|(colon, _)| {
        let key = line[..colon].trim_end().trim_end_matches(['"', '\'']);
        looks_secret(key).then_some(colon + 1)
    })
}

/// Where the value begins of an unknown key at the place of a document's fields.
fn behind_strange_key(line: &str) -> Option<usize> {
    let colon = line.find(':')?;
    let is_key = line[..colon].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (is_key && !envelope::KNOWN.contains(&&line[..colon])).then_some(colon + 1)
}
