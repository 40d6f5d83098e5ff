//! The recorded replies that the sandbox does not give, and why.

/// Replies of one story that differ for one reason.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) file: &'static str,
    pub(super) story: &'static str,
    pub(super) steps: &'static [u64],
    /// A part of the recorded message.
    pub(super) recorded: &'static str,
    /// A part of the sandbox's message.
    pub(super) sandbox: &'static str,
    #[expect(dead_code, reason = "shown by Debug and read by people")]
    pub(super) reason: &'static str,
}

pub(super) const DIFFERENCES: &[Difference] = &[Difference {
    file: "names.jsonl",
    story: "names-coderepo",
    steps: &[51, 57, 60, 64, 67, 81, 84],
    recorded: "",
    sandbox: "",
    reason: "the lists have a repository 'www…' whose POST the recording leaves out",
}];
