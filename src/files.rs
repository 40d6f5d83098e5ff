//! Files: written whole or not at all (`write`), also where they were edited (`edit`), and read up to a limit: what an option names (`read`)
//! anywhere, what a merge request names only inside the Git work tree (`worktree`).

mod edit;
mod read;
pub(crate) mod worktree;
mod write;

pub(crate) use edit::{Replacement, replace_all};
pub(crate) use read::read_regular;
pub use read::{LARGE, SMALL, read, read_text};
pub(crate) use write::unfinished;
pub(crate) use write::{Access, Staged, own_directory, owner_only, refuse_links};
pub use write::{output, report, stream};
