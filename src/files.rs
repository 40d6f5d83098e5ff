//! Files: written whole or not at all (`write`), and read only inside the Git work tree (`worktree`).

pub(crate) mod worktree;
mod write;

pub(crate) use write::unfinished;
pub(crate) use write::{Access, Staged, own_directory, owner_only, refuse_links};
pub use write::{output, stream};
