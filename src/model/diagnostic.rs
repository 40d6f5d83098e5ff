//! Diagnostics about users' files: located, coded, collected. Never stops at the first; never renders (see
//! `render::diagnostics`).
//!
//! Invariant: a [`Span`] is only meaningful with the [`SourceMap`] that gave out its [`FileId`].

mod fix;
mod source;
mod text;

pub(crate) use fix::{Edit, Fix, apply};
pub use source::SourceMap;
pub(crate) use source::{FileId, Place, Span};

/// How bad it is. Errors stop the command, warnings do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing may be written.
    Error,
    /// Probably not what was meant.
    Warning,
}

/// The name of a rule, in kebab-case: `unknown-field`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

/// A span and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// Its label; may be empty.
    pub text: String,
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The rule.
    pub code: Code,
    /// One sentence without a full stop.
    pub message: String,
    /// Where; none for diagnostics about a whole directory.
    pub primary: Option<Label>,
    /// Other places that matter.
    pub secondary: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// The object it is about, if it is known: `Environment/shop/dev`.
    pub address: Option<String>,
    /// The edits that mend it, if there is one way only.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    /// Whether what it is about can't be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    const fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self {
            severity,
            code: Code(code),
            message,
            primary: None,
            secondary: Vec::new(),
            help: None,
            address: None,
            fix: None,
        }
    }

    /// Points at the place.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        self.labelled(span, "")
    }

    /// Points at the place with a label.
    #[must_use]
    pub fn labelled(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Points at another place that matters.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which edits mend it.
    #[must_use]
    pub fn fixed_by(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }

    /// Names the object.
    #[must_use]
    pub fn about(mut self, address: impl std::fmt::Display) -> Self {
        self.address = Some(address.to_string());
        self
    }
}

/// How many diagnostics of each severity are kept: more than a person reads, and a text of nothing but errors
/// takes no more memory than its own.
const MOST: usize = 1_000;

/// All diagnostics of a run: the first thousand errors and warnings, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    /// How many there are of each severity in `kept`.
    counts: [usize; 2],
    /// How many more there were.
    left_out: [usize; 2],
}

impl Diagnostics {
    /// None yet.
    pub const fn new() -> Self {
        Self { kept: Vec::new(), counts: [0; 2], left_out: [0; 2] }
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let severity = diagnostic.severity as usize;
        if self.counts[severity] == MOST {
            self.left_out[severity] += 1;
            return;
        }
        self.counts[severity] += 1;
        self.kept.push(diagnostic);
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: Self) {
        self.extend(other.kept);
        let both = self.left_out.iter_mut().zip(other.left_out);
        both.for_each(|(own, others)| *own += others);
    }

    /// Drops those for which `keep` does not hold.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.kept.retain(keep);
        self.counts = [0; 2];
        self.kept.iter().for_each(|diagnostic| self.counts[diagnostic.severity as usize] += 1);
    }

    /// Names the object that they are about, where none is named yet.
    pub fn name_object(&mut self, address: impl std::fmt::Display) {
        for diagnostic in self.kept.iter_mut().filter(|diagnostic| diagnostic.address.is_none()) {
            diagnostic.address = Some(address.to_string());
        }
    }

    /// Changes each of them.
    pub(crate) fn for_each(&mut self, change: impl FnMut(&mut Diagnostic)) {
        self.kept.iter_mut().for_each(change);
    }

    /// Whether one of them is an error.
    pub const fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many are of this severity.
    pub const fn count(&self, severity: Severity) -> usize {
        self.counts[severity as usize] + self.left_out[severity as usize]
    }

    /// How many there were that are not kept.
    pub fn left_out(&self) -> usize {
        self.left_out.iter().sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.left_out() == 0
    }

    /// In the order they were found; [`Diagnostics::sorted`] gives the order to show them in.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.kept.iter()
    }

    /// By file and position, diagnostics without a place last: deterministic for equal input.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<_> = self.kept.iter().collect();
        let place = |d: &Diagnostic| d.primary.as_ref().map(|label| (label.span.file, label.span.start));
        all.sort_by(|a, b| {
            (place(a).is_none(), place(a), a.severity, a.code, &a.message).cmp(&(
                place(b).is_none(),
                place(b),
                b.severity,
                b.code,
                &b.message,
            ))
        });
        all
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}
