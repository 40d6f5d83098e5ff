use std::path::PathBuf;

use super::*;
use crate::model::value::Value;

pub(super) fn project(name: &str) -> String {
    format!("{HEAD}kind: Project\nspec: {{name: {name}, product: shop}}\n")
}

/// A folder with these files.
pub(super) fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

pub(super) fn loaded(path: &Path) -> Manifests {
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
    assert_eq!(
        codes(&Manifests::default().load_text("<stdin>", "", &LoadOptions::default())),
        ["no-manifests"]
    );
    assert_eq!(
        codes(&Manifests::default().load_text("<stdin>", "---\n---\n", &LoadOptions::default())),
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
    let cluster = |source: &str| cluster(source).into_bytes();
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

/// A cluster whose kubeconfig has this source.
fn cluster(source: &str) -> String {
    format!(
        "{HEAD}kind: Cluster\nspec:\n  name: a\n  apiServer: https://a.io\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  kubeconfig: {source}\n"
    )
}

/// The variable may hold the text, base64 of it, or a path: GitLab's variables of the type File do.
#[test]
fn variable_of_a_secret_may_be_the_path_of_a_file() {
    let kubeconfig = "clusters: [{}]\nusers: [{}]\n";
    let outside = folder(&[("KEY", kubeconfig.as_bytes()), ("other", kubeconfig.as_bytes())]);
    let fleet = folder(&[
        ("clusters/a.yaml", cluster("{env: KEY}").as_bytes()),
        ("clusters/beside", kubeconfig.as_bytes()),
        ("keys/kubeconfig", kubeconfig.as_bytes()),
        (".keys/binary", b"\xff"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path().join("other"), fleet.path().join(".keys/KEY")).unwrap();
    let path = |folder: &tempfile::TempDir, name: &str| {
        folder.path().canonicalize().unwrap().join(name).display().to_string()
    };
    let load = |value: &str| {
        let home = ("HOME".to_owned(), path(&fleet, "keys"));
        let environment = [("KEY".to_owned(), value.to_owned()), home].into();
        load(fleet.path(), &LoadOptions { environment, ..LoadOptions::default() })
    };
    let encoded = "Y2x1c3RlcnM6IFt7fV0KdXNlcnM6IFt7fV0K".to_owned();
    let inside = path(&fleet, "keys/kubeconfig");
    let newline = format!("{inside}\n");
    let home = "~/kubeconfig".to_owned();
    let of_gitlab = path(&outside, "KEY");
    for value in [kubeconfig.to_owned(), encoded, inside, newline, home, "./beside".to_owned(), of_gitlab] {
        let manifests = load(&value);
        assert_eq!(codes(&manifests), [""; 0], "{value}: {}", shown(&manifests));
        let Some(Value::Secret(secret)) = manifests.resources[0].spec.get("kubeconfig") else { panic!() };
        assert_eq!(secret.expose(), kubeconfig);
    }
    let mut said = String::new();
    let refused = [
        path(&outside, "other"),
        path(&outside, "missing"),
        path(&fleet, ".keys/KEY"),
        path(&fleet, "missing"),
        path(&fleet, ".keys/binary"),
        path(&fleet, ""),
        "/dev/zero".to_owned(),
        "invented".to_owned(),
    ];
    for value in refused {
        let manifests = load(&value);
        let found = manifests.diagnostics.iter().next().unwrap();
        let help = found.help.as_deref().unwrap_or_default();
        let line = format!("{}: {} => {help}\n", found.code.0, found.message);
        assert!(!line.contains(&value), "{}", shown(&manifests));
        said.push_str(&line);
    }
    insta::assert_snapshot!(said, @"
    unreadable-secret: 'kubeconfig': cannot read the file whose path is in the environment variable KEY: it is outside of the fleet's directory => copy it into the work tree, or permit its directory
    unreadable-secret: 'kubeconfig': cannot read the file whose path is in the environment variable KEY: it is outside of the fleet's directory => copy it into the work tree, or permit its directory
    unreadable-secret: 'kubeconfig': cannot read the file whose path is in the environment variable KEY: it is outside of the fleet's directory => copy it into the work tree, or permit its directory
    unreadable-secret: 'kubeconfig': cannot read the file whose path is in the environment variable KEY: No such file or directory (os error 2) => let the variable hold the text, or the path of a file that is there
    unreadable-secret: 'kubeconfig': cannot read the file whose path is in the environment variable KEY: it is not UTF-8 text => let the variable hold the text, or the path of a file that is there
    unreadable-secret: 'kubeconfig': cannot read the file whose path is in the environment variable KEY: it is not a regular file => let the variable hold the text, or the path of a file that is there
    unreadable-secret: 'kubeconfig': cannot read the file whose path is in the environment variable KEY: it is outside of the fleet's directory => copy it into the work tree, or permit its directory
    invalid-secret: 'kubeconfig' is not a kubeconfig: it can't be read as YAML with clusters and users => the variable holds the text, base64 of it, or a path such as ./NAME
    ");
}

#[test]
fn kubeconfigs_in_the_forms_that_people_have() {
    let text = "\napiVersion: v1\nclusters: [{name: a}]\nusers:\n- name: a\n  user: {token: 0123, x: $y}\n";
    let block = text.replace('\n', "\n    ");
    let json = r#"{"users": [{"name": "a", "user": {"token": 0123, "x": "$y"}}], "apiVersion": "v1", "clusters": [{"name": "a"}]}"#;
    let content = |source: &str| {
        let manifests = Manifests::default().load_text("a.yaml", &cluster(source), &LoadOptions::default());
        assert_eq!(codes(&manifests), [""; 0], "{source}: {}", shown(&manifests));
        let Some(Value::Secret(secret)) = manifests.resources[0].spec.get("kubeconfig") else { panic!() };
        secrecy::ExposeSecret::expose_secret(&secret.content().unwrap()).to_owned()
    };
    let known = content(&format!("|{block}"));
    for source in [block.clone(), json.to_owned(), format!("&a {json}"), format!("{:?}", text.trim())] {
        assert_eq!(content(&source), known, "{source}");
    }
}

/// Each with the line that works.
#[test]
fn kubeconfigs_in_other_forms_are_refused_with_the_line_that_works() {
    let mut said = String::new();
    for source in [
        "./kc",
        "keys/host-a.kubeconfig",
        "~/.kube/config",
        "/etc/kc",
        "kc.yaml",
        "'C:\\kc'",
        "KUBECONFIG",
        "$KUBECONFIG",
        "invented",
        "[a]",
        "{path: kc}",
        "{file: kc, env: KC}",
        "{file: [a]}",
        "{env: }",
        "{env: $KC}",
        "{clusters: []}",
        "{exec: [cat, kc]}",
        "{file: ~/kc}",
        "{file: /etc/kc}",
        "{file: ~}",
    ] {
        let manifests = Manifests::default().load_text("a.yaml", &cluster(source), &LoadOptions::default());
        let found = manifests.diagnostics.iter().next().unwrap();
        let help = found.help.as_deref().unwrap_or_default();
        said.push_str(&format!("{source}\n    {}: {}\n    => {help}\n", found.code.0, found.message));
    }
    insta::assert_snapshot!(said, @r"
    ./kc
        invalid-secret: 'kubeconfig' looks like the path of a file
        => write kubeconfig: {file: PATH}; the path is relative to the manifest
    keys/host-a.kubeconfig
        invalid-secret: 'kubeconfig' looks like the path of a file
        => write kubeconfig: {file: PATH}; the path is relative to the manifest
    ~/.kube/config
        invalid-secret: 'kubeconfig' looks like the path of a file
        => write kubeconfig: {file: PATH}; the path is relative to the manifest
    /etc/kc
        invalid-secret: 'kubeconfig' looks like the path of a file
        => write kubeconfig: {file: PATH}; the path is relative to the manifest
    kc.yaml
        invalid-secret: 'kubeconfig' looks like the path of a file
        => write kubeconfig: {file: PATH}; the path is relative to the manifest
    'C:\kc'
        invalid-secret: 'kubeconfig' looks like the path of a file
        => write kubeconfig: {file: PATH}; the path is relative to the manifest
    KUBECONFIG
        invalid-secret: 'kubeconfig' looks like the name of an environment variable
        => write kubeconfig: {env: NAME}
    $KUBECONFIG
        invalid-secret: 'kubeconfig' looks like the name of an environment variable
        => write kubeconfig: {env: NAME}
    invented
        invalid-secret: 'kubeconfig' is not a kubeconfig: it can't be read as YAML with clusters and users
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    [a]
        wrong-type: 'kubeconfig' must be text, its content as a mapping, {file: PATH} or {env: NAME}, not this list
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    {path: kc}
        wrong-type: 'kubeconfig' must be text, its content as a mapping, {file: PATH} or {env: NAME}, not this mapping
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    {file: kc, env: KC}
        wrong-type: 'kubeconfig' must be text, its content as a mapping, {file: PATH} or {env: NAME}, not this mapping
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    {file: [a]}
        wrong-type: 'kubeconfig' must be text, its content as a mapping, {file: PATH} or {env: NAME}, not this mapping
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    {env: }
        wrong-type: 'kubeconfig' must be text, its content as a mapping, {file: PATH} or {env: NAME}, not this mapping
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    {env: $KC}
        invalid-secret: 'kubeconfig' names an environment variable with '$'
        => write kubeconfig: {env: KC}
    {clusters: []}
        invalid-secret: 'kubeconfig' is not a usable kubeconfig: it has no cluster
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    {exec: [cat, kc]}
        invalid-secret: 'kubeconfig' is not a usable kubeconfig: it has no cluster
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    {file: ~/kc}
        unreadable-secret: 'kubeconfig': cannot read ~/kc: No such file or directory (os error 2)
        => ~/ is the directory in the environment variable HOME; other forms of ~ are not expanded
    {file: /etc/kc}
        unreadable-secret: 'kubeconfig': cannot read /etc/kc: it is outside of the Git work tree
        => copy it into the work tree, or permit its directory
    {file: ~}
        wrong-type: 'kubeconfig' must be text, its content as a mapping, {file: PATH} or {env: NAME}, not this mapping
        => write kubeconfig: {file: PATH}, kubeconfig: {env: NAME}, or kubeconfig: | and the text on the lines below it, indented
    ");
}

#[test]
fn diagnostics_omit_the_leading_dot_of_paths() {
    let manifests =
        load_texts(Path::new("."), [(PathBuf::from("a/b.yaml"), "x: [".to_owned())], &LoadOptions::default());
    assert!(shown(&manifests).contains("--> a/b.yaml:1:4"), "{}", shown(&manifests));
}

/// More files than are decoded at once, of all sorts.
#[test]
fn files_that_are_decoded_side_by_side_give_what_they_give_one_after_the_other() {
    let content = |number: usize| match number % 7 {
        0 => format!("{}---\n{}", project("\"${NAME}\""), project(&format!("b{number}"))),
        1 => format!("{HEAD}kind: Project\nspec: {{nme: x, token: abc}}\n"),
        2 => "a: [".to_owned(),
        3 => "kind: Deployment\napiVersion: apps/v1\n".to_owned(),
        4 => "{\"format\": \"nautform-plan\"}".to_owned(),
        5 => "# nothing\n".to_owned(),
        _ => project(&format!("p{number}")),
    };
    let texts: Vec<(String, String)> =
        (0..700).map(|number| (format!("{number:04}.yaml"), content(number))).collect();
    let files: Vec<(&str, &[u8])> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let folder = folder(&files);
    let options = with_variables(&[("NAME", "a")]);
    let together = load(folder.path(), &options);
    let one_by_one = load_texts(folder.path(), texts, &options);
    let found = |manifests: &Manifests| {
        let codes: Vec<_> = manifests.diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect();
        let Manifests { resources, empty_files, skipped, .. } = manifests;
        format!("{resources:?} {empty_files:?} {skipped:?} {codes:?} {}", shown(manifests))
    };
    assert_eq!(found(&together), found(&one_by_one));
    assert_eq!((together.resources.len(), together.skipped.len()), (300, 200));
}
