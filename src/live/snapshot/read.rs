//! The reads themselves: three rounds (products, lists, what lists hide), lanes in parallel.

use std::collections::BTreeMap;
use std::future::Future;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::live::client::retry::{RetryDecision, RetryPolicy, RetryState};
use crate::live::client::{Presence, Reader, Verdict};
use crate::model::hint::Hint;
use crate::model::value::Value;
use crate::resource::kinds;
use crate::resource::schema::{Listing, Scope};
use crate::resource::{Address, DisplayNames, LaneKey, Lanes, Observed};

use super::{Collection, Live, Snapshot, Wanted};

/// How to read.
#[derive(Clone, Debug)]
pub struct RefreshOptions {
    /// Which requests may run at the same time.
    pub lanes: Lanes,
    /// How many reads may run at once where lanes allow.
    pub parallelism: usize,
    /// When failures are repeated.
    pub retry: RetryPolicy,
}

impl Default for RefreshOptions {
    fn default() -> Self {
        Self { lanes: Lanes::Shared, parallelism: 10, retry: RetryPolicy::default() }
    }
}

/// Nothing can be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The token was refused.
    #[error("{0}")]
    Unauthorized(String),
    /// There is no connection to the server.
    #[error("{0}")]
    NoServer(String),
    /// What answers is not a Nautes API server.
    #[error("{0}")]
    WrongServer(String),
}

impl RefreshError {
    /// What to do about it.
    pub const fn hint(&self) -> Option<Hint> {
        match self {
            Self::WrongServer(_) => Some(Hint::CheckServer),
            Self::Unauthorized(_) | Self::NoServer(_) => None,
        }
    }
}

/// One read.
#[derive(Clone, Debug)]
enum Read {
    One(Address),
    List(Collection),
}

/// What a read found.
enum Found {
    One(Presence),
    List(Option<Vec<Observed>>),
}

/// Reads what is wanted and not known yet into `snapshot`.
///
/// # Errors
/// If nothing can be read: no server, or a token that is not accepted. All other failures become a part of
/// the snapshot.
pub(crate) async fn refresh(
    reader: &Reader,
    wanted: &Wanted,
    snapshot: &mut Snapshot,
    options: &RefreshOptions,
) -> Result<(), RefreshError> {
    let before = reader.sent();
    let owners: Vec<Address> =
        wanted.owners().into_iter().filter(|address| !snapshot.is_asked(address)).collect();
    let mut first: Vec<Read> = owners.into_iter().map(Read::One).collect();
    // Kinds of the tenant do not depend on products: their lists run together with the products' GETs.
    let tenant = wanted.collections(snapshot).into_iter().filter(|collection| collection.product().is_none());
    first.extend(tenant.filter(|collection| !snapshot.is_settled(collection)).map(Read::List));
    run(reader, first, snapshot, options).await?;
    if wanted.needs_discovery() {
        discover(reader, snapshot, options).await?;
    }
    mark_absent_products(wanted, snapshot);
    let lists =
        wanted.collections(snapshot).into_iter().filter(|collection| !snapshot.is_settled(collection));
    let lists = lists
        .filter(|collection| !product_is_absent(collection.product(), snapshot))
        .map(Read::List)
        .collect();
    run(reader, lists, snapshot, options).await?;
    run(reader, hidden(wanted, snapshot), snapshot, options).await?;
    snapshot.sort();
    translate(snapshot);
    snapshot.requests += reader.sent() - before;
    Ok(())
}

/// Replaces display names in references by the names of the objects they mean (§4.0). Always from what the
/// replies said: another refresh of the same snapshot may know more names, and must not take a name for a
/// display name.
fn translate(snapshot: &mut Snapshot) {
    let names =
        DisplayNames::of(snapshot.objects().map(|observed| (&observed.address, observed.spec.as_ref())));
    let renamed: Vec<(Address, Value)> = snapshot
        .objects()
        .filter_map(|observed| {
            let spec = names.translate(&observed.address, snapshot.replied(observed))?;
            Some((observed.address.clone(), spec))
        })
        .collect();
    renamed.into_iter().for_each(|(address, spec)| snapshot.rename(&address, spec));
}

/// The list of products shows at most 20, in random order (§4.1): it can show that a product exists, never
/// that one does not.
async fn discover(
    reader: &Reader,
    snapshot: &mut Snapshot,
    options: &RefreshOptions,
) -> Result<(), RefreshError> {
    let collection = Collection::new(kinds::owner(), None);
    match fetch(reader, &Read::List(collection), options).await {
        Ok(Found::List(Some(found))) => found.into_iter().for_each(|observed| snapshot.insert(observed)),
        Ok(_) => {}
        Err(verdict) => fatal(&verdict)?,
    }
    Ok(())
}

fn product_is_absent(product: Option<&str>, snapshot: &Snapshot) -> bool {
    product.is_some_and(|product| {
        matches!(snapshot.live(&Address::of_tenant(kinds::owner(), product)), Live::Absent)
    })
}

/// What lives in a product that does not exist does not exist.
fn mark_absent_products(wanted: &Wanted, snapshot: &mut Snapshot) {
    let inside: Vec<Address> = wanted
        .addresses
        .iter()
        .chain(&wanted.deleting)
        .filter(|address| product_is_absent(address.product(), snapshot))
        .cloned()
        .collect();
    inside.into_iter().for_each(|address| snapshot.mark_absent(address));
}

/// Wanted objects that a list did not show, though they may exist: one GET each.
fn hidden(wanted: &Wanted, snapshot: &Snapshot) -> Vec<Read> {
    wanted
        .addresses
        .iter()
        .filter(|address| address.kind().scope == Scope::Product)
        .filter(|address| match snapshot.live(address) {
            Live::Absent => {
                address.kind().listing == Listing::Gaps
                    && !product_is_absent(address.product(), snapshot)
                    && !snapshot.is_single(address)
            }
            Live::Unreadable(_) => !snapshot.is_single(address),
            Live::Unknown(_) => snapshot.is_unlisted(&Collection::of(address)),
            Live::Present(_) => false,
        })
        .cloned()
        .map(Read::One)
        .collect()
}

/// Runs reads: those of one lane one after the other, lanes and reads without a lane in parallel.
async fn run(
    reader: &Reader,
    reads: Vec<Read>,
    snapshot: &mut Snapshot,
    options: &RefreshOptions,
) -> Result<(), RefreshError> {
    let mut lanes: BTreeMap<LaneKey, Vec<Read>> = BTreeMap::new();
    let mut free = Vec::new();
    for read in reads {
        let (kind, product) = match &read {
            Read::One(address) => (address.kind(), address.product()),
            Read::List(collection) => (collection.table(), collection.product()),
        };
        if kind.reads_unlocked {
            free.push(read);
        } else {
            lanes.entry(options.lanes.of(kind, product)).or_default().push(read);
        }
    }
    let one = |read: Read| async move {
        let found = fetch(reader, &read, options).await;
        (read, found)
    };
    let free = stream::iter(free).map(one).buffer_unordered(options.parallelism.max(1)).boxed();
    let laned = lanes.into_values().map(|reads| stream::iter(reads).then(one).boxed());
    let mut all = stream::select_all(std::iter::once(free).chain(laned));
    while let Some((read, found)) = all.next().await {
        record(read, found, snapshot)?;
    }
    Ok(())
}

/// One read with its retries.
async fn fetch(reader: &Reader, read: &Read, options: &RefreshOptions) -> Result<Found, Verdict> {
    match read {
        Read::One(address) => with_retries(reader, options, || reader.get(address)).await.map(Found::One),
        Read::List(list) => {
            with_retries(reader, options, || reader.list(list.table(), list.product())).await.map(Found::List)
        }
    }
}

async fn with_retries<T, F: Future<Output = Result<T, Verdict>>>(
    reader: &Reader,
    options: &RefreshOptions,
    attempt: impl Fn() -> F,
) -> Result<T, Verdict> {
    let mut tries = RetryState::new(&options.retry, reader.budget());
    loop {
        let verdict = match attempt().await {
            Ok(found) => return Ok(found),
            Err(verdict) => verdict,
        };
        match tries.after(&verdict) {
            RetryDecision::Again(delay, _) => tokio::time::sleep(delay).await,
            RetryDecision::GiveUp => return Err(reader.budget().given_up().unwrap_or(verdict)),
            RetryDecision::Stop | RetryDecision::ReadBack => return Err(verdict),
        }
    }
}

/// Records what a read found.
fn record(read: Read, found: Result<Found, Verdict>, snapshot: &mut Snapshot) -> Result<(), RefreshError> {
    match (read, found) {
        (_, Ok(Found::One(Presence::Present(observed)))) => snapshot.insert(observed),
        (Read::One(address), Ok(Found::One(Presence::Remains))) => snapshot.mark_remaining(address),
        (Read::One(address), Ok(_)) => snapshot.mark_absent(address),
        (Read::List(collection), Ok(Found::List(found))) => {
            found.into_iter().flatten().for_each(|observed| snapshot.insert(observed));
            snapshot.complete(collection);
        }
        (Read::List(_), Ok(Found::One(_))) => {}
        (Read::One(address), Err(Verdict::Unreadable { message })) => snapshot.cannot_read(address, message),
        (Read::List(collection), Err(Verdict::Unreadable { message })) => {
            snapshot.list_failed(collection, message);
        }
        (read, Err(verdict)) => {
            fatal(&verdict)?;
            match read {
                Read::One(address) => snapshot.unknown(address, verdict.explanation()),
                Read::List(collection) => snapshot.fail(collection, verdict.explanation()),
            }
        }
    }
    Ok(())
}

/// Failures that every other read would have as well.
fn fatal(verdict: &Verdict) -> Result<(), RefreshError> {
    match verdict {
        Verdict::Unauthorized { .. } => Err(RefreshError::Unauthorized(verdict.explanation())),
        Verdict::Unreachable { message } | Verdict::GivenUp { message, answered: false } => {
            Err(RefreshError::NoServer(message.clone()))
        }
        Verdict::WrongServer { message, .. } => Err(RefreshError::WrongServer(message.clone())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::live::client::{Reply, Request, SendError, Transport};

    /// Answers every request alike.
    struct Always(Result<Reply, SendError>);

    impl Transport for Always {
        fn send(&self, _: Request) -> crate::live::client::transport::Sending<'_> {
            Box::pin(std::future::ready(self.0.clone()))
        }
    }

    async fn read(answer: Result<Reply, SendError>) -> (Result<(), RefreshError>, Snapshot) {
        let wanted = Wanted { addresses: ["Cluster/a".parse().unwrap()].into(), ..Wanted::default() };
        let mut snapshot = Snapshot::new();
        let reader = Reader::new(Arc::new(Always(answer)));
        let result = refresh(&reader, &wanted, &mut snapshot, &RefreshOptions::default()).await;
        (result, snapshot)
    }

    fn reply(status: u16, content_type: &str, body: &'static str) -> Reply {
        let body = Bytes::from_static(body.as_bytes());
        Reply { status, content_type: content_type.into(), retry_after: None, body }
    }

    #[tokio::test(start_paused = true)]
    async fn text_of_a_reply_does_not_make_a_failure_fatal() {
        for message in ["cannot connect to gitlab.example.com:443", "check --api-server"] {
            for status in [500, 503] {
                let body = format!("{{\"reason\": \"\", \"message\": \"{message}\"}}");
                let reply = reply(status, "application/json", body.leak());
                let (result, snapshot) = read(Ok(reply)).await;
                assert_eq!(result, Ok(()), "{message}");
                assert_eq!(
                    snapshot.live(&"Cluster/a".parse().unwrap()),
                    Live::Unknown(message),
                    "a part of the snapshot"
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn missing_connections_and_foreign_servers_are_fatal() {
        let error = SendError::NotSent {
            server: "http://s".into(),
            why: crate::http::NotSent::Refused,
            reason: "refused".into(),
        };
        let (result, _) = read(Err(error)).await;
        assert_eq!(result, Err(RefreshError::NoServer("cannot connect to http://s: refused".into())));
        let (result, _) = read(Ok(reply(404, "text/html", "<html>"))).await;
        let error = result.unwrap_err();
        assert_eq!(error, RefreshError::WrongServer("HTTP 404: there is no such API".into()));
        assert_eq!(error.hint(), Some(Hint::CheckServer));
    }
}
