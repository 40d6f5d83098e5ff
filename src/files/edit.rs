//! Writes new contents into files of a user that were read before.
//!
//! A link is followed: whoever read the file has seen that it leads to a place where it may be read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::write::{Access, Place, Staged};

/// A file, what it holds, and what it shall hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replacement<'a> {
    pub path: &'a Path,
    pub before: &'a str,
    pub after: &'a str,
}

/// Writes all files, or none if one of them can't be written or holds something else by now. Permissions stay.
///
/// # Errors
/// The file and what is wrong with it.
pub(crate) fn replace_all(all: &[Replacement<'_>]) -> Result<(), (PathBuf, io::Error)> {
    let staged: Vec<_> = all.iter().map(|file| failing(file.path, staged(file))).collect::<Result<_, _>>()?;
    for (file, staged) in all.iter().zip(staged) {
        failing(file.path, staged.replace())?;
    }
    Ok(())
}

fn failing<T>(path: &Path, result: io::Result<T>) -> Result<T, (PathBuf, io::Error)> {
    result.map_err(|error| (path.to_owned(), error))
}

fn staged(file: &Replacement<'_>) -> io::Result<Staged> {
    let Place::File(path) = Place::of(file.path)? else {
        return Err(io::Error::other("it is not a regular file"));
    };
    let permissions = path.metadata()?.permissions();
    // Another file of its name could take its place all the same.
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    if fs::read(&path)? != file.before.as_bytes() {
        return Err(io::Error::other("it was changed in the meantime"));
    }
    let staged = Staged::new(&path, file.after.as_bytes(), Access::Owner)?;
    staged.permit(permissions)?;
    Ok(staged)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn replaced(path: &Path, before: &str) -> Result<(), String> {
        let file = Replacement { path, before, after: "new" };
        replace_all(&[file]).map_err(|(_, error)| error.to_string())
    }

    #[test]
    fn links_and_permissions_stay() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.yaml");
        let link = directory.path().join("link.yaml");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
        symlink("a.yaml", &link).unwrap();
        replaced(&link, "old").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(link.is_symlink());
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o664);
        assert_eq!(directory.path().read_dir().unwrap().count(), 2);
    }

    #[test]
    fn all_files_are_written_or_none() {
        let directory = tempfile::tempdir().unwrap();
        let paths = ["a.yaml", "b.yaml"].map(|name| directory.path().join(name));
        paths.iter().for_each(|path| fs::write(path, "old").unwrap());
        fs::set_permissions(&paths[1], fs::Permissions::from_mode(0o444)).unwrap();
        let all = || paths.iter().map(|path| Replacement { path, before: "old", after: "new" });
        let (path, error) = replace_all(&all().collect::<Vec<_>>()).unwrap_err();
        assert_eq!(
            (path.as_path(), error.to_string().as_str()),
            (paths[1].as_path(), "the file is read-only")
        );
        assert_eq!(fs::read_to_string(&paths[0]).unwrap(), "old");
        assert_eq!(replaced(&paths[0], "other").unwrap_err(), "it was changed in the meantime");
    }
}
