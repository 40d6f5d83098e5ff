//! How a rendering looks; decided by the binary, which knows the terminal and its own flags.

use crate::model::hint::{Hint, HintText};

/// How to render.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// The width of the terminal, in columns.
    pub width: usize,
    /// How hints are worded.
    pub hints: HintText,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, hints: |hint: &Hint| hint.to_string() }
    }
}
