//! What git says when a clone finds the directory of another one (§8.2).

use crate::sandbox::api::error::ApiError;
use crate::sandbox::git::clones::Remote;

/// The usual text: the other clone has put something there.
pub(crate) fn usual(remote: &Remote<'_>) -> ApiError {
    let directory = remote.repo.directory();
    failed(
        remote,
        &format!("fatal: destination path '{directory}' already exists and is not an empty directory.\n"),
    )
}

/// The texts of two clones that began within milliseconds. One of them shows the caller's token.
pub(crate) fn simultaneous(remote: &Remote<'_>, second: u64, chance: u64) -> ApiError {
    let directory = remote.repo.directory();
    let folder = format!("/tmp/product{second}/{directory}");
    let config = format!("{folder}/.git/config");
    let url = remote.url.replacen("://", &format!("://root:{}@", remote.token), 1);
    let text = match chance % 9 {
        0 => return usual(remote),
        1 => {
            return failed(
                remote,
                &format!(
                    "fatal: could not create work tree dir '{directory}': File \
            exists\n"
                ),
            );
        }
        2 => format!(
            "error: could not lock config file {config}: File exists\nfatal: could not set \
             'core.repositoryformatversion' to '0'"
        ),
        3 => format!(
            "error: could not lock config file {config}: No such file or directory\nfatal: could not set \
             'core.bare' to 'false'"
        ),
        4 => format!(
            "error: could not write config file {config}: No such file or directory\nfatal: could not set \
             'core.filemode' to 'true'"
        ),
        5 => copy_error(&folder, "update.sample"),
        6 => copy_error(&folder, "fsmonitor-watchman.sample"),
        7 => "POST git-upload-pack (175 bytes)\nPOST git-upload-pack (217 bytes)\nBUG: \
              refs/files-backend.c:3040: initial ref transaction called with existing refs"
            .to_owned(),
        _ => format!(
            "error: chmod on {config}.lock failed: No such file or directory\nfatal: could not set \
             'remote.origin.url' to '{url}'"
        ),
    };
    failed(remote, &format!("Cloning into '{directory}'...\n{text}\n"))
}

fn copy_error(folder: &str, hook: &str) -> String {
    format!(
        "fatal: cannot copy '/usr/share/git-core/templates/hooks/{hook}' to '{folder}/.git/hooks/{hook}': \
         File exists"
    )
}

fn failed(remote: &Remote<'_>, git: &str) -> ApiError {
    ApiError::plain(format!(
        "failed to clone repository, the repository url: {}, err: failed to clone repository: {git}",
        remote.url
    ))
}
