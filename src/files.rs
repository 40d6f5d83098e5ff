//! Files: written whole or not at all (`write`), and read only inside the Git work tree (`worktree`).

pub mod worktree;
mod write;

pub(crate) use write::unfinished;
pub use write::{Access, Staged, output, own_directory, owner_only, refuse_links, stream};
