//! From checked values to [`Settings`], and what the table cannot check: fields of kinds, both ends of a
//! rename, expired rules.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::config::codes::WARNINGS;
use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::resource::Pattern;
use crate::resource::kinds::KINDS;
use crate::resource::schema::{FieldPathError, field_path};

use super::decode::{Decoded, Members};
use super::model::{Backend, Declared, LintLevel, Settings, StateSettings};
use super::rules::{FieldRule, Move, MoveRule};

/// Makes the settings, and those of each environment: what is there for all, and what the environment says
/// instead. Errors of what is there for all are given once.
pub(super) fn build_all(
    mut all: Members,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> (Settings, Vec<Declared>) {
    let environments: Vec<(String, Span, Members)> = all.take("environments").unwrap_or_default();
    if environments.is_empty() {
        return (build(all, today, diagnostics), Vec::new());
    }
    let mut declared = Vec::with_capacity(environments.len());
    for (name, span, own) in environments {
        let mut found = Diagnostics::new();
        let settings = build(all.clone().overlaid(own), today, &mut found);
        let settings = Settings { environment: Some(name.clone()), ..settings };
        declared.push(Declared { name, span, settings });
        found.retain(|found| !diagnostics.iter().any(|known| known == found));
        diagnostics.append(found);
    }
    // Alone it need not be complete.
    (build(all, today, &mut Diagnostics::new()), declared)
}

/// Makes the settings. Warns of rules that have expired on `today`.
fn build(mut all: Members, today: Date, diagnostics: &mut Diagnostics) -> Settings {
    let [moved, suppress, ignore] = ["moved", "suppress", "ignore"].map(|list| all.items(list));
    let lint = lint(all.mapping("lint"));
    let server = all.place("server", "url");
    let state = all.place("state", "backend");
    let mut settings = Settings { lint, ..all.read() };
    settings.server.place = server;
    settings.state.place = state;
    check_state(&settings.state, diagnostics);
    let mut rules = Rules { today, diagnostics };
    settings.moved = moved.into_iter().filter_map(|rule| rules.moved(rule)).collect();
    settings.suppress = rules.fields("suppress", suppress);
    settings.ignore = rules.fields("ignore", ignore);
    settings
}

/// Reports what a store needs and no environment variable can give instead.
fn check_state(state: &StateSettings, diagnostics: &mut Diagnostics) {
    let (backend, needed) = match state.backend {
        Backend::Gitlab => ("gitlab", vec![("name", &state.name)]),
        Backend::S3 => ("s3", vec![("bucket", &state.bucket), ("key", &state.key)]),
        Backend::Local | Backend::Http => return,
    };
    for (name, _) in needed.into_iter().filter(|(_, value)| value.is_none()) {
        let message = format!("required setting 'state.{name}' is missing");
        let error = Diagnostic::error("missing-field", message).help(format!("backend {backend} needs it"));
        diagnostics.push(match state.place {
            Some(place) => error.at(place),
            None => error,
        });
    }
}

fn lint(mut all: Members) -> BTreeMap<&'static str, LintLevel> {
    let level = |word: String| match word.as_str() {
        "allow" => LintLevel::Allow,
        "error" => LintLevel::Error,
        _ => LintLevel::Warning,
    };
    let codes = WARNINGS.iter().map(|entry| entry.code);
    codes.filter_map(|code| Some((code, level(all.take(code)?)))).collect()
}

struct Rules<'d> {
    today: Date,
    diagnostics: &'d mut Diagnostics,
}

impl Rules<'_> {
    fn moved(&mut self, rule: Decoded) -> Option<MoveRule> {
        let all = Members::try_from(rule.value).ok()?;
        let from_span = all.get("from")?.span;
        let to_span = all.get("to")?.span;
        let addresses: Move = all.read();
        if addresses.from.kind() != addresses.to.kind() {
            self.diagnostics.push(
                Diagnostic::error("wrong-move", "'from' and 'to' are of different kinds")
                    .at(to_span)
                    .also(from_span, "")
                    .help("an object keeps its kind: remove the rule, and declare the new object"),
            );
        }
        Some(MoveRule { addresses, from_span })
    }

    fn fields(&mut self, list: &str, rules: Vec<Decoded>) -> Vec<FieldRule> {
        rules.into_iter().filter_map(|rule| self.field_rule(list, rule)).collect()
    }

    fn field_rule(&mut self, list: &str, rule: Decoded) -> Option<FieldRule> {
        let span = rule.span;
        let all = Members::try_from(rule.value).ok()?;
        all.get("address")?;
        let until_span = all.get("until").map_or(span, |until| until.span);
        let places = all.clone().items("fields").into_iter().map(|field| field.span);
        let rule = FieldRule { span: Some(span), ..all.read() };
        for (field, place) in rule.fields.iter().zip(places) {
            self.check_field(&rule.address, field, place);
        }
        if rule.is_expired(self.today) {
            let date = rule.until.map(|until| until.to_string()).unwrap_or_default();
            let message = format!("the {list} rule for {} ended on {date}", rule.address);
            let help = "remove it, or give it a later date";
            self.diagnostics.push(Diagnostic::warning("expired-rule", message).at(until_span).help(help));
        }
        Some(rule)
    }

    /// A pattern over several kinds may name a field that only one of them has.
    fn check_field(&mut self, address: &Pattern, field: &str, span: Span) {
        let kinds = KINDS.iter().filter(|kind| address.may_mean(kind));
        let mut wrong: Option<FieldPathError> = None;
        for kind in kinds {
            match field_path(field, kind) {
                Ok(_) => return,
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        if let Some(wrong) = wrong {
            let message = format!("no object that {address} means has such a field");
            self.diagnostics.push(Diagnostic::error("unknown-field", message).at(span).help(wrong.hint()));
        }
    }
}
