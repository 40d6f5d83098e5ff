//! What goes wrong with the deploy keys of a product's repositories (§11 items 3 and 4).

use crate::sandbox::api::ApiError;
use crate::sandbox::call::Call;
use crate::sandbox::random::{Purpose, chance, is_hit};

/// When the server crashes because of a DELETE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Before GitLab deletes the project: the configuration is gone, the code is there.
    Halfway,
    /// After the reply.
    Afterwards,
}

/// A project with fewer repositories has no background work that could fail.
const ENOUGH_TO_CRASH: usize = 3;

/// Whether the server crashes when it deletes a repository: its background work fails if the project has
/// three or more. Of 14 deaths that were seen 10 left the work half done.
pub(crate) fn crash_of_delete(call: &Call<'_>, group: u64, id: u64) -> Option<Crash> {
    let options = &call.world.options;
    let code_repos = &call.group(group).tree.code_repos;
    let project =
        code_repos.get(&id).map(|code_repo| code_repo.project.as_str()).filter(|p| !p.is_empty())?;
    let repositories = code_repos.values().filter(|code_repo| code_repo.project == project).count();
    let crashes = repositories >= ENOUGH_TO_CRASH
        && is_hit(options.breakdowns.dies_of_deletes, options.seed, call.number, Purpose::DiesOfDelete);
    let halfway = chance(options.seed, call.number, Purpose::HalfDeleted) % 14 < 10;
    crashes.then_some(if halfway { Crash::Halfway } else { Crash::Afterwards })
}

/// The refresh of the deploy keys after a push. It may never end.
pub(crate) fn refresh(call: &mut Call<'_>, group: u64) -> Result<(), ApiError> {
    if call.hangs() {
        return Err(ApiError::panic());
    }
    may_kill(call, group);
    Ok(())
}

/// In a product with a half-made repository any write of repositories and bindings may crash the server after
/// its reply.
fn may_kill(call: &mut Call<'_>, group: u64) {
    let options = &call.world.options;
    let percent = options.breakdowns.dies_of_missing_keys;
    let hit = is_hit(percent, options.seed, call.number, Purpose::DiesOfMissingKeys);
    let half_made = |id: &u64| call.world.lacks_keys(*id);
    if hit && call.group(group).tree.code_repos.keys().any(half_made) {
        call.die_after_reply();
    }
}

/// A binding of a repository whose secrets are missing.
pub(crate) fn missing_secret(repository: u64) -> ApiError {
    let path = format!("gitlab/repo-{repository}/default/readonly");
    ApiError::new(
        404,
        "SECRET_NOT_FOUND",
        format!("unable to read secret path: {path}, err: secret not found"),
    )
}
