//! Text to located nodes: every key and value keeps its place. Reads YAML, and JSON as the YAML it is.
//!
//! The parser's events are composed here, with limits against hostile input: size, depth, and what aliases may expand to.
//! Invariant: mappings that come out have unique text keys; no input makes it panic or take more than linear time.

mod compose;
mod mapping;

use serde_yaml::granit_parser::{Event, Parser, ScanError};

use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Span};
use crate::schema::Node;

/// The largest text that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 20;
/// The deepest nesting.
pub(super) const MAX_DEPTH: usize = 64;
/// How many values aliases may expand to in one file.
pub(super) const MAX_EXPANDED: usize = 200_000;

/// The documents of a text. Complaints go to `diagnostics`; what comes after a syntax error is lost.
pub fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Vec<Node> {
    if text.len() > MAX_BYTES {
        let message = format!("the file is larger than {} MiB", MAX_BYTES >> 20);
        diagnostics.push(Diagnostic::error("too-large", message).at(Span { file, start: 0, end: 0 }));
        return Vec::new();
    }
    let mut composer = compose::Composer::new(file, diagnostics);
    for event in Parser::new_from_str(text) {
        let (event, place) = match event {
            Ok((Event::StreamEnd, _)) => break,
            Ok(event) => event,
            Err(error) => {
                composer.syntax_error(text, &error);
                break;
            }
        };
        let start = place.start.byte_offset().unwrap_or_default();
        let end = place.end.byte_offset().unwrap_or(start).max(start);
        if !composer.take(event, composer.span(start, end)) {
            break;
        }
    }
    composer.finish()
}

/// What the parser says, without its own position.
fn words(error: &ScanError) -> String {
    let text = error.to_string();
    let text = text.split(" at byte ").next().unwrap_or(&text).split(" at line ").next().unwrap_or_default();
    text.trim_end_matches(['.', ' ']).to_owned()
}
