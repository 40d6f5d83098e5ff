//! What a change looks like: lines, each with a sign, a depth and parts. Knows no colour and no output
//! format.
//!
//! Fields are named by their dotted path, as in a diagnostic or in `--ignore-fields`, so that every line is
//! clear by itself.

mod change;
mod entry;
mod fields;
mod items;
mod line;
mod shape;
mod strings;
mod value;

pub(super) use change::{drift, fields};
pub(super) use line::{Line, Part, Role, Sign, clip, columns};
pub(super) use shape::{Shape, is_secret, item};
