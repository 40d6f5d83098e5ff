//! The rehearsal: carries a plan out against a sandbox that is filled with the live snapshot, and says what
//! would be refused. Pure; it takes no request.
//!
//! Only products that were read without gaps are rehearsed: what the copy lacks may exist on the server.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::{Value as Json, json};

use crate::live::client::classify::classify;
use crate::live::client::{Call, Reply, Verdict, request};
use crate::live::snapshot::{Live, Snapshot};
use crate::model::hint::Hint;
use crate::plan::{Operation, OperationKey, Operations, Plan, Refusal, RefusalKind};
use crate::resource::schema::{Scope, Strength, wire};
use crate::resource::{Address, DisplayNames, Observed, references};
use crate::sandbox::{self, Options, Request, World};
use crate::state::Verb;

/// What a rehearsal found.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// The steps that the server would refuse.
    pub refusals: Vec<Refusal>,
    /// Sentences about what was not rehearsed.
    pub notes: Vec<String>,
}

/// Carries the plan out in a copy of the live state.
pub fn rehearse(plan: &Plan, snapshot: &Snapshot) -> Rehearsed {
    let operations = plan.operations();
    let touched: BTreeSet<Option<&str>> = operations.keys().map(|key| key.address.product_or_own()).collect();
    let mut rehearsed = Rehearsed::default();
    let gaps = gaps(snapshot, &touched);
    let (closed, open): (BTreeSet<_>, BTreeSet<_>) =
        touched.into_iter().partition(|place| gaps.contains_key(place));
    for place in closed {
        let what = place.map_or("the clusters".to_owned(), |product| format!("product {product}"));
        rehearsed.notes.push(format!("The dry run was skipped for {what}: {}.", gaps[&place]));
    }
    if open.is_empty() {
        return rehearsed;
    }
    match World::from_replies(&replies(snapshot, &open), Options::default()) {
        Ok(world) => rehearsed.refusals = Rehearsal { world, now: 0, operations }.perform(&open),
        Err(error) => rehearsed.notes.push(format!("The dry run was skipped: {error}.")),
    }
    rehearsed
}

/// Of which of the touched products, or of the tenant, too little is known, and why.
fn gaps<'a>(
    snapshot: &'a Snapshot,
    touched: &BTreeSet<Option<&'a str>>,
) -> BTreeMap<Option<&'a str>, String> {
    let mut gaps = BTreeMap::new();
    for (address, _) in snapshot.unreadable() {
        gaps.entry(address.product_or_own()).or_insert_with(|| format!("the server can't show {address}"));
    }
    for (collection, _) in snapshot.failures() {
        let why = || format!("the {} objects could not be read", collection.kind());
        match collection.table().scope {
            Scope::Product => _ = gaps.entry(collection.product()).or_insert_with(why),
            // Every product names clusters.
            Scope::Tenant => touched.iter().for_each(|place| _ = gaps.entry(*place).or_insert_with(why)),
        }
    }
    for observed in snapshot.objects() {
        let place = observed.address.product_or_own();
        if touched.contains(&place) && !gaps.contains_key(&place) {
            gaps.extend(dangling(snapshot, observed).map(|why| (place, why)));
        }
    }
    gaps
}

/// An object that was read names one that was not, since the plan is not about it.
fn dangling(snapshot: &Snapshot, observed: &Observed) -> Option<String> {
    let named = references(&observed.address, &observed.spec).into_iter();
    let mut hard = named.filter(|named| named.strength == Strength::Hard);
    let unread = hard.find(|named| matches!(snapshot.live(&named.address), Live::Unknown(_)))?;
    Some(format!("{} was not read", unread.address))
}

/// The snapshot as the replies it came from (§12.1).
fn replies(snapshot: &Snapshot, open: &BTreeSet<Option<&str>>) -> Json {
    let names = DisplayNames::reversed(snapshot.objects().map(|found| (&found.address, &*found.spec)));
    let mut tenant: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    let mut products: BTreeMap<&str, serde_json::Map<String, Json>> = BTreeMap::new();
    for observed in snapshot.objects() {
        let kind = observed.address.kind();
        match observed.address.product_or_own() {
            None => tenant.entry(kind.collection).or_default().push(reply(observed, &names)),
            Some(product) if !open.contains(&Some(product)) => {}
            Some(product) if kind.is_owner => {
                products.entry(product).or_default().insert("product".to_owned(), reply(observed, &names));
            }
            Some(product) => {
                let lists = products.entry(product).or_default();
                let list = lists.entry(kind.collection).or_insert_with(|| Json::Array(Vec::new()));
                list.as_array_mut().expect("lists are made above").push(reply(observed, &names));
            }
        }
    }
    let mut all = serde_json::Map::new();
    all.extend(tenant.into_iter().map(|(collection, items)| (collection.to_owned(), Json::Array(items))));
    let products = products.into_iter().map(|(name, lists)| (name.to_owned(), Json::Object(lists)));
    all.insert("products".to_owned(), Json::Object(products.collect()));
    Json::Object(all)
}

/// An object as the server shows it.
fn reply(observed: &Observed, names: &DisplayNames) -> Json {
    let address = &observed.address;
    let spec = &*observed.spec;
    let translated = names.translate(address, spec);
    let body = wire::body(address.kind(), address.name(), translated.as_ref().unwrap_or(spec));
    let mut reply: Json = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(members) = reply.as_object_mut() {
        // A product's reply shows its display name at the top (§4.1).
        let display = Some(address.kind().display_name).filter(|_| address.kind().is_owner);
        let shown = display.filter(|field| !field.is_empty()).and_then(|field| spec.text_at(field));
        members.insert("name".to_owned(), json!(shown.unwrap_or(address.name())));
    }
    reply
}

/// The copy, its clock, and the operations.
struct Rehearsal<'a> {
    world: World,
    now: u64,
    operations: Operations<'a>,
}

impl Rehearsal<'_> {
    fn perform(&mut self, open: &BTreeSet<Option<&str>>) -> Vec<Refusal> {
        let operations = self.operations;
        let mut refused = Vec::new();
        let mut not_done = BTreeSet::new();
        // In the order of apply: another order of the steps might succeed or fail at other steps.
        let mut schedule = operations.schedule(|key: &OperationKey| Some(key.address.kind().lane));
        loop {
            let started: Vec<OperationKey> = std::iter::from_fn(|| schedule.start()).collect();
            if started.is_empty() {
                break;
            }
            for key in started {
                let verdict = open.contains(&key.address.product_or_own()).then(|| self.step(&key, ""));
                if matches!(verdict, Some(Verdict::Done { .. } | Verdict::Absent)) {
                    schedule.finish(&key);
                    continue;
                }
                not_done.extend(schedule.fail(&key));
                not_done.insert(key.clone());
                refused.extend(verdict.map(|verdict| (key, verdict)));
            }
        }
        if refused.is_empty() {
            return Vec::new();
        }
        let left: BTreeSet<&OperationKey> =
            not_done.iter().filter(|key| open.contains(&key.address.product_or_own())).collect();
        let names = self.world.clone();
        let advice = self.ends_well(&left, &refused).then(|| self.two_steps(&refused));
        let refusal = |(key, verdict): &(OperationKey, Verdict)| {
            let message = names.with_names(verdict.message());
            refusal(key, &operations.get(key), verdict, &message, advice.as_deref())
        };
        refused.iter().map(refusal).collect()
    }

    /// Whether the refused steps would be accepted when everything else is as planned: then the result is
    /// valid, and only the order is impossible.
    fn ends_well(&mut self, left: &BTreeSet<&OperationKey>, refused: &[(OperationKey, Verdict)]) -> bool {
        let order = self.operations.graph().topological_order();
        for key in order.into_iter().filter(|key| left.contains(key)) {
            self.step(key, "?insecure_skip_check=true");
        }
        refused.iter().all(|(key, _)| matches!(self.step(key, ""), Verdict::Done { .. } | Verdict::Absent))
    }

    /// What to do if only the order is impossible: mostly because of an object that is used by others from
    /// now on.
    fn two_steps(&self, refused: &[(OperationKey, Verdict)]) -> String {
        let changes = refused.iter().map(|(key, _)| self.operations.change(key));
        let served = changes.flat_map(|change| change.dependencies.iter().chain(&change.used));
        let is_updated = |address: &&Address| self.operations.contains(address, Verb::Update);
        let served: BTreeSet<String> = served.filter(is_updated).map(ToString::to_string).collect();
        let served: Vec<&str> = served.iter().map(String::as_str).collect();
        format!(
            "the result would be accepted, but there is no order of single writes that leads to it: apply in two \
             steps, the first of which grants what is new and takes nothing away yet{}{}",
            if served.is_empty() { "" } else { ", in " },
            served.join(" and ")
        )
    }

    fn step(&mut self, key: &OperationKey, query: &str) -> Verdict {
        let operation = self.operations.get(key);
        // A minute between steps: nothing collides, and everything has reached Kubernetes.
        self.now += 60_000;
        let address = &key.address;
        let kind = address.kind();
        let (call, request) = match (operation.verb, &operation.change.after) {
            (Verb::Create | Verb::Update, Some(spec)) => {
                let body = Bytes::from(wire::body(kind, address.name(), spec));
                (Call::Save, Request::post(request::get(address).path + query, body))
            }
            _ => (Call::Delete, Request::delete(request::get(address).path + query)),
        };
        self.world.settle(self.now);
        let response = sandbox::handle(&mut self.world, &request, self.now);
        let reply = Reply {
            status: response.status,
            content_type: response.content_type.split(';').next().unwrap_or_default().to_owned(),
            retry_after: None,
            body: response.body,
        };
        classify(kind, call, &Ok(reply))
    }
}

fn refusal(
    key: &OperationKey,
    operation: &Operation<'_>,
    verdict: &Verdict,
    message: &str,
    advice: Option<&str>,
) -> Refusal {
    let meaning = match (advice, verdict) {
        (Some(advice), _) => Some(advice.into()),
        (None, Verdict::Permanent { meaning, .. }) => meaning.map(Hint::from),
        (None, _) => None,
    };
    Refusal {
        kind: RefusalKind::Rehearsal,
        address: Some(key.address.clone()),
        message: format!("the server would refuse to {} it: {message}", key.verb),
        hints: meaning.into_iter().chain([Hint::SkipRehearsal]).collect(),
        span: operation.change.source,
    }
}
