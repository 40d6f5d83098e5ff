//! A drift check as Prometheus metrics, for node_exporter's textfile collector or a Pushgateway.
//!
//! A check that fails writes that it failed, and when the last one succeeded: an alert on
//! `nautform_drift_success` notices it, one on the age of `nautform_drift_last_success_timestamp_seconds` also
//! notices checks that don't run at all.

use std::io::{self, Write};
use std::time::Duration;

use crate::plan::Plan;
use crate::plan::drift::Findings;
use crate::render::json::drift_counts;

/// What is measured besides the findings.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// Which directory was checked; a label.
    pub directory: &'a str,
    /// When the check ended, in seconds since 1970.
    pub finished: u64,
    /// How long it took.
    pub duration: Duration,
}

/// Writes the metrics.
///
/// # Errors
/// If `out` can't be written.
pub fn metrics(plan: &Plan, check: &Check<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings::of(plan);
    let directory = escaped(check.directory);
    head(out, "objects", "Objects by what the last successful drift check found.")?;
    for (finding, count) in drift_counts(&findings) {
        writeln!(out, "nautform_drift_objects{{directory=\"{directory}\",finding=\"{finding}\"}} {count}")?;
    }
    let mut gauge = |name, help, value: String| gauge(out, &directory, name, help, &value);
    let detected = u8::from(findings.has_drift());
    gauge("detected", "1 if the last successful check found drift.", detected.to_string())?;
    gauge("success", SUCCESS, "1".to_owned())?;
    gauge("requests", "Requests that the last successful check took.", plan.requests.to_string())?;
    let seconds = format!("{:.3}", check.duration.as_secs_f64());
    gauge("duration_seconds", "How long the last successful check took.", seconds)?;
    gauge(LAST_SUCCESS, LAST_SUCCESS_HELP, check.finished.to_string())
}

const SUCCESS: &str = "1 if the last check succeeded, 0 if it failed.";
const LAST_SUCCESS: &str = "last_success_timestamp_seconds";
const LAST_SUCCESS_HELP: &str = "When the last successful check ended.";

/// Writes the metrics of a check that failed; `last_success` is when one last succeeded, if that is known.
///
/// # Errors
/// If `out` can't be written.
pub fn metrics_of_failure(directory: &str, last_success: Option<u64>, out: &mut dyn Write) -> io::Result<()> {
    let directory = escaped(directory);
    gauge(out, &directory, "success", SUCCESS, "0")?;
    last_success
        .map_or(Ok(()), |time| gauge(out, &directory, LAST_SUCCESS, LAST_SUCCESS_HELP, &time.to_string()))
}

/// When a check last succeeded, as metrics that were written before say it.
pub fn last_success(metrics: &str, directory: &str) -> Option<u64> {
    let start = format!("nautform_drift_{LAST_SUCCESS}{{directory=\"{}\"}} ", escaped(directory));
    metrics.lines().find_map(|line| line.strip_prefix(&start)?.trim().parse().ok())
}

fn gauge(out: &mut dyn Write, directory: &str, name: &str, help: &str, value: &str) -> io::Result<()> {
    head(out, name, help)?;
    writeln!(out, "nautform_drift_{name}{{directory=\"{directory}\"}} {value}")
}

fn head(out: &mut dyn Write, name: &str, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP nautform_drift_{name} {help}\n# TYPE nautform_drift_{name} gauge")
}

/// A label's value: the exposition format escapes three characters.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{self, text};

    #[test]
    fn failed_check_keeps_the_last_success() {
        let check = Check { directory: "a-b", finished: 1_767_322_800, duration: Duration::ZERO };
        let before = text(|out| metrics(&Plan::default(), &check, out));
        assert_eq!(last_success(&before, "a_b"), None);
        let failed = text(|out| metrics_of_failure("a-b", last_success(&before, "a-b"), out));
        insta::assert_snapshot!(failed, @r#"
        # HELP nautform_drift_success 1 if the last check succeeded, 0 if it failed.
        # TYPE nautform_drift_success gauge
        nautform_drift_success{directory="a-b"} 0
        # HELP nautform_drift_last_success_timestamp_seconds When the last successful check ended.
        # TYPE nautform_drift_last_success_timestamp_seconds gauge
        nautform_drift_last_success_timestamp_seconds{directory="a-b"} 1767322800
        "#);
        assert_eq!(last_success(&failed, "a-b"), Some(1_767_322_800));
    }

    #[test]
    fn metrics_are_gauges() {
        let check = Check {
            directory: "fleet \"a\"",
            finished: 1_767_322_800,
            duration: Duration::from_millis(1_250),
        };
        insta::assert_snapshot!(text(|out| metrics(&fixture::everything(), &check, out)), @r#"
        # HELP nautform_drift_objects Objects by what the last successful drift check found.
        # TYPE nautform_drift_objects gauge
        nautform_drift_objects{directory="fleet \"a\"",finding="changed"} 1
        nautform_drift_objects{directory="fleet \"a\"",finding="missing"} 1
        nautform_drift_objects{directory="fleet \"a\"",finding="incomplete"} 0
        nautform_drift_objects{directory="fleet \"a\"",finding="pending"} 7
        nautform_drift_objects{directory="fleet \"a\"",finding="unmanaged"} 1
        nautform_drift_objects{directory="fleet \"a\"",finding="unknown"} 1
        nautform_drift_objects{directory="fleet \"a\"",finding="blocked"} 0
        nautform_drift_objects{directory="fleet \"a\"",finding="broken"} 0
        nautform_drift_objects{directory="fleet \"a\"",finding="suppressed"} 0
        nautform_drift_objects{directory="fleet \"a\"",finding="in_sync"} 0
        # HELP nautform_drift_detected 1 if the last successful check found drift.
        # TYPE nautform_drift_detected gauge
        nautform_drift_detected{directory="fleet \"a\""} 1
        # HELP nautform_drift_success 1 if the last check succeeded, 0 if it failed.
        # TYPE nautform_drift_success gauge
        nautform_drift_success{directory="fleet \"a\""} 1
        # HELP nautform_drift_requests Requests that the last successful check took.
        # TYPE nautform_drift_requests gauge
        nautform_drift_requests{directory="fleet \"a\""} 12
        # HELP nautform_drift_duration_seconds How long the last successful check took.
        # TYPE nautform_drift_duration_seconds gauge
        nautform_drift_duration_seconds{directory="fleet \"a\""} 1.250
        # HELP nautform_drift_last_success_timestamp_seconds When the last successful check ended.
        # TYPE nautform_drift_last_success_timestamp_seconds gauge
        nautform_drift_last_success_timestamp_seconds{directory="fleet \"a\""} 1767322800
        "#);
    }
}
