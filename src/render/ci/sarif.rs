//! SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::config::codes::{self, Entry, Level};
use crate::model::diagnostic::{Diagnostic, Diagnostics, Edit, Fix, Label, SourceMap, Span};
use crate::model::encoding::percent_encoded_path;
use crate::render::excerpt::{self, is_shown, message, message_with_help};
use crate::render::json::write;
use crate::render::wording;

use super::places::{Fingerprints, PlaceOf};

/// Where the rules are explained.
const HOME: &str = concat!("https://docs.rs/crate/nautform/", env!("CARGO_PKG_VERSION"));

/// Writes one run with all diagnostics by place.
///
/// # Errors
/// If `out` can't be written.
pub fn sarif(
    diagnostics: &Diagnostics,
    sources: &SourceMap,
    place_of: PlaceOf<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rules = rules();
    let mut report = Report { sources, place_of, rules: &rules, fingerprints: Fingerprints::default() };
    let results: Vec<Json> =
        diagnostics.sorted().into_iter().map(|diagnostic| report.result(diagnostic)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "organization": "nautform",
                "fullName": concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": rules.iter().map(|entry| rule(entry)).collect::<Vec<_>>(),
            }},
            "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    write::pretty(&document, out)
}

/// What paths are relative to; GitHub knows this one.
const ROOT: &str = "%SRCROOT%";

/// What manifests and settings are checked for, by code. Refusals are of plans, which are not in this report.
fn rules() -> Vec<&'static Entry> {
    let mut all: Vec<_> = codes::all().filter(|entry| entry.level != Level::Refusal).collect();
    all.sort_unstable_by_key(|entry| entry.code);
    all
}

fn rule(Entry { code, title, reason, .. }: &Entry) -> Json {
    let page = format!("{HOME}/source/docs/diagnostics.md#{code}");
    json!({
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": reason},
        "help": {"text": format!("{title} {reason}"), "markdown": format!("**{title}** {reason} [More]({page})")},
        "helpUri": page,
        "properties": {"tags": ["configuration"]},
    })
}

struct Report<'a> {
    sources: &'a SourceMap,
    place_of: PlaceOf<'a>,
    rules: &'a [&'static Entry],
    fingerprints: Fingerprints,
}

impl Report<'_> {
    fn result(&mut self, diagnostic: &Diagnostic) -> Json {
        let path = diagnostic.primary.as_ref().map(|label| self.sources.location(label.span).path);
        let path = path.map_or_else(|| ".".to_owned(), |path| (self.place_of)(&path));
        let fingerprint = self.fingerprints.next(diagnostic, &path);
        let mut result = self.described(diagnostic);
        result["partialFingerprints"] = json!({"primaryLocationLineHash": fingerprint});
        result
    }

    fn described(&self, diagnostic: &Diagnostic) -> Json {
        let text = message_with_help(diagnostic);
        let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
        let mut result = json!({
            "ruleId": diagnostic.code.0,
            "level": wording::severity(diagnostic.severity),
            "message": {"text": format!("{text}{end}")},
        });
        if let Ok(index) = self.rules.binary_search_by_key(&diagnostic.code.0, |entry| entry.code) {
            result["ruleIndex"] = index.into();
        }
        if let Some(label) = &diagnostic.primary {
            let mut location = json!({"physicalLocation": self.physical(label.span)});
            if let Some(address) = &diagnostic.address {
                location["logicalLocations"] = json!([{"fullyQualifiedName": address, "kind": "resource"}]);
            }
            result["locations"] = json!([location]);
        }
        if !diagnostic.secondary.is_empty() {
            let related = |(index, label): (usize, &Label)| {
                json!({
                    "id": index + 1,
                    "physicalLocation": self.physical(label.span),
                    "message": {"text": message(&label.text)},
                })
            };
            result["relatedLocations"] = diagnostic.secondary.iter().enumerate().map(related).collect();
        }
        if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| is_shown(fix, self.sources)) {
            result["fixes"] = json!([self.fix(fix, diagnostic.help.as_deref().unwrap_or_default())]);
        }
        result
    }

    fn fix(&self, Fix { file, edits }: &Fix, help: &str) -> Json {
        let replacement = |edit: &Edit| {
            let span = SourceMap::span(*file, &edit.range);
            json!({"deletedRegion": self.region(span), "insertedContent": {"text": edit.text}})
        };
        json!({
            "description": {"text": message(help)},
            "artifactChanges": [{
                "artifactLocation": self.file(self.sources.path(*file)),
                "replacements": edits.iter().map(replacement).collect::<Vec<_>>(),
            }],
        })
    }

    fn file(&self, path: &Path) -> Json {
        json!({"uri": percent_encoded_path(&(self.place_of)(path)), "uriBaseId": ROOT})
    }

    fn region(&self, span: Span) -> Json {
        let place = self.sources.location(span);
        json!({
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        })
    }

    fn physical(&self, span: Span) -> Json {
        let place = self.sources.location(span);
        let mut physical = json!({"artifactLocation": self.file(&place.path), "region": self.region(span)});
        if self.sources.is_shown(span.file) {
            let (excerpt, _) = excerpt::first_line(self.sources, span);
            physical["contextRegion"] = json!({"startLine": place.line, "snippet": {"text": excerpt.text}});
        }
        physical
    }
}
