//! What an entry of the catalogue says.

/// What is known of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code: `unknown-field`.
    pub code: &'static str,
    /// What it is, unless `lint:` says otherwise.
    pub level: Level,
    /// What it means, in one sentence.
    pub title: &'static str,
    /// Why there is such a rule, in a sentence or several.
    pub reason: &'static str,
    /// What it looks like, and what to write.
    pub example: Example,
}

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing is planned.
    Error,
    /// Worth a look. `lint:` in `nautform.yaml` can make it an error or allow it, and a comment in a manifest
    /// can allow it.
    Warning,
    /// A plan that must not be applied.
    Refusal,
}

/// A text with the problem and one without. Manifests leave out `apiVersion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What the texts are.
    pub of: Text,
    /// With the problem.
    pub before: &'static str,
    /// Without it.
    pub after: &'static str,
}

/// What the texts of an example are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Manifests.
    Manifests,
    /// `nautform.yaml`.
    Settings,
    /// What is done about it: nothing that could be loaded.
    Steps,
}

pub(super) const fn error(
    code: &'static str,
    title: &'static str,
    reason: &'static str,
    example: Example,
) -> Entry {
    Entry { code, level: Level::Error, title, reason, example }
}

pub(super) const fn manifests(before: &'static str, after: &'static str) -> Example {
    Example { of: Text::Manifests, before, after }
}

pub(super) const fn settings(before: &'static str, after: &'static str) -> Example {
    Example { of: Text::Settings, before, after }
}

pub(super) const fn steps(before: &'static str, after: &'static str) -> Example {
    Example { of: Text::Steps, before, after }
}
