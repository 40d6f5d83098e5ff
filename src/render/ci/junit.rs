//! A drift check as JUnit XML: a test case for each object, so that drift shows in the tests tab of a
//! pipeline.

use std::collections::BTreeMap;
use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use crate::plan::drift::{Class, Findings};
use crate::plan::{DriftKind, Plan};
use crate::resource::Address;

use crate::model::text::printable;
use crate::render::diff_view::{self, Line};
use crate::render::wording;

/// The width to lay differences out for.
const WIDTH: usize = 100;

/// The result of an object's case.
#[derive(Default)]
struct CaseResult {
    /// The class of its finding, if it is one.
    class: Option<Class>,
    /// Whether that fails the check.
    fails: bool,
    /// What there is to say: in a sentence, and in detail.
    said: Option<(String, String)>,
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
    let failing = || results.values().filter(|result| result.fails);
    let errors = failing().filter(|result| result.class == Some(Class::Unknown)).count();
    let failures = failing().count() - errors;
    let skipped = results.values().filter(|result| !result.fails && result.said.is_some()).count();
    suite(
        [results.len(), failures, errors, skipped],
        &html! { @for (address, result) in &results { (PreEscaped("\n")) (case(address, result)) } },
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

/// A result for each object. Of several the last one counts that fails, else the last one.
fn results<'a>(
    plan: &'a Plan,
    findings: &'a Findings<'a>,
    fails: Fails<'_>,
) -> BTreeMap<&'a Address, CaseResult> {
    let in_sync = plan.changes.iter().map(|change| (&change.address, CaseResult::default()));
    let mut all: BTreeMap<&Address, CaseResult> = in_sync.collect();
    let mut add = |address: &'a Address, class: Option<Class>, message: String, body: String| {
        let fails = class.is_some_and(|class| fails(address, class));
        if fails || !all.get(address).is_some_and(|found| found.fails) {
            all.insert(address, CaseResult { class, fails, said: Some((message, body)) });
        }
    };
    for rule in &plan.suppressed {
        add(&rule.address, None, text(&wording::suppressed(rule)), String::new());
    }
    for object in &findings.unmanaged {
        let message = "on the server and in no manifest".to_owned();
        add(&object.address, Some(Class::Unmanaged), message, String::new());
    }
    for change in &findings.pending {
        let message = format!("changed in the manifests and not applied: {}", wording::outcome(change));
        add(&change.address, Some(Class::Pending), message, lines(&diff_view::fields(change, WIDTH)));
    }
    for change in &findings.incomplete {
        let reasons: Vec<String> = change.reasons.iter().filter_map(wording::reason).collect();
        let message = format!("{} {}", text(&change.address.to_string()), wording::outcome(change));
        add(&change.address, Some(Class::Incomplete), message, text(&reasons.join("; ")));
    }
    for drift in findings.drifted.iter().chain(&findings.missing) {
        let class = if drift.kind == DriftKind::Missing { Class::Missing } else { Class::Changed };
        let message = format!("{} {}", text(&drift.address.to_string()), wording::happened(drift.kind));
        add(&drift.address, Some(class), message, lines(&diff_view::drift(drift, WIDTH)));
    }
    for found in &findings.broken {
        add(&found.address, Some(Class::Broken), text(&found.why), String::new());
    }
    for gap in &findings.unknown {
        add(&gap.address, Some(Class::Unknown), text(&gap.why), String::new());
    }
    for found in &findings.blocked {
        add(&found.address, Some(Class::Blocked), text(&found.sentence()), String::new());
    }
    all
}

fn case(address: &Address, result: &CaseResult) -> Markup {
    let type_of = |class| match class {
        Class::Changed | Class::Missing => "drift".to_owned(),
        other => other.to_string(),
    };
    html! {
        testcase classname=(address.kind().name) name=(text(&address.to_string())) time="0" {
            @if let Some((message, body)) = &result.said {
                @match result.class.filter(|_| result.fails) {
                    None => { skipped message=(message) { (body) } }
                    Some(Class::Unknown) => { error type="unknown" message=(message) { (body) } }
                    Some(class) => { failure type=(type_of(class)) message=(message) { (body) } }
                }
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
    use crate::plan::Gap;
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
