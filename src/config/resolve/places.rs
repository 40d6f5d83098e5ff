//! Where the fields of an object were written. Resources do not keep it: most are never asked. The file is
//! parsed again when one is, once for all questions.

use std::collections::HashMap;

use crate::config::load::yaml;
use crate::model::diagnostic::{Diagnostics, FileId, SourceMap, Span};
use crate::model::value::Path;
use crate::resource::Resource;
use crate::resource::schema::{Located, Node};

/// The files that were parsed again.
pub(crate) struct Places<'s> {
    sources: &'s SourceMap,
    documents: HashMap<FileId, Vec<yaml::Document>>,
}

impl<'s> Places<'s> {
    pub(crate) fn new(sources: &'s SourceMap) -> Self {
        Self { sources, documents: HashMap::new() }
    }

    /// Where the text of a field was written; the nearest place around it that was, else that of the object's
    /// name.
    pub(crate) fn value(&mut self, resource: &Resource, path: &Path) -> Span {
        let Some(spec) = self.spec(resource) else { return resource.name_span };
        let found = located(resource, spec).value_span(path);
        // A field that was not written has the place of the whole spec, which says less than the name.
        if found == spec.span { resource.name_span } else { found }
    }

    /// Where the key of a field was written; the nearest place around it that was.
    pub(crate) fn key(&mut self, resource: &Resource, path: &Path) -> Span {
        self.spec(resource).map_or(resource.name_span, |spec| located(resource, spec).span(path))
    }

    /// The spec of a resource as it was written.
    pub(crate) fn spec(&mut self, resource: &Resource) -> Option<&Node> {
        let file = resource.span.file;
        let documents = self.documents.entry(file).or_insert_with(|| {
            let text = self.sources.text(file);
            yaml::parse(file, text, &mut Diagnostics::new())
        });
        let holds =
            |node: &Node| node.span.start <= resource.span.start && resource.span.end <= node.span.end;
        documents.iter().find(|document| holds(&document.root))?.root.get("spec")
    }
}

fn located<'a>(resource: &'a Resource, spec: &'a Node) -> Located<'a> {
    let address = &resource.address;
    Located::new(address.name(), &resource.spec, address.kind().attributes, spec)
}
