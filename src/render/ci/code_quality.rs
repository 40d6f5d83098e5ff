//! GitLab's code quality report: problems of manifests, shown in the diff of a merge request.

use std::io::{self, Write};

use serde_json::json;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Severity, SourceMap};
use crate::render::excerpt::message_with_help;
use crate::render::json::write;

use super::places::{Fingerprints, PlaceOf};

/// Writes diagnostics for `artifacts:reports:codequality`; those without a place are about the whole
/// directory.
///
/// # Errors
/// If `out` can't be written.
pub fn code_quality(
    diagnostics: &Diagnostics,
    sources: &SourceMap,
    place_of: PlaceOf<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut fingerprints = Fingerprints::default();
    let mut issue = |diagnostic: &Diagnostic| issue(diagnostic, sources, place_of, &mut fingerprints);
    let issues: Vec<_> = diagnostics.sorted().into_iter().map(&mut issue).collect();
    write::pretty(&issues, out)
}

fn issue(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    place_of: PlaceOf<'_>,
    fingerprints: &mut Fingerprints,
) -> serde_json::Value {
    let location = diagnostic.primary.as_ref().map(|label| sources.location(label.span));
    let (path, begin, end) = location.map_or_else(
        || (".".to_owned(), 1, 1),
        |location| (place_of(&location.path), location.line, location.end_line),
    );

    json!({
        "description": message_with_help(diagnostic),
        "check_name": diagnostic.code.0,
        // GitLab merges issues with the same fingerprint.
        "fingerprint": fingerprints.next(diagnostic, &path),
        "severity": match diagnostic.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
        },
        "location": {"path": path, "lines": {"begin": begin, "end": end}},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::Span;
    use crate::render::fixture::text;

    #[test]
    fn code_quality_keeps_fingerprints_when_lines_move() {
        let render = |before: &str| {
            let mut sources = SourceMap::new();
            let start = u32::try_from(before.len()).unwrap();
            let file = sources.add("shop/env.yaml", format!("{before}kind: X\n"));
            let place = Span { file, start, end: start + 4 };
            let all =
                [Diagnostic::error("unknown-kind", "unknown kind 'X'").at(place).help("did you mean Y?")];
            let mut diagnostics = Diagnostics::new();
            diagnostics.extend(all);
            text(|out| code_quality(&diagnostics, &sources, &|path| path.display().to_string(), out))
        };
        insta::assert_snapshot!(render(""), @r#"
        [
          {
            "description": "unknown kind 'X' (did you mean Y?)",
            "check_name": "unknown-kind",
            "fingerprint": "fb41908b0eef1421e63716f721a4cecf",
            "severity": "major",
            "location": {
              "path": "shop/env.yaml",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          }
        ]
        "#);
        let fingerprint =
            |all: &str| all.lines().find(|line| line.contains("fingerprint")).unwrap().to_owned();
        assert_eq!(fingerprint(&render("")), fingerprint(&render("# moved\n\n")));
    }
}
