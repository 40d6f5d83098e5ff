//! A copy of the server: a sandbox that is filled with the live snapshot.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use crate::http::Redactor;
use crate::live::client::classify::classify;
use crate::live::client::request::{self, Checks};
use crate::live::client::{Call, Reply, Verdict};
use crate::live::snapshot::Snapshot;
use crate::model::value::{Secret, Value};
use crate::resource::kinds::KINDS;
use crate::resource::schema::wire;
use crate::resource::{Address, DisplayNames, Observed};
use crate::sandbox::{self, Options, RepliesError, Request, World};
use crate::state::Verb;

/// The copy and its clock.
#[derive(Clone)]
pub(super) struct Copy {
    world: World,
    now: u64,
    /// Removes what must not be shown from what the copy says.
    redactor: Redactor,
    /// Secrets that are to be removed, too. Most copies never say anything: they are looked at when one does.
    sent: Vec<Secret>,
}

impl Copy {
    /// A copy of the tenant and of some products.
    pub(super) fn of(
        snapshot: &Snapshot,
        has: impl Fn(&str) -> bool,
        options: Options,
    ) -> Result<Self, RepliesError> {
        let world = World::from_replies(replies(snapshot, has), options)?;
        let sent = snapshot.objects().flat_map(|observed| observed.spec.secrets()).collect();
        Ok(Self { world, now: 0, redactor: Redactor::default(), sent })
    }

    /// Sends a write or, without a spec, a delete.
    pub(super) fn send(
        &mut self,
        address: &Address,
        verb: Verb,
        after: Option<&Value>,
        checks: Checks,
    ) -> Verdict {
        self.wait();
        let kind = address.kind();
        let path = request::get(address).path + checks.query();
        let (call, request) = match (verb, after) {
            (Verb::Create | Verb::Update, Some(spec)) => {
                self.sent.extend(spec.secrets());
                (Call::Save, Request::post(path, Bytes::from(wire::body(kind, address.name(), spec))))
            }
            _ => (Call::Delete, Request::delete(path)),
        };
        let response = sandbox::handle(&mut self.world, &request, self.now);
        let reply = Reply {
            status: response.status,
            content_type: response.content_type.split(';').next().unwrap_or_default().to_owned(),
            retry_after: None,
            body: response.body,
        };
        classify(kind, call, &Ok(reply))
    }

    /// The objects of a product that the server's checks refuse, and what they say.
    pub(super) fn violations(&mut self, product: &str) -> Vec<(Address, String)> {
        self.wait();
        let found = sandbox::violations(&self.world, product, self.now).into_iter();
        let object = |violation: sandbox::Violation| {
            let kind = KINDS.iter().copied().find(|kind| kind.names.collection == violation.collection)?;
            let message = self.redacted(&violation.message);
            Some((Address::of_product(kind, product, violation.name), message))
        };
        found.filter_map(object).collect()
    }

    /// A text of the server's, with names instead of the copy's numbers.
    pub(super) fn with_names(&mut self, text: &str) -> String {
        let text = self.world.with_names(text);
        self.redacted(&text)
    }

    fn redacted(&mut self, text: &str) -> String {
        self.sent.drain(..).for_each(|secret| self.redactor.insert(&secret));
        self.redactor.text(text).into_owned()
    }

    /// A minute between steps: nothing collides, and everything has reached Kubernetes.
    fn wait(&mut self) {
        self.now += 60_000;
        self.world.settle(self.now);
    }
}

/// Whether the server does what was asked for.
pub(super) const fn is_accepted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Done { .. } | Verdict::Absent)
}

/// The snapshot as the replies it came from (§12.1): the tenant's, then those of one product after the other.
fn replies(snapshot: &Snapshot, has: impl Fn(&str) -> bool) -> impl Iterator<Item = Json> {
    let mut of_tenant: Vec<&Observed> = Vec::new();
    let mut of_products: BTreeMap<&str, Vec<&Observed>> = BTreeMap::new();
    for observed in snapshot.objects() {
        match observed.address.product_or_own() {
            None => of_tenant.push(observed),
            Some(product) if has(product) => of_products.entry(product).or_default().push(observed),
            Some(_) => {}
        }
    }
    let gone: Vec<String> =
        of_products.values().flatten().flat_map(|observed| gone(snapshot, &observed.address)).collect();
    let names = DisplayNames::reversed(snapshot.objects().map(|found| (&found.address, &*found.spec)));
    let mut tenant = lists(snapshot, &of_tenant, &names);
    tenant.insert("gone".to_owned(), json!(gone));
    let products = of_products
        .into_iter()
        .map(move |(product, objects)| json!({ "products": { product: lists(snapshot, &objects, &names) } }));
    std::iter::once(Json::Object(tenant)).chain(products)
}

/// The lists of the tenant or of a product.
fn lists(snapshot: &Snapshot, objects: &[&Observed], names: &DisplayNames) -> serde_json::Map<String, Json> {
    let mut lists: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    let mut all = serde_json::Map::new();
    for observed in objects {
        let kind = observed.address.kind();
        if kind.is_owner {
            all.insert("product".to_owned(), reply(observed, names));
            continue;
        }
        lists.entry(kind.names.collection).or_default().push(reply(observed, names));
        let gone = gone(snapshot, &observed.address).map(Json::String);
        lists.entry("gone").or_default().extend(gone);
    }
    all.extend(lists.into_iter().map(|(collection, items)| (collection.to_owned(), Json::Array(items))));
    all
}

/// The server's own names of the repositories that an object refers to and that are gone.
fn gone(snapshot: &Snapshot, address: &Address) -> impl Iterator<Item = String> {
    let dangling = snapshot.ways.dangling(address);
    dangling.into_iter().flat_map(|found| found.projects.iter().map(|project| format!("repo-{project}")))
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
        let display = Some(address.kind().reading.display_name).filter(|_| address.kind().is_owner);
        let shown = display.filter(|field| !field.is_empty()).and_then(|field| spec.text_at(field));
        members.insert("name".to_owned(), json!(shown.unwrap_or(address.name())));
    }
    reply
}
