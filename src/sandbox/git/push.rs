//! Pushes as the server makes them: they may be refused or lose a race (§8.3).

use crate::sandbox::api::ApiError;
use crate::sandbox::model::Options;
use crate::sandbox::random::{Purpose, chance, is_hit};

/// A push that may be refused or lose a race; what it would have pushed is lost.
pub(crate) fn push(
    url: impl FnOnce() -> String,
    number: u64,
    options: &Options,
    read_only: bool,
    contended: bool,
) -> Result<(), ApiError> {
    if read_only {
        let url = url();
        return Err(ApiError::plain(format!(
            "push data: remote: You are not allowed to push code to this project.\nfatal: unable to access \
             '{url}/': The requested URL returned error: 403\n, err: exit status 128"
        )));
    }
    let percent = options.push_conflict_percent;
    if !contended && !is_hit(percent, options.seed, number, Purpose::PushLoses) {
        return Ok(());
    }
    let url = url();
    let text = match chance(options.seed, number, Purpose::PushError) % 4 {
        0 | 1 => format!(
            "push data: To {url}\n ! [rejected]        main -> main (fetch first)\nerror: failed to push \
             some refs to '{url}'\n, err: exit status 1"
        ),
        2 => "when the save configuration cannot be merge automatically, manual approval may be required, \
              err: merge data: Auto-merging production/kustomization.yaml\nCONFLICT (content): Merge \
              conflict in production/kustomization.yaml\n, err: exit status 1"
            .to_owned(),
        _ => "commit output: On branch main\nnothing to commit, working tree clean\n, err: exit status 1"
            .to_owned(),
    };
    Err(ApiError::plain(text))
}
