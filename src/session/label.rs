//! What a fleet, or a part of one, is called in notes, metrics and messages, where there may be others.
//!
//! By its name in `nautform.yaml`; else by the path of its directory in the repository, so that every checkout
//! of it has the same label, whatever the working directory is.

use std::path::{Component, Path, PathBuf};

use crate::files::worktree::git_root;

use super::fleet::Fleet;

/// The label of what `path` names in a fleet.
pub(super) fn label(name: Option<&str>, fleet: &Fleet, path: &Path) -> String {
    let whole = name.map_or_else(|| place(&fleet.root), str::to_owned);
    if !fleet.is_part {
        return whole;
    }
    // Names of fleets have no colon.
    format!("{whole}:{}", part(&fleet.root, path).unwrap_or_else(|| "-".to_owned()))
}

/// The way from the root of a fleet to a file or directory of it; `None` for standard input.
fn part(root: &Path, path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let below = path.strip_prefix(root.canonicalize().ok()?).ok()?;
    Some(text(below))
}

/// A directory's path in its repository; of a repository's root, its name. Without a repository, the path from
/// the working directory, or the name.
fn place(directory: &Path) -> String {
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let working = || PathBuf::from(".").canonicalize().ok();
    let top = git_root(&directory).map(Path::to_owned).or_else(working);
    let below = top.as_deref().and_then(|top| directory.strip_prefix(top).ok()).map(text);
    let name = || directory.file_name().map(|name| name.to_string_lossy().into_owned());
    below.filter(|below| !below.is_empty()).or_else(name).unwrap_or_else(|| "fleet".to_owned())
}

/// The path of a file from the root of its repository, with slashes, whatever the working directory is; of what
/// is not in a repository, from the working directory, or its name. `<stdin>` is `stdin`.
pub fn repository_path(path: &Path) -> String {
    let Ok(absolute) = std::path::absolute(path) else { return text(path) };
    if path == Path::new("<stdin>") {
        return "stdin".to_owned();
    }
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        // A link before `..` leads elsewhere; manifests are not named so.
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    let top = git_root(&plain).map(Path::to_owned).or_else(|| std::env::current_dir().ok());
    let below = top.and_then(|top| plain.strip_prefix(top).ok().map(Path::to_owned));
    let name = || plain.file_name().map(PathBuf::from);
    text(&below.or_else(name).unwrap_or(plain.clone()))
}

/// A relative path with slashes, on every system.
fn text(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: Option<&str>, path: &Path) -> String {
        label(name, &Fleet::of(path), path)
    }

    #[test]
    fn fleets_are_called_by_name_or_by_their_path_in_the_repository() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().join("repository");
        for directory in ["one", "fleets/a-b", "fleets/a_b/products"] {
            std::fs::create_dir_all(top.join(directory)).expect("a folder");
        }
        std::fs::write(top.join("one/nautform.yaml"), "").expect("a file");
        std::fs::write(top.join("one/shop.yaml"), "").expect("a file");
        std::fs::create_dir(top.join(".git")).expect("a folder");
        assert_eq!(of(None, &top), "repository");
        assert_eq!(of(None, &top.join("one")), "one");
        assert_eq!(of(None, &top.join("fleets/a-b")), "fleets/a-b");
        assert_eq!(of(None, &top.join("fleets/../fleets/a_b/products")), "fleets/a_b/products");
        assert_eq!(of(Some("production"), &top.join("one")), "production");
        assert_eq!(of(Some("production"), &top.join("one/shop.yaml")), "production:shop.yaml");
        assert_eq!(of(None, &top.join("one/shop.yaml")), "one:shop.yaml");
        assert_ne!(of(None, Path::new("-")), of(None, Path::new(".")));
    }

    #[test]
    fn label_without_a_repository_is_the_name_of_the_directory() {
        let folder = tempfile::tempdir().expect("a folder");
        let fleet = folder.path().join("production");
        std::fs::create_dir(&fleet).expect("a folder");
        assert_eq!(of(None, &fleet), "production");
    }
}
