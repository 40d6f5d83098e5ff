//! The message for a webhook at the end of an apply or a drift check: JSON with a `text` that chats show
//! (Slack, Mattermost, Teams).
//!
//! There is none if there is nothing to report. Invariants: no value of a field is part of it, and foreign
//! text is code without what chats take for a command, so that it can neither mention people nor make links.

mod apply;
mod drift;
mod message;
#[cfg(test)]
mod tests;

pub use apply::apply;
pub use drift::drift;
pub use message::About;
