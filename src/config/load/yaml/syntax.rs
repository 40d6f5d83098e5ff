//! Errors for texts that are not YAML, and what to do about them. They never quote the text.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

use crate::model::diagnostic::{Diagnostic, Span};

use super::limits::MAX_DEPTH;
use super::text::Text;

/// The parser's error at the character where it gave up.
pub(super) fn error(error: &ScanError, text: &Text<'_>) -> Diagnostic {
    let place = text.character(error.marker().byte_offset().unwrap_or(text.text.len()));
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_deep(place);
    }
    let mut diagnostic = Diagnostic::error("syntax", error.info()).at(place);
    let help =
        if opens_variable(text.text, place.start as usize) { Some(VARIABLE) } else { help(error.kind()) };
    diagnostic.help = help.map(str::to_owned);
    diagnostic
}

const VARIABLE: &str = "between { } or [ ] a variable needs quotes: {language: \"${LANGUAGE}\"}";

/// Whether a line has a variable without quotes between brackets before a place.
fn opens_variable(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..];
    let line = &line[..line.find('\n').unwrap_or(line.len())];
    line.match_indices("${").any(|(variable, _)| {
        let before = line[..variable].trim_end();
        before.contains(['{', '[']) && before.ends_with([':', ',', '[', '{'])
    })
}

/// The nesting is deeper than any manifest's.
pub(super) fn too_deep(place: Span) -> Diagnostic {
    Diagnostic::error("too-deep", format!("nested more than {MAX_DEPTH} levels deep")).at(place)
}

/// What to do about the usual mistakes.
const fn help(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "indent with spaces"
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            "check the indentation; quote the text if its ': ' separates no key from a value"
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey => {
            "check the indentation of this line and the one before; a mapping has lines 'key: value'"
        }
        ErrorKind::UnclosedQuotedScalar => "close the quote",
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => "close the bracket, or separate the items by ','",
        ErrorKind::UnknownQuotedScalarEscape => "write \\\\ for a backslash, or use single quotes",
        ErrorKind::UnexpectedCharacter { .. } => "quote the text",
        _ => return None,
    })
}
