//! Workflow commands, which GitHub Actions turns into annotations at the lines of a pull request.

use std::io::{self, Write};

use crate::model::diagnostic::{Diagnostic, Diagnostics, SourceMap};
use crate::model::text::printable;
use crate::render::excerpt::message;
use crate::render::wording;

use super::places::PlaceOf;

/// Writes one command a line, by place: `::error file=a.yaml,line=1,col=2,title=unknown-kind::…`.
///
/// # Errors
/// If `out` can't be written.
pub fn github(
    diagnostics: &Diagnostics,
    sources: &SourceMap,
    place_of: PlaceOf<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for diagnostic in diagnostics.sorted() {
        writeln!(out, "{}", command(diagnostic, sources, place_of))?;
    }
    Ok(())
}

fn command(diagnostic: &Diagnostic, sources: &SourceMap, place_of: PlaceOf<'_>) -> String {
    let word = wording::severity(diagnostic.severity);
    let place = diagnostic.primary.as_ref().map(|label| sources.location(label.span));
    let place = place.map(|place| {
        let path = place_of(&place.path);
        let mut all =
            format!("file={},line={},endLine={}", property(&printable(&path)), place.line, place.end_line);
        // Columns are only understood within one line.
        if place.line == place.end_line {
            all.push_str(&format!(",col={},endColumn={}", place.column, place.end_column));
        }
        all + ","
    });
    let help =
        diagnostic.help.as_deref().map(|help| format!("\nhelp: {}", message(help))).unwrap_or_default();
    let text = data(&format!("{}{help}", message(&diagnostic.message)));
    format!("::{word} {}title={}::{text}", place.unwrap_or_default(), property(diagnostic.code.0))
}

/// Escapes a message as the runner's toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property as the runner's toolkit does.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
