//! How a character may be spelled in a text, and how its lines may be broken.

/// How many line breaks may follow each other.
pub(super) const LINE_BREAKS: usize = 16;
/// How many backslashes stand before one character, in JSON inside JSON.
const BACKSLASHES: usize = 16;
/// How far the neighbours of a secret in base64 reach, `user:password`, and the indentation of a line.
pub(super) const NEIGHBOURS: usize = 512;

/// The first character in each way to read it, and how many bytes it takes.
pub(super) fn first_characters(text: &[u8]) -> impl Iterator<Item = (char, usize)> {
    looked_at(1);
    let readings = [plain, percent_encoded, unicode_escaped, json_escaped, tab_escaped];
    readings.into_iter().filter_map(|reading| reading(text))
}

/// Where a line begins if the one before ends here: a break as it is or as JSON writes it, with the
/// indentation that follows.
pub(super) fn behind_line_break(text: &[u8], at: usize) -> Option<usize> {
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
pub(super) fn unicode_escaped(text: &[u8]) -> Option<(char, usize)> {
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

#[cfg(test)]
thread_local! {
    /// How many bytes this thread has looked at.
    pub(super) static LOOKED_AT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts the bytes that loops inside of the text have looked at: a clock says nothing of a test's work while
/// others use the machine.
#[cfg(test)]
pub(super) fn looked_at(bytes: usize) {
    LOOKED_AT.with(|all| all.set(all.get() + bytes));
}

#[cfg(not(test))]
pub(super) const fn looked_at(_: usize) {}
