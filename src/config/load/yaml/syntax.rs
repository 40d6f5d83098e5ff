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
    diagnostic.help = help(error.kind()).map(str::to_owned);
    diagnostic
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
