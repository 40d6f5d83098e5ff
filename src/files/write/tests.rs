use super::*;

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn replace_leaves_nothing_unfinished() {
    let directory = directory();
    let path = directory.path().join("a");
    output(&path, b"one").unwrap();
    output(&path, b"two").unwrap();
    drop(Staged::new(&path, b"three", Access::Owner).unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), b"two");
    assert_eq!(names(directory.path()), ["a"]);
}

#[test]
fn create_keeps_what_is_there() {
    let directory = directory();
    let path = directory.path().join("a");
    let create = |bytes| Staged::new(&path, bytes, Access::Umask).and_then(Staged::create);
    create(b"one").unwrap();
    assert_eq!(create(b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&path).unwrap(), b"one");
    assert_eq!(names(directory.path()), ["a"]);
}

#[test]
fn long_names_can_be_staged() {
    let directory = directory();
    for name in ["n".repeat(255), "\u{1d11e}".repeat(63)] {
        output(&directory.path().join(name), b"one").unwrap();
    }
}

#[test]
fn missing_directory_and_directory_are_errors() {
    let directory = directory();
    let missing = output(&directory.path().join("missing/a"), b"").unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    assert!(!missing.to_string().contains("missing/"), "{missing}");
    assert_eq!(output(directory.path(), b"").unwrap_err().kind(), io::ErrorKind::IsADirectory);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn output_is_readable_by_its_owner_only() {
        let directory = directory();
        let path = directory.path().join("a");
        std::fs::write(&path, "old").unwrap();
        output(&path, b"new").unwrap();
        assert_eq!(mode(&path), 0o600);
        let events = directory.path().join("events");
        stream(&events).unwrap();
        assert_eq!(mode(&events), 0o600);
    }

    #[test]
    fn staged_file_has_the_mode_of_any_new_file() {
        let directory = directory();
        let ours = directory.path().join("ours");
        let other = directory.path().join("other");
        Staged::new(&ours, b"", Access::Umask).unwrap().create().unwrap();
        std::fs::write(&other, "").unwrap();
        assert_eq!(mode(&ours), mode(&other));
    }

    #[test]
    fn output_replaces_the_target_of_links() {
        let directory = directory();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir(at("below")).unwrap();
        std::fs::write(at("below/target"), "old").unwrap();
        symlink("below/link", at("link")).unwrap();
        symlink("target", at("below/link")).unwrap();
        symlink("below/none", at("dangling")).unwrap();
        for (link, target) in [("link", "below/target"), ("dangling", "below/none")] {
            output(&at(link), b"new").unwrap();
            assert!(at(link).is_symlink(), "{link}");
            assert_eq!(std::fs::read(at(target)).unwrap(), b"new", "{link}");
            writeln!(stream(&at(link)).unwrap(), "event").unwrap();
            assert_eq!(std::fs::read(at(target)).unwrap(), b"event\n", "{link}");
        }
        symlink("loop", at("loop")).unwrap();
        assert!(output(&at("loop"), b"").unwrap_err().to_string().contains("links"));
    }

    #[test]
    fn devices_are_written_through() {
        output(Path::new("/dev/null"), b"text").unwrap();
        assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn full_device_is_an_error() {
        let directory = directory();
        let link = directory.path().join("full");
        symlink("/dev/full", &link).unwrap();
        for path in [Path::new("/dev/full"), &link] {
            assert_eq!(output(path, b"text").unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn descriptors_are_appended_to() {
        use std::os::fd::AsRawFd as _;
        let directory = directory();
        let mut file = File::create(directory.path().join("a")).unwrap();
        write!(file, "before ").unwrap();
        for way in ["/proc/self/fd", "/dev/fd"] {
            output(&Path::new(way).join(file.as_raw_fd().to_string()), b"ours ").unwrap();
        }
        assert_eq!(std::fs::read(directory.path().join("a")).unwrap(), b"before ours ours ");
        assert_eq!(names(directory.path()), ["a"]);
    }

    #[test]
    fn staged_replaces_a_link() {
        let directory = directory();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("target"), "old").unwrap();
        for target in ["target", "nowhere"] {
            symlink(target, at("link")).unwrap();
            let create = Staged::new(&at("link"), b"new", Access::Umask).and_then(Staged::create);
            assert_eq!(create.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            Staged::new(&at("link"), b"new", Access::Umask).unwrap().replace().unwrap();
            assert!(!at("link").is_symlink());
            std::fs::remove_file(at("link")).unwrap();
        }
        assert_eq!(std::fs::read(at("target")).unwrap(), b"old");
        assert!(!at("nowhere").exists());
    }

    #[test]
    fn own_files_are_no_links_from_own_directory_on() {
        let directory = directory();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir_all(at("real/.nautform/sandbox")).unwrap();
        symlink("real", at("fleet")).unwrap();
        // How a user gets to the fleet is the user's business.
        refuse_links(&at("fleet/.nautform/sandbox/lock")).unwrap();
        symlink("../../victim", at("real/.nautform/lock")).unwrap();
        symlink("/tmp", at("real/.nautform/linked")).unwrap();
        std::fs::create_dir(at("other")).unwrap();
        symlink("../real/.nautform", at("other/.nautform")).unwrap();
        for path in [
            "fleet/.nautform/lock",
            "fleet/.nautform/linked/lock",
            "other/.nautform/state.json",
            "other/.nautform/sandbox/state.json",
        ] {
            assert!(refuse_links(&at(path)).unwrap_err().to_string().contains("symbolic link"), "{path}");
        }
    }

    #[test]
    fn own_directory_repairs_its_gitignore() {
        let directory = directory();
        let (own, ignore) =
            (directory.path().join("a/.nautform"), directory.path().join("a/.nautform/.gitignore"));
        let text = || std::fs::read_to_string(&ignore).unwrap();
        own_directory(&own).unwrap();
        assert_eq!(text(), "*\n");
        std::fs::write(&ignore, "").unwrap();
        own_directory(&own).unwrap();
        assert_eq!(text(), "*\n");
        std::fs::write(&ignore, "# mine\n").unwrap();
        own_directory(&own).unwrap();
        assert_eq!(text(), "# mine\n");
        std::fs::remove_file(&ignore).unwrap();
        symlink("../../victim", &ignore).unwrap();
        assert!(own_directory(&own).is_err());
        assert!(!directory.path().join("victim").exists());
    }
}
