use std::os::unix::fs::symlink;

use super::*;

/// A work tree with a fleet in it, a file next to the work tree, and links.
fn tree() -> (tempfile::TempDir, WorkTree) {
    let all = tempfile::tempdir().unwrap();
    let fleet = all.path().join("repo/fleet");
    for directory in ["repo/.git", "repo/fleet/..data", "repo/shared", "outside"] {
        std::fs::create_dir_all(all.path().join(directory)).unwrap();
    }
    for name in
        ["repo/.git/config", "repo/fleet/..data/a", "repo/shared/b", "outside/secret", "repo/fleet/plain"]
    {
        std::fs::write(all.path().join(name), name).unwrap();
    }
    let link = |target: &str, name: &str| symlink(target, fleet.join(name)).unwrap();
    link("..data/a", "inside");
    link("../shared", "directory");
    link("directory/b", "chain");
    link("../../outside/secret", "secret");
    link("../../outside/nothing", "nothing");
    link("../../outside", "parent");
    link("secret", "chain-out");
    link("parent/../repo/shared/b", "out-and-in");
    link("parent/../../nowhere", "further-out");
    link("/proc/self/environ", "environ");
    link("../.git/config", "config");
    link("missing", "broken");
    link("loop", "loop");
    link(all.path().join("repo/shared/b").to_str().unwrap(), "absolute");
    let tree = WorkTree::around(&fleet);
    (all, tree)
}

/// What is read of a file of the fleet, or why not.
fn read(all: &tempfile::TempDir, tree: &WorkTree, name: &str) -> String {
    let path = all.path().join("repo/fleet").join(name);
    match tree.read(&path, 100) {
        Ok(bytes) => String::from_utf8(bytes).unwrap(),
        Err(error) => error.to_string().replace(all.path().to_str().unwrap(), "ALL"),
    }
}

#[test]
fn links_inside_are_followed() {
    let (all, tree) = tree();
    for (name, content) in [
        ("plain", "repo/fleet/plain"),
        ("inside", "repo/fleet/..data/a"),
        ("directory/b", "repo/shared/b"),
        ("chain", "repo/shared/b"),
        ("absolute", "repo/shared/b"),
        ("../shared/../shared/b", "repo/shared/b"),
    ] {
        assert_eq!(read(&all, &tree, name), content);
    }
}

#[test]
fn links_to_the_outside_are_refused_with_or_without_target() {
    let (all, tree) = tree();
    let names = [
        "secret",
        "nothing",
        "parent/secret",
        "parent/nothing",
        "chain-out",
        "further-out",
        "environ",
        "config",
        "broken",
        "loop",
        "directory",
    ];
    let said = names.map(|name| read(&all, &tree, name));
    insta::assert_snapshot!(said.join("\n"), @r"
    ALL/repo/fleet/secret is a symbolic link to ../../outside/secret, which is outside of the Git work tree
    ALL/repo/fleet/nothing is a symbolic link to ../../outside/nothing, which is outside of the Git work tree
    ALL/repo/fleet/parent is a symbolic link to ../../outside, which is outside of the Git work tree
    ALL/repo/fleet/parent is a symbolic link to ../../outside, which is outside of the Git work tree
    ALL/repo/fleet/secret is a symbolic link to ../../outside/secret, which is outside of the Git work tree
    ALL/repo/fleet/parent is a symbolic link to ../../outside, which is outside of the Git work tree
    ALL/repo/fleet/environ is a symbolic link to /proc/self/environ, which is outside of the Git work tree
    ALL/repo/fleet/config is a symbolic link to ../.git/config, which is outside of the Git work tree
    ALL/repo/fleet/broken can't be read: No such file or directory (os error 2)
    ALL/repo/fleet/loop can't be read: there are too many symbolic links
    ALL/repo/fleet/directory is not a regular file
    ");
}

#[test]
fn paths_to_the_outside_are_refused_with_or_without_target() {
    let (all, tree) = tree();
    let absolute = all.path().join("outside/secret");
    for name in [
        "../../outside/secret",
        "../../outside/nothing",
        "../../nowhere/a",
        "../.git/config",
        "/proc/self/environ",
    ] {
        let expected = all.path().join("repo/fleet").join(name);
        let expected = expected.to_str().unwrap().replace(all.path().to_str().unwrap(), "ALL");
        assert_eq!(read(&all, &tree, name), format!("{expected} is outside of the Git work tree"));
    }
    let permitted = tree.with(Some(&all.path().join("outside")));
    for name in ["../../outside/secret", "secret", absolute.to_str().unwrap()] {
        assert_eq!(read(&all, &permitted, name), "outside/secret");
    }
    assert!(read(&all, &permitted, "environ").contains("outside of the Git work tree"));
}

#[test]
fn border_of_a_fleet_without_a_work_tree_is_its_root() {
    let (all, _) = tree();
    std::fs::remove_dir_all(all.path().join("repo/.git")).unwrap();
    let tree = WorkTree::of_fleet(&all.path().join("repo/fleet"), &all.path().join("repo"));
    assert_eq!(read(&all, &tree, "directory/b"), "repo/shared/b");
    assert!(read(&all, &tree, "secret").contains("outside of the directory"));
}

#[test]
fn without_a_work_tree_the_directory_is_the_border() {
    let (all, _) = tree();
    std::fs::remove_dir_all(all.path().join("repo/.git")).unwrap();
    let tree = WorkTree::around(&all.path().join("repo/fleet"));
    assert_eq!(read(&all, &tree, "inside"), "repo/fleet/..data/a");
    insta::assert_snapshot!(read(&all, &tree, "chain"), @"ALL/repo/fleet/directory is a symbolic link to ../shared, which is outside of the directory");
    assert!(tree.repository().is_none());
}

#[test]
fn a_directory_that_is_a_link_is_its_target() {
    let (all, _) = tree();
    let tree = WorkTree::around(&all.path().join("repo/fleet/parent"));
    assert_eq!(read(&all, &tree, "parent/secret"), "outside/secret");
}

#[test]
fn only_regular_files_of_some_size_are_read() {
    let (all, tree) = tree();
    let _socket = std::os::unix::net::UnixListener::bind(all.path().join("repo/fleet/socket")).unwrap();
    nix::unistd::mkfifo(&all.path().join("repo/fleet/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::fs::write(all.path().join("repo/fleet/large"), [b'a'; 101]).unwrap();
    for name in ["socket", "pipe"] {
        assert_eq!(read(&all, &tree, name), format!("ALL/repo/fleet/{name} is not a regular file"));
    }
    assert!(matches!(
        tree.read(&all.path().join("repo/fleet/large"), 100),
        Err(ReadError::TooLarge { most: 100, .. })
    ));
    assert!(matches!(
        tree.check_below(&all.path().join("repo/fleet")),
        Err(ReadError::Outside { .. } | ReadError::NotRegular(_))
    ));
    tree.check_below(&all.path().join("repo/fleet/..data")).unwrap();
    tree.check_below(&all.path().join("repo/fleet/none")).unwrap();
}
