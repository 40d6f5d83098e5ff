//! Diagnostics as text in the manner of rustc: code, place, source line with a caret, help. Masked text is never shown.

use std::collections::HashMap;
use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Label, Severity, SourceMap};

pub use super::style::Style;

/// How much of a file is handed to the renderer around a place: lines.
const CONTEXT: usize = 1;

/// Writes all complaints by place, and a sentence that counts them. Writes nothing if there are none.
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
    let mut texts = HashMap::new();
    for diagnostic in diagnostics.sorted() {
        writeln!(out, "{}\n", render(diagnostic, sources, &mut texts, &renderer))?;
    }
    if !diagnostics.is_empty() {
        writeln!(out, "{}", count(diagnostics))?;
    }
    Ok(())
}

/// "2 errors, 1 warning".
pub fn count(diagnostics: &Diagnostics) -> String {
    let words = |severity, word: &str| match diagnostics.count(severity) {
        0 => None,
        1 => Some(format!("1 {word}")),
        more => Some(format!("{more} {word}s")),
    };
    let parts: Vec<String> = [words(Severity::Error, "error"), words(Severity::Warning, "warning")]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

fn render(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    texts: &mut HashMap<FileId, String>,
    renderer: &Renderer,
) -> String {
    let labels: Vec<(&Label, AnnotationKind)> = diagnostic
        .primary
        .iter()
        .map(|label| (label, AnnotationKind::Primary))
        .chain(diagnostic.secondary.iter().map(|label| (label, AnnotationKind::Context)))
        .collect();
    let mut files: Vec<FileId> = labels.iter().map(|(label, _)| label.span.file).collect();
    files.dedup();
    for file in &files {
        texts.entry(*file).or_insert_with(|| sources.shown(*file));
    }
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.0));
    let paths: Vec<String> = files.iter().map(|file| sources.path(*file).display().to_string()).collect();
    for (file, path) in files.iter().zip(&paths) {
        let here: Vec<_> = labels.iter().filter(|(label, _)| label.span.file == *file).collect();
        group = group.element(snippet(&texts[file], path, &here));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group]).clone()
}

/// The lines around the labels only: the renderer's cost grows with what it is given.
fn snippet<'a>(
    text: &'a str,
    path: &'a str,
    labels: &[&(&'a Label, AnnotationKind)],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let first =
        labels.iter().map(|(label, _)| label.span.start as usize).min().unwrap_or_default().min(text.len());
    let last = labels
        .iter()
        .map(|(label, _)| label.span.end as usize)
        .max()
        .unwrap_or_default()
        .clamp(first, text.len());
    let start = back(text, first, CONTEXT);
    let end = forth(text, last, CONTEXT);
    let line = text[..start].matches('\n').count() + 1;
    let annotations = labels.iter().map(|(label, kind)| {
        let from = (label.span.start as usize).clamp(start, end);
        let to = one_line(text, from, label.span.end as usize).clamp(from, end);
        let annotation = kind.span(from - start..to - start);
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    Snippet::source(&text[start..end]).line_start(line).path(path).annotations(annotations)
}

/// Where the line `lines` before the one at `offset` begins.
fn back(text: &str, offset: usize, lines: usize) -> usize {
    let mut start = text[..offset].rfind('\n').map_or(0, |index| index + 1);
    for _ in 0..lines {
        start = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |index| index + 1);
    }
    start
}

/// Where the line `lines` behind the one at `offset` ends.
fn forth(text: &str, offset: usize, lines: usize) -> usize {
    let mut end = offset;
    for _ in 0..=lines {
        end = text[end..].find('\n').map_or(text.len(), |index| end + index + 1);
    }
    end
}

/// Long spans are marked on their first line only.
fn one_line(text: &str, from: usize, to: usize) -> usize {
    let line_end = text[from..].find('\n').map_or(text.len(), |index| from + index);
    to.min(line_end).max(from)
}
