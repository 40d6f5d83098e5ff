//! `drift --blame`: who wrote what has drifted. The server commits every write as the user of its token.

use crate::live::gitlab::Commit;
use crate::model::value::{Path, Segment};
use crate::plan::drift::Findings;
use crate::plan::{Drift, Plan};
use crate::resource::Address;
use crate::resource::schema::Kept;

use super::connect::Connected;
use super::open::Session;

/// Who wrote an object last.
#[derive(Clone, Debug)]
pub struct Blame {
    /// The object.
    pub address: Address,
    /// The commit, or why it is not known.
    pub last: Result<Commit, String>,
}

impl Session {
    /// Looks up who wrote each drifted object last: one request for most of them.
    pub(super) async fn blame(&self, plan: &Plan, connected: &Connected) -> Vec<Blame> {
        let source = connected.refresh.git.as_ref();
        let gitlab = source.and_then(|source| source.client());
        let findings = Findings::of(plan);
        let mut found = Vec::new();
        for drift in findings.drifted.iter().chain(&findings.missing) {
            let last = match gitlab {
                _ if is_of_gitlab(drift) => {
                    Err("it was changed in GitLab itself, whose audit events say by whom".to_owned())
                }
                None => Err("it is not known where GitLab is".to_owned()),
                Some(Err(why)) => Err(why.to_string()),
                Some(Ok(gitlab)) => match gitlab.last_commit(&drift.address, &drift.object).await {
                    Ok(Some(commit)) => Ok(commit),
                    Ok(None) => Err("its manifest is not in the repository of a product".to_owned()),
                    Err(why) => Err(why.to_string()),
                },
            };
            found.push(Blame { address: drift.address.clone(), last });
        }
        found
    }
}

/// Whether only attributes of GitLab differ, which no commit shows.
fn is_of_gitlab(drift: &Drift) -> bool {
    let attributes = drift.address.kind().attributes;
    let is_kept_there = |name: &str| {
        attributes.iter().any(|attribute| attribute.name == name && attribute.kept == Kept::InGitLab)
    };
    let first =
        |path: &Path| matches!(path.segments().first(), Some(Segment::Name(name)) if is_kept_there(name));
    !drift.attributes.is_empty() && drift.attributes.iter().all(|attribute| first(&attribute.path))
}
