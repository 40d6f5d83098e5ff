//! Renders plans, events and diagnostics; pure functions that write to `dyn Write`. Decides nothing, reads no terminal.
//!
//! What a change looks like is decided once, in `layout`, as lines of signed parts; text, Markdown and HTML only paint them.
//! Invariant: a secret is shown as `(sensitive value)` whatever table or plan says, and no control character of a value or a
//! reply reaches the output.

pub mod diagnostics;
mod diff_view;
pub mod events;
mod excerpt;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod live;
pub mod markdown;
pub mod prometheus;
mod section;
mod style;
pub mod text;
pub mod webhook;
mod wording;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod schema_check;

pub use style::Style;

#[cfg(test)]
mod tests;
