//! `drift --blame`: who wrote what has drifted. The server commits every write as the user of its token.

use std::sync::Arc;

use crate::live::gitlab::Commit;
use crate::plan::drift::Findings;
use crate::plan::{Drift, Plan};
use crate::resource::schema::Kept;
use crate::resource::{Address, Observed};
use crate::state::State;

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
    pub(super) async fn blame(
        &self,
        plan: &Plan,
        state: Option<&State>,
        connected: &Connected,
    ) -> Vec<Blame> {
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
                Some(Ok(gitlab)) => match gitlab.last_commit(&observed(drift, plan, state)).await {
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
    let mut fields = drift.attributes.iter().map(|attribute| attribute.path.to_string());
    !drift.attributes.is_empty()
        && fields.all(|field| is_kept_there(field.split(['.', '[']).next().unwrap_or_default()))
}

/// The object as it is live, else as it was applied last.
fn observed(drift: &Drift, plan: &Plan, state: Option<&State>) -> Observed {
    let address = &drift.address;
    let change = plan.changes.iter().find(|change| change.address == *address);
    let live = change.and_then(|change| change.before.clone());
    let applied = || state?.records.get(address).map(|record| Arc::new(record.applied.clone()));
    Observed::replied(address.clone(), live.or_else(applied).unwrap_or_default())
}
