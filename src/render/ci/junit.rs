//! A drift check as JUnit XML: a test case for each object, so that drift shows in the tests tab of a
//! pipeline.

use std::collections::BTreeMap;
use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use crate::plan::drift::{Class, Findings};
use crate::plan::{Blocked, Broken, Change, Drift, DriftKind, Gap, Plan, Suppressed};
use crate::resource::Address;

use crate::model::text::printable;
use crate::render::diff_view::{self, Line};
use crate::render::wording;

/// The width to lay differences out for.
const WIDTH: usize = 100;

/// The result of an object's case.
enum CaseResult<'a> {
    InSync,
    Drifted(&'a Drift),
    Incomplete(&'a Change),
    Pending(&'a Change),
    Unmanaged,
    Suppressed(&'a Suppressed),
    Unknown(&'a Gap),
    Blocked(&'a Blocked),
    Broken(&'a Broken),
}

impl CaseResult<'_> {
    /// The class of its finding, if it is one.
    fn class(&self) -> Option<Class> {
        Some(match self {
            Self::InSync | Self::Suppressed(_) => return None,
            Self::Drifted(drift) if drift.kind == DriftKind::Missing => Class::Missing,
            Self::Drifted(_) => Class::Changed,
            Self::Incomplete(_) => Class::Incomplete,
            Self::Pending(_) => Class::Pending,
            Self::Unmanaged => Class::Unmanaged,
            Self::Unknown(_) => Class::Unknown,
            Self::Blocked(_) => Class::Blocked,
            Self::Broken(_) => Class::Broken,
        })
    }
}

/// Whether a finding fails the check.
pub type Fails<'a> = &'a dyn Fn(&Address, Class) -> bool;

/// Writes the findings. Those that fail the check are failures, of objects that can't be read errors; the
/// others are skipped.
///
/// # Errors
/// If `out` can't be written.
pub fn junit(plan: &Plan, fails: Fails<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings::of(plan);
    let results = results(plan, &findings, fails);
    let failing = || results.iter().filter(|(_, (_, fails))| *fails);
    let is_error = |result: &CaseResult<'_>| matches!(result, CaseResult::Unknown(_));
    let errors = failing().filter(|(_, (result, _))| is_error(result)).count();
    let failures = failing().count() - errors;
    let is_skipped = |result: &CaseResult<'_>| !matches!(result, CaseResult::InSync);
    let skipped = results.values().filter(|(result, fails)| !fails && is_skipped(result)).count();
    suite(
        [results.len(), failures, errors, skipped],
        &html! { @for (address, (result, fails)) in &results { (PreEscaped("\n")) (case(address, result, *fails)) } },
        out,
    )
}

/// Writes that a check failed, and why.
///
/// # Errors
/// If `out` can't be written.
pub fn junit_of_failure(label: &str, why: &str, out: &mut dyn Write) -> io::Result<()> {
    let case = html! {
        (PreEscaped("\n"))
        testcase classname="nautform" name=(format!("drift check of {}", text(label))) time="0" {
            error type="failed" message=(text(why)) {}
        }
    };
    suite([1, 0, 1, 0], &case, out)
}

fn suite(
    [tests, failures, errors, skipped]: [usize; 4],
    cases: &Markup,
    out: &mut dyn Write,
) -> io::Result<()> {
    let suite = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        testsuites name="nautform drift" tests=(tests) failures=(failures) errors=(errors) skipped=(skipped) {
            testsuite name="nautform drift" tests=(tests) failures=(failures) errors=(errors)
                skipped=(skipped) {
                (cases)
                (PreEscaped("\n"))
            }
        }
    };
    writeln!(out, "{}", suite.into_string())
}

/// A result for each object, and whether it fails the check. Of several the last one counts that fails, else
/// the last one.
fn results<'a>(
    plan: &'a Plan,
    findings: &'a Findings<'a>,
    fails: Fails<'_>,
) -> BTreeMap<&'a Address, (CaseResult<'a>, bool)> {
    let moved = findings.drifted.iter().chain(&findings.missing);
    let found = plan.changes.iter().map(|change| (&change.address, CaseResult::InSync));
    let found = found
        .chain(plan.suppressed.iter().map(|rule| (&rule.address, CaseResult::Suppressed(rule))))
        .chain(findings.unmanaged.iter().map(|object| (&object.address, CaseResult::Unmanaged)))
        .chain(findings.pending.iter().map(|change| (&change.address, CaseResult::Pending(change))))
        .chain(findings.incomplete.iter().map(|change| (&change.address, CaseResult::Incomplete(change))))
        .chain(moved.map(|drift| (&drift.address, CaseResult::Drifted(drift))))
        .chain(findings.broken.iter().map(|found| (&found.address, CaseResult::Broken(found))))
        .chain(findings.unknown.iter().map(|gap| (&gap.address, CaseResult::Unknown(gap))))
        .chain(findings.blocked.iter().map(|found| (&found.address, CaseResult::Blocked(found))));
    let mut all: BTreeMap<&Address, (CaseResult<'_>, bool)> = BTreeMap::new();
    for (address, result) in found {
        let fails = result.class().is_some_and(|class| fails(address, class));
        if fails || !all.get(address).is_some_and(|(_, fails)| *fails) {
            all.insert(address, (result, fails));
        }
    }
    all
}

fn case(address: &Address, result: &CaseResult<'_>, fails: bool) -> Markup {
    let name = text(&address.to_string());
    html! {
        testcase classname=(address.kind().name) name=(name) time="0" {
            @if let Some((kind, message, body)) = said(&name, result) {
                @if !fails {
                    skipped message=(message) { (body) }
                } @else if let CaseResult::Unknown(_) = result {
                    error type=(kind) message=(message) { (body) }
                } @else {
                    failure type=(kind) message=(message) { (body) }
                }
            }
        }
    }
}

/// What there is to say: in one word, in a sentence, and in detail.
fn said(name: &str, result: &CaseResult<'_>) -> Option<(&'static str, String, String)> {
    let brief = |kind, message: String| (kind, message, String::new());
    Some(match result {
        CaseResult::InSync => return None,
        CaseResult::Drifted(drift) => {
            let message = format!("{name} {}", wording::happened(drift.kind));
            ("drift", message, lines(&diff_view::drift(drift, WIDTH)))
        }
        CaseResult::Incomplete(change) => {
            let reasons: Vec<String> = change.reasons.iter().filter_map(wording::reason).collect();
            ("incomplete", format!("{name} {}", wording::outcome(change)), text(&reasons.join("; ")))
        }
        CaseResult::Pending(change) => {
            let outcome = wording::outcome(change);
            let message = format!("changed in the manifests and not applied: {outcome}");
            ("pending", message, lines(&diff_view::fields(change, WIDTH)))
        }
        CaseResult::Unmanaged => brief("unmanaged", "on the server and in no manifest".to_owned()),
        CaseResult::Suppressed(rule) => brief("suppressed", text(&wording::suppressed(rule))),
        CaseResult::Blocked(found) => brief("blocked", text(&found.sentence())),
        CaseResult::Broken(found) => brief("broken", text(&found.why)),
        CaseResult::Unknown(gap) => brief("unknown", text(&gap.why)),
    })
}

fn lines(lines: &[Line]) -> String {
    let line = |line: &Line| {
        let indent = " ".repeat(line.indent().saturating_sub(4));
        let parts: String = line.parts.iter().map(|part| part.text.as_str()).collect();
        format!("{indent}{} {parts}\n", line.sign.symbol())
    };
    text_lines(&lines.iter().map(line).collect::<String>())
}

/// XML can't have control characters, nor two code points of Unicode.
fn text(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn text_lines(all: &str) -> String {
    all.lines().map(|line| text(line) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{self, CANARY};

    #[test]
    fn junit_has_a_case_for_each_object() {
        let usual = |_: &Address, class| !matches!(class, Class::Pending | Class::Unmanaged);
        let all = fixture::text(|out| junit(&fixture::everything(), &usual, out));
        assert!(!all.contains(CANARY));
        insta::assert_snapshot!(all, @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="nautform drift" tests="11" failures="2" errors="1" skipped="8"><testsuite name="nautform drift" tests="11" failures="2" errors="1" skipped="8">
        <testcase classname="Cluster" name="Cluster/worker-1" time="0"><skipped message="changed in the manifests and not applied: will be created">  + apiServer   = &quot;https://10.0.0.1:6443&quot;
          + clusterKind = &quot;kubernetes&quot;
          + clusterType = &quot;physical&quot;
          + usage       = &quot;worker&quot;
          + workerType  = &quot;deployment&quot;
          + componentsList.gateway.additions.httpNodePort = &quot;30080&quot;
          + kubeconfig  = (sensitive value)
        </skipped></testcase>
        <testcase classname="CodeRepo" name="CodeRepo/demo/old" time="0"><skipped message="changed in the manifests and not applied: will be destroyed">  - project           = &quot;shop&quot;
          - deploymentRuntime = true
          - webhook.events    = [&quot;push_events&quot;]
          - git.gitlab        = { name = &quot;old&quot;, path = &quot;old&quot;, visibility = &quot;private&quot; }
        </skipped></testcase>
        <testcase classname="CodeRepo" name="CodeRepo/demo/web" time="0"><error type="unknown" message="GitLab answered 502"></error></testcase>
        <testcase classname="DeploymentRuntime" name="DeploymentRuntime/demo/run" time="0"><skipped message="changed in the manifests and not applied: must be replaced">  ~ destination.environment = &quot;dev&quot; -&gt; &quot;prod&quot; # forces replacement
            # (1 unchanged field hidden)
        </skipped></testcase>
        <testcase classname="Environment" name="Environment/demo/dev" time="0"><failure type="drift" message="Environment/demo/dev has changed">  ~ envType = &quot;dev&quot; -&gt; &quot;prod&quot;
        </failure></testcase>
        <testcase classname="Environment" name="Environment/demo/stage" time="0"><failure type="drift" message="Environment/demo/stage has been deleted">  - cluster = &quot;worker-1&quot;
          - envType = &quot;test&quot;
        </failure></testcase>
        <testcase classname="Environment" name="Environment/demo/stray" time="0"><skipped message="on the server and in no manifest"></skipped></testcase>
        <testcase classname="Environment" name="Environment/demo/test" time="0"><skipped message="changed in the manifests and not applied: will be destroyed">  - cluster = &quot;worker-2&quot;
          - envType = &quot;test&quot;
        </skipped></testcase>
        <testcase classname="Product" name="Product/demo" time="0"><skipped message="changed in the manifests and not applied: will be updated in-place">  ~ git.gitlab.description = &quot;旧的描述&quot; -&gt; &quot;新的描述&quot;
            # (3 unchanged fields hidden)
        </skipped></testcase>
        <testcase classname="Project" name="Project/demo/legacy" time="0"><skipped message="changed in the manifests and not applied: will no longer be managed by nautform, and stays on the server"></skipped></testcase>
        <testcase classname="ProjectPipelineRuntime" name="ProjectPipelineRuntime/demo/pipe" time="0"><skipped message="changed in the manifests and not applied: will be updated in-place">  ~ eventSources = [
              ~ {
                    name            = &quot;push&quot;
                  ~ gitlab.revision = &quot;main&quot; -&gt; &quot;dev&quot;
                  ~ gitlab.events   = [
                      + &quot;tag_push_events&quot;,
                        # (1 unchanged item hidden)
                    ]
                    # (1 unchanged field hidden)
                },
                # (1 unchanged item hidden)
            ]
            # (6 unchanged fields hidden)
        </skipped></testcase>
        </testsuite></testsuites>
        "#);
    }

    #[test]
    fn junit_escapes_foreign_text() {
        let mut plan = Plan::default();
        plan.gaps.push(Gap { address: fixture::address("Product/x"), why: "\"<b>\u{1b}\u{ffff}&".into() });
        let all = fixture::text(|out| junit(&plan, &|_, _| true, out));
        assert!(all.contains("message=\"&quot;&lt;b&gt;\\u{1b}\u{fffd}&amp;\""), "{all}");
    }
}
