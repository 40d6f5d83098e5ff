//! Reads a file that an option or a variable names, whole and up to a limit: it may be a device that never
//! ends.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The most that a file of a token, a webhook or certificates has: a system's whole bundle is below.
pub const SMALL: usize = 4 << 20;
/// The most that a plan, a state or a note has.
pub const LARGE: usize = 512 << 20;

/// The bytes of a file, if there are no more than `most`. A pipe is waited for.
///
/// # Errors
/// If it can't be read, or holds more.
pub fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let bytes = up_to(most, File::open(path)?)?;
    bytes.ok_or_else(|| io::Error::other(format!("it is larger than {} MiB", most >> 20)))
}

/// The bytes of an open file; `None` if there are more than `most`.
pub(super) fn up_to(most: usize, file: File) -> io::Result<Option<Vec<u8>>> {
    let known = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(known.min(most) + 1);
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= most).then_some(bytes))
}

/// The same as text.
///
/// # Errors
/// If it can't be read, holds more, or is not UTF-8.
pub fn read_text(path: &Path, most: usize) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::Error::other("it is not UTF-8 text"))
}

/// The bytes of a regular file; nothing else is opened, since a pipe would wait for its writer.
///
/// # Errors
/// If it is something else, can't be read, or holds more.
pub(crate) fn read_regular(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    read(path, most)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn reading_ends_at_the_limit() {
        let endless = read(Path::new("/dev/zero"), SMALL).unwrap_err();
        assert_eq!(endless.to_string(), "it is larger than 4 MiB");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "abc").unwrap();
        assert_eq!(read(&file, 3).unwrap(), b"abc");
        assert!(read(&file, 2).is_err());
        assert_eq!(read_text(&file, 3).unwrap(), "abc");
        assert!(read_regular(Path::new("/dev/null"), SMALL).is_err());
        assert_eq!(read_regular(&file, 3).unwrap(), b"abc");
    }
}
