//! The words of ways out: command lines to copy, and lines of manifests to add.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nautform::way_out::{Fields, Restore, WayOut};
use nautform::{ConnectOptions, Mode, OpenOptions, PlanRequest, SettingsFrom, Step, Trust};

/// How this run is called, for the commands that a way consists of.
static RUN: OnceLock<Run> = OnceLock::new();

/// How a run is called. All words are as a shell reads them.
struct Run {
    /// The directory, as the run names it.
    dir: PathBuf,
    /// Git in its work tree.
    git: String,
    /// A command about the same state, up to its own arguments.
    at: Vec<String>,
    /// An apply of the same, with what is permitted already.
    apply: Vec<String>,
}

impl Default for Run {
    fn default() -> Self {
        let apply = ["nautform", "apply"].map(str::to_owned).to_vec();
        Self { dir: PathBuf::from("."), git: "git".to_owned(), at: Vec::new(), apply }
    }
}

/// Says how an apply of what this run plans is called; `flags` are those of its permissions. Values of
/// variables are left out: they may be secret.
pub(crate) fn remember(
    options: &OpenOptions,
    connection: &ConnectOptions,
    request: &PlanRequest,
    flags: &str,
) {
    let PlanRequest { mode, selection, .. } = request;
    let dir = &options.path;
    let chosen = chosen(options, connection);
    let verb = if *mode == Mode::Destroy { "destroy" } else { "apply" };
    let mut words = vec!["nautform".to_owned(), verb.to_owned()];
    let has_dir = dir != Path::new(".");
    words.extend(has_dir.then(|| path("", dir)));
    words.extend(chosen.iter().cloned());
    words.extend(given(options, connection));
    words.extend(connection.stateless.then(|| "--stateless".to_owned()));
    words.extend(selection.targets.iter().map(|pattern| quoted(&format!("--target={pattern}"))));
    words.extend(selection.exclude.iter().map(|pattern| quoted(&format!("--exclude={pattern}"))));
    let changed = selection.changed_since.iter();
    words.extend(changed.map(|revision| quoted(&format!("--changed-since={revision}"))));
    words.extend(selection.complete.then(|| "--complete".to_owned()));
    words.extend(flags.split_whitespace().map(str::to_owned));
    let is_here = !has_dir || dir == Path::new("-");
    let at = (!is_here).then(|| path("--dir=", dir)).into_iter().chain(chosen).collect();
    // The work tree around a file is that around its directory.
    let around = if dir.is_file() { dir.parent().unwrap_or(dir) } else { dir };
    let is_here = is_here || around.as_os_str().is_empty();
    let git = if is_here { "git".to_owned() } else { format!("git -C {}", path("", around)) };
    // A run has one command.
    let _ = RUN.set(Run { dir: dir.clone(), git, at, apply: words });
}

/// What chooses settings, environment and state.
fn chosen(OpenOptions { chosen, trust, .. }: &OpenOptions, connection: &ConnectOptions) -> Vec<String> {
    let Trust { settings, allow_http, .. } = trust;
    let mut words: Vec<String> = chosen.iter().flat_map(|name| ["-e".to_owned(), quoted(name)]).collect();
    words.extend(match settings {
        SettingsFrom::Fleet => None,
        SettingsFrom::File(file) => Some(path("--settings=", file)),
        SettingsFrom::Nowhere => Some("--no-settings".to_owned()),
    });
    words.extend(allow_http.then(|| "--allow-http".to_owned()));
    words.extend(sandbox(connection));
    words
}

/// What manifests are filled in with, and the server.
fn given(options: &OpenOptions, connection: &ConnectOptions) -> Vec<String> {
    let OpenOptions { variables, variable_files, secret_files, trust, .. } = options;
    // A shell that has no value ends there.
    let variable = |name: &String| format!("{}\"${{{name}?}}\"", quoted(&format!("--var={name}=")));
    let mut words: Vec<String> = variables.keys().map(variable).collect();
    words.extend(variable_files.iter().map(|file| path("--var-file=", file)));
    words.extend(secret_files.iter().map(|file| path("--secret-var-file=", file)));
    words.extend(trust.secrets.as_deref().map(|directory| path("--secrets-below=", directory)));
    words.extend(connection.api_server.as_deref().map(|url| {
        // It may have a password.
        if url.contains(['@', '?']) {
            "--api-server=\"${NAUTFORM_API_SERVER:?}\"".to_owned()
        } else {
            quoted(&format!("--api-server={url}"))
        }
    }));
    words.extend(connection.token_file.as_deref().map(|file| path("--token-file=", file)));
    words.extend(connection.ca_file.as_deref().map(|file| path("--ca-file=", file)));
    words
}

/// A path after its flag.
fn path(flag: &str, path: &Path) -> String {
    quoted(&format!("{flag}{}", path.display()))
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
    lines_in(RUN.get().unwrap_or(&Run::default()), way)
}

fn lines_in(run: &Run, way: &WayOut) -> String {
    let mut lines: Vec<String> = way.steps.iter().filter_map(|step| before(run, step)).collect();
    // What the first of two runs leaves out.
    let later = way.steps.iter().filter_map(|step| match step {
        Step::Later(address) => Some(format!("--exclude={address}")),
        _ => None,
    });
    let later: Vec<String> = later.collect();
    let flags: Vec<String> = way.steps.iter().filter_map(flag).collect();
    let has_first = way.steps.iter().any(|step| matches!(step, Step::First(_)));
    if has_first || !later.is_empty() {
        lines.push(command(run, &[later, flags.clone()].concat(), way));
    }
    if has_first {
        lines.push("# then, with the manifests as they are:".to_owned());
    }
    lines.push(command(run, &flags, way));
    lines.dedup();
    lines.join("\n")
}

/// What is done before an apply.
fn before(run: &Run, step: &Step) -> Option<String> {
    let git = &run.git;
    match step {
        Step::Restore(Restore { commit, file, is_whole: true, .. }) => {
            // Characters that Git would take for a pattern.
            let magic = if file.contains(['*', '?', '[', '\\']) { ":(top,literal)" } else { ":/" };
            Some(format!("{git} checkout {commit} -- {}", quoted(&format!("{magic}{file}"))))
        }
        Step::Restore(Restore { commit, file, manifest, .. }) if !manifest.is_empty() => {
            Some(format!("# add to {file}, as it was in {commit}:\n{manifest}"))
        }
        Step::Restore(Restore { commit, file, address, .. }) => Some(format!(
            "{git} show {}    # has the manifest of {address}",
            quoted(&format!("{commit}:{file}"))
        )),
        Step::Set(fields) => Some(manifest(fields, "")),
        Step::First(fields) => Some(manifest(fields, ", in the first of two runs")),
        Step::RemoveFile(file) if run.dir == Path::new(".") => Some(format!("rm {}", quoted(file))),
        Step::RemoveFile(file) => Some(format!("rm {}", path("", &run.dir.join(file)))),
        Step::Forget(address) => {
            let words = ["nautform", "state", "rm"].into_iter().chain(run.at.iter().map(String::as_str));
            Some(format!("{} {}", words.collect::<Vec<_>>().join(" "), quoted(address)))
        }
        Step::Declare(address) => Some(format!("# add a manifest of {address}")),
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
fn command(run: &Run, flags: &[String], way: &WayOut) -> String {
    let is_taken_back = |word: &str| {
        way.steps.iter().any(|step| match step {
            Step::Checked(address) => *word == format!("--unchecked={address}"),
            Step::AllowDeletes(_) => word.starts_with("--allow-deletes="),
            Step::AllowUpdates(_) => word.starts_with("--allow-updates="),
            _ => false,
        })
    };
    let given = run.apply.iter().filter(|word| !is_taken_back(word)).cloned();
    given.chain(flags.iter().map(|flag| quoted(flag))).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
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
        lines_in(&Run::default(), &WayOut { irreversible: Vec::new(), steps: steps.to_vec() })
    }

    #[test]
    fn flags_are_one_command() {
        let steps = [Step::Prune("Environment/shop/a".to_owned()), Step::AllowDeletes(3), Step::AllowReplace];
        insta::assert_snapshot!(shown(&steps), @"nautform apply --prune=Environment/shop/a --allow-deletes=3 --allow-replace");
    }

    #[test]
    fn what_a_run_was_given_is_in_its_commands_without_values() {
        let mut options = OpenOptions::new(".");
        options.chosen = Some("prod".to_owned());
        options.trust.settings = SettingsFrom::Nowhere;
        options.variables.insert("PASSWORD".to_owned(), "secret".to_owned());
        options.variable_files.push(PathBuf::from("my names.yaml"));
        let of = |url: &str| {
            let connection = ConnectOptions { api_server: Some(url.to_owned()), ..ConnectOptions::default() };
            [chosen(&options, &connection), given(&options, &connection)].concat().join(" ")
        };
        insta::assert_snapshot!(of("https://nautes.example.com"), @r#"-e prod --no-settings --var=PASSWORD="${PASSWORD?}" '--var-file=my names.yaml' --api-server=https://nautes.example.com"#);
        insta::assert_snapshot!(of("https://user:secret@nautes.example.com"), @r#"-e prod --no-settings --var=PASSWORD="${PASSWORD?}" '--var-file=my names.yaml' --api-server="${NAUTFORM_API_SERVER:?}""#);
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
