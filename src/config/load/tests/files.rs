use std::path::PathBuf;

use super::*;
use crate::model::value::Value;

fn project(name: &str) -> String {
    format!("{HEAD}kind: Project\nspec: {{name: {name}, product: shop}}\n")
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn loaded(path: &Path) -> Manifests {
    load(path, &LoadOptions::default())
}

/// The messages with the folder's own path taken out.
fn messages(manifests: &Manifests, folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    manifests
        .diagnostics
        .sorted()
        .iter()
        .map(|diagnostic| diagnostic.message.replace(&folder, "DIR"))
        .collect()
}

#[test]
fn files_are_found_in_order() {
    let text = |name: &str| project(name).into_bytes();
    let folder = folder(&[
        ("b.yml", &text("b")),
        ("a.yaml", &text("a")),
        ("c/nautform.yaml", &text("c1")),
        ("c/deep/x.JSON", &text("c2")),
        ("d.yaml/e.yaml", &text("e")),
        ("nautform.yaml", b"state: local"),
        (".hidden.yaml", b"{"),
        (".git/x.yaml", b"{"),
        ("README.md", b"{"),
        ("yaml", b"{"),
    ]);
    let manifests = loaded(folder.path());
    assert_eq!(codes(&manifests), ["invalid-name"; 0], "{}", shown(&manifests));
    let files: Vec<_> =
        manifests.resources.iter().map(|resource| resource.file.as_deref().unwrap()).collect();
    assert_eq!(files, ["a.yaml", "b.yml", "c/deep/x.JSON", "c/nautform.yaml", "d.yaml/e.yaml"]);
    let single = loaded(&folder.path().join("b.yml"));
    assert_eq!(addresses(&single), ["Project/shop/b"]);
    assert_eq!(single.root, folder.path());
}

#[test]
fn empty_directory_is_an_error() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(codes(&loaded(empty.path())), ["no-manifests"]);
    assert_eq!(codes(&loaded(&empty.path().join("none"))), ["not-found"]);
    let comments = folder(&[("a.yaml", b"# kind: Project\n"), ("b.yaml", b"")]);
    assert_eq!(codes(&loaded(comments.path())), ["no-manifests"]);
    assert_eq!(codes(&load_text("<stdin>", "", &LoadOptions::default())), ["no-manifests"]);
    assert_eq!(
        codes(&load_text("<stdin>", "---\n---\n", &LoadOptions::default())),
        ["empty-document", "empty-document", "no-manifests"]
    );
}

#[test]
fn files_in_other_encodings_are_errors() {
    let folder = folder(&[
        ("a.yaml", b"\xff\xfea\x00:\x00"),
        ("b.yaml", b"name: \xe9\n"),
        ("c.yaml", b"\x00\x01\x02\x7f"),
        ("d.yaml", project("d").as_bytes()),
        ("e.yaml", format!("\u{feff}{}", project("e")).replace('\n', "\r\n").as_bytes()),
    ]);
    let manifests = loaded(folder.path());
    assert_eq!(addresses(&manifests), ["Project/shop/d", "Project/shop/e"]);
    assert_eq!(codes(&manifests), ["syntax", "not-utf8", "not-utf8"]);
    let help: Vec<_> =
        manifests.diagnostics.iter().filter_map(|diagnostic| diagnostic.help.as_deref()).collect();
    assert_eq!(help[..2], ["it looks like UTF-16: save it as UTF-8", "save it as UTF-8"]);
}

#[cfg(unix)]
#[test]
fn files_follow_links_within_the_work_tree_only() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[("real/a.yaml", project("a").as_bytes()), ("list/b.txt", project("b").as_bytes())]);
    let list = folder.path().join("list");
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    symlink(folder.path().join("real"), list.join("linked")).unwrap();
    symlink("b.txt", list.join("b.yaml")).unwrap();
    let fine = loaded(&list);
    assert_eq!(codes(&fine), [""; 0], "{}", shown(&fine));
    assert_eq!(addresses(&fine), ["Project/shop/b", "Project/shop/a"]);

    symlink(&list, list.join("loop")).unwrap();
    symlink("nothing", list.join("gone.yaml")).unwrap();
    symlink("/", list.join("root")).unwrap();
    symlink("../.git", list.join("repository")).unwrap();
    symlink("/proc/self/environ", list.join("environ.yaml")).unwrap();
    symlink("/nowhere", list.join("nowhere")).unwrap();
    symlink("/nowhere", list.join(".hidden")).unwrap();
    nix::unistd::mkfifo(&list.join("pipe.yaml"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(list.join("socket.yaml")).unwrap();
    let manifests = loaded(&list);
    assert_eq!(addresses(&manifests), ["Project/shop/b", "Project/shop/a"]);
    insta::assert_snapshot!(messages(&manifests, folder.path()).join("\n"), @"
    DIR/list/environ.yaml is a symbolic link to /proc/self/environ, which is outside of the Git work tree
    DIR/list/nowhere is a symbolic link to /nowhere, which is outside of the Git work tree
    DIR/list/repository is a symbolic link to ../.git, which is outside of the Git work tree
    DIR/list/root is a symbolic link to /, which is outside of the Git work tree
    DIR/list/loop is a symbolic link to DIR/list, which contains it
    DIR/list/gone.yaml can't be read: No such file or directory (os error 2)
    DIR/list/pipe.yaml is not a regular file
    DIR/list/socket.yaml is not a regular file
    ");
}

#[test]
fn secrets_from_files_and_environment() {
    let kubeconfig = "clusters: [{}]\nusers: [{}]\n";
    let cluster = |source: &str| {
        format!(
            "{HEAD}kind: Cluster\nspec:\n  name: a\n  apiServer: https://a.io\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  kubeconfig: {source}\n"
        )
        .into_bytes()
    };
    let folder = folder(&[
        ("sub/1.yaml", &cluster("{file: ../keys/a}")),
        ("sub/2.yaml", &cluster("{file: '${DIR}/a'}")),
        ("sub/3.yaml", &cluster("{env: KEY}")),
        ("sub/4.yaml", &cluster("{file: none}")),
        ("sub/5.yaml", &cluster("{file: ../keys/empty}")),
        ("sub/6.yaml", &cluster("{file: ../keys/binary}")),
        ("sub/7.yaml", &cluster("{env: UNSET}")),
        ("sub/8.yaml", &cluster("{file: ..}")),
        ("keys/a", kubeconfig.as_bytes()),
        ("keys/empty", b"\n"),
        ("keys/binary", b"\xff"),
    ]);
    let options = LoadOptions {
        environment: [("KEY".to_owned(), kubeconfig.to_owned())].into(),
        ..with_variables(&[("DIR", "../keys")])
    };
    let manifests = load(folder.path(), &options);
    insta::assert_snapshot!(messages(&manifests, folder.path()).join("\n"), @"
    'kubeconfig': cannot read DIR/sub/none: No such file or directory (os error 2)
    'kubeconfig': cannot read DIR/sub/../keys/empty: it is empty
    'kubeconfig': cannot read DIR/sub/../keys/binary: it is not UTF-8 text
    environment variable UNSET is not set, so 'kubeconfig' is not known here
    'kubeconfig': cannot read DIR/sub/..: it is not a regular file
    ");
    let known = |resource: &crate::resource::Resource| resource.spec.missing_secret().is_none();
    assert_eq!(manifests.resources.iter().map(known).collect::<Vec<_>>(), [true, true, true, false]);
}

/// GitLab's variables of the type File: the variable has the path of a file with the value.
#[test]
fn variable_of_a_secret_may_be_the_path_of_a_file() {
    let kubeconfig = "clusters: [{}]\nusers: [{}]\n";
    let folder = folder(&[("kubeconfig", kubeconfig.as_bytes()), ("binary", b"\xff")]);
    let path = |name: &str| folder.path().canonicalize().unwrap().join(name).display().to_string();
    let manifest = format!(
        "{HEAD}kind: Cluster\nspec:\n  name: a\n  apiServer: https://a.io\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  kubeconfig: {{env: KEY}}\n"
    );
    let load = |value: String| {
        let environment = [("KEY".to_owned(), value)].into();
        load_text("a.yaml", &manifest, &LoadOptions { environment, ..LoadOptions::default() })
    };
    for value in [path("kubeconfig"), path("kubeconfig") + "\n", kubeconfig.to_owned()] {
        let manifests = load(value);
        assert_eq!(codes(&manifests), [""; 0], "{}", shown(&manifests));
        let Some(Value::Secret(secret)) = manifests.resources[0].spec.get("kubeconfig") else { panic!() };
        assert_eq!(secret.expose(), kubeconfig);
    }
    // No path, or that of nothing to read: it is the secret itself, of which nothing is shown.
    for value in [path("missing"), path("binary"), path(""), "/dev/zero".to_owned(), "invented".to_owned()] {
        let manifests = load(value.clone());
        assert_eq!(codes(&manifests), ["invalid-secret"], "{value}");
        assert!(!shown(&manifests).contains(&value), "{}", shown(&manifests));
    }
}

#[test]
fn diagnostics_omit_the_leading_dot_of_paths() {
    let manifests =
        load_texts(Path::new("."), [(PathBuf::from("a/b.yaml"), "x: [".to_owned())], &LoadOptions::default());
    assert!(shown(&manifests).contains("--> a/b.yaml:1:4"), "{}", shown(&manifests));
}
