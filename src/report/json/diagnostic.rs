//! A complaint in the shape of `terraform validate -json`: range, snippet, address.

use serde_json::{Value as Json, json};

use crate::diagnostic::{Diagnostic, Label, Severity, SourceMap, Span};

/// One complaint. Bytes and columns count as Terraform counts them: lines and columns from 1, bytes from 0. Masked text is `*`.
pub fn diagnostic(diagnostic: &Diagnostic, sources: &SourceMap) -> Json {
    let mut all = json!({
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "code": diagnostic.code.0,
        "summary": diagnostic.message,
        "detail": diagnostic.help.as_deref().unwrap_or_default(),
    });
    let members = all.as_object_mut().expect("it was just made as one");
    if let Some(address) = &diagnostic.address {
        members.insert("address".into(), address.as_str().into());
    }
    if let Some(label) = &diagnostic.primary {
        members.insert("range".into(), range(label.span, sources));
        members.insert("snippet".into(), snippet(label, sources));
    }
    if !diagnostic.secondary.is_empty() {
        let related = |label: &Label| json!({"message": label.text, "range": range(label.span, sources)});
        members.insert("related".into(), diagnostic.secondary.iter().map(related).collect());
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
    let text = sources.shown(label.span.file);
    let floor = |offset: u32| text.floor_char_boundary(offset as usize);
    let (start, end) = (floor(label.span.start), floor(label.span.end));
    let line_start = text[..start].rfind('\n').map_or(0, |index| index + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |index| start + index);
    json!({
        "context": if label.text.is_empty() { Json::Null } else { label.text.as_str().into() },
        "code": text[line_start..line_end],
        "start_line": sources.location(label.span).line,
        "highlight_start_offset": start - line_start,
        "highlight_end_offset": end.min(line_end) - line_start,
        "values": [],
    })
}
