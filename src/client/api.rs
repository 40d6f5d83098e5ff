//! The two faces of the API: a [`Reader`] cannot write, a [`Writer`] can. Each call is one request and its verdict; who calls decides
//! about trying again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::resource::{Address, Observed};
use crate::schema::{Kind, Scope, wire};

use super::failure::{Call, judge};
use super::{Reply, Request, SendError, Transport, Verdict, request};

/// Reads. There is no way from here to a write.
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
    /// The verdict, if the server did not say which.
    pub async fn get(&self, address: &Address) -> Result<Option<Observed>, Verdict> {
        let kind = address.kind();
        match self.read(kind, Call::Get, request::get(address)).await? {
            None => Ok(None),
            Some(json) => {
                let (_, spec) = wire::read(kind, json).map_err(|error| unreadable(&error))?;
                Ok(Some(Observed { address: address.clone(), spec: Arc::new(spec) }))
            }
        }
    }

    /// All objects of a kind that the server lists, or `None` if the product does not exist.
    ///
    /// # Errors
    /// The verdict, if the server did not say.
    pub async fn list(
        &self,
        kind: &'static Kind,
        product: Option<&str>,
    ) -> Result<Option<Vec<Observed>>, Verdict> {
        let Some(json) = self.read(kind, Call::List, request::list(kind, product)).await? else {
            return Ok(None);
        };
        let product: Option<Arc<str>> = product.map(Arc::from);
        let observed = |(name, spec): (String, _)| {
            let address = match (&product, kind.scope) {
                (Some(product), Scope::Product) => Address::of_product(kind, Arc::clone(product), name),
                _ => Address::of_tenant(kind, name),
            };
            Observed { address, spec: Arc::new(spec) }
        };
        let items = wire::read_list(kind, json).map_err(|error| unreadable(&error))?;
        Ok(Some(items.into_iter().map(observed).collect()))
    }

    async fn read(
        &self,
        kind: &Kind,
        call: Call,
        request: Request,
    ) -> Result<Option<serde_json::Value>, Verdict> {
        let outcome = self.send(request).await;
        match judge(kind, call, &outcome) {
            Verdict::Done { .. } => {
                let body = outcome.map(|reply| reply.body).unwrap_or_default();
                serde_json::from_slice(&body).map(Some).map_err(|error| Verdict::RetrySoon {
                    message: format!("the answer is cut off or no JSON: {error}"),
                    after: None,
                })
            }
            Verdict::Absent => Ok(None),
            verdict => Err(verdict),
        }
    }

    async fn send(&self, request: Request) -> Result<Reply, SendError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.transport.send(request).await
    }
}

fn unreadable(error: &wire::WireError) -> Verdict {
    Verdict::Permanent {
        message: error.to_string(),
        meaning: Some("the server does not speak the API of Nautes v0.4: check --api-server".to_owned()),
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

    /// The reading face.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Creates or replaces an object with a body made by [`wire::body`].
    pub async fn save(&self, address: &Address, body: Vec<u8>) -> Verdict {
        let outcome = self.reader.send(request::save(address, body)).await;
        judge(address.kind(), Call::Save, &outcome)
    }

    /// Deletes an object.
    pub async fn delete(&self, address: &Address) -> Verdict {
        let outcome = self.reader.send(request::delete(address)).await;
        judge(address.kind(), Call::Delete, &outcome)
    }
}
