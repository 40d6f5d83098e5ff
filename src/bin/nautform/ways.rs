//! The words of ways out: command lines to copy, and lines of manifests to add.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use nautform::way_out::{Fields, Restore, WayOut};
use nautform::{ConnectOptions, Mode, PlanRequest, Step};

/// The words of an apply of what this run plans, with what is permitted already.
static COMMAND: OnceLock<Vec<String>> = OnceLock::new();

/// Says how an apply of what this run plans is called; `flags` are those of its permissions. Values of variables and addresses of servers are left
/// out: they may be secret.
pub(crate) fn remember(dir: &Path, connection: &ConnectOptions, request: &PlanRequest, flags: &str) {
    let PlanRequest { mode, selection, .. } = request;
    let verb = if *mode == Mode::Destroy { "destroy" } else { "apply" };
    let mut words = vec!["nautform".to_owned(), verb.to_owned()];
    if dir != Path::new(".") {
        words.push(quoted(&dir.display().to_string()));
    }
    words.extend(sandbox(connection));
    words.extend(connection.stateless.then(|| "--stateless".to_owned()));
    words.extend(selection.targets.iter().map(|pattern| quoted(&format!("--target={pattern}"))));
    words.extend(selection.exclude.iter().map(|pattern| quoted(&format!("--exclude={pattern}"))));
    let changed = selection.changed_since.iter();
    words.extend(changed.map(|revision| quoted(&format!("--changed-since={revision}"))));
    words.extend(selection.complete.then(|| "--complete".to_owned()));
    words.extend(flags.split_whitespace().map(str::to_owned));
    // A run has one command.
    let _ = COMMAND.set(words);
}

/// The word that chooses the sandbox, if that is used.
fn sandbox(connection: &ConnectOptions) -> Option<String> {
    connection.sandbox.as_deref().map(|file| match file {
        "" => "--sandbox".to_owned(),
        file => quoted(&format!("--sandbox={file}")),
    })
}

/// The words that choose the same server, as arguments after others.
pub(crate) fn server(connection: &ConnectOptions) -> String {
    let address = connection.api_server.as_deref().map(|url| quoted(&format!("--api-server={url}")));
    sandbox(connection).into_iter().chain(address).map(|word| format!(" {word}")).collect()
}

/// How a way is taken, line by line.
pub(crate) fn lines(way: &WayOut) -> String {
    let mut lines: Vec<String> = way.steps.iter().filter_map(before).collect();
    let later: Vec<String> = way.steps.iter().filter_map(later).collect();
    let flags: Vec<String> = way.steps.iter().filter_map(flag).collect();
    let has_first = way.steps.iter().any(|step| matches!(step, Step::First(_)));
    if has_first || !later.is_empty() {
        lines.push(command(&[later, flags.clone()].concat(), way));
    }
    if has_first {
        lines.push("# then, with the manifests as they are:".to_owned());
    }
    lines.push(command(&flags, way));
    lines.join("\n")
}

/// What is done before an apply.
fn before(step: &Step) -> Option<String> {
    match step {
        Step::Restore(Restore { commit, file, is_whole: true, .. }) => {
            Some(format!("git checkout {commit} -- {}", quoted(&format!(":/{file}"))))
        }
        Step::Restore(Restore { commit, file, manifest, .. }) if !manifest.is_empty() => {
            Some(format!("# add to {file}, as it was in {commit}:\n{manifest}"))
        }
        Step::Restore(Restore { commit, file, address, .. }) => Some(format!(
            "git show {}    # has the manifest of {address}",
            quoted(&format!("{commit}:{file}"))
        )),
        Step::Set(fields) => Some(manifest(fields, "")),
        Step::First(fields) => Some(manifest(fields, ", in the first of two runs")),
        Step::RemoveFile(file) => Some(format!("rm {}", quoted(file))),
        Step::Forget(address) => Some(format!("nautform state rm {address}")),
        Step::Declare(address) => Some(format!("# add a manifest of {address}")),
        _ => None,
    }
}

/// What the first of two runs leaves out.
fn later(step: &Step) -> Option<String> {
    match step {
        Step::Later(address) => Some(format!("--exclude={address}")),
        _ => None,
    }
}

fn flag(step: &Step) -> Option<String> {
    match step {
        Step::Keep(address) => Some(format!("--exclude={address}")),
        Step::Select(address) => Some(format!("--target={address}")),
        Step::Prune(address) => Some(format!("--prune={address}")),
        Step::AllowDeletes(number) => Some(format!("--allow-deletes={number}")),
        Step::AllowUpdates(number) => Some(format!("--allow-updates={number}")),
        Step::AllowReplace => Some("--allow-replace".to_owned()),
        Step::Unprotect(address) => Some(format!("--unprotect={address}")),
        Step::Unchecked(address) => Some(format!("--unchecked={address}")),
        Step::AllowIrreversible => Some("--allow-irreversible".to_owned()),
        Step::Restore(_)
        | Step::Set(_)
        | Step::First(_)
        | Step::Later(_)
        | Step::Checked(_)
        | Step::Declare(_)
        | Step::RemoveFile(_)
        | Step::Forget(_) => None,
    }
}

/// An apply with these flags, without those that the way takes back.
fn command(flags: &[String], way: &WayOut) -> String {
    let is_taken_back = |word: &String| {
        way.steps.iter().any(|step| match step {
            Step::Checked(address) => *word == format!("--unchecked={address}"),
            Step::AllowDeletes(_) => word.starts_with("--allow-deletes="),
            Step::AllowUpdates(_) => word.starts_with("--allow-updates="),
            _ => false,
        })
    };
    let usual = || ["nautform", "apply"].map(str::to_owned).to_vec();
    let given = COMMAND.get().cloned().unwrap_or_else(usual).into_iter().filter(|word| !is_taken_back(word));
    given.chain(flags.iter().map(|flag| quoted(flag))).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Lines of a manifest.
fn manifest(Fields { address, fields }: &Fields, when: &str) -> String {
    let mut lines = format!("# {address}{when}:\nspec:");
    for (field, value) in fields {
        for (depth, name) in (1..).zip(field.split('.')) {
            let _ = write!(lines, "\n{}{name}:", "  ".repeat(depth));
        }
        let _ = write!(lines, " {value}");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(steps: &[Step]) -> String {
        lines(&WayOut { irreversible: Vec::new(), steps: steps.to_vec() })
    }

    #[test]
    fn flags_are_one_command() {
        let steps = [Step::Prune("Environment/shop/a".to_owned()), Step::AllowDeletes(3), Step::AllowReplace];
        insta::assert_snapshot!(shown(&steps), @"nautform apply --prune=Environment/shop/a --allow-deletes=3 --allow-replace");
    }

    #[test]
    fn manifests_come_back_from_git() {
        let restore = |is_whole, manifest: &str| {
            shown(&[Step::Restore(Restore {
                address: "Cluster/b".to_owned(),
                file: "my fleet/b.yaml".to_owned(),
                commit: "1a2b3c4".to_owned(),
                subject: "Remove b".to_owned(),
                is_whole,
                others: Vec::new(),
                manifest: manifest.to_owned(),
            })])
        };
        insta::assert_snapshot!(restore(true, ""), @r"
        git checkout 1a2b3c4 -- ':/my fleet/b.yaml'
        nautform apply
        ");
        insta::assert_snapshot!(restore(false, "kind: Cluster"), @r"
        # add to my fleet/b.yaml, as it was in 1a2b3c4:
        kind: Cluster
        nautform apply
        ");
        insta::assert_snapshot!(restore(false, ""), @r"
        git show '1a2b3c4:my fleet/b.yaml'    # has the manifest of Cluster/b
        nautform apply
        ");
    }

    #[test]
    fn two_runs_are_two_commands() {
        let fields = vec![("git.gitlab.visibility".to_owned(), "private".to_owned())];
        let fields = Fields { address: "Product/shop".to_owned(), fields };
        insta::assert_snapshot!(shown(&[Step::First(fields)]), @r"
        # Product/shop, in the first of two runs:
        spec:
          git:
            gitlab:
              visibility: private
        nautform apply
        # then, with the manifests as they are:
        nautform apply
        ");
        insta::assert_snapshot!(shown(&[Step::Later("Project/shop/a".to_owned())]), @r"
        nautform apply --exclude=Project/shop/a
        nautform apply
        ");
    }
}
