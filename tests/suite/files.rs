//! What is written to disks: whole or not at all, through devices and pipes that an option names, and through
//! no link of a checkout.

#![cfg(unix)]

use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Sandbox, Workspace, object, product};

/// Each option that writes a file, in a run that is expected to succeed.
const OUTPUTS: &[&[&str]] = &[
    &["plan", "--stateless", "--out"],
    &["plan", "--stateless", "--gitlab-report"],
    &["drift", "--baseline"],
    &["apply", "--stateless", "--auto-approve", "--events"],
];

fn fleet(projects: usize) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("fleet/shop.yaml", &products(projects, "rust"));
    workspace
}

fn products(projects: usize, first: &str) -> String {
    let project = |number: usize| {
        let language = if number == 0 { first } else { "rust" };
        object("Project", &format!("name: p{number}, product: shop, language: {language}"))
    };
    product("shop") + &(0..projects).map(project).collect::<String>()
}

/// The same command, whose files may hold so many blocks of 512 bytes: as on a full disk, writing fails in
/// the middle.
fn limited(command: &Command, blocks: u32) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args()).env_clear();
    limited.current_dir(command.get_current_dir().unwrap());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited
}

/// The arguments with a file, and the fleet.
fn with<'a>(args: &[&'a str], file: &'a str) -> Vec<&'a str> {
    args.iter().copied().chain([file, "fleet"]).collect()
}

#[test]
fn full_disk_fails_and_leaves_files_as_they_are() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    // Without the stream of events, which is written bit by bit.
    for args in &OUTPUTS[..3] {
        let args = with(args, "file");
        sandbox.run(&workspace, &args).exits(0);
        let before = std::fs::read(workspace.file("file")).unwrap();
        let failed = Workspace::finish(&mut limited(&sandbox.command(&workspace, &args), 0)).exits(1);
        assert!(failed.stderr.contains("cannot write file: File too large"), "{}", failed.stderr);
        assert!(!failed.stderr.contains("Saved"), "{}", failed.stderr);
        assert_eq!(std::fs::read(workspace.file("file")).unwrap(), before, "{args:?}");
        std::fs::remove_file(workspace.file("file")).unwrap();
    }
    let left = std::fs::read_dir(workspace.path()).unwrap().count();
    assert_eq!(left, 1, "nothing unfinished is left next to the fleet");
}

#[test]
fn full_disk_fails_init_and_export() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    sandbox.run(&workspace, &["apply", "fleet", "--auto-approve"]).exits(0);
    for args in [&["export", "out"][..], &["init", "new"]] {
        Workspace::finish(&mut limited(&sandbox.command(&workspace, args), 0)).exits(1);
        assert_eq!(files(&workspace.file(args[1])), 0, "{args:?}");
        sandbox.run(&workspace, args).exits(0);
    }
}

/// How many files lie below a directory.
fn files(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn full_device_fails_each_output_and_both_streams() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    for args in OUTPUTS.iter().filter(|args| args[0] != "drift") {
        let args = with(args, "/dev/full");
        let failed = sandbox.run(&workspace, &args).exits(1);
        assert!(failed.stderr.contains("No space left"), "{}", failed.stderr);
    }
    for args in [
        &["destroy", "fleet", "--stateless", "--auto-approve", "--allow-irreversible", "--format", "ndjson"]
            [..],
        &["plan", "fleet", "--format", "ndjson"],
        &["validate", "fleet", "--format", "json"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut child = sandbox.command(&workspace, args).stdout(full).stderr(Stdio::null()).spawn().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1), "{args:?}");
    }
}

#[test]
fn devices_and_links_are_written_through() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    symlink("/dev/null", workspace.file("null")).unwrap();
    symlink("target", workspace.file("link")).unwrap();
    for args in OUTPUTS {
        for file in ["/dev/null", "null", "link"] {
            sandbox.run(&workspace, &with(args, file)).exits(0);
        }
        assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device());
        assert!(workspace.file("null").is_symlink() && workspace.file("link").is_symlink(), "{args:?}");
        let mode = workspace.file("target").metadata().unwrap().permissions().mode();
        // A report is for others, too, as the umask says; plans and baselines are not.
        workspace.write("usual", "");
        let usual = workspace.file("usual").metadata().unwrap().permissions().mode();
        let expected = if args.contains(&"--gitlab-report") { usual & 0o777 } else { 0o600 };
        assert_eq!(mode & 0o777, expected, "{args:?}");
        std::fs::remove_file(workspace.file("target")).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_takes_a_plan() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    for file in ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"] {
        let args = ["plan", "fleet", "--stateless", "--format", "json", "--out", file];
        let piped = sandbox.run(&workspace, &args).exits(0).stdout;
        let mut redirected = sandbox.command(&workspace, &args);
        redirected.stdout(std::fs::File::create(workspace.file("all")).unwrap()).stderr(Stdio::null());
        assert!(redirected.spawn().unwrap().wait().unwrap().success());
        let all = workspace.read("all");
        for text in [piped, all] {
            let documents = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
            let documents: Vec<_> = documents.map(Result::unwrap).collect();
            assert_eq!(documents.len(), 2, "{file}: {text}");
        }
    }
}

fn pipe(workspace: &Workspace) {
    assert!(Command::new("mkfifo").arg(workspace.file("pipe")).status().unwrap().success());
}

#[test]
fn pipe_takes_each_output() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    pipe(&workspace);
    for args in OUTPUTS {
        let path = workspace.file("pipe");
        let reader = std::thread::spawn(move || std::fs::read_to_string(path).unwrap());
        sandbox.run(&workspace, &with(args, "pipe")).exits(0);
        assert!(reader.join().unwrap().starts_with('{'), "{args:?}");
        assert!(workspace.file("pipe").metadata().unwrap().file_type().is_fifo());
    }
}

#[test]
fn plan_waiting_for_the_reader_of_a_pipe_can_be_interrupted() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    pipe(&workspace);
    let mut command = sandbox.command(&workspace, &["plan", "fleet", "--stateless", "--out", "pipe"]);
    let (mut child, lines) = Workspace::begin(&mut command);
    assert!(lines.take_while(|line| !line.starts_with("Plan:")).count() > 0);
    Workspace::signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn own_files_are_never_links() {
    let apply = ["apply", "fleet", "--auto-approve"];
    for file in [".nautform/lock", ".nautform/state.json", ".nautform/state.journal", ".nautform"] {
        let workspace = fleet(1);
        let sandbox = Sandbox::start(&workspace);
        let victim = if file == ".nautform" { "victim/lock" } else { "victim" };
        workspace.write(victim, "precious");
        let link = workspace.file("fleet").join(file);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(workspace.file("victim"), &link).unwrap();
        for args in [&apply[..], &["state", "list", "--dir", "fleet"], &["plan", "fleet"]] {
            // Who only reads takes no lock.
            if file.ends_with("lock") && args != apply {
                continue;
            }
            let refused = sandbox.run(&workspace, args).exits(1);
            assert!(refused.stderr.contains("is a symbolic link"), "{file}: {}", refused.stderr);
        }
        assert_eq!(workspace.read(victim), "precious", "{file}");
    }
}

#[test]
fn sandbox_data_file_is_never_a_link() {
    for file in ["sandbox.json", "sandbox.json.log", "sandbox"] {
        let workspace = fleet(1);
        workspace.write("victim", "precious");
        workspace.write("fleet/.nautform/.gitignore", "*\n");
        symlink("../../victim", workspace.file("fleet/.nautform").join(file)).unwrap();
        let refused = workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(1);
        assert!(refused.stderr.contains("is a symbolic link"), "{file}: {}", refused.stderr);
        assert_eq!(workspace.read("victim"), "precious", "{file}");
    }
}

#[test]
fn export_replaces_links_and_follows_none() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    sandbox.run(&workspace, &["apply", "fleet", "--auto-approve"]).exits(0);
    let export = |args: &[&str]| {
        let args: Vec<&str> = ["export", "out"].iter().chain(args).copied().collect();
        sandbox.run(&workspace, &args)
    };
    export(&[]).exits(0);
    let written = workspace.file("out/products/shop/product.yaml");
    assert!(written.is_file(), "{written:?}");
    workspace.write("victim", "precious");
    std::fs::remove_file(&written).unwrap();
    symlink(workspace.file("victim"), &written).unwrap();
    export(&[]).exits(1);
    export(&["--force"]).exits(0);
    assert!(!written.is_symlink());
    assert_eq!(workspace.read("victim"), "precious");

    std::fs::rename(workspace.file("out/products"), workspace.file("elsewhere")).unwrap();
    symlink("../elsewhere", workspace.file("out/products")).unwrap();
    let before = files(&workspace.file("elsewhere"));
    for args in [&[][..], &["--force"]] {
        std::fs::remove_file(workspace.file("elsewhere/shop/product.yaml")).ok();
        let refused = export(args).exits(1);
        assert!(refused.stderr.contains("out/products is a symbolic link"), "{}", refused.stderr);
        assert_eq!(files(&workspace.file("elsewhere")), before - 1);
    }
}

/// The journal is short, the state is long: only the last save fails.
#[test]
fn full_disk_at_the_end_of_an_apply_names_the_journal() {
    let workspace = fleet(60);
    let sandbox = Sandbox::start(&workspace);
    let apply = ["apply", "fleet", "--auto-approve"];
    sandbox.run(&workspace, &apply).exits(0);
    let state = workspace.file("fleet/.nautform/state.json");
    let before = std::fs::read(&state).unwrap();
    assert!(before.len() > 8 * 512);
    workspace.write("fleet/shop.yaml", &products(60, "zig"));
    let failed = Workspace::finish(&mut limited(&sandbox.command(&workspace, &apply), 8)).exits(9);
    assert!(failed.stderr.contains("its journal holds all that was done"), "{}", failed.stderr);
    assert_eq!(std::fs::read(&state).unwrap(), before);
    let mode = workspace.file("fleet/.nautform/state.journal").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let shown = ["state", "show", "Project/shop/p0", "--dir", "fleet"];
    let shown = sandbox.run(&workspace, &shown).exits(0).stdout;
    assert!(shown.contains("zig"), "{shown}");
    sandbox.run(&workspace, &["plan", "fleet", "--detailed-exitcode"]).exits(0);
}

#[test]
fn state_directory_is_ignored_by_git_after_a_full_disk() {
    let workspace = fleet(1);
    let sandbox = Sandbox::start(&workspace);
    let apply = ["apply", "fleet", "--auto-approve"];
    Workspace::finish(&mut limited(&sandbox.command(&workspace, &apply), 0)).exits(1);
    assert!(!workspace.file("fleet/.nautform/.gitignore").exists());
    for empty in [false, true] {
        if empty {
            workspace.write("fleet/.nautform/.gitignore", "");
        }
        sandbox.run(&workspace, &apply).exits(0);
        let ignore = workspace.read("fleet/.nautform/.gitignore");
        assert_eq!(ignore, "*\n");
    }
}
