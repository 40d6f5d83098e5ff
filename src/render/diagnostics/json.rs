//! One JSON document in the shape of `terraform validate -json`, which editors and pipelines already read.

use std::io::{self, Write};

use serde_json::json;

use crate::config::load::Skipped;
use crate::model::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::render::json::{diagnostic, write};

/// The version of Terraform's format that is followed.
const FORMAT_VERSION: &str = "1.0";

/// Writes all diagnostics by place, with their counts and whether the manifests are valid: without errors; and
/// what was skipped.
///
/// # Errors
/// If `out` can't be written.
pub fn json(
    diagnostics: &Diagnostics,
    sources: &SourceMap,
    skipped: &[Skipped],
    out: &mut dyn Write,
) -> io::Result<()> {
    let skipped: Vec<_> = skipped
        .iter()
        .map(|Skipped { path, line, why, .. }| json!({"filename": path, "line": line, "reason": why.to_string()}))
        .collect();
    let all: Vec<_> = diagnostics.sorted().into_iter().map(|problem| diagnostic(problem, sources)).collect();
    let document = json!({
        "format_version": FORMAT_VERSION,
        "valid": !diagnostics.has_errors(),
        "error_count": diagnostics.count(Severity::Error),
        "warning_count": diagnostics.count(Severity::Warning),
        "diagnostics": all,
        "skipped": skipped,
    });
    write::pretty(&document, out)
}
