//! A diagnostic in the shape of `terraform validate -json`: range, snippet, address.

use serde_json::{Value as Json, json};

use crate::model::diagnostic::{Diagnostic, Edit, Label, SourceMap, Span};
use crate::render::excerpt::{self, is_shown};
use crate::render::wording;

/// One diagnostic. Bytes and columns count as Terraform counts them: lines and columns from 1, bytes from 0.
/// Masked text is `*`.
pub fn diagnostic(diagnostic: &Diagnostic, sources: &SourceMap) -> Json {
    let mut all = json!({
        "severity": wording::severity(diagnostic.severity),
        "code": diagnostic.code.0,
        "summary": diagnostic.message,
        "detail": diagnostic.help.as_deref().unwrap_or_default(),
    });
    if let Some(address) = &diagnostic.address {
        all["address"] = address.as_str().into();
    }
    if let Some(label) = &diagnostic.primary {
        all["range"] = range(label.span, sources);
        if sources.is_shown(label.span.file) {
            all["snippet"] = snippet(label, sources);
        }
    }
    if !diagnostic.secondary.is_empty() {
        let related = |label: &Label| json!({"message": label.text, "range": range(label.span, sources)});
        all["related"] = diagnostic.secondary.iter().map(related).collect();
    }
    if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| is_shown(fix, sources)) {
        let edit = |Edit { range: bytes, text }: &Edit| json!({"range": range(SourceMap::span(fix.file, bytes), sources), "text": text});
        all["fix"] = json!({"edits": fix.edits.iter().map(edit).collect::<Vec<_>>()});
    }
    all
}

fn range(span: Span, sources: &SourceMap) -> Json {
    let location = sources.location(span);
    json!({
        "filename": location.path.display().to_string(),
        "start": {"line": location.line, "column": location.column, "byte": span.start},
        "end": {"line": location.end_line, "column": location.end_column, "byte": span.end},
    })
}

fn snippet(label: &Label, sources: &SourceMap) -> Json {
    let (excerpt, covered) = excerpt::first_line(sources, label.span);
    json!({
        "context": if label.text.is_empty() { Json::Null } else { label.text.as_str().into() },
        "code": excerpt.text,
        "start_line": sources.location(label.span).line,
        "highlight_start_offset": covered.start,
        "highlight_end_offset": covered.end,
        "values": [],
    })
}
