//! Objects that are still in use are not deleted. The API allows it, and every later write to the users'
//! products fails then (§4.3).

use std::collections::BTreeSet;

use crate::live::snapshot::{Collection, Live, Snapshot};
use crate::model::diagnostic::Span;
use crate::model::hint::Hint;
use crate::model::text::first_few;
use crate::plan::model::refusal::NAMES_SHOWN;
use crate::plan::{Action, Change, PlanInput, Reason, Refusal, RefusalKind};
use crate::resource::Address;

use super::users::{Users, deletes, may_be_replaced};

/// Refuses deletes of objects that something else uses, and names the users; notes what is deleted along with
/// what contains it.
pub(in crate::plan) fn check(
    input: &PlanInput<'_>,
    users: &Users,
    kept: &[Change],
    gone: &mut [Change],
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let orphans: BTreeSet<Address> = gone
        .iter()
        .filter(|change| change.action == Action::Forget && change.reasons.contains(&Reason::Orphaned))
        .map(|change| change.address.clone())
        .collect();
    let selection = &input.coverage.selection;
    let excluded = |user: &Address| selection.exclude.iter().any(|pattern| pattern.covers(user));
    let stays = |user: &Address| selection.declared_only || orphans.contains(user) || excluded(user);
    for change in gone.iter_mut().filter(|change| change.action == Action::Delete) {
        let (inside, outside): (Vec<&Address>, Vec<&Address>) =
            users.of(&change.address).iter().partition(|user| is_in(user, &change.address));
        let (staying, inside): (Vec<&Address>, Vec<&Address>) =
            inside.into_iter().partition(|user| stays(user));
        if !staying.is_empty() {
            refusals.push(would_be_deleted_too(input, &change.address, change.source, &staying));
        }
        let (lost, vanishing): (Vec<&Address>, Vec<&Address>) =
            inside.into_iter().partition(|user| user.kind().deleting.irreversible.is_some());
        let blocking: Vec<&Address> = outside.into_iter().chain(lost).collect();
        if !blocking.is_empty() {
            refusals.push(in_use(input, &change.address, change.source, "deleted", &blocking));
        }
        change.takes_along = vanishing.into_iter().cloned().collect();
    }
    let watched = deletes(gone).chain(kept.iter().filter(|change| may_be_replaced(change)));
    refusals.extend(watched.filter_map(|change| unknown_users(input.snapshot, change)));
    refusals
}

fn is_in(user: &Address, owner: &Address) -> bool {
    owner.kind().is_owner && user.product() == Some(owner.name())
}

/// The refusal to delete or replace an object that is in use.
pub(in crate::plan) fn in_use(
    input: &PlanInput<'_>,
    address: &Address,
    span: Option<Span>,
    what: &str,
    users: &[&Address],
) -> Refusal {
    let coverage = input.coverage;
    let left_out: Vec<String> =
        users.iter().filter(|user| !coverage.includes(user)).map(ToString::to_string).collect();
    let not_here: Hint = "what uses it is not in this plan".into();
    let hints = match (left_out.is_empty(), coverage.selection.exclude.is_empty()) {
        _ if coverage.selection.declared_only => {
            vec!["what uses it is not in these manifests: change it first, or run the whole fleet".into()]
        }
        (true, _) => vec!["remove or change what uses it first".into()],
        (false, true) => vec![not_here, Hint::Target(left_out)],
        (false, false) => vec![not_here, Hint::WidenSelection],
    };
    let message = format!("can't be {what}: it is used by {}", first_few(users, NAMES_SHOWN));
    Refusal { hints, ..Refusal::new(RefusalKind::InUse, message).about(address).at(span) }
}

/// The refusal to delete an object with something in it that is to stay.
fn would_be_deleted_too(
    input: &PlanInput<'_>,
    address: &Address,
    span: Option<Span>,
    staying: &[&Address],
) -> Refusal {
    let help = if input.coverage.selection.declared_only {
        "destroy what is in it first, or run the whole fleet".to_owned()
    } else {
        format!("keep {address} as well, or remove the exclusion or nautform.dev/deletion-policy: orphan")
    };
    let names = first_few(staying, NAMES_SHOWN);
    let message = format!("can't be deleted: what is to stay would be deleted with it: {names}");
    Refusal::new(RefusalKind::InUse, message).about(address).hint(help).at(span)
}

/// The refusal to delete or replace an object whose possible users could not be read.
fn unknown_users(snapshot: &Snapshot, change: &Change) -> Option<Refusal> {
    let own = change.address.product_or_own();
    let same_product = |collection: &Collection| own.is_none() || collection.product() == own;
    let (collection, why) = snapshot
        .failures()
        .find(|(collection, _)| same_product(collection) && snapshot.failure(collection).is_some())?;
    matches!(snapshot.live(&change.address), Live::Present(_)).then(|| {
        let kind = collection.kind();
        let message = format!("cannot determine what uses it: the {kind} objects could not be read: {why}");
        let refusal = Refusal::new(RefusalKind::Unknown, message).about(&change.address);
        refusal.hint("try again when they can be read").at(change.source)
    })
}
