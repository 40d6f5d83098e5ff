//! From checked values to [`Settings`], and what the table cannot check: fields of kinds, both ends of a
//! rename, expired rules.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use crate::config::codes::WARNINGS;
use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::resource::kinds::KINDS;
use crate::resource::schema::{FieldPathError, field_path};
use crate::resource::{Address, Lanes, Pattern};

use super::decode::{Decoded, Members, Value};
use super::model::{
    Apply, Backend, Declared, LintLevel, PlatformSettings, Server, Settings, StateSettings, VariableSettings,
};
use super::rules::{FieldRule, Move, MoveRule, Threshold, Thresholds};

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
    let state = state(all.mapping("state"), diagnostics);
    let mut rules = Rules { today, diagnostics };
    Settings {
        fleet: all.take("fleet"),
        environment: None,
        server: server(all.mapping("server")),
        apply: apply(all.mapping("apply")),
        platform: platform(all.mapping("platform")),
        state,
        thresholds: thresholds(all.mapping("thresholds")),
        lint: lint(all.mapping("lint")),
        moved: all.items("moved").into_iter().filter_map(|rule| rules.moved(rule)).collect(),
        suppress: rules.fields("suppress", all.items("suppress")),
        ignore: rules.fields("ignore", all.items("ignore")),
        variables: VariableSettings {
            values: all.take("variables").unwrap_or_default(),
            files: paths(all.items("variableFiles")),
            secret_files: paths(all.items("secretVariableFiles")),
        },
    }
}

fn platform(mut all: Members) -> PlatformSettings {
    PlatformSettings {
        components: all.take::<String>("components").map(Into::into),
        hooks: all.take::<String>("hooks").map(Into::into),
    }
}

fn paths(items: Vec<Decoded>) -> Vec<PathBuf> {
    items.into_iter().filter_map(|item| String::try_from(item.value).ok()).map(PathBuf::from).collect()
}

fn server(mut all: Members) -> Server {
    let url = all.remove("url");
    Server {
        place: url.as_ref().map(|url| url.span),
        url: url.and_then(|url| String::try_from(url.value).ok()),
        gitlab: all.take("gitlab"),
        tenant_repository: all.take("tenantRepository"),
        ca_file: all.take::<String>("caFile").map(Into::into),
        lanes: all.take::<String>("lanes").map(|word| match word.as_str() {
            "per-product" => Lanes::PerProduct,
            _ => Lanes::Shared,
        }),
        rest: all.take("rest"),
        request_timeout: all.take("requestTimeout"),
        retry_timeout: all.take("retryTimeout"),
        max_requests_per_second: all
            .take::<usize>("maxRequestsPerSecond")
            .and_then(|number| u32::try_from(number).ok()),
    }
}

fn apply(mut all: Members) -> Apply {
    Apply {
        parallelism: all.take("parallelism"),
        retries: all.take("retries"),
        run_retries: all.take("runRetries"),
        sync_timeout: all.take("syncTimeout"),
        delete_timeout: all.take("deleteTimeout"),
    }
}

fn state(mut all: Members, diagnostics: &mut Diagnostics) -> StateSettings {
    let word = all.remove("backend");
    let span = word.as_ref().map(|word| word.span);
    let word = word.and_then(|word| String::try_from(word.value).ok()).unwrap_or_default();
    let state = StateSettings {
        backend: match word.as_str() {
            "http" => Backend::Http,
            "gitlab" => Backend::Gitlab,
            "s3" => Backend::S3,
            _ => Backend::Local,
        },
        place: span,
        address: all.take("address"),
        lock_address: all.take("lockAddress"),
        unlock_address: all.take("unlockAddress"),
        update_method: all.take("updateMethod"),
        lock_method: all.take("lockMethod"),
        unlock_method: all.take("unlockMethod"),
        username: all.take("username"),
        name: all.take("name"),
        project: all.take("project"),
        api: all.take("api"),
        bucket: all.take("bucket"),
        key: all.take("key"),
        region: all.take("region"),
        endpoint: all.take("endpoint"),
        path_style: all.take("pathStyle"),
        lease: all.take("lease"),
        ca_file: all.take::<String>("caFile").map(Into::into),
        save_interval: all.take("saveInterval"),
    };
    // What no environment variable can give instead.
    let needed = match state.backend {
        Backend::Gitlab => vec![("name", &state.name)],
        Backend::S3 => vec![("bucket", &state.bucket), ("key", &state.key)],
        Backend::Local | Backend::Http => Vec::new(),
    };
    for (name, _) in needed.into_iter().filter(|(_, value)| value.is_none()) {
        let message = format!("required setting 'state.{name}' is missing");
        let mut error = Diagnostic::error("missing-field", message).help(format!("backend {word} needs it"));
        if let Some(span) = span {
            error = error.at(span);
        }
        diagnostics.push(error);
    }
    state
}

fn thresholds(mut all: Members) -> Thresholds {
    Thresholds {
        deletes: threshold(all.mapping("deletes")),
        updates: threshold(all.mapping("updates")),
        minimum: all.take("minimum").unwrap_or(Thresholds::default().minimum),
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

fn threshold(mut all: Members) -> Threshold {
    Threshold { share: all.take("share").unwrap_or(Threshold::default().share), count: all.take("count") }
}

struct Rules<'d> {
    today: Date,
    diagnostics: &'d mut Diagnostics,
}

impl Rules<'_> {
    fn moved(&mut self, rule: Decoded) -> Option<MoveRule> {
        let mut all = Members::try_from(rule.value).ok()?;
        let from = all.remove("from")?;
        let from_span = from.span;
        let from = Address::try_from(from.value).ok()?;
        let to = all.remove("to")?;
        let to_span = to.span;
        let to = Address::try_from(to.value).ok()?;
        if from.kind() != to.kind() {
            self.diagnostics.push(
                Diagnostic::error("wrong-move", "'from' and 'to' are of different kinds")
                    .at(to_span)
                    .also(from_span, "")
                    .help("an object keeps its kind: remove the rule, and declare the new object"),
            );
        }
        Some(MoveRule { addresses: Move { from, to }, from_span })
    }

    fn fields(&mut self, list: &str, rules: Vec<Decoded>) -> Vec<FieldRule> {
        rules.into_iter().filter_map(|rule| self.field_rule(list, rule)).collect()
    }

    fn field_rule(&mut self, list: &str, rule: Decoded) -> Option<FieldRule> {
        let span = Some(rule.span);
        let mut all = Members::try_from(rule.value).ok()?;
        let address: Pattern = all.take("address")?;
        let mut fields = Vec::new();
        for field in all.items("fields") {
            let Value::Text(text) = field.value else { continue };
            self.check_field(&address, &text, field.span);
            fields.push(text);
        }
        let reason = all.take("reason");
        let until = all.remove("until");
        let until_span = until.as_ref().map_or(rule.span, |until| until.span);
        let until = until.and_then(|until| Date::try_from(until.value).ok());
        let rule = FieldRule { address, fields, reason, until, span };
        if rule.is_expired(self.today) {
            let date = until.map(|until| until.to_string()).unwrap_or_default();
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
            self.diagnostics.push(
                Diagnostic::error(
                    "unknown-field",
                    format!("no object that {address} means has such a field"),
                )
                .at(span)
                .help(wrong.hint()),
            );
        }
    }
}
