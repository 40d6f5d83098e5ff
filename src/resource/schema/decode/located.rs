//! A decoded spec together with where it was written. Places are looked up only when they are needed.

use crate::model::diagnostic::{Fix, Span};
use crate::model::value::{Path, Segment, Value};

use crate::resource::catalogue::Catalogue;
use crate::resource::schema::edit;
use crate::resource::schema::{Attribute, Entry, Node, Type};

/// A decoded spec together with where it was written: what rules look at.
pub struct Located<'a> {
    /// The object's name.
    pub name: &'a str,
    /// The decoded spec.
    pub spec: &'a Value,
    /// What the platform offers, if it is not what v0.4.2 brings.
    pub(crate) catalogue: Option<&'a Catalogue>,
    pub(super) attributes: &'static [Attribute],
    pub(super) node: &'a Node,
    /// The text that it was written in, if that is known.
    pub(super) text: &'a str,
}

impl<'a> Located<'a> {
    /// Joins a spec with its source.
    pub const fn new(
        name: &'a str,
        spec: &'a Value,
        attributes: &'static [Attribute],
        node: &'a Node,
    ) -> Self {
        Self { name, spec, catalogue: None, attributes, node, text: "" }
    }

    /// The edit that removes the field at `path`.
    pub fn removal(&self, path: &Path) -> Option<Fix> {
        let (mapping, entry) = self.entry(path)?;
        let edit = edit::remove(self.text, mapping, entry).ok()?;
        Some(Fix { file: entry.key_span.file, edits: vec![edit] })
    }

    /// The edit that gives the field at `path` another name, if no other one has it.
    pub fn renaming(&self, path: &Path, new: &str) -> Option<Fix> {
        let (mapping, entry) = self.entry(path)?;
        let edit = edit::rename(self.text, entry, new).filter(|_| mapping.get(new).is_none())?;
        Some(Fix { file: entry.key_span.file, edits: vec![edit] })
    }

    /// The field at `path` and the mapping that it is written in.
    fn entry(&self, path: &Path) -> Option<(&'a Node, &'a Entry)> {
        let (_, above) = path.segments().split_last()?;
        let above = above.iter().fold(Path::root(), |mut path, segment| {
            path.push(segment.clone());
            path
        });
        let mapping = self.find(&above).1.filter(|_| !self.text.is_empty())?;
        let span = self.find(path).0;
        let entry = mapping.entries().iter().find(|entry| entry.key_span == span)?;
        let is_here = entry.key_span.start >= mapping.span.start && entry.key_span.end <= mapping.span.end;
        is_here.then_some((mapping, entry))
    }

    /// Where the value at `path` was written: its key for a field, the item for a list; the nearest parent
    /// that was written if it was not. Looked up only when they are needed.
    pub fn span(&self, path: &Path) -> Span {
        self.find(path).0
    }

    /// Where the text at `path` was written; like [`Located::span`] if it is not text or was not written.
    pub fn value_span(&self, path: &Path) -> Span {
        let (span, node) = self.find(path);
        node.filter(|node| node.text().is_some()).map_or(span, |node| node.span)
    }

    /// The place of the key or of the nearest parent, and the value if it was written.
    fn find(&self, path: &Path) -> (Span, Option<&'a Node>) {
        let mut ty = Type::Object(self.attributes);
        let mut node = self.node;
        let mut span = self.node.span;
        for segment in path.segments() {
            let Some(attribute) = ty.part(segment) else { return (span, None) };
            let step = match (segment, ty) {
                (Segment::Index(index), _) => node.items().get(*index).map(|node| (node, node.span)),
                (Segment::Name(_), Type::Object(_)) => {
                    let mut entries = node.entries().iter();
                    entries.find(|entry| attribute.answers_to(&entry.key)).map(Entry::place)
                }
                (Segment::Name(name), _) => node.entry(name).map(Entry::place),
            };
            let Some(step) = step else { return (span, None) };
            (node, span) = step;
            ty = attribute.ty;
        }
        (span, Some(node))
    }
}
