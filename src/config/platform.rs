//! What a platform offers of its own, from the files that its own configuration has: the list of components
//! (a list, or the ConfigMap with `thirdPartComponents.yaml`), and a list of hooks.

use std::path::Path;
use std::sync::Arc;

use crate::config::load::{read, yaml};
use crate::config::settings::PlatformSettings;
use crate::files::worktree::WorkTree;
use crate::model::diagnostic::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use crate::model::suggestion::suggestion;
use crate::resource::catalogue::{Catalogue, Component, Property};
use crate::resource::kinds::component_types;
use crate::resource::schema::decode::truth;
use crate::resource::schema::{Entry, Node, NodeValue};

/// Where the list of components may be: by the name of its file, and in a ConfigMap.
const LISTS: &[&str] = &["thirdPartComponents.yaml", "thirdPartComponents", "data"];

/// Reads the files that the settings name, below a directory; they may be anywhere if there is no border.
/// `None` if none is named, or one can't be used.
pub(crate) fn load(
    settings: &PlatformSettings,
    directory: &Path,
    border: Option<&WorkTree>,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Catalogue> {
    let mut found = Diagnostics::new();
    let mut reader = Reader { border, sources, diagnostics: &mut found };
    let components =
        settings.components.as_ref().map(|file| reader.list(&directory.join(file), Reader::component));
    let hooks = settings.hooks.as_ref().map(|file| reader.list(&directory.join(file), Reader::hook));
    let components = components.map(|all| reader.distinct(all));
    let is_usable = !found.has_errors() && (components.is_some() || hooks.is_some());
    diagnostics.append(found);
    is_usable.then_some(Catalogue { components, hooks })
}

struct Reader<'a> {
    border: Option<&'a WorkTree>,
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error("wrong-catalogue", message).at(span).help(help));
    }

    /// The items of the list in a file.
    fn list<T>(&mut self, path: &Path, mut item: impl FnMut(&mut Self, &Node) -> Option<T>) -> Vec<T> {
        let Some(text) = read::text(path, self.border, self.diagnostics) else { return Vec::new() };
        let file = self.sources.add(path.strip_prefix(".").unwrap_or(path), text);
        let text = Arc::clone(self.sources.text(file));
        let documents = yaml::parse(file, &text, self.diagnostics);
        let Some(document) = documents.first() else {
            let message = format!("{} is empty", path.display());
            self.diagnostics.push(Diagnostic::error("wrong-catalogue", message).help(FORM));
            return Vec::new();
        };
        let nodes = self.nodes(&document.root, file, &text);
        nodes.iter().filter_map(|node| item(self, node)).collect()
    }

    /// The list that a node is or has.
    fn nodes(&mut self, node: &Node, file: FileId, text: &str) -> Vec<Node> {
        let inner = LISTS.iter().find_map(|key| node.entry(key));
        match (&node.value, inner) {
            (NodeValue::Sequence(items), _) => items.clone(),
            (_, Some(entry)) if matches!(entry.value.value, NodeValue::Scalar { .. }) => {
                let inside = only(text, entry);
                let documents = yaml::parse(file, &inside, self.diagnostics);
                documents.first().map_or_else(Vec::new, |inner| self.nodes(&inner.root, file, text))
            }
            (_, Some(entry)) => self.nodes(&entry.value, file, text),
            _ => {
                self.wrong(node.span, "this is not a list of what the platform has", FORM);
                Vec::new()
            }
        }
    }

    fn component(&mut self, node: &Node) -> Option<(Component, Span)> {
        let name = self.text(node, "name")?;
        let namespace = self.text(node, "namespace")?;
        let serves = self.text(node, "type")?;
        if !component_types().any(|known| known == serves) {
            let place = node.get("type").map_or(node.span, |found| found.span);
            let help = suggestion(&serves, "known are: ", component_types());
            self.wrong(place, format!("'{serves}' is not something that a component serves as"), help);
        }
        let properties = node.get("properties").map(Node::items).unwrap_or_default();
        let properties = properties.iter().filter_map(|property| self.property(property)).collect();
        let is_default = is_true(node, "default");
        Some((Component { name, namespace, serves, is_default, properties }, first(node.span)))
    }

    fn property(&mut self, node: &Node) -> Option<Property> {
        let name = self.text(node, "name")?;
        let default = node.get("default").and_then(Node::text).filter(|text| !text.is_empty());
        let default = default.map(str::to_owned);
        Some(Property { name, required: is_true(node, "required"), default })
    }

    /// A name, or a mapping that has it.
    fn hook(&mut self, node: &Node) -> Option<String> {
        match node.text().filter(|text| !text.is_empty()) {
            Some(name) => Some(name.to_owned()),
            None => self.text(node, "name"),
        }
    }

    fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = node.get(key).and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned);
        if text.is_none() {
            let place = node.entry(key).map_or(node.span, |entry| entry.key_span);
            self.wrong(first(place), format!("'{key}' is missing"), FORM);
        }
        text
    }

    /// The components, of which no two have one name.
    fn distinct(&mut self, all: Vec<(Component, Span)>) -> Vec<Component> {
        for (index, (one, span)) in all.iter().enumerate() {
            if all[..index].iter().any(|(other, _)| other.name == one.name) {
                let message = format!("the component '{}' is listed twice", one.name);
                self.wrong(*span, message, "keep one of them");
            }
        }
        all.into_iter().map(|(component, _)| component).collect()
    }
}

/// Long values are pointed at by their beginning.
fn first(span: Span) -> Span {
    Span { end: span.end.min(span.start + 1), ..span }
}

/// What the files look like.
const FORM: &str = "write a list of components with name, namespace and type, as the ConfigMap nautes-configs \
                    has it, or of the names of hooks";

fn is_true(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::text).and_then(truth).unwrap_or_default()
}

/// A file with nothing but the text of one entry, at its place: it is YAML of its own.
fn only(text: &str, entry: &Entry) -> String {
    let key = entry.key_span.start as usize;
    let start = text[key..].find('\n').map_or(text.len(), |end| key + end);
    let end = (entry.value.span.end as usize).max(start);
    let is_inside = |index: usize| (start..end).contains(&index);
    let blank = |(index, c): (usize, char)| match c {
        '\n' => "\n".to_owned(),
        c if is_inside(index) => c.to_string(),
        c => " ".repeat(c.len_utf8()),
    };
    text.char_indices().map(blank).collect()
}
