//! Limits against hostile input. No manifest that people write comes near them.

/// The largest text that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 20;
/// The deepest nesting.
pub(super) const MAX_DEPTH: usize = 64;
/// How many values aliases may expand to in one file; large files get [`EXPANDED_PER_VALUE`] more for each
/// value written.
pub(super) const MAX_EXPANDED: usize = 200_000;
pub(super) const EXPANDED_PER_VALUE: usize = 8;
