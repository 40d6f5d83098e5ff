//! The two clients of the API: a [`Reader`] cannot write, a [`Writer`] can. Each call is one request and its
//! verdict; the caller decides about retries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::value::Value;
use crate::resource::schema::{Kind, Scope, wire};
use crate::resource::{Address, Observed};

use super::budget::RetryBudget;
use super::classify::{classify, remains};
use super::identity::Identity;
use super::request::{self, Checks};
use super::transport::{Reply, Request, Transport};
use super::verdict::{Call, Verdict};

/// What a GET says of an object.
#[derive(Clone, Debug)]
pub enum Presence {
    /// It exists, like this.
    Present(Observed),
    /// Its manifest is gone, and what it manages is still there
    /// ([`Teardown`](crate::resource::schema::Teardown)).
    Remains,
    /// It does not exist.
    Absent,
}

/// Reads. It has no method that writes.
#[derive(Clone)]
pub struct Reader {
    transport: Arc<dyn Transport>,
    sent: Arc<AtomicUsize>,
    budget: Arc<RetryBudget>,
}

impl Reader {
    /// Reads through a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, sent: Arc::default(), budget: Arc::default() }
    }

    /// The same with the budget of the server, which several clients may share.
    pub fn with_budget(self, budget: Arc<RetryBudget>) -> Self {
        Self { budget, ..self }
    }

    /// The retry budget of the server.
    pub(crate) fn budget(&self) -> &RetryBudget {
        &self.budget
    }

    /// How many requests were sent so far, writes included.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Which server it reads, as far as is known.
    pub fn server(&self) -> Option<Identity> {
        self.transport.identity()
    }

    /// What there is of an object.
    ///
    /// # Errors
    /// The verdict, if it is unknown whether the object exists.
    pub async fn get(&self, address: &Address) -> Result<Presence, Verdict> {
        let kind = address.kind();
        match self.send(kind, Call::Get, request::get(address)).await {
            (Verdict::Done { .. }, Some(reply)) => {
                let (_, spec) = wire::read(kind, &reply.body).map_err(|error| unreadable(&error))?;
                Ok(Presence::Present(Observed::replied(address.clone(), Arc::new(spec))))
            }
            (Verdict::Absent, Some(reply)) if remains(kind, &reply) => Ok(Presence::Remains),
            (Verdict::Absent, _) => Ok(Presence::Absent),
            (verdict, _) => Err(verdict),
        }
    }

    /// All objects of a kind that the server lists, or `None` if the product does not exist.
    ///
    /// # Errors
    /// The verdict, if the list could not be read.
    pub async fn list(
        &self,
        kind: &'static Kind,
        product: Option<&str>,
    ) -> Result<Option<Vec<Observed>>, Verdict> {
        let body = match self.send(kind, Call::List, request::list(kind, product)).await {
            (Verdict::Done { .. }, Some(reply)) => reply.body,
            (Verdict::Absent, _) => return Ok(None),
            (verdict, _) => return Err(verdict),
        };
        let observed = |(name, spec): (String, _)| {
            let address = match (product, kind.scope) {
                (Some(product), Scope::Product) => Address::of_product(kind, product, name),
                _ => Address::of_tenant(kind, name),
            };
            Observed::replied(address, Arc::new(spec))
        };
        let items = wire::read_list(kind, &body).map_err(|error| unreadable(&error))?;
        Ok(Some(items.into_iter().map(observed).collect()))
    }

    /// Sends a request, unless the server was given up.
    async fn send(&self, kind: &Kind, call: Call, request: Request) -> (Verdict, Option<Reply>) {
        if let Some(given_up) = self.budget.given_up() {
            return (given_up, None);
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let outcome = self.transport.send(request).await;
        let verdict = classify(kind, call, &outcome);
        self.budget.note(&verdict);
        (verdict, outcome.ok())
    }
}

/// A cut-off reply is repeated; another shape means another server.
fn unreadable(error: &wire::WireError) -> Verdict {
    let message = error.to_string();
    match error {
        wire::WireError::Broken(_) => Verdict::Unavailable { message, after: None },
        wire::WireError::Shape(_) | wire::WireError::Nameless => Verdict::WrongServer {
            message: format!("the server does not speak the API of Nautes v0.4: {message}"),
            once_more: false,
        },
    }
}

/// Writes, and reads back.
#[derive(Clone)]
pub struct Writer {
    reader: Reader,
}

impl Writer {
    /// Writes through a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { reader: Reader::new(transport) }
    }

    /// The same with the budget of the server, which several clients may share.
    pub fn with_budget(self, budget: Arc<RetryBudget>) -> Self {
        Self { reader: self.reader.with_budget(budget) }
    }

    /// The reader of the same server.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Creates or replaces an object.
    pub async fn save(&self, address: &Address, spec: &Value, checks: Checks) -> Verdict {
        self.reader.send(address.kind(), Call::Save, request::save(address, spec, checks)).await.0
    }

    /// Deletes an object.
    pub async fn delete(&self, address: &Address, checks: Checks) -> Verdict {
        self.reader.send(address.kind(), Call::Delete, request::delete(address, checks)).await.0
    }
}
