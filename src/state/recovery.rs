//! Writes a state that could not be saved to a file next to the manifests, from which `state push` restores
//! it.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::{Access, Staged};

use super::{State, format};

/// How many of these files may lie in a directory.
const MOST: u32 = 100;

/// Writes the state next to the manifests, whole, readable by its owner only, and never over an earlier one.
/// Gives the file.
///
/// # Errors
/// If the file can't be written.
pub(crate) fn write_fallback(directory: &Path, state: &State) -> io::Result<PathBuf> {
    let bytes = format::write(state);
    for number in 1..=MOST {
        let name = if number == 1 { String::new() } else { format!("-{number}") };
        let path = directory.join(format!("errored{name}.nautform.json"));
        match Staged::new(&path, &bytes, Access::Owner)?.create() {
            Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|()| path),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many errored.nautform.json files there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fallback_files_are_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let mut state = State::new("lineage".into(), "salt".into());
        let first = write_fallback(directory.path(), &state).unwrap();
        state.serial = 7;
        let second = write_fallback(directory.path(), &state).unwrap();
        assert!(first.ends_with("errored.nautform.json") && second.ends_with("errored-2.nautform.json"));
        assert_eq!(format::read(&std::fs::read(first).unwrap()).unwrap().serial, 0);
        assert_eq!(format::read(&std::fs::read(&second).unwrap()).unwrap().serial, 7);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2, "no temporary file is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(second.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(write_fallback(&directory.path().join("missing"), &state).is_err());
    }
}
