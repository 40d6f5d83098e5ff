//! Products from GitLab, side by side and independent of the lanes of the Nautes server; each is read once
//! for a plan, and again before a write if that is too long ago. What GitLab does not show is left to the
//! API, and why is kept.
//!
//! Invariant: what a snapshot says of an object is what the API would say, or more. That an object or a
//! product does *not* exist is only ever concluded from a repository that was read whole; where the two ways
//! could differ, the API is asked.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::Instant;
use url::Url;

use crate::live::gitlab::{GitSource, NotRead, ReadProduct};
use crate::model::text::printable;
use crate::resource::schema::Scope;
use crate::resource::stored::{self, Completed};
use crate::resource::{Address, Observed, kinds};

use super::reading::{Read, ReadTime};
use super::{Collection, Snapshot, Wanted};

/// How many lists are read to find out where GitLab is.
const LOCATING: usize = 3;

/// The products that matter and were not tried yet.
pub(super) fn untried(wanted: &Wanted, snapshot: &Snapshot) -> BTreeSet<String> {
    let owners = wanted.owners();
    let collections = wanted.collections(snapshot);
    let owners = owners.iter().map(Address::name);
    let products = owners.chain(collections.iter().filter_map(Collection::product));
    products.filter(|product| !snapshot.ways.is_known(product)).map(str::to_owned).collect()
}

/// How many products in a row may fail in passing before GitLab is taken to be down.
const FAILURES: usize = 3;

/// What was read of each product.
pub(super) type Fetched = Vec<(String, Result<ReadProduct, NotRead>, ReadTime)>;

/// Reads products, at most `parallelism` at a time; none if it is not known where GitLab is. Addresses that are
/// among `known` are shared with it.
pub(super) async fn fetch(
    source: &GitSource,
    products: BTreeSet<String>,
    known: &BTreeSet<Address>,
    parallelism: usize,
) -> Fetched {
    let client = match source.client() {
        None => return Vec::new(),
        Some(Ok(client)) => client,
        Some(Err(why)) => {
            let now = ReadTime::since(Instant::now());
            return products.into_iter().map(|product| (product, Err(why.clone()), now)).collect();
        }
    };
    // A failure that holds for all products is met once, not by each.
    let general = std::sync::OnceLock::new();
    let failures = AtomicUsize::new(0);
    let one = |product: String| {
        let general = &general;
        let failures = &failures;
        async move {
            let started = Instant::now();
            let failure: Option<&NotRead> = general.get();
            let mut found = match failure {
                Some(why) => Err(why.clone()),
                None => client.product(&product).await,
            };
            if let Ok(read) = &mut found {
                read.stored.share_addresses(|address| known.get(address));
            }
            let failed = match &found {
                Err(NotRead::Failed(_)) => failures.fetch_add(1, Ordering::Relaxed) + 1,
                _ => {
                    failures.store(0, Ordering::Relaxed);
                    0
                }
            };
            if let Some(why) = found.as_ref().err().filter(|why| why.is_general() || failed >= FAILURES) {
                let _ = general.set(why.clone());
            }
            (product, found, ReadTime::since(started))
        }
    };
    stream::iter(products).map(one).buffer_unordered(parallelism.max(1)).collect().await
}

/// Where GitLab is, by the URL of a repository that was read.
pub(super) fn locate(snapshot: &Snapshot) -> Option<Url> {
    let kind = stored::kind_with_projects()?;
    let repositories = snapshot.objects().filter(|observed| observed.address.kind() == kind);
    let mut addresses = repositories
        .filter_map(|observed| stored::gitlab_of(observed.address.product()?, &observed.spec))
        .filter_map(|url| Url::parse(&url).ok());
    // The token is sent there.
    addresses.find(|url| url.scheme() == "https" || crate::http::is_loopback(url))
}

/// The wanted lists that could show where GitLab is: a few, which are read in any case.
pub(super) fn locating(wanted: &Wanted, snapshot: &Snapshot) -> Vec<Collection> {
    let Some(kind) = stored::kind_with_projects() else { return Vec::new() };
    let lists = wanted.collections(snapshot).into_iter();
    let lists = lists.filter(|list| list.kind() == kind.name && !snapshot.is_settled(list));
    lists.filter(|list| exists(list.product(), snapshot)).take(LOCATING).collect()
}

fn exists(product: Option<&str>, snapshot: &Snapshot) -> bool {
    let owner = product.map(|product| Address::of_tenant(kinds::owner(), product));
    owner.is_some_and(|owner| snapshot.observed(&owner).is_some())
}

/// Records which products were read, and that they exist.
pub(super) fn record(fetched: Fetched, snapshot: &mut Snapshot) {
    let read = fetched.iter().filter_map(|(_, found, _)| found.as_ref().ok());
    snapshot.make_room(read.map(|read| 1 + read.stored.objects.len()).sum());
    for (product, found, time) in fetched {
        match found {
            Ok(read) => {
                snapshot.note_product_time(product.clone(), time);
                if !snapshot.is_asked(&read.stored.product.address) {
                    snapshot.insert(read.stored.product.clone());
                }
                snapshot.ways.from_git.insert(product, Arc::new(read));
            }
            Err(why) => {
                tracing::debug!(product, %why, "not read from Git");
                snapshot.ways.through_api.insert(product, why);
            }
        }
    }
}

/// The reads of the API that show all of a product.
fn reads_of(product: &str) -> impl Iterator<Item = Read> {
    let lists = kinds::KINDS.iter().filter(|kind| kind.scope == Scope::Product);
    let lists = lists.map(move |kind| Read::List(Collection::new(kind, Some(product))));
    std::iter::once(Read::One(Address::of_tenant(kinds::owner(), product))).chain(lists)
}

/// Replaces what is known of a product by what was read again; nothing was, if it is still the same.
pub(super) fn renew(
    product: String,
    found: Result<Option<ReadProduct>, NotRead>,
    time: ReadTime,
    snapshot: &mut Snapshot,
) {
    let Some(found) = found.transpose() else {
        return snapshot.note_product_time(product, time);
    };
    let reads: Vec<Read> = reads_of(&product).collect();
    // What can't be read here any more stays as old as it is: the API is asked.
    if found.is_ok() {
        reads.iter().for_each(|read| snapshot.expire(read));
    }
    snapshot.ways.forget(&product);
    record(vec![(product, found, time)], snapshot);
    for read in &reads {
        if let Read::List(collection) = read {
            record_list(collection, &Wanted::default(), snapshot);
        }
    }
}

/// Whether the newest state of an object can be read from Git.
pub(super) fn shows(address: &Address, snapshot: &Snapshot) -> bool {
    let Some(product) = address.product_or_own() else { return false };
    let exists = || exists(Some(product), snapshot);
    !snapshot.ways.has_failed(product) && exists() && !needs_api(address, snapshot)
}

/// Records a list of a product that was read from Git; whether there is such a product.
pub(super) fn record_list(collection: &Collection, wanted: &Wanted, snapshot: &mut Snapshot) -> bool {
    let Some(read) = snapshot.ways.read(collection.product()).cloned() else { return false };
    let stored = &read.stored;
    let is_inside = |address: &Address| address.kind().name == collection.kind();
    for observed in stored.objects.iter().filter(|observed| is_inside(&observed.address)) {
        if snapshot.observed(&observed.address).is_none() {
            snapshot.insert(observed.clone());
        }
    }
    for (address, dangling) in stored.dangling.iter().filter(|(address, _)| is_inside(address)) {
        // One that matters is asked for by name.
        if !wanted.addresses.contains(address) && !snapshot.is_asked(address) {
            snapshot.cannot_show(address.clone(), dangling.sentence());
        }
    }
    snapshot.complete(collection.clone());
    true
}

/// Completes what the API shows of objects that have files in the tenant's repository, if it is to be read.
pub(super) async fn complete(source: &GitSource, snapshot: &mut Snapshot) {
    // It can't be read, and that is said.
    if snapshot.ways.tenant.is_some() {
        return;
    }
    let shown: Vec<Observed> = snapshot.objects().filter(|observed| !observed.is_whole).cloned().collect();
    let paths: BTreeSet<String> = shown.iter().flat_map(stored::files_of).collect();
    let Some((repository, client)) =
        source.tenant.as_ref().zip(source.client()).filter(|_| !paths.is_empty())
    else {
        return;
    };
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let read = match client {
        Ok(client) => client.tenant_files(repository, &paths).await,
        Err(why) => Err(why.clone()),
    };
    let files = match read {
        Ok(files) => files,
        Err(why) => {
            snapshot.ways.tenant = Some(why);
            return;
        }
    };
    let mut own = shown.iter().filter_map(stored::own_file_of);
    if !own.any(|path| files.contains_key(&path)) {
        snapshot.ways.tenant = Some(NotRead::OtherRepository);
        return;
    }
    for observed in shown {
        let Some(Completed { spec, broken }) = stored::complete(&observed, &files) else { continue };
        snapshot.ways.tenant_broken.insert(observed.address.clone(), broken);
        if let Some(spec) = spec {
            snapshot.insert(Observed::stored(observed.address, Arc::new(spec)));
        }
    }
}

/// Notes which projects GitLab hides from the token: the server shows their repositories all the same.
pub(super) fn note_hidden_projects(snapshot: &mut Snapshot) {
    let mut hidden = Vec::new();
    for (product, read) in &snapshot.ways.from_git {
        let shown = read.stored.without_project.iter();
        let shown = shown.filter(|(address, _)| snapshot.observed(address).is_some());
        hidden.extend(shown.map(|(_, project)| (product.clone(), *project)));
    }
    snapshot.ways.hidden.extend(hidden);
}

/// Whether only the API can tell what there is under a name, though the product was read from Git.
pub(super) fn needs_api(address: &Address, snapshot: &Snapshot) -> bool {
    let stored = snapshot.ways.stored(address.product());
    stored.is_some_and(|stored| {
        stored.uncertain.contains(&address.to_lower_case()) || stored.dangling.contains_key(address)
    })
}

/// Why an existing product that must be read from Git is not.
pub(super) fn refusal(source: &GitSource, wanted: &Wanted, snapshot: &Snapshot) -> Option<String> {
    if source.client().is_none() {
        let needed = untried(wanted, snapshot).iter().any(|product| exists(Some(product), snapshot));
        let unknown = "it is not known where GitLab is: set NAUTFORM_GITLAB";
        return needed.then(|| unknown.to_owned());
    }
    let mut failed = snapshot.ways.through_api.iter();
    let (product, why) = failed.find(|(product, _)| exists(Some(product), snapshot))?;
    Some(format!("the product {} can't be read from Git: {why}", printable(product)))
}

/// Whether the object lives in a product that was read from Git.
pub(super) fn is_inside(address: &Address, snapshot: &Snapshot) -> bool {
    address.kind().scope == Scope::Product && snapshot.ways.stored(address.product()).is_some()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::value::Secret;

    #[tokio::test]
    async fn gitlab_that_fails_for_some_products_is_not_asked_for_the_others() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let server = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                drop(connection);
            }
        });
        let source = GitSource {
            pause: Duration::from_millis(1),
            ..GitSource::new(Some(address), Secret::new("token".to_owned()))
        };
        let products = (0..20).map(|number| format!("p{number}")).collect();
        let fetched = fetch(&source, products, &BTreeSet::new(), 1).await;
        server.abort();
        assert!(fetched.iter().all(|(_, found, _)| matches!(found, Err(NotRead::Failed(_)))), "{fetched:?}");
        // Four tries of each.
        assert_eq!((fetched.len(), asked.load(Ordering::Relaxed)), (20, FAILURES * 4));
    }
}
