//! A copy of the server: a sandbox that takes the steps of a plan.

use bytes::Bytes;

use crate::http::Redactor;
use crate::live::client::classify::classify;
use crate::live::client::request::{self, Checks};
use crate::live::client::{Call, Reply, Verdict};
use crate::live::snapshot::Snapshot;
use crate::model::value::{Secret, Value};
use crate::resource::Address;
use crate::resource::kinds::KINDS;
use crate::resource::schema::wire;
use crate::sandbox::{self, Options, Request, World};
use crate::state::Verb;

/// The copy and its clock.
#[derive(Clone)]
pub(super) struct Copy {
    pub(super) world: World,
    now: u64,
    /// Removes what must not be shown from what the copy says.
    redactor: Redactor,
    /// Secrets that are to be removed, too. Most copies never say anything: they are looked at when one does.
    sent: Vec<Secret>,
}

impl Copy {
    /// A copy with nothing in it, which shows no secret of what was read.
    pub(super) fn new(snapshot: &Snapshot, options: Options) -> Self {
        let sent = snapshot.objects().flat_map(|observed| observed.spec.secrets()).collect();
        Self { world: World::new(options), now: 0, redactor: Redactor::default(), sent }
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
        let path = request::path(address) + checks.query();
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
        self.found(product)
    }

    /// The same, as it is now.
    pub(super) fn found(&mut self, product: &str) -> Vec<(Address, String)> {
        let found = sandbox::violations(&self.world, product, self.now).into_iter();
        let object = |violation: sandbox::Violation| {
            let kind = KINDS.iter().copied().find(|kind| kind.names.collection == violation.collection)?;
            let message = self.redacted(&violation.message);
            Some((Address::of_product(kind, product, violation.name), message))
        };
        found.filter_map(object).collect()
    }

    /// A text of the server's about an object, with names instead of the copy's numbers.
    pub(super) fn with_names(&mut self, text: &str, address: &Address) -> String {
        let named = address.product_or_own().map(|product| self.world.with_names(text, product));
        self.redacted(named.as_deref().unwrap_or(text))
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
