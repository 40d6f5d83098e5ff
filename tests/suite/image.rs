//! The image of `examples/ci/Dockerfile` has all files that the build needs: no daemon builds it here.

use std::path::Path;

use crate::support::repository;
use crate::support::sources::Tree;

/// Files outside of `src` that the sources include, as paths in the repository.
fn included() -> Vec<String> {
    let mut found = Vec::new();
    for file in Tree::read(&repository("src"), "lib.rs", &[]).files {
        for text in file.code.split("include_str!(").skip(1) {
            let path = text.split('"').nth(1).unwrap();
            let target = file.path.parent().unwrap().join(path);
            let target = nautform_path(&target);
            if !target.starts_with("src/") {
                found.push(target);
            }
        }
    }
    found
}

/// Without `..`, relative to the repository.
fn nautform_path(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.strip_prefix(repository("")).unwrap().components() {
        match part.as_os_str().to_str().unwrap() {
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn image_gets_every_file_that_the_build_reads() {
    let text = |path: &str| std::fs::read_to_string(repository(path)).unwrap();
    let dockerfile = text("examples/ci/Dockerfile");
    let copied = dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")?.split_once(" ./"));
    let copied: Vec<&str> = copied.flat_map(|(sources, _)| sources.split(' ')).collect();
    let sent = text("examples/ci/Dockerfile.dockerignore");
    let is_below = |path: &str, folder: &str| path == folder || path.starts_with(&format!("{folder}/"));
    let mut needed = included();
    assert!(needed.iter().any(|path| path.starts_with("docs")), "{needed:?}");
    needed.extend(["Cargo.toml", "Cargo.lock", "src", "benches"].map(str::to_owned));
    if repository("build.rs").exists() {
        needed.push("build.rs".to_owned());
    }
    for path in needed {
        assert!(copied.iter().any(|copied| is_below(&path, copied)), "{path} is not copied");
        let mut sent = sent.lines().filter_map(|line| line.strip_prefix('!'));
        assert!(sent.any(|sent| is_below(&path, sent)), "{path} is not sent");
    }
}
