//! One text of manifests: parsed, filled in and decoded, by itself.
//!
//! Invariant: what a text has does not depend on other texts, so that many can be decoded side by side.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smol_str::SmolStr;

use crate::files::worktree::WorkTree;
use crate::model::diagnostic::{Diagnostics, FileId, SourceMap, Span};
use crate::model::hint::HintText;
use crate::resource::Resource;
use crate::resource::catalogue::Catalogue;

use super::documents::{LeftOut, Reading, advise_to_ignore, drop_repetitions};
use super::sources::{Known, Sources};
use super::variables::{Filled, Interpolator, Variables};
use super::{redact, variables, walk, yaml};

/// What all texts are decoded with.
pub(super) struct Decoder<'a> {
    /// The texts that were read.
    pub(super) map: &'a SourceMap,
    /// The border of secrets.
    pub(super) secrets: &'a WorkTree,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) variables: &'a Variables,
    /// The names of secret variables.
    pub(super) names: &'a BTreeSet<String>,
    pub(super) known: &'a Known,
    pub(super) catalogue: Option<&'a Arc<Catalogue>>,
    pub(super) hints: HintText,
    pub(super) strict: bool,
}

/// What a text has.
pub(super) struct Decoded {
    /// The objects that could be decoded, in their order.
    pub(super) resources: Vec<Resource>,
    /// How many documents are manifests.
    pub(super) documents: usize,
    /// The others.
    pub(super) aside: Vec<LeftOut>,
    /// What must not be shown.
    pub(super) masked: Vec<Span>,
    /// The names of the variables that were filled in.
    pub(super) used: BTreeSet<String>,
    pub(super) diagnostics: Diagnostics,
}

impl Decoder<'_> {
    /// Parses and decodes one text, whose objects are in the file `name`; each document's nodes are dropped as
    /// soon as it is decoded.
    pub(super) fn decode(&self, file: FileId, name: &str) -> Decoded {
        let text = self.map.text(file);
        let mut diagnostics = Diagnostics::new();
        let used = RefCell::default();
        let mut sources = Sources {
            map: self.map,
            tree: self.secrets,
            environment: self.environment,
            masked: Vec::new(),
            filled: Filled::default(),
            known: self.known,
            catalogue: self.catalogue.cloned(),
            hints: self.hints,
        };
        let filler = Interpolator {
            text,
            has_places: variables::has_places(text),
            variables: self.variables,
            secret: self.names,
            used: &used,
            hints: self.hints,
        };
        let mut documents = yaml::Documents::new(file, text);
        // One text for all objects of the file.
        let name = SmolStr::new(name);
        let mut resources = Vec::new();
        let reading =
            Reading { strict: self.strict, filler: &filler, sources: &mut sources, found: &mut diagnostics };
        let (count, aside) = reading.all(&mut documents, |resource| {
            resources.push(Resource { file: Some(name.clone()), ..resource });
        });
        let mut masked = sources.masked;
        self.mask(file, documents.is_complete(), &mut masked);
        if !redact::is_meant(text) {
            diagnostics.for_each(advise_to_ignore);
        }
        drop_repetitions(&mut diagnostics);
        let used = used.into_inner();
        Decoded { resources, documents: count, aside, masked, used, diagnostics }
    }

    /// Finds what must not be shown of a text besides the secrets of its objects.
    fn mask(&self, file: FileId, is_complete: bool, masked: &mut Vec<Span>) {
        let text = self.map.text(file);
        redact::in_text(file, text, is_complete, masked);
        let is_of_others = !is_complete && !redact::is_meant(text);
        if is_of_others || self.map.path(file).file_name().is_some_and(|name| name == walk::SETTINGS) {
            masked.push(redact::whole(file, text));
        }
    }
}
