//! Which fleet a path belongs to: the directory of its settings and state, and whether the path names
//! all of it.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::config::load::SETTINGS;
use crate::files::worktree::git_root;

/// The fleet of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// The directory that settings, state and the paths in the state belong to.
    pub root: PathBuf,
    /// Where the directory of the manifests lies below the root.
    pub below: PathBuf,
    /// Whether the path names a part of the fleet: a file, standard input, a directory below the root.
    pub is_part: bool,
}

impl Fleet {
    /// The fleet of a directory, of a file, or of `-`, which belongs to the working directory. Its root is
    /// the nearest directory upwards with `nautform.yaml`; else the topmost with `.nautform`, since a fleet
    /// declares everything below its root and a state further down is one that it outgrew; else the directory
    /// itself. The search ends at the Git work tree, and where another user could have written the file.
    pub fn of(path: &Path) -> Self {
        let directory = directory(path);
        let is_part = directory != path;
        let own = || Self { root: directory.to_owned(), below: PathBuf::new(), is_part };
        let Ok(absolute) = absolute(directory) else { return own() };
        let real = || behind_link(if is_part && path.is_file() { path } else { directory }, &absolute);
        // A fleet may lead through links: where the link lies comes first, then where it leads.
        let found = below_root(&absolute).or_else(|| below_root(&real()?));
        match found {
            Some((root, below)) if root != absolute => {
                let is_part = is_part || !below.as_os_str().is_empty();
                Self { root: shown(&root), below, is_part }
            }
            _ => own(),
        }
    }
}

/// The root of the fleet around an absolute directory, and where the directory lies below it.
fn below_root(directory: &Path) -> Option<(PathBuf, PathBuf)> {
    let root = root(directory)?;
    Some((root.to_owned(), directory.strip_prefix(root).ok()?.to_owned()))
}

/// The directory that a link leads to, unless it leads out of the Git work tree that it lies in.
fn behind_link(path: &Path, directory: &Path) -> Option<PathBuf> {
    let target = path.canonicalize().ok()?;
    let target = if target.is_file() { target.parent()?.to_owned() } else { target };
    let is_inside = match git_root(directory) {
        Some(top) => target.starts_with(top.canonicalize().ok()?),
        None => true,
    };
    is_inside.then_some(target)
}

/// The directory that a path is looked for in. A pipe such as `<(command)` and `/dev/stdin` are standard
/// input by another name.
fn directory(path: &Path) -> &Path {
    let working = Path::new(".");
    if path.starts_with("/dev") {
        return working;
    }
    if path.is_file() {
        return directory_of(path);
    }
    let is_stream = path == Path::new("-") || (path.exists() && !path.is_dir());
    if is_stream { working } else { path }
}

/// The directory of a file.
pub(super) fn directory_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path as it was given, made absolute. Only links before a `..` are followed: a fleet may lead through
/// links to its manifests.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    let parts: Vec<Component<'_>> = path.components().collect();
    let Some(last) = parts.iter().rposition(|part| *part == Component::ParentDir) else {
        return std::path::absolute(path);
    };
    let (before, after) = parts.split_at(last + 1);
    Ok(before.iter().collect::<PathBuf>().canonicalize()?.join(after.iter().collect::<PathBuf>()))
}

fn root(directory: &Path) -> Option<&Path> {
    let work_tree = git_root(directory);
    let is_inside = |candidate: &&Path| work_tree.is_none_or(|top| candidate.starts_with(top));
    let candidates = || {
        let inside = directory.ancestors().take_while(is_inside);
        inside.take_while(|candidate| is_of_same_owner(directory, candidate, work_tree.is_some()))
    };
    let settings = candidates().find(|candidate| candidate.join(SETTINGS).exists());
    settings.or_else(|| candidates().filter(|candidate| candidate.join(".nautform").is_dir()).last())
}

/// Whether a file in `above` decides about `directory`: another user must not be able to put one there, as in
/// `/tmp`, since it says where the token is sent. Jobs of CI check work trees out with directories that
/// everybody may write.
#[cfg(unix)]
fn is_of_same_owner(directory: &Path, above: &Path, in_work_tree: bool) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    /// Others may write.
    const WRITABLE: u32 = 0o002;
    if directory == above {
        return true;
    }
    let (Ok(own), Ok(found)) = (directory.metadata(), above.metadata()) else { return false };
    own.uid() == found.uid() && (in_work_tree || found.mode() & WRITABLE == 0)
}

#[cfg(not(unix))]
fn is_of_same_owner(_: &Path, _: &Path, _: bool) -> bool {
    true
}

/// Relative to the working directory, if it is in there.
fn shown(root: &Path) -> PathBuf {
    let working = std::path::absolute(".").unwrap_or_default();
    match root.strip_prefix(&working) {
        Ok(relative) if relative.as_os_str().is_empty() => PathBuf::from("."),
        Ok(relative) => relative.to_owned(),
        Err(_) => root.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        std::fs::write(path, "").expect("a file");
    }

    fn fleet(root: &Path, below: &str, is_part: bool) -> Fleet {
        Fleet { root: root.to_owned(), below: PathBuf::from(below), is_part }
    }

    #[test]
    fn root_is_the_nearest_directory_with_settings_or_state() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().join("fleet");
        touch(&top.join("products/shop/a.yaml"));
        let shop = top.join("products/shop");
        assert_eq!(Fleet::of(&shop), fleet(&shop, "", false), "no fleet above");
        assert_eq!(Fleet::of(&shop.join("a.yaml")), fleet(&shop, "", true));
        touch(&top.join(SETTINGS));
        assert_eq!(Fleet::of(&top), fleet(&top, "", false));
        assert_eq!(Fleet::of(&shop), fleet(&top, "products/shop", true));
        assert_eq!(Fleet::of(&shop.join("a.yaml")), fleet(&top, "products/shop", true));
        std::fs::create_dir(top.join("products/.nautform")).expect("a folder");
        assert_eq!(Fleet::of(&shop.join("a.yaml")), fleet(&top, "products/shop", true), "settings decide");
        std::fs::remove_file(top.join(SETTINGS)).expect("it was there");
        assert_eq!(Fleet::of(&shop.join("a.yaml")), fleet(&top.join("products"), "shop", true));
        std::fs::create_dir(top.join(".nautform")).expect("a folder");
        assert_eq!(Fleet::of(&shop.join("a.yaml")), fleet(&top, "products/shop", true), "the outer state");
    }

    #[test]
    fn root_lies_within_the_git_work_tree() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = folder.path().join("tree");
        touch(&folder.path().join(SETTINGS));
        touch(&tree.join("products/a.yaml"));
        assert_eq!(Fleet::of(&tree), fleet(folder.path(), "tree", true));
        std::fs::create_dir(tree.join(".git")).expect("a folder");
        assert_eq!(Fleet::of(&tree.join("products")), fleet(&tree.join("products"), "", false));
    }

    #[test]
    #[cfg(unix)]
    fn search_ends_where_others_may_write() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let shared = folder.path().join("shared");
        let own = shared.join("own/fleet");
        touch(&own.join("a.yaml"));
        touch(&shared.join(SETTINGS));
        assert_eq!(Fleet::of(&own), fleet(&shared, "own/fleet", true));
        std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o1777)).expect("it is ours");
        assert_eq!(Fleet::of(&own), fleet(&own, "", false));
        // A job of CI, whose umask is 0.
        std::fs::create_dir(shared.join(".git")).expect("a folder");
        assert_eq!(Fleet::of(&own), fleet(&shared, "own/fleet", true));
    }

    #[test]
    #[cfg(unix)]
    fn links_are_kept_as_the_fleet_leads_through_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().canonicalize().expect("a folder");
        let top = folder.join("fleet");
        let other = folder.join("other");
        touch(&top.join(SETTINGS));
        touch(&other.join("deep/a.yaml"));
        std::os::unix::fs::symlink(&other, top.join("link")).expect("a link");
        assert_eq!(Fleet::of(&top.join("link/deep/a.yaml")), fleet(&top, "link/deep", true));
        let shortcut = folder.join("shortcut");
        std::os::unix::fs::symlink(top.join("own/deep"), &shortcut).expect("a link");
        touch(&top.join("own/deep/a.yaml"));
        assert_eq!(Fleet::of(&shortcut), fleet(&top, "own/deep", true), "where the link leads");
        let file = folder.join("a.yaml");
        std::os::unix::fs::symlink(top.join("own/deep/a.yaml"), &file).expect("a link");
        assert_eq!(Fleet::of(&file), fleet(&top, "own/deep", true));
        std::fs::create_dir(folder.join(".git")).expect("a folder");
        assert_eq!(Fleet::of(&shortcut), fleet(&top, "own/deep", true), "in one work tree");
        std::fs::rename(folder.join(".git"), other.join(".git")).expect("a folder");
        let leading_out = other.join("out");
        std::os::unix::fs::symlink(top.join("own/deep"), &leading_out).expect("a link");
        assert_eq!(Fleet::of(&leading_out), fleet(&leading_out, "", false), "out of the work tree");
        let outside = top.join("link/../other/deep");
        assert_eq!(
            Fleet::of(&outside),
            fleet(&outside, "", false),
            "behind the link, .. leads out of the fleet"
        );
    }
}
