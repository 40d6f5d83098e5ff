//! Who still uses what would go. The API lets people delete a cluster that environments use, and poisons their products (§4.3);
//! nautform does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::snapshot::{Collection, Live, Snapshot};
use crate::model::diagnostic::Span;
use crate::model::text::first_few;
use crate::model::value::Value;
use crate::resource::schema::Strength;
use crate::resource::{Address, references};

use crate::plan::{Action, Change, Plan, PlanInput, Reason, Refusal, RefusalKind};

/// Who uses what, among live objects that stay.
pub(in crate::plan) struct Users(BTreeMap<Address, Vec<Address>>);

impl Users {
    /// Looks through the snapshot; costs nothing if nothing leaves or is fixed.
    pub(in crate::plan) fn find(input: &PlanInput<'_>, kept: &[Change], gone: &[Change]) -> Self {
        let leaving: BTreeSet<&Address> = deleted(gone).map(|change| &change.address).collect();
        if leaving.is_empty() && !kept.iter().any(may_be_replaced) {
            return Self(BTreeMap::new());
        }
        Self(users(input, &leaving))
    }

    /// The users of an object.
    pub(in crate::plan) fn of(&self, address: &Address) -> &[Address] {
        self.0.get(address).map(Vec::as_slice).unwrap_or_default()
    }
}

fn deleted(gone: &[Change]) -> impl Iterator<Item = &Change> {
    gone.iter().filter(|change| change.action == Action::Delete)
}

fn may_be_replaced(change: &Change) -> bool {
    change.action == Action::Replace || change.attributes.iter().any(|attribute| attribute.fixed_while_used)
}

/// Refuses deletes of objects that something else uses, and names the users; says what vanishes along with what goes.
pub(in crate::plan) fn check(
    input: &PlanInput<'_>,
    users: &Users,
    kept: &[Change],
    gone: &mut [Change],
    plan: &mut Plan,
) {
    let orphans: BTreeSet<Address> = gone
        .iter()
        .filter(|change| change.action == Action::Forget && change.reasons.contains(&Reason::Orphaned))
        .map(|change| change.address.clone())
        .collect();
    let declared_only = input.selection.declared_only;
    let excluded = |user: &Address| input.selection.exclude.iter().any(|pattern| pattern.covers(user));
    for change in gone.iter_mut().filter(|change| change.action == Action::Delete) {
        let (inside, outside): (Vec<&Address>, Vec<&Address>) =
            users.of(&change.address).iter().partition(|user| lives_in(user, &change.address));
        let (staying, inside): (Vec<&Address>, Vec<&Address>) =
            inside.into_iter().partition(|user| declared_only || orphans.contains(user) || excluded(user));
        if !staying.is_empty() {
            plan.refusals.push(would_go_too(input, &change.address, change.source, &staying));
        }
        let (lost, vanishing): (Vec<&Address>, Vec<&Address>) =
            inside.into_iter().partition(|user| user.kind().irreversible.is_some());
        let blocking: Vec<&Address> = outside.into_iter().chain(lost).collect();
        if !blocking.is_empty() {
            plan.refusals.push(in_use(input, &change.address, change.source, "deleted", &blocking));
        }
        change.takes_along = vanishing.into_iter().cloned().collect();
    }
    let watched = deleted(gone).chain(kept.iter().filter(|change| may_be_replaced(change)));
    plan.refusals.extend(watched.filter_map(|change| blind_spot(input.snapshot, change)));
}

/// For each object, the live objects that use it and do not leave with this plan.
fn users(input: &PlanInput<'_>, leaving: &BTreeSet<&Address>) -> BTreeMap<Address, Vec<Address>> {
    let mut users: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    let mut note = |user: &Address, spec: &Value| {
        let named = references(user, spec).into_iter().filter(|named| named.strength == Strength::Hard);
        let mut targets: BTreeSet<Address> = named.map(|named| named.address).collect();
        targets.extend(user.owner());
        targets.into_iter().for_each(|target| users.entry(target).or_default().push(user.clone()));
    };
    // What a declared object will name counts, not what it names now.
    let desired = |address: &Address| input.declared(address).map(|resource| &resource.spec);
    for observed in input.snapshot.objects().filter(|observed| !leaving.contains(&observed.address)) {
        note(&observed.address, desired(&observed.address).unwrap_or(&observed.spec));
    }
    let mut remembered = Vec::new();
    for (address, _) in input.snapshot.unreadable().filter(|(address, _)| !leaving.contains(address)) {
        match desired(address) {
            Some(spec) => note(address, spec),
            None => remembered.push(address),
        }
    }
    for address in remembered {
        let record = input.record(address);
        for target in record.into_iter().flat_map(|record| &record.references) {
            users.entry(target.clone()).or_default().push(address.clone());
        }
    }
    users
}

fn lives_in(user: &Address, owner: &Address) -> bool {
    owner.kind().is_owner && user.product() == Some(owner.name())
}

/// What uses an object stands in its way.
pub(in crate::plan) fn in_use(
    input: &PlanInput<'_>,
    address: &Address,
    span: Option<Span>,
    what: &str,
    users: &[&Address],
) -> Refusal {
    let left_out: Vec<&Address> =
        users.iter().copied().filter(|user| input.left_out.contains(*user)).collect();
    let help = match (left_out.is_empty(), input.selection.exclude.is_empty()) {
        _ if input.selection.declared_only => {
            "what uses it is not in these manifests: change it first, or run the whole fleet".to_owned()
        }
        (true, _) => "remove or change what uses it first".to_owned(),
        (false, true) => {
            let targets: Vec<String> = left_out.iter().map(|user| format!("--target={user}")).collect();
            format!("what uses it is not in this plan: pass {} as well", targets.join(" "))
        }
        (false, false) => {
            "what uses it is not in this plan: let --target and --exclude leave it in".to_owned()
        }
    };
    Refusal {
        kind: RefusalKind::InUse,
        address: Some(address.clone()),
        message: format!("can't be {what}: it is used by {}", names(users)),
        help,
        span,
    }
}

/// What somebody asked to leave alone lives in an object that would go.
fn would_go_too(
    input: &PlanInput<'_>,
    address: &Address,
    span: Option<Span>,
    staying: &[&Address],
) -> Refusal {
    let help = if input.selection.declared_only {
        "destroy what is in it first, or run the whole fleet".to_owned()
    } else {
        format!("keep {address} as well, or take back nautform.dev/deletion-policy: orphan, or --exclude")
    };
    Refusal {
        kind: RefusalKind::InUse,
        address: Some(address.clone()),
        message: format!("can't be deleted: what is to stay would be deleted with it: {}", names(staying)),
        help,
        span,
    }
}

/// The first few of many.
pub(in crate::plan) fn names(addresses: &[&Address]) -> String {
    first_few(addresses, 10)
}

/// Nobody can say that nothing uses an object if the lists of possible users could not be read.
fn blind_spot(snapshot: &Snapshot, change: &Change) -> Option<Refusal> {
    let own = change.address.product_or_own();
    let same_product = |collection: &Collection| own.is_none() || collection.product() == own;
    let (collection, why) = snapshot
        .failures()
        .find(|(collection, _)| same_product(collection) && snapshot.failure(collection).is_some())?;
    matches!(snapshot.live(&change.address), Live::Present(_)).then(|| Refusal {
        kind: RefusalKind::Unknown,
        address: Some(change.address.clone()),
        message: format!(
            "cannot determine what uses it: the {} objects could not be read: {why}",
            collection.kind()
        ),
        help: "try again when they can be read".to_owned(),
        span: change.source,
    })
}
