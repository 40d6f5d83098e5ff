//! The two clients of the API: a [`Reader`] cannot write, a [`Writer`] can. Each call is one request and its
//! verdict; the caller decides about retries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::resource::schema::{Kind, Scope, wire};
use crate::resource::{Address, Observed};

use super::classify::classify;
use super::request;
use super::transport::{Reply, Request, SendError, Transport};
use super::verdict::{Call, Verdict};

/// Reads. It has no method that writes.
#[derive(Clone)]
pub struct Reader {
    transport: Arc<dyn Transport>,
    sent: Arc<AtomicUsize>,
}

impl Reader {
    /// Reads through a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, sent: Arc::default() }
    }

    /// How many requests were sent so far, writes included.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The object, or `None` if it does not exist.
    ///
    /// # Errors
    /// The verdict, if it is unknown whether the object exists.
    pub async fn get(&self, address: &Address) -> Result<Option<Observed>, Verdict> {
        let kind = address.kind();
        let Some(body) = self.read(kind, Call::Get, request::get(address)).await? else { return Ok(None) };
        let (_, spec) = wire::read(kind, &body).map_err(|error| unreadable(&error))?;
        Ok(Some(Observed { address: address.clone(), spec: Arc::new(spec) }))
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
        let Some(body) = self.read(kind, Call::List, request::list(kind, product)).await? else {
            return Ok(None);
        };
        let observed = |(name, spec): (String, _)| {
            let address = match (product, kind.scope) {
                (Some(product), Scope::Product) => Address::of_product(kind, product, name),
                _ => Address::of_tenant(kind, name),
            };
            Observed { address, spec: Arc::new(spec) }
        };
        let items = wire::read_list(kind, &body).map_err(|error| unreadable(&error))?;
        Ok(Some(items.into_iter().map(observed).collect()))
    }

    async fn read(&self, kind: &Kind, call: Call, request: Request) -> Result<Option<Bytes>, Verdict> {
        let outcome = self.send(request).await;
        match classify(kind, call, &outcome) {
            Verdict::Done { .. } => Ok(outcome.ok().map(|reply| reply.body)),
            Verdict::Absent => Ok(None),
            verdict => Err(verdict),
        }
    }

    async fn send(&self, request: Request) -> Result<Reply, SendError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.transport.send(request).await
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

    /// The reader of the same server.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Creates or replaces an object with a body made by [`wire::body`].
    pub async fn save(&self, address: &Address, body: Vec<u8>) -> Verdict {
        let outcome = self.reader.send(request::save(address, body)).await;
        classify(address.kind(), Call::Save, &outcome)
    }

    /// Deletes an object.
    pub async fn delete(&self, address: &Address) -> Verdict {
        let outcome = self.reader.send(request::delete(address)).await;
        classify(address.kind(), Call::Delete, &outcome)
    }
}
