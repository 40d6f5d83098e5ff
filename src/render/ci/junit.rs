//! A drift check as JUnit XML: a test case for each object, so that drift shows in the tests tab of a
//! pipeline.

use std::collections::BTreeMap;
use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use crate::plan::drift::Findings;
use crate::plan::{Blocked, Broken, Change, Drift, Gap, Plan, Suppressed};
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

/// Writes the findings: drift, incomplete writes and what is broken fail, what can't be read is an error,
/// pending, unmanaged and suppressed objects are skipped.
///
/// # Errors
/// If `out` can't be written.
pub fn junit(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings::of(plan);
    let results = results(plan, &findings);
    let count = |is: fn(&CaseResult<'_>) -> bool| results.values().filter(|result| is(result)).count();
    let failures = count(|result| {
        matches!(
            result,
            CaseResult::Drifted(_)
                | CaseResult::Incomplete(_)
                | CaseResult::Blocked(_)
                | CaseResult::Broken(_)
        )
    });
    let errors = count(|result| matches!(result, CaseResult::Unknown(_)));
    let skipped = count(|result| {
        matches!(result, CaseResult::Pending(_) | CaseResult::Unmanaged | CaseResult::Suppressed(_))
    });
    let suite = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        testsuites name="nautform drift" tests=(results.len()) failures=(failures) errors=(errors)
            skipped=(skipped) {
            testsuite name="nautform drift" tests=(results.len()) failures=(failures) errors=(errors)
                skipped=(skipped) {
                @for (address, result) in &results { (PreEscaped("\n")) (case(address, result)) }
                (PreEscaped("\n"))
            }
        }
    };
    writeln!(out, "{}", suite.into_string())
}

fn results<'a>(plan: &'a Plan, findings: &'a Findings<'a>) -> BTreeMap<&'a Address, CaseResult<'a>> {
    let mut all: BTreeMap<&Address, CaseResult<'_>> =
        plan.changes.iter().map(|change| (&change.address, CaseResult::InSync)).collect();
    all.extend(plan.suppressed.iter().map(|rule| (&rule.address, CaseResult::Suppressed(rule))));
    all.extend(findings.unmanaged.iter().map(|object| (&object.address, CaseResult::Unmanaged)));
    all.extend(findings.pending.iter().map(|change| (&change.address, CaseResult::Pending(change))));
    all.extend(findings.incomplete.iter().map(|change| (&change.address, CaseResult::Incomplete(change))));
    let moved = findings.drifted.iter().chain(&findings.missing);
    all.extend(moved.map(|drift| (&drift.address, CaseResult::Drifted(drift))));
    all.extend(findings.broken.iter().map(|found| (&found.address, CaseResult::Broken(found))));
    all.extend(findings.unknown.iter().map(|gap| (&gap.address, CaseResult::Unknown(gap))));
    all.extend(findings.blocked.iter().map(|found| (&found.address, CaseResult::Blocked(found))));
    all
}

fn case(address: &Address, result: &CaseResult<'_>) -> Markup {
    let name = text(&address.to_string());
    html! {
        testcase classname=(address.kind().name) name=(name) time="0" {
            @match result {
                CaseResult::InSync => {}
                CaseResult::Drifted(drift) => {
                    failure type="drift" message=(format!("{name} {}", wording::happened(drift.kind))) {
                        (lines(&diff_view::drift(drift, WIDTH)))
                    }
                }
                CaseResult::Incomplete(change) => {
                    @let reasons: Vec<String> = change.reasons.iter().filter_map(wording::reason).collect();
                    failure type="incomplete" message=(format!("{name} {}", wording::outcome(change))) {
                        (text(&reasons.join("; ")))
                    }
                }
                CaseResult::Pending(change) => {
                    @let outcome = wording::outcome(change);
                    skipped message=(format!("changed in the manifests and not applied: {outcome}")) {}
                }
                CaseResult::Unmanaged => { skipped message="on the server and in no manifest" {} }
                CaseResult::Suppressed(rule) => { skipped message=(text(&wording::suppressed(rule))) {} }
                CaseResult::Blocked(found) => {
                    failure type="blocked" message=(text(&found.sentence())) {}
                }
                CaseResult::Broken(found) => {
                    failure type="broken" message=(text(&found.why)) {}
                }
                CaseResult::Unknown(gap) => { error type="unknown" message=(text(&gap.why)) {} }
            }
        }
    }
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
        let all = fixture::text(|out| junit(&fixture::everything(), out));
        assert!(!all.contains(CANARY));
        insta::assert_snapshot!(all, @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="nautform drift" tests="11" failures="2" errors="1" skipped="8"><testsuite name="nautform drift" tests="11" failures="2" errors="1" skipped="8">
        <testcase classname="Cluster" name="Cluster/worker-1" time="0"><skipped message="changed in the manifests and not applied: will be created"></skipped></testcase>
        <testcase classname="CodeRepo" name="CodeRepo/demo/old" time="0"><skipped message="changed in the manifests and not applied: will be destroyed"></skipped></testcase>
        <testcase classname="CodeRepo" name="CodeRepo/demo/web" time="0"><error type="unknown" message="GitLab answered 502"></error></testcase>
        <testcase classname="DeploymentRuntime" name="DeploymentRuntime/demo/run" time="0"><skipped message="changed in the manifests and not applied: must be replaced"></skipped></testcase>
        <testcase classname="Environment" name="Environment/demo/dev" time="0"><failure type="drift" message="Environment/demo/dev has changed">  ~ envType = &quot;dev&quot; -&gt; &quot;prod&quot;
        </failure></testcase>
        <testcase classname="Environment" name="Environment/demo/stage" time="0"><failure type="drift" message="Environment/demo/stage has been deleted"></failure></testcase>
        <testcase classname="Environment" name="Environment/demo/stray" time="0"><skipped message="on the server and in no manifest"></skipped></testcase>
        <testcase classname="Environment" name="Environment/demo/test" time="0"><skipped message="changed in the manifests and not applied: will be destroyed"></skipped></testcase>
        <testcase classname="Product" name="Product/demo" time="0"><skipped message="changed in the manifests and not applied: will be updated in-place"></skipped></testcase>
        <testcase classname="Project" name="Project/demo/legacy" time="0"><skipped message="changed in the manifests and not applied: will no longer be managed by nautform, and stays on the server"></skipped></testcase>
        <testcase classname="ProjectPipelineRuntime" name="ProjectPipelineRuntime/demo/pipe" time="0"><skipped message="changed in the manifests and not applied: will be updated in-place"></skipped></testcase>
        </testsuite></testsuites>
        "#);
    }

    #[test]
    fn junit_escapes_foreign_text() {
        let mut plan = Plan::default();
        plan.gaps.push(Gap { address: fixture::address("Product/x"), why: "\"<b>\u{1b}\u{ffff}&".into() });
        let all = fixture::text(|out| junit(&plan, out));
        assert!(all.contains("message=\"&quot;&lt;b&gt;\\u{1b}\u{fffd}&amp;\""), "{all}");
    }
}
