//! What a reply says by its error, such as that an object does not exist.

/// Matches an error reply.
#[derive(Clone, Copy, Debug)]
pub struct ReplyPattern {
    /// The exact reason, if it matters.
    pub reason: Option<&'static str>,
    /// A part of the message; empty matches all.
    pub message: &'static str,
}

impl ReplyPattern {
    /// A reply with this reason, whatever it says.
    pub const fn reason(reason: &'static str) -> Self {
        Self { reason: Some(reason), message: "" }
    }

    /// A reply that says this.
    pub const fn message(message: &'static str) -> Self {
        Self { reason: None, message }
    }

    /// Whether an error reply matches.
    pub fn matches(&self, reason: &str, message: &str) -> bool {
        self.reason.is_none_or(|wanted| wanted == reason) && message.contains(self.message)
    }
}
