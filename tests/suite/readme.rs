//! Every page is tried word for word: the commands that README.md and `docs/` show behind `$`, in the order of
//! the page, in one shell that begins in an empty directory, print what the page shows.
//!
//! A line `...` stands for lines that are left out. `UPDATE_CASES=1` writes what is printed now: read the diff.

use std::process::{Command, Stdio};

use nautform::sandbox::server::Server;
use nautform::sandbox::{Options, World};

use crate::support::{HEAD, Workspace, copy, repository, runtime, serving};

/// What is there before a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// Nothing.
    Empty,
    /// A clone of this repository.
    Clone,
    /// The same, behind the first command of the README.
    Tried,
    /// A platform at [`URL`] that has all of the quickstart, made by others.
    Platform,
}

/// Every page with commands.
const PAGES: &[(&str, Start)] = &[
    ("README.md", Start::Tried),
    ("docs/blocked-products.md", Start::Platform),
    ("docs/drift-checks.md", Start::Empty),
    ("docs/existing-platform.md", Start::Platform),
    ("docs/from-nautes-cli.md", Start::Empty),
    ("docs/getting-started.md", Start::Empty),
    ("docs/kubeconfigs.md", Start::Clone),
    ("docs/manifests.md", Start::Clone),
    ("docs/many-products.md", Start::Empty),
    ("docs/state-stores.md", Start::Empty),
    ("docs/zh/README.md", Start::Tried),
    ("docs/zh/getting-started.md", Start::Empty),
];

/// The platform's address in pages.
const URL: &str = "https://nautes.example.com:8000";
/// What the shell prints behind each command.
const END: char = '\u{1}';

/// A command and what it prints, and which lines of the page they are.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    output: Vec<String>,
    lines: std::ops::Range<usize>,
}

/// The commands of a page. One goes on over `\` at the end of a line, and up to `EOF`.
fn steps(page: &str) -> Vec<Step> {
    let lines: Vec<&str> = page.lines().collect();
    let code = |at: usize| -> Option<&str> {
        let line = lines.get(at)?;
        line.strip_prefix("    ").or_else(|| line.is_empty().then_some(""))
    };
    let mut steps = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(first) = code(at).and_then(|line| line.strip_prefix("$ ")) else {
            at += 1;
            continue;
        };
        let mut command = first.to_owned();
        at += 1;
        while command.ends_with('\\') || is_open(&command) {
            command.push('\n');
            command.push_str(code(at).unwrap());
            at += 1;
        }
        let start = at;
        let mut output = Vec::new();
        while let Some(line) = code(at).filter(|line| !line.starts_with("$ ")) {
            output.push(line.to_owned());
            at += 1;
        }
        output.truncate(output.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
        let lines = start..start + output.len();
        steps.push(Step { command, output, lines });
    }
    steps
}

/// Whether the lines of a file or a loop are still to come.
fn is_open(command: &str) -> bool {
    let is_file = command.contains("<<'EOF'") && !command.ends_with("\nEOF");
    is_file || (command.starts_with("for ") && !command.ends_with("\ndone"))
}

/// Whether what is printed is what is shown, where `...` is any number of lines.
fn fits(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line == "..." => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        Some((line, rest)) => printed.first() == Some(line) && fits(rest, &printed[1..]),
    }
}

/// A server that others have filled.
fn platform(runtime: &tokio::runtime::Runtime) -> Server {
    let server = runtime.block_on(serving(World::default(), Options::default()));
    let others = Workspace::copy_of("examples/quickstart");
    others.run_at(&server.url(), &["apply", "--auto-approve", "--stateless"]).exits(0);
    server
}

/// Runs all commands in one shell; gives what each prints.
fn play(steps: &[Step], start: Start) -> Vec<Vec<String>> {
    let workspace = Workspace::new();
    let runtime = runtime();
    let server = (start == Start::Platform).then(|| platform(&runtime));
    if matches!(start, Start::Clone | Start::Tried) {
        std::fs::create_dir_all(workspace.file("examples/quickstart")).unwrap();
        copy(&repository("examples/quickstart"), &workspace.file("examples/quickstart"));
    }
    if start == Start::Tried {
        workspace.run(&["apply", "examples/quickstart", "--sandbox", "--auto-approve"]).exits(0);
    }
    let mut script = String::new();
    for step in steps {
        script.push_str(&format!("{}\ncode=$?; printf '{END}'; (exit $code)\n", step.command));
    }
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_nautform")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec 2>&1\n{script}")]).current_dir(workspace.path()).env_clear();
    shell.env("PATH", path).env("HOME", workspace.path()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    let user = [("NAME", "you"), ("EMAIL", "you@example.com")];
    for (name, value) in user {
        shell.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    if let Some(server) = &server {
        shell.env("NAUTFORM_API_SERVER", server.url()).env("NAUTFORM_TOKEN", "x");
    }
    let output = shell.output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    if let Some(server) = server {
        text = text.replace(&server.url(), URL);
        runtime.block_on(async { server.shutdown().await }).unwrap();
    }
    let lines = |text: &str| -> Vec<String> {
        let text = text.trim_end();
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    };
    text.split_terminator(END).map(lines).collect()
}

/// The page with what is printed now.
fn updated(page: &str, steps: &[Step], printed: &[Vec<String>]) -> String {
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    for (step, printed) in
        steps.iter().zip(printed).rev().filter(|(step, printed)| !fits(&step.output, printed))
    {
        let shown =
            printed.iter().map(|line| if line.is_empty() { String::new() } else { format!("    {line}") });
        lines.splice(step.lines.clone(), shown);
    }
    lines.join("\n") + "\n"
}

#[test]
fn pages_show_what_their_commands_print() {
    for (page, start) in PAGES {
        let path = repository(page);
        let text = std::fs::read_to_string(&path).unwrap();
        let steps = steps(&text);
        assert!(!steps.is_empty(), "{page} has no commands");
        let printed = play(&steps, *start);
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(path, updated(&text, &steps, &printed)).unwrap();
            continue;
        }
        for (step, printed) in steps.iter().zip(&printed) {
            let (command, printed) = (&step.command, printed.join("\n"));
            let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
            assert!(
                fits(&step.output, &lines),
                "{page}: $ {command}\nprints\n{printed}\nand not\n{}",
                step.output.join("\n")
            );
        }
        assert_eq!(steps.len(), printed.len(), "{page}");
    }
}

/// Who reads the Chinese page tries the same.
#[test]
fn pages_show_the_same_commands_in_both_languages() {
    for [english, chinese] in
        [["README.md", "docs/zh/README.md"], ["docs/getting-started.md", "docs/zh/getting-started.md"]]
    {
        let of = |page: &str| -> Vec<(String, Vec<String>)> {
            let steps = steps(&std::fs::read_to_string(repository(page)).unwrap());
            steps.into_iter().map(|step| (step.command, step.output)).collect()
        };
        assert_eq!(of(english), of(chinese), "{chinese}");
    }
}

/// A new page must not go unchecked: those that are not listed here have a test of their own, which names them.
#[test]
fn every_page_with_commands_is_tried() {
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    let suite = std::fs::read_dir(repository("tests/suite")).unwrap().map(|file| file.unwrap().path());
    let tests: String = suite.filter(|path| path.is_file()).map(|path| read(&path)).collect();
    for entry in walkdir::WalkDir::new(repository("docs")) {
        let path = entry.unwrap().into_path();
        let name = path.strip_prefix(repository("")).unwrap().to_str().unwrap().to_owned();
        let is_tried = !name.ends_with(".md") || tests.contains(&format!("\"{name}\""));
        assert!(is_tried || steps(&read(&path)).is_empty(), "no test tries {name}");
    }
}

/// The picture of the README is what a terminal shows, with its colours. `UPDATE_CASES=1` takes it again.
#[test]
fn picture_of_a_plan_is_what_a_terminal_shows() {
    let project =
        |name: &str| format!("{HEAD}kind: Project\nspec: {{name: {name}, product: demo, language: go}}\n");
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write("products/demo/docs.yaml", &project("docs"));
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    std::fs::remove_file(workspace.file("products/demo/docs.yaml")).unwrap();
    workspace.write("products/demo/web.yaml", &project("web"));
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    workspace.edit("kubeconfigs/worker-pipeline.kubeconfig", "not-a-real-token", "another-token");
    let plan = workspace.run(&["plan", "--sandbox", "--color", "always"]).exits(0);
    let text = format!("$ nautform plan\n{}", plan.stdout);
    let picture = anstyle_svg::Term::new().palette(anstyle_svg::WIN10_CONSOLE).render_svg(&text);
    let path = repository("docs/plan.svg");
    if std::env::var_os("UPDATE_CASES").is_some() {
        return std::fs::write(path, picture).unwrap();
    }
    let shown = std::fs::read_to_string(path).unwrap_or_default();
    assert!(shown == picture, "docs/plan.svg is not what a terminal shows: UPDATE_CASES=1 takes it again");
}
