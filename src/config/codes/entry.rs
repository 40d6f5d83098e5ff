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

/// A text with the problem and one without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// Manifests without `apiVersion`, as the lines of a diff: a line with `-` has the problem, the one with `+`
    /// has not, all others begin with a blank.
    Manifests(&'static [&'static str]),
    /// `nautform.yaml`, before and after.
    Settings(&'static str, &'static str),
    /// What is done about it, before and after: nothing that could be loaded.
    Steps(&'static str, &'static str),
}

impl Example {
    /// The text with the problem.
    pub fn before(&self) -> String {
        match self {
            Self::Manifests(lines) => without('+', lines),
            Self::Settings(before, _) | Self::Steps(before, _) => (*before).to_owned(),
        }
    }

    /// The text without it.
    pub fn after(&self) -> String {
        match self {
            Self::Manifests(lines) => without('-', lines),
            Self::Settings(_, after) | Self::Steps(_, after) => (*after).to_owned(),
        }
    }
}

/// One side of a diff: all lines but those with this mark, which is that of the other side.
fn without(mark: char, lines: &[&str]) -> String {
    let lines = lines.iter().filter(|line| !line.starts_with(mark)).filter_map(|line| line.get(1..));
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) const fn error(
    code: &'static str,
    title: &'static str,
    reason: &'static str,
    example: Example,
) -> Entry {
    Entry { code, level: Level::Error, title, reason, example }
}
