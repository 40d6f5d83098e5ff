//! From events to nodes.

use std::collections::HashMap;

use serde_yaml::granit_parser::{Event, ScalarStyle, Span as Place, Tag};

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::resource::schema::{Node, NodeValue};

use super::limits::{EXPANDED_PER_VALUE, MAX_DEPTH, MAX_EXPANDED};
use super::mapping::{Pending, close};
use super::syntax;
use super::text::Text;

/// A document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its content.
    pub root: Node,
    /// Places whose value is not known and was reported: nothing more need be said there.
    pub unknown: Vec<Span>,
}

/// A collection that is still open.
struct Frame {
    span: Span,
    anchor: usize,
    content: Content,
}

/// What a collection holds so far.
enum Content {
    Sequence(Vec<Node>),
    Mapping(Pending),
}

/// What an event led to.
pub(super) enum Step {
    /// Go on.
    More,
    /// A document is complete.
    Document(Document),
    /// This document can't be read.
    Skip,
    /// There is nothing more to read.
    Stop,
}

/// Composes the documents of one text.
pub(super) struct Composer<'t> {
    pub(super) text: Text<'t>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    /// Values that were written, and values that were copied because of anchors and aliases.
    written: usize,
    copied: usize,
    root: Option<Node>,
    unknown: Vec<Span>,
    explicit: bool,
}

impl<'t> Composer<'t> {
    pub(super) fn new(text: Text<'t>) -> Self {
        Self {
            text,
            frames: Vec::new(),
            anchors: HashMap::new(),
            written: 0,
            copied: 0,
            root: None,
            unknown: Vec::new(),
            explicit: false,
        }
    }

    /// Forgets the document that is being composed.
    pub(super) fn abandon(&mut self) {
        self.frames.clear();
        self.anchors.clear();
        self.unknown.clear();
        self.root = None;
    }

    /// Takes one event and its place.
    pub(super) fn take(&mut self, event: Event<'_>, place: Place, diagnostics: &mut Diagnostics) -> Step {
        let bytes = place.byte_range().unwrap_or_default();
        let span = self.text.span(bytes.start, bytes.end);
        self.written += 1;
        match event {
            Event::DocumentStart(explicit, _) => {
                self.abandon();
                self.explicit = explicit;
            }
            Event::DocumentEnd => return self.finish(diagnostics),
            Event::Scalar(text, style, anchor, tag) => {
                let plain =
                    style == ScalarStyle::Plain && !self.makes_text(tag.as_deref(), place, diagnostics);
                // The parser says "~" where nothing is written.
                let text = if bytes.is_empty() && plain { "".into() } else { text };
                let value = NodeValue::Scalar { text: text.into(), plain };
                return self.node(Node { span, value }, anchor, diagnostics);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.makes_text(tag.as_deref(), place, diagnostics);
                let content = Content::Sequence(Vec::new());
                return self.open(Frame { span, anchor, content }, diagnostics);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.makes_text(tag.as_deref(), place, diagnostics);
                let content = Content::Mapping(Pending::default());
                return self.open(Frame { span, anchor, content }, diagnostics);
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(span, diagnostics),
            Event::Alias(anchor) => return self.alias(anchor, span, diagnostics),
            Event::UnresolvedAlias(_) => return self.unknown_alias(span, diagnostics),
            _ => {}
        }
        Step::More
    }

    fn open(&mut self, frame: Frame, diagnostics: &mut Diagnostics) -> Step {
        let span = frame.span;
        self.frames.push(frame);
        if self.frames.len() <= MAX_DEPTH {
            return Step::More;
        }
        diagnostics.push(syntax::too_deep(self.text.character(span.start as usize)));
        Step::Skip
    }

    fn close(&mut self, end: Span, diagnostics: &mut Diagnostics) -> Step {
        let Some(Frame { span, anchor, content }) = self.frames.pop() else { return Step::More };
        let value = match content {
            Content::Sequence(items) => NodeValue::Sequence(items),
            Content::Mapping(entries) => NodeValue::Mapping(close(entries, diagnostics)),
        };
        let span = Span { end: end.end.max(span.end), ..span };
        self.node(Node { span, value }, anchor, diagnostics)
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node, anchor: usize, diagnostics: &mut Diagnostics) -> Step {
        if anchor != 0 {
            if !self.may_copy(&node, node.span, diagnostics) {
                return Step::Stop;
            }
            self.anchors.insert(anchor, node.clone());
        }
        match self.frames.last_mut().map(|frame| &mut frame.content) {
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping(entries)) => entries.push(node, diagnostics),
            None => self.root = Some(node),
        }
        Step::More
    }

    fn finish(&mut self, diagnostics: &mut Diagnostics) -> Step {
        let Some(root) = self.root.take() else { return Step::More };
        if !root.is_null() {
            return Step::Document(Document { root, unknown: std::mem::take(&mut self.unknown) });
        }
        if self.explicit {
            diagnostics.push(
                Diagnostic::warning("empty-document", "the document is empty")
                    .at(root.span)
                    .help("remove the '---' line"),
            );
        }
        Step::More
    }

    fn alias(&mut self, anchor: usize, span: Span, diagnostics: &mut Diagnostics) -> Step {
        let Some(node) = self.anchors.remove(&anchor) else {
            return self.unknown_alias(span, diagnostics);
        };
        if !self.may_copy(&node, span, diagnostics) {
            return Step::Stop;
        }
        let step = self.node(node.clone(), 0, diagnostics);
        self.anchors.insert(anchor, node);
        step
    }

    fn unknown_alias(&mut self, span: Span, diagnostics: &mut Diagnostics) -> Step {
        let text = self.text.text[span.start as usize..span.end as usize].into();
        diagnostics.push(
            // The name is not quoted: in settings it may be a secret.
            Diagnostic::error("unknown-alias", "unknown alias: no such anchor earlier in this document")
                .at(span)
                .help("put the anchor before its aliases, in one document; quote text that is not an alias"),
        );
        self.unknown.push(span);
        self.node(Node { span, value: NodeValue::Scalar { text, plain: false } }, 0, diagnostics)
    }

    /// Whether the budget for copies suffices. A file that exceeds it is not read any further.
    fn may_copy(&mut self, node: &Node, span: Span, diagnostics: &mut Diagnostics) -> bool {
        let most = MAX_EXPANDED + EXPANDED_PER_VALUE * self.written;
        self.copied += size(node, most);
        let fine = self.copied <= most;
        if !fine {
            let message = format!("anchors and aliases expand to more than {MAX_EXPANDED} values");
            diagnostics
                .push(Diagnostic::error("too-large", message).at(self.text.character(span.start as usize)));
        }
        fine
    }

    /// Reports tags that mean nothing here; says whether the tag makes text of a scalar.
    fn makes_text(&self, tag: Option<&Tag>, place: Place, diagnostics: &mut Diagnostics) -> bool {
        let Some(tag) = tag else { return false };
        let known = ["str", "int", "bool", "float", "null", "seq", "map"];
        let suffix = tag.core_suffix().unwrap_or_default();
        let written = tag.original();
        if !known.contains(&suffix) && written != "!" {
            let bytes = place.tag_span().unwrap_or(place).byte_range().unwrap_or_default();
            diagnostics.push(
                Diagnostic::error("unknown-tag", "unknown tag")
                    .at(self.text.span(bytes.start, bytes.end))
                    .help("remove the tag"),
            );
        }
        suffix == "str" || written == "!"
    }
}

/// How many values a node holds, counted a little beyond `most`.
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
