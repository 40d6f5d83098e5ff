//! The documents of one text: those that are manifests are filled in and decoded, the others are left out.

use std::collections::HashSet;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::resource::{Address, Resource};

use super::foreign::SkipReason;
use super::sources::Sources;
use super::variables::Interpolator;
use super::{envelope, foreign, manifest, redact, yaml};

/// How the documents of a text are read.
pub(super) struct Reading<'r, 's> {
    pub(super) strict: bool,
    pub(super) filler: &'r Interpolator<'r>,
    pub(super) sources: &'r mut Sources<'s>,
    pub(super) found: &'r mut Diagnostics,
}

impl Reading<'_, '_> {
    /// Gives the objects of all documents to `take`; returns how many are manifests, and the others.
    pub(super) fn all(
        self,
        documents: &mut yaml::Documents<'_>,
        mut take: impl FnMut(Resource),
    ) -> (usize, Vec<LeftOut>) {
        let mut count = 0;
        let mut aside = Vec::new();
        let mut of_document = Diagnostics::new();
        while let Some(document) = documents.next_document(&mut of_document) {
            let mut found = std::mem::take(&mut of_document);
            if let Some(why) = foreign::why(&document.root).filter(|_| !self.strict) {
                found.retain(|diagnostic| is_of_text(diagnostic, self.filler.text));
                // None of it is shown.
                self.sources.masked.push(document.root.span);
                aside.push(left_out(document, why, self.filler));
            } else {
                count += 1;
                decode(document, self.filler, self.sources, &mut found).map(&mut take);
            }
            self.found.append(found);
        }
        self.found.append(of_document);
        (count, aside)
    }
}

/// A document that is not a manifest.
pub(super) struct LeftOut {
    pub(super) span: Span,
    pub(super) why: SkipReason,
    /// What it would declare.
    pub(super) addresses: Vec<Address>,
}

fn left_out(mut document: yaml::Document, why: SkipReason, filler: &Interpolator<'_>) -> LeftOut {
    // Its variables are those of another program: which of them are unknown does not matter.
    filler.fill(&mut document, &mut Diagnostics::new());
    let root = &document.root;
    LeftOut { span: envelope::first_line(root), why, addresses: foreign::addresses(root) }
}

/// Whether a diagnostic is about the text, of which some may not have been read, and not about what other
/// programs may write: tags, repeated keys. Where the line between two documents is missing, the second may be
/// a manifest.
fn is_of_text(diagnostic: &Diagnostic, text: &str) -> bool {
    let place = || diagnostic.primary.as_ref().map(|label| label.span);
    let key = || place().and_then(|span| text.get(span.start as usize..span.end as usize));
    match diagnostic.code.0 {
        "syntax" | "too-deep" | "too-large" => true,
        "duplicate-key" => key().is_some_and(|key| key.trim_matches(['"', '\'']) == "apiVersion"),
        _ => false,
    }
}

/// What can't be read may be a manifest, even if nothing looks like one.
pub(super) fn advise_to_ignore(diagnostic: &mut Diagnostic) {
    if diagnostic.code.0 == "syntax" {
        let usual = diagnostic.help.take().map(|help| format!("{help}; ")).unwrap_or_default();
        diagnostic.help = Some(format!("{usual}if it is not a manifest, name it in .nautformignore"));
    }
}

/// Fills a document in and decodes it. One that is not known completely is checked as far as possible and
/// then left out.
fn decode(
    mut document: yaml::Document,
    filler: &Interpolator<'_>,
    sources: &mut Sources<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Resource> {
    redact::in_document(&document.root, &mut sources.masked);
    sources.filled = filler.fill(&mut document, diagnostics);
    let mut found = Diagnostics::new();
    let resource = manifest::resource(&document.root, sources, &mut found);
    found.for_each(|diagnostic| sources.filled.conceal(diagnostic, filler.secrets()));
    if document.unknown.is_empty() {
        if resource.is_none() && !found.has_errors() {
            let message = "the document can't be decoded, and no rule says why";
            let diagnostic = Diagnostic::error("not-decoded", message).at(document.root.span);
            found.push(diagnostic.help("this is a mistake in nautform: please report it"));
        }
        diagnostics.append(found);
        return resource;
    }
    let unknown: HashSet<Span> = document.unknown.iter().copied().collect();
    let is_known = |span: Span| !unknown.contains(&span);
    // What is mended by an edit of the text does not depend on values.
    found.retain(|diagnostic| {
        diagnostic.fix.is_some()
            || diagnostic.primary.iter().chain(&diagnostic.secondary).all(|label| is_known(label.span))
    });
    diagnostics.append(found);
    None
}

/// A value that aliases repeat is reported once.
pub(super) fn drop_repetitions(diagnostics: &mut Diagnostics) {
    let mut seen = HashSet::new();
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.primary.as_ref().map(|label| label.span);
        place.is_none() || seen.insert((place, diagnostic.code, diagnostic.message.clone()))
    });
}
