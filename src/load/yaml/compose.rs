//! From events to nodes.

use std::collections::HashMap;

use serde_yaml::granit_parser::{Event, ScalarStyle, ScanError, Tag};

use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Span};
use crate::schema::{Node, NodeValue};

use super::mapping::{Pending, close};
use super::{MAX_DEPTH, MAX_EXPANDED, words};

/// A collection that is still open.
enum Frame {
    Sequence { span: Span, anchor: usize, items: Vec<Node> },
    Mapping { span: Span, anchor: usize, entries: Pending },
}

/// Composes one text.
pub(super) struct Composer<'d> {
    file: FileId,
    diagnostics: &'d mut Diagnostics,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    expanded: usize,
    documents: Vec<Node>,
    explicit: bool,
}

impl<'d> Composer<'d> {
    pub(super) fn new(file: FileId, diagnostics: &'d mut Diagnostics) -> Self {
        let (frames, anchors, documents) = (Vec::new(), HashMap::new(), Vec::new());
        Self { file, diagnostics, frames, anchors, expanded: 0, documents, explicit: false }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let offset = |bytes| u32::try_from(bytes).expect("texts are limited to MAX_BYTES");
        Span { file: self.file, start: offset(start), end: offset(end) }
    }

    pub(super) fn finish(self) -> Vec<Node> {
        self.documents
    }

    /// Takes one event; says whether to go on.
    pub(super) fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::DocumentStart(explicit, _) => self.explicit = explicit,
            Event::DocumentEnd => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && !self.is_text(tag.as_deref(), span);
                self.node(Node { span, value: NodeValue::Scalar { text: text.into(), plain } }, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.is_text(tag.as_deref(), span);
                self.frames.push(Frame::Sequence { span, anchor, items: Vec::new() });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.is_text(tag.as_deref(), span);
                self.frames.push(Frame::Mapping { span, anchor, entries: Pending::default() });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => {}
        }
        self.depth_is_fine(span)
    }

    pub(super) fn syntax_error(&mut self, text: &str, error: &ScanError) {
        let mut start = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
        self.error("syntax", self.span(start, end), words(error), None);
    }

    /// Complains about tags that mean nothing here; says whether the tag makes text of a scalar.
    fn is_text(&mut self, tag: Option<&Tag>, span: Span) -> bool {
        let Some(tag) = tag else { return false };
        let name = tag.to_string();
        let known = ["str", "int", "bool", "float", "null", "seq", "map"];
        let suffix = name.trim_start_matches('!').rsplit(':').next().unwrap_or_default();
        if !known.contains(&suffix) {
            self.error(
                "unknown-tag",
                span,
                format!("tag '{name}' means nothing here"),
                Some("remove the tag"),
            );
        }
        suffix == "str"
    }

    fn depth_is_fine(&mut self, span: Span) -> bool {
        let fine = self.frames.len() <= MAX_DEPTH;
        if !fine {
            self.error("too-deep", span, format!("nested more than {MAX_DEPTH} levels deep"), None);
        }
        fine
    }

    fn close(&mut self, end: Span) {
        match self.frames.pop() {
            Some(Frame::Sequence { span, anchor, items }) => {
                let span = Span { end: end.end.max(span.end), ..span };
                self.node(Node { span, value: NodeValue::Sequence(items) }, anchor);
            }
            Some(Frame::Mapping { span, anchor, entries }) => {
                let value = NodeValue::Mapping(close(entries, self.diagnostics));
                self.node(Node { span: Span { end: end.end.max(span.end), ..span }, value }, anchor);
            }
            None => {}
        }
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.frames.last_mut() {
            Some(Frame::Sequence { items, .. }) => items.push(node),
            Some(Frame::Mapping { entries, .. }) => entries.push(node, self.diagnostics),
            None if node.is_null() => {
                if self.explicit {
                    let complaint =
                        Diagnostic::warning("empty-document", "the document is empty").at(node.span);
                    self.diagnostics.push(complaint.help("remove the '---' line"));
                }
            }
            None => self.documents.push(node),
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> bool {
        let Some(target) = self.anchors.get(&anchor) else {
            let help = Some("an alias can't stand inside what it names");
            self.error(
                "unknown-alias",
                span,
                "the alias names nothing that was closed before".to_owned(),
                help,
            );
            return false;
        };
        self.expanded += size(target, MAX_EXPANDED);
        if self.expanded > MAX_EXPANDED {
            self.error("too-large", span, format!("aliases expand to more than {MAX_EXPANDED} values"), None);
            return false;
        }
        let node = target.clone();
        self.node(node, 0);
        true
    }

    fn error(&mut self, code: &'static str, span: Span, message: String, help: Option<&str>) {
        let mut complaint = Diagnostic::error(code, message).at(span);
        complaint.help = help.map(str::to_owned);
        self.diagnostics.push(complaint);
    }
}

/// How many values a node holds, counted up to `most`.
fn size(node: &Node, most: usize) -> usize {
    let inner: &mut dyn Iterator<Item = &Node> = match &node.value {
        NodeValue::Scalar { .. } => return 1,
        NodeValue::Sequence(items) => &mut items.iter(),
        NodeValue::Mapping(entries) => &mut entries.iter().map(|entry| &entry.value),
    };
    let mut total = 1;
    for node in inner {
        if total > most {
            break;
        }
        total += size(node, most - total.min(most));
    }
    total
}
