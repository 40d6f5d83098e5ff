//! Renders plans, events and diagnostics: pure functions that write to `dyn Write`. Decides nothing, reads no
//! terminal.
//!
//! What a change looks like is decided once, in `diff_view`, as lines of signed parts; text, Markdown and
//! HTML only paint them. Invariant: a secret is shown as `(sensitive value)` whatever table or plan says, and
//! no control, bidirectional or invisible character of a value or a reply reaches the output (`model::text`).

pub mod ci;
pub mod diagnostics;
mod diff_view;
pub mod events;
mod excerpt;
pub mod html;
pub mod json;
pub mod markdown;
mod notes;
pub mod page;
mod section;
mod style;
pub mod text;
pub mod versions;
mod ways;
pub mod webhook;
mod wording;

#[cfg(test)]
mod fixture;

pub use style::Style;

#[cfg(test)]
mod tests;
