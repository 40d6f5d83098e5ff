//! One JSON document in the shape of `terraform validate -json`, which editors and pipelines already read.

use std::io::{self, Write};

use serde_json::json;

use crate::model::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::render::json::{diagnostic, write};

/// The version of Terraform's format that is followed.
const FORMAT_VERSION: &str = "1.0";

/// Writes all diagnostics by place, with their counts and whether the manifests are valid: without errors.
///
/// # Errors
/// If `out` can't be written.
pub fn json(diagnostics: &Diagnostics, sources: &SourceMap, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<_> = diagnostics.sorted().into_iter().map(|problem| diagnostic(problem, sources)).collect();
    let document = json!({
        "format_version": FORMAT_VERSION,
        "valid": !diagnostics.has_errors(),
        "error_count": diagnostics.count(Severity::Error),
        "warning_count": diagnostics.count(Severity::Warning),
        "diagnostics": all,
    });
    write::pretty(&document, out)
}
