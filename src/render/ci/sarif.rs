//! SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::model::diagnostic::{Diagnostic, Diagnostics, Label, Severity, SourceMap, Span};
use crate::model::encoding::percent_encoded_path;
use crate::render::excerpt::{self, message};
use crate::render::json::write;

/// Writes one run with all diagnostics by place.
///
/// # Errors
/// If `out` can't be written.
pub fn sarif(diagnostics: &Diagnostics, sources: &SourceMap, out: &mut dyn Write) -> io::Result<()> {
    let codes: BTreeSet<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let results: Vec<Json> =
        diagnostics.sorted().into_iter().map(|diagnostic| result(diagnostic, &codes, sources)).collect();
    let rules: Vec<Json> = codes.iter().map(|code| json!({"id": code})).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    write::pretty(&document, out)
}

fn result(diagnostic: &Diagnostic, codes: &[&str], sources: &SourceMap) -> Json {
    let help = diagnostic.help.as_deref().map(|help| format!(" ({})", message(help))).unwrap_or_default();
    let mut result = json!({
        "ruleId": diagnostic.code.0,
        "ruleIndex": codes.binary_search(&diagnostic.code.0).unwrap_or_default(),
        "level": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": {"text": format!("{}{help}", message(&diagnostic.message))},
    });
    if let Some(label) = &diagnostic.primary {
        let mut location = json!({"physicalLocation": physical(label.span, sources)});
        if let Some(address) = &diagnostic.address {
            location["logicalLocations"] = json!([{"fullyQualifiedName": address, "kind": "resource"}]);
        }
        result["locations"] = json!([location]);
    }
    if !diagnostic.secondary.is_empty() {
        let related = |(index, label): (usize, &Label)| {
            json!({
                "id": index + 1,
                "physicalLocation": physical(label.span, sources),
                "message": {"text": message(&label.text)},
            })
        };
        result["relatedLocations"] = diagnostic.secondary.iter().enumerate().map(related).collect();
    }
    result
}

fn physical(span: Span, sources: &SourceMap) -> Json {
    let place = sources.location(span);
    let mut physical = json!({
        "artifactLocation": {"uri": uri(&place.path)},
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    });
    if sources.is_shown(span.file) {
        let (excerpt, _) = excerpt::first_line(sources, span);
        physical["contextRegion"] = json!({"startLine": place.line, "snippet": {"text": excerpt.text}});
    }
    physical
}

/// A path as a URI reference; relative paths stay relative.
fn uri(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    let scheme = if path.is_absolute() { "file://" } else { "" };
    format!("{scheme}{}", percent_encoded_path(&path.to_string_lossy()))
}
