//! What git says when a clone finds the directory of another one (§8.2).

use crate::sandbox::api::ApiError;
use crate::sandbox::git::Remote;
use crate::sandbox::random::pick;

/// The usual text: the other clone has put something there.
pub(crate) fn usual(remote: &Remote<'_>) -> ApiError {
    let directory = remote.repo.directory();
    failed(
        remote,
        &format!("fatal: destination path '{directory}' already exists and is not an empty directory.\n"),
    )
}

/// The texts of two clones that began within milliseconds. Some show the caller's token.
pub(crate) fn simultaneous(remote: &Remote<'_>, second: u64, chance: u64) -> ApiError {
    let directory = remote.repo.directory();
    let folder = format!("/tmp/product{second}/{directory}");
    let detail = chance / 8;
    let text = match chance % 8 {
        0 => return usual(remote),
        1 => {
            let text = format!("fatal: could not create work tree dir '{directory}': File exists\n");
            return failed(remote, &text);
        }
        2 => "POST git-upload-pack (175 bytes)\nPOST git-upload-pack (217 bytes)\nBUG: \
              refs/files-backend.c:3040: initial ref transaction called with existing refs"
            .to_owned(),
        3 | 4 => copy_error(&folder, detail),
        _ => config_error(remote, &folder, detail),
    };
    failed(remote, &format!("Cloning into '{directory}'...\n{text}\n"))
}

const HOOKS: [&str; 14] = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-update",
    "pre-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "push-to-checkout",
    "sendemail-validate",
    "update",
];

fn copy_error(folder: &str, chance: u64) -> String {
    let hook = pick(&HOOKS, chance);
    format!(
        "fatal: cannot copy '/usr/share/git-core/templates/hooks/{hook}.sample' to \
         '{folder}/.git/hooks/{hook}.sample': File exists"
    )
}

/// What git does with its configuration, and what it wanted to set.
fn config_error(remote: &Remote<'_>, folder: &str, chance: u64) -> String {
    let config = format!("{folder}/.git/config");
    let errors = [
        format!("could not lock config file {config}: File exists"),
        format!("could not lock config file {config}: No such file or directory"),
        format!("could not write config file {config}: No such file or directory"),
        format!("chmod on {config}.lock failed: No such file or directory"),
    ];
    let url = remote.url.replacen("://", &format!("://root:{}@", remote.token), 1);
    let settings = [
        "'core.filemode' to 'true'".to_owned(),
        "'core.bare' to 'false'".to_owned(),
        "'core.repositoryformatversion' to '0'".to_owned(),
        format!("'remote.origin.url' to '{url}'"),
    ];
    let error = pick(&errors, chance);
    let setting = pick(&settings, chance / 4);
    format!("error: {error}\nfatal: could not set {setting}")
}

fn failed(remote: &Remote<'_>, git: &str) -> ApiError {
    ApiError::plain(format!(
        "failed to clone repository, the repository url: {}, err: failed to clone repository: {git}",
        remote.url
    ))
}
