//! Writes JSON in which nothing is invisible: what could deceive a reader is escaped as `\uXXXX`, which is
//! the same JSON.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::model::text::is_deceptive;

/// Writes a document on one line.
pub(in crate::render) fn compact(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut escaping = escaping(out);
    serde_json::to_writer(&mut escaping, document)?;
    end(escaping)
}

/// Writes a document with a line for each member.
pub(in crate::render) fn pretty(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut escaping = escaping(out);
    serde_json::to_writer_pretty(&mut escaping, document)?;
    end(escaping)
}

/// The serializer writes every bracket by itself. The buffer never splits what is written to it at once.
fn escaping(out: &mut dyn Write) -> BufWriter<Escaping<'_>> {
    BufWriter::new(Escaping(out))
}

fn end(mut out: BufWriter<Escaping<'_>>) -> io::Result<()> {
    out.write_all(b"\n")?;
    out.into_inner().map_err(io::IntoInnerError::into_error).map(drop)
}

/// Escapes on the way out. The serializer writes whole characters, escapes control characters of ASCII
/// itself, and puts others into strings only.
struct Escaping<'a>(&'a mut dyn Write);

impl Write for Escaping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_escaped = |c: char| c > '~' && is_deceptive(c);
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        let mut rest = text;
        while let Some(index) = rest.find(is_escaped) {
            self.0.write_all(&rest.as_bytes()[..index])?;
            let mut after = rest[index..].chars();
            for unit in after.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(self.0, "\\u{unit:04x}")?;
            }
            rest = after.as_str();
        }
        self.0.write_all(rest.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_characters_are_escaped_and_mean_the_same() {
        let text = "支付 \u{7f}\u{9b}\u{202e}\u{feff}\u{e0041}\n\"é";
        for write in [compact, pretty] {
            let mut out = Vec::new();
            write(&[text], &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(out.contains(r#""支付 \u007f\u009b\u202e\ufeff\udb40\udc41\n\"é""#), "{out}");
            assert_eq!(serde_json::from_str::<[String; 1]>(&out).unwrap(), [text]);
        }
    }
}
