//! Writes files whole or not at all, and follows a symbolic link only where an option names it.
//!
//! Three kinds of files, by who chose the name. What an option names ([`output`], [`stream`]) is written
//! through if it is a device, a pipe or a descriptor, as a shell's `>` does; the target of a link is
//! replaced. What lies among a user's files ([`Staged`]) takes the place of a link. What nautform keeps in
//! `.nautform` ([`refuse_links`], [`own_directory`]) is never a link: what a checkout contains must not
//! decide which file outside of it is written.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::worktree::MOST_LINKS;

/// The directory of nautform's own files.
const OWN: &str = ".nautform";
/// The longest part of a file's name that the name of its unfinished contents repeats.
const LONGEST_PREFIX: usize = 50;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Its owner.
    Owner,
    /// As the umask permits.
    Umask,
}

/// The whole contents of a file, on the disk under another name; removed unless they get the file's own.
#[derive(Debug)]
pub(crate) struct Staged {
    contents: TempPath,
    path: PathBuf,
}

impl Staged {
    /// Writes the contents, and waits until they are on the disk.
    ///
    /// # Errors
    /// If the contents can't be written.
    pub(crate) fn new(path: &Path, bytes: &[u8], access: Access) -> io::Result<Self> {
        let directory = directory_of(path);
        // The error of a missing directory, without the name of a temporary file.
        directory.metadata()?;
        let prefix = unfinished(path);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        if access == Access::Umask {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(directory).map_err(|error| io::Error::from(error.kind()))?;
        file.as_file_mut().write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(Self { contents: file.into_temp_path(), path: path.to_owned() })
    }

    /// Gives the contents the permissions of another file.
    ///
    /// # Errors
    /// If that is not possible.
    pub(super) fn permit(&self, permissions: std::fs::Permissions) -> io::Result<()> {
        std::fs::set_permissions(&self.contents, permissions)
    }

    /// Puts the contents in the place of what has the file's name: a file, a link, or nothing.
    ///
    /// # Errors
    /// If it can't be replaced.
    pub(crate) fn replace(self) -> io::Result<()> {
        self.contents.persist(&self.path).map_err(|error| error.error)
    }

    /// Gives the contents the file's name, if nothing has it.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if something has it, be it a link to nowhere.
    pub(crate) fn create(self) -> io::Result<()> {
        self.contents.persist_noclobber(&self.path).map_err(|error| error.error)
    }
}

/// How the name of the unfinished contents of a file begins.
pub(crate) fn unfinished(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!(".{}.", name.chars().take(LONGEST_PREFIX).collect::<String>())
}

/// Writes a file that an option names, for its owner only.
///
/// # Errors
/// If not everything could be written; a regular file that was there before is then untouched.
pub fn output(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match Place::of(path)? {
        Place::File(path) => Staged::new(&path, bytes, Access::Owner)?.replace(),
        Place::Stream(path) => open_stream(&path)?.write_all(bytes),
    }
}

/// Writes a report that an option names, which others may read as the umask says.
///
/// # Errors
/// If not everything could be written; a regular file that was there before is then untouched.
pub fn report(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match Place::of(path)? {
        Place::File(path) => Staged::new(&path, bytes, Access::Umask)?.replace(),
        Place::Stream(path) => open_stream(&path)?.write_all(bytes),
    }
}

/// Opens a file that an option names, to be written bit by bit.
///
/// # Errors
/// If it can't be opened.
pub fn stream(path: &Path) -> io::Result<File> {
    match Place::of(path)? {
        Place::File(path) => owner_only().create(true).truncate(true).write(true).open(path),
        Place::Stream(path) => open_stream(&path),
    }
}

/// Options for opening a file that, if it is new, only its owner may read.
pub(crate) fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Fails if a file of nautform's own is a symbolic link, or if a directory on the way to it is, from
/// `.nautform` on (or if the path has none, its directory).
///
/// Checked before a file is opened, not by `O_NOFOLLOW`: that flag says nothing about directories, and who
/// could put a link here in between may write the state anyway. What is to be kept out is a link that lies in
/// a checkout.
///
/// # Errors
/// If one is a link.
pub(crate) fn refuse_links(path: &Path) -> io::Result<()> {
    let depth = path.ancestors().position(|ancestor| ancestor.file_name() == Some(OsStr::new(OWN)));
    match path.ancestors().take(depth.unwrap_or(1) + 1).find(|own| own.is_symlink()) {
        None => Ok(()),
        Some(link) => Err(io::Error::other(format!(
            "{} is a symbolic link, which is not followed here",
            link.display()
        ))),
    }
}

/// Makes a directory for nautform's own files, and keeps Git out of it.
///
/// # Errors
/// If it can't be made, or is a symbolic link.
pub(crate) fn own_directory(directory: &Path) -> io::Result<()> {
    let ignore = directory.join(".gitignore");
    refuse_links(&ignore)?;
    if ignore.metadata().is_ok_and(|found| found.len() > 0) {
        return Ok(());
    }
    std::fs::create_dir_all(directory)?;
    Staged::new(&ignore, b"*\n", Access::Umask)?.replace()
}

/// Where a name leads that an option gives.
pub(super) enum Place {
    /// To a regular file, or to none yet.
    File(PathBuf),
    /// To something that has no contents to replace: a device, a pipe, an open descriptor.
    Stream(PathBuf),
}

impl Place {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..=MOST_LINKS {
            let kind = match path.symlink_metadata() {
                Ok(found) => found.file_type(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::File(path)),
                Err(error) => return Err(error),
            };
            if kind.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            if kind.is_file() {
                return Ok(Self::File(path));
            }
            if !kind.is_symlink() || is_descriptor(&path) {
                return Ok(Self::Stream(path));
            }
            path = directory_of(&path).join(path.read_link()?);
        }
        Err(io::Error::other("too many symbolic links"))
    }
}

/// Whether a link stands for an open descriptor (`/dev/stdout`, `/dev/fd/3`): the file behind it has its own
/// writer.
fn is_descriptor(link: &Path) -> bool {
    directory_of(link).canonicalize().is_ok_and(|directory| directory.starts_with("/proc"))
}

/// Appends, since a file behind a descriptor may hold what others have written.
fn open_stream(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests;
