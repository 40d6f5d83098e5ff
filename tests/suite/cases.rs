//! Golden cases: each file under `testdata/cases` is a session at a shell, with what it prints, and a test of
//! its name.
//!
//! ```text
//! What the case shows.
//!
//! > fleet.yaml            a file, up to the next `>` or `$`
//! kind: …
//! $ nautform plan         a command, and what it prints: standard output, standard error, and the exit
//!                         code if it is not 0
//! $ rm fleet.yaml         removes a file
//! $ cat out/a.yaml       prints a file; `$ ls out` names all files below a folder
//! $ server forbid shop    GitLab denies a product
//! $ server lose shop web  GitLab loses the repository behind a CodeRepo
//! $ server DELETE /api/v1/clusters/a      a change by another client
//! ```
//!
//! `cargo test --test suite cases::export` plays `export.case`. With `UPDATE_CASES=1` what is printed now is
//! written; look at the diff.

use std::fmt::Write as _;
use std::sync::Arc;

use nautform::sandbox::Method;
use nautform::sandbox::server::Server;

use crate::support::{Workspace, repository, serving_empty};

/// One session: a directory, a server, and what was seen so far.
struct Session {
    workspace: Workspace,
    runtime: Arc<tokio::runtime::Runtime>,
    server: Server,
    seen: String,
}

impl Session {
    fn new() -> Self {
        let (server, runtime) = serving_empty();
        Self { workspace: Workspace::new(), runtime: Arc::new(runtime), server, seen: String::new() }
    }

    /// Plays a script; gives it back with what is printed now.
    fn play(mut self, script: &str) -> String {
        let mut lines = script.lines().peekable();
        while let Some(line) = lines.next() {
            writeln!(self.seen, "{line}").unwrap();
            if let Some(file) = line.strip_prefix("> ") {
                let mut text = String::new();
                while let Some(line) =
                    lines.next_if(|line| !line.starts_with("> ") && !line.starts_with("$ "))
                {
                    writeln!(text, "{line}").unwrap();
                }
                self.seen.push_str(&text);
                self.workspace.write(file, &format!("{}\n", text.trim_end()));
            } else if let Some(command) = line.strip_prefix("$ ") {
                while lines.next_if(|line| !line.starts_with("> ") && !line.starts_with("$ ")).is_some() {}
                let printed = self.run(command);
                let printed = printed.trim_end();
                if !printed.is_empty() {
                    writeln!(self.seen, "{printed}").unwrap();
                }
                self.seen.push('\n');
            }
        }
        self.runtime.block_on(async { self.server.shutdown().await }).unwrap();
        format!("{}\n", self.seen.trim_end())
    }

    fn run(&mut self, command: &str) -> String {
        let (command, quiet) = match command.strip_suffix(" > /dev/null") {
            Some(command) => (command, true),
            None => (command, false),
        };
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["nautform", args @ ..] => self.nautform(args, quiet),
            ["rm", file] => {
                std::fs::remove_file(self.workspace.file(file)).unwrap();
                String::new()
            }
            ["cat", file] => {
                let text = self.workspace.read(file);
                timeless(&text).replace(self.server.id(), "ID")
            }
            ["ls", directory] => self.list(directory),
            ["cp", "-r", from, "."] => {
                crate::support::copy(&repository(from), self.workspace.path());
                String::new()
            }
            ["sed", edit, file] => {
                let parts: Vec<&str> = edit.split('/').collect();
                self.workspace.edit(file, parts[1], parts[2]);
                String::new()
            }
            ["git", args @ ..] => {
                self.workspace.git(".", args);
                String::new()
            }
            ["server", "forbid", product] => {
                assert!(self.server.with_world(|world| world.revoke_access(product, true)));
                String::new()
            }
            ["server", "lose", product, repository] => {
                assert!(self.server.with_world(|world| world.delete_gitlab_project(product, repository)));
                String::new()
            }
            ["server", method, path] => self.elsewhere(method, path, None),
            ["server", method, path, body] => self.elsewhere(method, path, Some(body)),
            _ => panic!("no such command: {command}"),
        }
    }

    fn nautform(&self, args: &[&str], quiet: bool) -> String {
        let output = self.workspace.run_at(&self.server.url(), args);
        let mut printed = String::new();
        if !quiet {
            printed.push_str(output.stdout.trim_end());
            if !output.stderr.trim().is_empty() {
                write!(printed, "\n{}", output.stderr.trim_end()).unwrap();
            }
        }
        match output.code {
            Some(0) => {}
            code => write!(printed, "\n[exit {}]", code.unwrap()).unwrap(),
        }
        steady(printed.trim_start_matches('\n'), &self.workspace).replace(self.server.id(), "ID")
    }

    /// All files below a directory.
    fn list(&self, directory: &str) -> String {
        let found = walkdir::WalkDir::new(self.workspace.file(directory)).sort_by_file_name().into_iter();
        let files = found.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        let names = files
            .map(|entry| entry.path().strip_prefix(self.workspace.path()).unwrap().display().to_string());
        names.collect::<Vec<_>>().join("\n")
    }

    fn elsewhere(&self, method: &str, path: &str, body: Option<&str>) -> String {
        let body = body.map(|body| serde_json::from_str(body).unwrap());
        let method = Method::parse(method);
        let response = self.server.with_world(|world| {
            let response = world.out_of_band(method, path, body.as_ref());
            world.settle(0);
            response
        });
        assert_eq!(response.status, 200, "{}", response.text());
        String::new()
    }
}

/// Splits at blanks; single quotes keep a word together.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in command.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Takes out what differs from run to run.
fn steady(text: &str, workspace: &Workspace) -> String {
    let text = text.replace(&workspace.path().display().to_string(), "DIR");
    let steady = text.lines().map(|line| match line.split_once(" after ") {
        Some((start, _)) if line.contains(" complete after ") => format!("{} after TIME", untimed(start)),
        _ => untimed(line.trim_end()).to_owned(),
    });
    let steady: Vec<String> = steady.map(|line| keyless(&line)).collect();
    timeless(&steady.join("\n"))
}

/// The line without hashes that the key of a state is in, which is random.
fn keyless(line: &str) -> String {
    const HEAD: &str = "<!-- nautform-fingerprint:1 ";
    if line.starts_with(HEAD) { format!("{HEAD}HASHES -->") } else { line.to_owned() }
}

/// The text without points in time.
fn timeless(text: &str) -> String {
    let is_time = |text: &str| {
        text.ends_with('Z') && text.as_bytes()[10] == b'T' && text.parse::<jiff::Timestamp>().is_ok()
    };
    let mut text = text.to_owned();
    let places = |text: &str| (0..text.len()).find(|at| text.get(*at..at + 20).is_some_and(is_time));
    while let Some(at) = places(&text) {
        text.replace_range(at..at + 20, "TIME");
    }
    text
}

/// A progress line without its time of day.
fn untimed(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if time.len() == 8 && time.matches(':').count() == 2 => rest,
        _ => line,
    }
}

/// Plays a case.
#[track_caller]
fn check(name: &str) {
    let file = repository("testdata/cases").join(format!("{name}.case"));
    let script = std::fs::read_to_string(&file).unwrap();
    let seen = Session::new().play(&script);
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&file, seen).unwrap();
    } else if script != seen {
        let diff = similar::TextDiff::from_lines(&script, &seen);
        panic!("{}\n{}", file.display(), diff.unified_diff());
    }
}

/// A test for each case; its name has `_` for `-`.
macro_rules! cases {
    ($($name:ident)*) => {
        const CASES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(&stringify!($name).replace('_', "-"));
            }
        )*
    };
}

cases! {
    adopt
    adopted_then_written
    blocked
    changed_since
    changed_since_elsewhere
    dangling_repository
    drift
    emptied_file
    empty
    export
    forget
    ignore
    ignore_fields
    impossible
    irreversible
    matches_nothing
    moved
    never_returned
    older_manifests
    orphan_in_product
    placement
    protected
    protections
    prune
    prune_product
    refused_offline
    rehearsal
    rehearsal_order
    rename_project
    renamed
    replace
    settings
    stateless
    taken_over
    target
    thresholds
    two_steps
    unchecked_replacement
    unlisted
    visibility
    ways_out
}

#[test]
fn each_file_is_a_test() {
    let entries = std::fs::read_dir(repository("testdata/cases")).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.map(|name| name.trim_end_matches(".case").replace('-', "_")).collect();
    names.sort();
    assert_eq!(names, CASES, "the list of cases in this file");
}
