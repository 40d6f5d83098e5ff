//! Reads parts of a snapshot again before something is written from them.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::live::client::{Reader, Verdict};
use crate::live::gitlab::{GitLab, NotRead, ReadProduct};
use crate::resource::schema::Listing;
use crate::resource::{Address, Observed, references};

use super::read::{self, Found};
use super::reading::{MaxAge, Read, ReadTime};
use super::{Collection, Snapshot, Wanted, git};

/// What is read again.
#[derive(Clone, Debug)]
pub(crate) enum Again {
    /// Something, from the server.
    Api(Read),
    /// All of a product, from GitLab, if it is not stored as it is known any more.
    Git { product: String, known: Option<Arc<ReadProduct>> },
}

impl Again {
    /// Whether both show the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Api(one), Self::Api(other)) => one == other,
            (Self::Git { product: one, .. }, Self::Git { product: other, .. }) => one == other,
            _ => false,
        }
    }
}

/// What one more read has found.
pub(crate) struct Renewed {
    read: Again,
    found: FoundAgain,
    time: ReadTime,
}

enum FoundAgain {
    Api(Read, Found),
    Git(String, Result<Option<Box<ReadProduct>>, NotRead>),
}

impl Renewed {
    /// What was read.
    pub(crate) const fn read(&self) -> &Again {
        &self.read
    }
}

/// Reads a product from GitLab. What can't be read there is a result, too: the API is next.
pub(crate) async fn read_product(
    gitlab: Option<&GitLab>,
    product: String,
    known: Option<Arc<ReadProduct>>,
) -> Renewed {
    let started = Instant::now();
    let found = match gitlab {
        Some(gitlab) => gitlab
            .product_since(&product, known.as_deref().map(|read| &read.head))
            .await
            .map(|found| found.map(Box::new)),
        None => Err(NotRead::NotVisible),
    };
    Renewed {
        read: Again::Git { product: product.clone(), known },
        found: FoundAgain::Git(product, found),
        time: ReadTime::since(started),
    }
}

/// Reads once.
///
/// # Errors
/// The verdict, if the server did not show what was asked for.
pub(crate) async fn read_again(reader: &Reader, read: &Read) -> Result<Renewed, Verdict> {
    let started = Instant::now();
    let found = match read::once(reader, read).await {
        Err(Verdict::Unreadable { message }) => Found::Unreadable(message),
        found => found?,
    };
    Ok(Renewed {
        read: Again::Api(read.clone()),
        found: FoundAgain::Api(read.clone(), found),
        time: ReadTime::since(started),
    })
}

impl Snapshot {
    /// Whether what is known of the object is too old to write from.
    pub(crate) fn is_outdated(&self, address: &Address, max: MaxAge) -> bool {
        self.times().of(address).is_none_or(|time| max.is_exceeded(time, Instant::now()))
    }

    /// What shows most with one request, the object among it: the product in Git, if there is a way to it; the
    /// list, if it shows every object.
    pub(crate) fn again(&self, address: &Address, has_git: bool) -> Again {
        match address.product_or_own().filter(|_| has_git && git::shows(address, self)) {
            Some(product) => {
                Again::Git { product: product.to_owned(), known: self.ways.read(Some(product)).cloned() }
            }
            None => Again::Api(self.source(address)),
        }
    }

    fn source(&self, address: &Address) -> Read {
        let collection = Collection::of(address);
        let lists_all = !matches!(address.kind().reading.listing, Listing::Gaps | Listing::Sample);
        if lists_all && !self.is_unlisted(&collection) {
            Read::List(collection)
        } else {
            Read::One(address.clone())
        }
    }

    /// How long a read of the server took, mostly.
    pub(crate) fn usual_duration(&self) -> Option<Duration> {
        let mut all: Vec<Duration> = self.times().durations().collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied()
    }

    /// Forgets all reads that show what is wanted, so that they are made again.
    pub(crate) fn expire_all(&mut self, wanted: &Wanted) {
        for collection in wanted.collections(self) {
            self.expire(&Read::List(collection));
        }
        for address in wanted.owners().into_iter().chain(wanted.addresses.iter().cloned()) {
            if let read @ Read::One(_) = self.source(&address) {
                self.expire(&read);
            }
        }
    }

    /// Replaces what an earlier read of the same showed.
    pub(crate) fn renew(&mut self, renewed: Renewed) {
        let Renewed { found, time, .. } = renewed;
        let (read, found) = match found {
            FoundAgain::Api(read, found) => (read, found),
            FoundAgain::Git(product, found) => {
                git::renew(product.clone(), found.map(|found| found.map(|found| *found)), time, self);
                return read::translate_product(&product, self);
            }
        };
        self.expire(&read);
        let product = match &read {
            Read::One(address) => address.product(),
            Read::List(collection) => collection.product(),
        };
        let product = product.map(str::to_owned);
        read::record(read.clone(), found, time, self);
        let concerned = self.has_names(&read);
        match product {
            Some(product) => read::translate_product(&product, self),
            None if concerned => read::translate(self),
            None => {}
        }
    }

    /// Whether display names can matter to what was read: what has one, or refers to what has one.
    fn has_names(&self, read: &Read) -> bool {
        let Read::One(address) = read else { return true };
        let is_displayed = |address: &Address| !address.kind().reading.display_name.is_empty();
        let refers = |found: &Observed| {
            references(address, &found.spec).iter().any(|named| is_displayed(&named.address))
        };
        is_displayed(address) || self.observed(address).is_some_and(refers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::client::Presence;
    use crate::live::snapshot::Live;
    use crate::model::value::Value;
    use crate::resource::WALKED;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    async fn read(snapshot: &mut Snapshot, read: Read, took: u64) {
        let started = Instant::now();
        tokio::time::advance(Duration::from_secs(took)).await;
        snapshot.note_time(read, ReadTime::since(started));
    }

    #[tokio::test(start_paused = true)]
    async fn reading_may_be_five_seconds_old_or_ten_times_its_duration() {
        for (took, limit) in [(0, 5), (1, 10), (60, 600)] {
            let cluster = address("Cluster/a");
            let mut snapshot = Snapshot::new();
            read(&mut snapshot, Read::List(Collection::of(&cluster)), took).await;
            tokio::time::advance(Duration::from_secs(limit)).await;
            assert!(!snapshot.is_outdated(&cluster, MaxAge::default()), "{took}");
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(snapshot.is_outdated(&cluster, MaxAge::default()), "{took}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn newest_reading_of_an_object_counts() {
        let repository = address("CodeRepo/shop/api");
        let mut snapshot = Snapshot::new();
        let is_outdated = |snapshot: &Snapshot| snapshot.is_outdated(&repository, MaxAge::default());
        assert!(is_outdated(&snapshot), "it was never read");
        read(&mut snapshot, Read::One(address("Product/shop")), 0).await;
        assert!(!is_outdated(&snapshot), "its product does not exist");
        read(&mut snapshot, Read::List(Collection::of(&repository)), 0).await;
        tokio::time::advance(Duration::from_secs(6)).await;
        read(&mut snapshot, Read::One(address("Product/shop")), 0).await;
        assert!(is_outdated(&snapshot), "what is known of its product does not show it");
        read(&mut snapshot, Read::One(repository.clone()), 0).await;
        assert!(!is_outdated(&snapshot));
    }

    #[tokio::test(start_paused = true)]
    async fn reading_of_a_product_from_git_shows_all_that_is_in_it() {
        let [product, repository] = ["Product/shop", "CodeRepo/shop/api"].map(address);
        let mut snapshot = Snapshot::new();
        let is_outdated =
            |snapshot: &Snapshot, address: &Address| snapshot.is_outdated(address, MaxAge::default());
        snapshot.note_product_time("shop".to_owned(), ReadTime::since(Instant::now()));
        assert!(!is_outdated(&snapshot, &product) && !is_outdated(&snapshot, &repository));
        assert!(is_outdated(&snapshot, &address("CodeRepo/shop2/api")));
        assert_eq!(snapshot.usual_duration(), None, "the server was not asked");
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(is_outdated(&snapshot, &product) && is_outdated(&snapshot, &repository));
        read(&mut snapshot, Read::List(Collection::of(&repository)), 0).await;
        assert!(is_outdated(&snapshot, &product) && !is_outdated(&snapshot, &repository));
        snapshot.note_product_time("shop".to_owned(), ReadTime::since(Instant::now()));
        snapshot.expire(&Read::List(Collection::of(&repository)));
        assert!(is_outdated(&snapshot, &repository));
    }

    /// An object as a list of the server shows it.
    fn shown(text: &str) -> Observed {
        Observed::replied(address(text), Value::from_json(serde_json::json!({})).into())
    }

    fn renew(snapshot: &mut Snapshot, read: Read, found: Found) {
        let found = FoundAgain::Api(read.clone(), found);
        snapshot.renew(Renewed { read: Again::Api(read), found, time: ReadTime::since(Instant::now()) });
    }

    #[tokio::test]
    async fn reading_products_again_takes_linear_time() {
        let work = |products: usize| {
            let mut snapshot = Snapshot::new();
            let names = || (0..products).map(|number| format!("p{number}"));
            for name in names() {
                snapshot.insert(shown(&format!("Project/{name}/api")));
                snapshot.insert(shown(&format!("Product/{name}")));
            }
            let before = WALKED.get();
            for name in names() {
                let product = shown(&format!("Product/{name}"));
                let project = shown(&format!("Project/{name}/web"));
                let list = Read::List(Collection::of(&project.address));
                let one = Read::One(product.address.clone());
                renew(&mut snapshot, one, Found::One(Presence::Present(product)));
                renew(&mut snapshot, list, Found::List(Some(vec![project])));
                assert_eq!(snapshot.live(&address(&format!("Project/{name}/api"))), Live::Absent);
            }
            assert_eq!(snapshot.objects().count(), 2 * products);
            WALKED.get() - before
        };
        let few = work(20);
        assert!(work(160) <= 8 * few);
    }

    #[test]
    fn list_is_read_where_it_shows_every_object() {
        let mut snapshot = Snapshot::new();
        let source = |snapshot: &Snapshot, text: &str| match snapshot.source(&address(text)) {
            Read::One(address) => address.to_string(),
            Read::List(collection) => format!("all {}", collection.kind()),
        };
        assert_eq!(source(&snapshot, "Product/shop"), "Product/shop");
        assert_eq!(source(&snapshot, "CodeRepo/shop/api"), "CodeRepo/shop/api");
        assert_eq!(source(&snapshot, "Project/shop/api"), "all Project");
        snapshot.list_failed(Collection::of(&address("Project/shop/api")), "one of them is broken");
        assert_eq!(source(&snapshot, "Project/shop/api"), "Project/shop/api");
    }
}
