//! How things are written, and what counts.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Complaints {
    /// For people
    Text,
    /// As `terraform validate -json`
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
    /// GitLab's code quality report
    #[value(name = "codequality")]
    CodeQuality,
}

/// Formats of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    Text,
    /// Terraform's `show -json`
    Json,
    /// A note for a merge request
    Markdown,
    /// Terraform's `plan -json`, one event on a line
    Ndjson,
    /// A page to read in a browser
    Html,
}

/// Formats of an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApplyFormat {
    /// For people
    Text,
    /// Terraform's `apply -json`, one event on a line
    Ndjson,
}

/// Findings of drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Managed objects that somebody else changed
    Changed,
    /// Managed objects that somebody else deleted
    Missing,
    /// Changed manifests that were not applied
    Pending,
    /// Objects that no manifest and no state knows
    Unmanaged,
    /// Objects that could not be read
    Unknown,
    /// Nothing
    None,
}

/// Formats of drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriftFormat {
    /// For people
    Text,
    /// The plan's JSON, with resource_drift
    Json,
    /// A note for an issue or a merge request
    Markdown,
    /// JUnit: one test case for each object
    Junit,
    /// Metrics for Prometheus' textfile collector
    Prometheus,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Drawing {
    /// Graphviz
    Dot,
    /// Mermaid, as GitLab and GitHub draw it in Markdown
    Mermaid,
    /// JSON with a format_version
    Json,
}
