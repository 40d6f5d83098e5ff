//! Text to located nodes: every key and value keeps its place. Reads YAML, and JSON as the YAML it is.
//!
//! The parser's events are composed here, one document at a time, with limits against hostile input: size,
//! depth, and what aliases may expand to. A document that can't be read is skipped; the next one begins
//! behind its `---`. Invariant: mappings that come out have unique text keys; no input makes it panic or take
//! more than linear time.

mod compose;
mod limits;
mod mapping;
mod syntax;
mod text;

use serde_yaml::granit_parser::{Event, Parser, StrInput, options};

use crate::model::diagnostic::{Diagnostic, Diagnostics, FileId};

pub use compose::Document;
use compose::{Composer, Step};
pub use limits::MAX_BYTES;
use limits::MAX_DEPTH;
pub(super) use mapping::duplicate_key;
use text::Text;

/// Reads the documents of a text one after the other, so that only one is in memory.
pub struct Documents<'t> {
    parser: Parser<'t, StrInput<'t>>,
    composer: Composer<'t>,
    over: bool,
    complete: bool,
}

impl<'t> Documents<'t> {
    /// Begins at the first document.
    pub fn new(file: FileId, text: &'t str) -> Self {
        let options = options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let parser = Parser::new_from_str_with_options(text, options);
        Self {
            parser,
            composer: Composer::new(Text { file, text }),
            over: false,
            complete: !text.contains("<<"),
        }
    }

    /// Whether all that was read so far was understood and came out as nodes: nothing was skipped, dropped or
    /// merged away.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The next document that can be read; diagnostics about it and about those that were skipped go to
    /// `diagnostics`.
    pub fn next_document(&mut self, diagnostics: &mut Diagnostics) -> Option<Document> {
        if self.composer.text.text.len() > MAX_BYTES && !self.over {
            self.over = true;
            let message = format!("the text is larger than {} MiB", MAX_BYTES >> 20);
            let place = self.composer.text.span(0, 0);
            diagnostics.push(Diagnostic::error("too-large", message).at(place));
        }
        let before = diagnostics.iter().len();
        let document = self.read(diagnostics);
        self.complete &= diagnostics.iter().len() == before;
        document
    }

    fn read(&mut self, diagnostics: &mut Diagnostics) -> Option<Document> {
        while !self.over {
            let step = match self.parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => {
                    self.over = true;
                    Step::More
                }
                Some(Ok((event, place))) => self.composer.take(event, place, diagnostics),
                Some(Err(error)) => {
                    diagnostics.push(syntax::error(&error, &self.composer.text));
                    Step::Skip
                }
            };
            match step {
                Step::More => {}
                Step::Document(document) => return Some(document),
                Step::Skip => {
                    self.composer.abandon();
                    self.over = !matches!(self.parser.proceed_next_document(), Ok(true));
                }
                Step::Stop => self.over = true,
            }
        }
        None
    }
}

/// All documents of a text.
pub fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Vec<Document> {
    let mut documents = Documents::new(file, text);
    std::iter::from_fn(|| documents.next_document(diagnostics)).collect()
}

#[cfg(test)]
mod tests;
