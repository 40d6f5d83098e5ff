//! The reads themselves: three rounds (products, lists, what lists hide), lanes in parallel.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::join;
use futures_util::stream;
use tokio::time::Instant;

use crate::live::client::retry::{RetryDecision, RetryPolicy, RetryState};
use crate::live::client::{Presence, Reader, Verdict};
use crate::live::gitlab::GitSource;
use crate::model::hint::Hint;
use crate::model::value::Value;
use crate::resource::kinds;
use crate::resource::schema::{Listing, Scope};
use crate::resource::{Address, DisplayNames, LaneKey, Lanes, Observed};

use super::progress::Progress;
use super::reading::{Read, ReadTime};
use super::{Collection, Live, Snapshot, Wanted, Watch, git};

/// How to read.
#[derive(Clone, Debug)]
pub struct RefreshOptions {
    /// Which requests may run at the same time.
    pub lanes: Lanes,
    /// How many reads may run at once where lanes allow.
    pub parallelism: usize,
    /// When failures are repeated.
    pub retry: RetryPolicy,
    /// Shows how far it is.
    pub watch: Watch,
    /// Where products are read from Git; `None` to read them through the API.
    pub git: Option<Arc<GitSource>>,
}

impl Default for RefreshOptions {
    fn default() -> Self {
        Self {
            lanes: Lanes::Shared,
            parallelism: 10,
            retry: RetryPolicy::default(),
            watch: Watch::default(),
            git: None,
        }
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
    /// A product must be read from Git and can't be.
    #[error("{0}")]
    NoGit(String),
}

impl RefreshError {
    /// What to do about it.
    pub const fn hint(&self) -> Option<Hint> {
        match self {
            Self::WrongServer(_) => Some(Hint::CheckServer),
            Self::Unauthorized(_) | Self::NoServer(_) | Self::NoGit(_) => None,
        }
    }
}

/// What a read found.
pub(super) enum Found {
    One(Presence),
    List(Option<Vec<Observed>>),
    /// The server can't show it: why.
    Unreadable(String),
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
    let sent_to_gitlab = || options.git.as_ref().map_or(0, |git| git.sent());
    let gitlab_before = sent_to_gitlab();
    let progress = Progress::new();
    let source = Source { reader, options, progress: &progress };
    progress.show(&options.watch, read_all(source, wanted, snapshot)).await?;
    snapshot.sort();
    translate(snapshot);
    snapshot.requests += reader.sent() - before;
    snapshot.gitlab_requests += sent_to_gitlab() - gitlab_before;
    Ok(())
}

/// Where a refresh reads, and how.
#[derive(Clone, Copy)]
struct Source<'a> {
    reader: &'a Reader,
    options: &'a RefreshOptions,
    progress: &'a Progress,
}

async fn read_all(source: Source<'_>, wanted: &Wanted, snapshot: &mut Snapshot) -> Result<(), RefreshError> {
    let options = source.options;
    // Kinds of the tenant do not depend on products: their lists run together with the products' GETs.
    let tenant = wanted.collections(snapshot).into_iter().filter(|collection| collection.product().is_none());
    let tenant = tenant.filter(|collection| !snapshot.is_settled(collection)).map(Read::List).collect();
    match options.git.as_ref().filter(|git| git.client().is_some()) {
        Some(git) => {
            let products = git::untried(wanted, snapshot);
            let fetched = git::fetch(git, products, &wanted.addresses, options.parallelism);
            let (fetched, read) = join(fetched, run(source, tenant, snapshot)).await;
            read?;
            git::record(fetched, snapshot);
            run(source, owners(wanted, snapshot), snapshot).await?;
        }
        None => {
            let first = owners(wanted, snapshot).into_iter().chain(tenant).collect();
            run(source, first, snapshot).await?;
        }
    }
    if wanted.needs_discovery() {
        discover(source, snapshot).await?;
    }
    mark_absent_products(wanted, snapshot);
    if let Some(git) = &options.git {
        read_from_git(git, source, wanted, snapshot).await?;
    }
    let mut lists = wanted.collections(snapshot);
    lists.retain(|collection| !git::record_list(collection, wanted, snapshot));
    let lists = lists.into_iter().filter(|collection| !snapshot.is_settled(collection));
    let lists = lists
        .filter(|collection| !product_is_absent(collection.product(), snapshot))
        .map(Read::List)
        .collect();
    run(source, lists, snapshot).await?;
    run(source, hidden(wanted, snapshot), snapshot).await?;
    git::note_hidden_projects(snapshot);
    if let Some(git) = &options.git {
        git::complete(git, snapshot).await;
    }
    Ok(())
}

/// Reads the products that exist and were not tried yet from Git.
async fn read_from_git(
    git: &GitSource,
    source: Source<'_>,
    wanted: &Wanted,
    snapshot: &mut Snapshot,
) -> Result<(), RefreshError> {
    if git.client().is_none() {
        for list in git::locating(wanted, snapshot) {
            run(source, vec![Read::List(list)], snapshot).await?;
            if let Some(address) = git::locate(snapshot) {
                let _ = git.at(&address);
                break;
            }
        }
    }
    let products = git::untried(wanted, snapshot);
    let products = products.into_iter().filter(|name| !product_is_absent(Some(name), snapshot));
    let fetched = git::fetch(git, products.collect(), &wanted.addresses, source.options.parallelism).await;
    git::record(fetched, snapshot);
    match git::refusal(git, wanted, snapshot).filter(|_| git.required) {
        Some(why) => Err(RefreshError::NoGit(why)),
        None => Ok(()),
    }
}

/// The products of which it is not known whether they exist.
fn owners(wanted: &Wanted, snapshot: &Snapshot) -> Vec<Read> {
    wanted.owners().into_iter().filter(|address| !snapshot.is_asked(address)).map(Read::One).collect()
}

/// Replaces display names in references by the names of the objects they mean (§4.0). Always from what the
/// replies said: another refresh of the same snapshot may know more names, and must not take a name for a
/// display name.
pub(super) fn translate(snapshot: &mut Snapshot) {
    rename(translated(snapshot, || snapshot.objects()), snapshot);
}

/// The same for what lives in a product: it refers to the product and what else lives in it.
pub(super) fn translate_product(product: &str, snapshot: &mut Snapshot) {
    let these = snapshot.of_product(product);
    let objects = || these.iter().filter_map(|address| snapshot.observed(address));
    rename(translated(snapshot, objects), snapshot);
}

/// The objects that have display names in references, and their fields with names instead.
fn translated<'s, I: Iterator<Item = &'s Observed>>(
    snapshot: &'s Snapshot,
    objects: impl Fn() -> I,
) -> Vec<(Address, Value)> {
    let names = DisplayNames::of(objects().map(|observed| (&observed.address, observed.spec.as_ref())));
    let translate = |observed: &Observed| {
        let spec = names.translate(&observed.address, snapshot.replied(observed))?;
        Some((observed.address.clone(), spec))
    };
    objects().filter_map(translate).collect()
}

fn rename(these: Vec<(Address, Value)>, snapshot: &mut Snapshot) {
    these.into_iter().for_each(|(address, spec)| snapshot.rename(&address, spec));
}

/// The list of products shows at most 20, in random order (§4.1): it can show that a product exists, never
/// that one does not.
async fn discover(source: Source<'_>, snapshot: &mut Snapshot) -> Result<(), RefreshError> {
    let collection = Collection::new(kinds::owner(), None);
    source.progress.add(1);
    snapshot.note_discovery();
    match fetch(source, &Read::List(collection)).await.0 {
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
            Live::Absent if git::is_inside(address, snapshot) => {
                let is_needed = git::needs_api(address, snapshot) && !snapshot.is_single(address);
                is_needed || (wanted.deleting.contains(address) && snapshot.may_remain(address))
            }
            Live::Absent => {
                address.kind().reading.listing == Listing::Gaps
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
async fn run(source: Source<'_>, reads: Vec<Read>, snapshot: &mut Snapshot) -> Result<(), RefreshError> {
    let options = source.options;
    source.progress.add(reads.len());
    let mut lanes: BTreeMap<LaneKey, Vec<Read>> = BTreeMap::new();
    let mut free = Vec::new();
    for read in reads {
        let (kind, product) = match &read {
            Read::One(address) => (address.kind(), address.product()),
            Read::List(collection) => (collection.table(), collection.product()),
        };
        if kind.reading.unlocked {
            free.push(read);
        } else {
            lanes.entry(options.lanes.of(kind, product)).or_default().push(read);
        }
    }
    let one = |read: Read| async move {
        let found = fetch(source, &read).await;
        (read, found)
    };
    let free = stream::iter(free).map(one).buffer_unordered(options.parallelism.max(1)).boxed();
    let laned = lanes.into_values().map(|reads| stream::iter(reads).then(one).boxed());
    let mut all = stream::select_all(std::iter::once(free).chain(laned));
    while let Some((read, (found, time))) = all.next().await {
        match found {
            Ok(found) => record(read, found, time, snapshot),
            Err(verdict) => record_failure(read, &verdict, snapshot)?,
        }
    }
    Ok(())
}

/// One try of a read.
pub(super) async fn once(reader: &Reader, read: &Read) -> Result<Found, Verdict> {
    match read {
        Read::One(address) => reader.get(address).await.map(Found::One),
        Read::List(list) => reader.list(list.table(), list.product()).await.map(Found::List),
    }
}

/// One read with its retries, and when its last try was.
async fn fetch(source: Source<'_>, read: &Read) -> (Result<Found, Verdict>, ReadTime) {
    let Source { reader, options, progress } = source;
    let mut tries = RetryState::new(&options.retry, reader.budget());
    let mut was_repeated = false;
    let mut started;
    let result = loop {
        started = Instant::now();
        let verdict = match once(reader, read).await {
            Ok(found) => break Ok(found),
            Err(Verdict::Unreadable { message }) => break Ok(Found::Unreadable(message)),
            Err(verdict) => verdict,
        };
        match tries.after(&verdict) {
            RetryDecision::Again(delay, _) => {
                progress.fails(&verdict, !was_repeated);
                was_repeated = true;
                tokio::time::sleep(delay).await;
            }
            RetryDecision::GiveUp => break Err(reader.budget().given_up().unwrap_or(verdict)),
            RetryDecision::Stop | RetryDecision::ReadBack => break Err(verdict),
        }
    };
    progress.ends(was_repeated);
    (result, ReadTime::since(started))
}

/// Records what a read found.
pub(super) fn record(read: Read, found: Found, time: ReadTime, snapshot: &mut Snapshot) {
    // A list that can't be made shows nothing.
    if !matches!((&read, &found), (Read::List(_), Found::Unreadable(_))) {
        snapshot.note_time(read.clone(), time);
    }
    match (read, found) {
        (_, Found::One(Presence::Present(observed))) => snapshot.insert(observed),
        (Read::One(address), Found::One(Presence::Remains)) => snapshot.mark_remaining(address),
        (Read::One(address), Found::Unreadable(why)) => snapshot.cannot_show(address, why),
        (Read::One(address), _) => snapshot.mark_absent(address),
        (Read::List(collection), Found::List(found)) => {
            found.into_iter().flatten().for_each(|observed| snapshot.insert(observed));
            snapshot.complete(collection);
        }
        (Read::List(collection), Found::Unreadable(why)) => snapshot.list_failed(collection, why),
        (Read::List(_), Found::One(_)) => {}
    }
}

/// Records why a read has no result.
fn record_failure(read: Read, verdict: &Verdict, snapshot: &mut Snapshot) -> Result<(), RefreshError> {
    fatal(verdict)?;
    match read {
        Read::One(address) => snapshot.unknown(address, verdict.explanation()),
        Read::List(collection) => snapshot.fail(collection, verdict.explanation()),
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
                let address = "Cluster/a".parse().unwrap();
                let Live::Unknown(why) = snapshot.live(&address) else { panic!("a part of the snapshot") };
                assert!(why.starts_with(message), "{why}");
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
        let Err(RefreshError::NoServer(message)) = result else { panic!("{result:?}") };
        assert!(message.starts_with("cannot connect to http://s: refused ("), "{message}");
        assert!(message.ends_with(" tries in 60s)"), "{message}");
        let (result, _) = read(Ok(reply(404, "text/html", "<html>"))).await;
        let error = result.unwrap_err();
        assert_eq!(error, RefreshError::WrongServer("HTTP 404: there is no such API".into()));
        assert_eq!(error.hint(), Some(Hint::CheckServer));
    }
}
