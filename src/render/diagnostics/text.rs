//! Text for people: code, place, source line with a caret, help.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::model::diagnostic::{Diagnostic, Diagnostics, Label, Severity, SourceMap};
use crate::render::excerpt::{self, message};
use crate::render::{Style, wording};

/// Places in one file that are at most so many lines apart share a snippet.
const NEAR: usize = 8;

/// Writes all diagnostics by place, and a sentence that counts them. Writes nothing if there are none.
///
/// # Errors
/// If `out` can't be written.
pub fn text(
    diagnostics: &Diagnostics,
    sources: &SourceMap,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(style.width.max(40));
    for diagnostic in diagnostics.sorted() {
        writeln!(out, "{}\n", render(diagnostic, sources, &renderer))?;
    }
    if diagnostics.left_out() > 0 {
        writeln!(out, "and {} more\n", diagnostics.left_out())?;
    }
    if !diagnostics.is_empty() {
        writeln!(out, "{}", count(diagnostics))?;
    }
    Ok(())
}

/// "2 errors, 1 warning".
pub fn count(diagnostics: &Diagnostics) -> String {
    let counts = [Severity::Error, Severity::Warning].map(|severity| (diagnostics.count(severity), severity));
    let some = counts.into_iter().filter(|(number, _)| *number > 0);
    let words = some.map(|(number, severity)| wording::count(number, wording::severity(severity)));
    words.collect::<Vec<_>>().join(", ")
}

fn render(diagnostic: &Diagnostic, sources: &SourceMap, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let pieces: Vec<Piece<'_>> =
        places(diagnostic, sources).into_iter().map(|places| piece(&places, sources)).collect();
    let title = level.primary_title(message(&diagnostic.message)).id(diagnostic.code.0);
    let mut group = Group::with_title(title);
    for piece in &pieces {
        if !piece.is_shown {
            let origin = Origin::path(piece.path.as_str()).line(piece.line).char_column(piece.column);
            group = group.element(origin);
            continue;
        }
        let snippet =
            Snippet::source(piece.text.as_str()).line_start(piece.first_line).path(piece.path.as_str());
        group = group.element(snippet.annotations(piece.annotations.iter().cloned()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(message(help)));
    }
    let rendered = renderer.render(&[group]);
    pieces.iter().fold(rendered, |rendered, piece| piece.with_true_column(rendered))
}

/// A label, its line, and whether it is the primary one.
#[derive(Clone, Copy)]
struct Place<'a> {
    label: &'a Label,
    line: usize,
    kind: AnnotationKind,
}

/// The labels in groups that share a snippet each; the primary one's comes first.
fn places<'a>(diagnostic: &'a Diagnostic, sources: &SourceMap) -> Vec<Vec<Place<'a>>> {
    let place = |label: &'a Label, kind| Place { label, line: sources.location(label.span).line, kind };
    let primary = diagnostic.primary.iter().map(|label| place(label, AnnotationKind::Primary));
    let secondary = diagnostic.secondary.iter().map(|label| place(label, AnnotationKind::Context));
    let mut groups: Vec<Vec<Place<'a>>> = Vec::new();
    for place in primary.chain(secondary) {
        let is_near = |other: &Place<'_>| {
            let same_file = other.label.span.file == place.label.span.file;
            same_file && sources.is_shown(place.label.span.file) && other.line.abs_diff(place.line) <= NEAR
        };
        match groups.iter_mut().find(|group| group.iter().any(is_near)) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

/// What one snippet needs.
struct Piece<'a> {
    path: String,
    line: usize,
    /// The column of the first place in its line, and in the part of it that is shown.
    column: usize,
    shown_column: usize,
    first_line: usize,
    text: String,
    annotations: Vec<Annotation<'a>>,
    /// Of a file that is not shown, only the place is.
    is_shown: bool,
}

impl Piece<'_> {
    /// The renderer counts columns in what it is given, which is only a part of a very long line.
    fn with_true_column(&self, rendered: String) -> String {
        if !self.is_shown || self.column == self.shown_column {
            return rendered;
        }
        let path = &self.path;
        let line = self.line;
        let shown = format!("{path}:{line}:{}", self.shown_column);
        rendered.replacen(&shown, &format!("{path}:{line}:{}", self.column), 1)
    }
}

/// The lines from the first to the last place. The origin is the first of `places`.
fn piece<'a>(places: &[Place<'a>], sources: &SourceMap) -> Piece<'a> {
    let main = places[0].label.span;
    let origin = sources.location(main);
    let first_line = places.iter().map(|place| place.line).min().unwrap_or(origin.line);
    let last_line = places.iter().map(|place| place.line).max().unwrap_or(origin.line);
    let mut text = String::new();
    let mut annotations = Vec::with_capacity(places.len());
    let mut shown_column = origin.column;
    for number in first_line..=last_line {
        let here = || places.iter().filter(|place| place.line == number);
        let focus = here().map(|place| place.label.span.start as usize).min().unwrap_or_default();
        let excerpt = excerpt::line(sources, main.file, number, focus);
        if number == origin.line {
            shown_column = excerpt.text[..excerpt.offset(main.start)].chars().count() + 1;
        }
        for place in here() {
            // Long spans are marked on their first line only.
            let Label { span, text: words } = place.label;
            let range = text.len() + excerpt.offset(span.start)..text.len() + excerpt.offset(span.end);
            let annotation = place.kind.span(range);
            annotations.push(if words.is_empty() { annotation } else { annotation.label(message(words)) });
        }
        text.push_str(&excerpt.text);
        text.push('\n');
    }
    let path = message(&origin.path.display().to_string()).into_owned();
    let is_shown = sources.is_shown(main.file);
    Piece {
        path,
        line: origin.line,
        column: origin.column,
        shown_column,
        first_line,
        text,
        annotations,
        is_shown,
    }
}
