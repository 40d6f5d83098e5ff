//! When the parts of a snapshot were read, and which of them are too old to write from.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::resource::Address;

use super::collection::Collection;

/// One read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    /// One object.
    One(Address),
    /// A list.
    List(Collection),
}

/// When something was read, and how long that took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReadTime {
    ended: Instant,
    took: Duration,
}

impl ReadTime {
    /// That of a request which was sent at `started` and is answered now.
    pub(crate) fn since(started: Instant) -> Self {
        Self { ended: Instant::now(), took: started.elapsed() }
    }
}

/// How old a reading may be that something is written from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxAge {
    /// This old it may be however fast it was.
    pub least: Duration,
    /// So many times its own duration it may be old, so that a slow server is not read all the time.
    pub durations: u32,
}

impl Default for MaxAge {
    fn default() -> Self {
        Self { least: Duration::from_secs(5), durations: 10 }
    }
}

impl MaxAge {
    pub(super) fn is_exceeded(self, reading: ReadTime, now: Instant) -> bool {
        let limit = self.least.max(reading.took.saturating_mul(self.durations));
        now.saturating_duration_since(reading.ended) > limit
    }
}

/// The times of a snapshot's readings.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadTimes {
    requests: BTreeMap<Read, ReadTime>,
    /// Of products from Git, which are read whole.
    products: BTreeMap<String, ReadTime>,
}

impl ReadTimes {
    pub(super) fn note(&mut self, read: Read, time: ReadTime) {
        self.requests.insert(read, time);
    }

    /// A product and all that lives in it was read from Git.
    pub(super) fn note_product(&mut self, product: String, time: ReadTime) {
        self.products.insert(product, time);
    }

    pub(super) fn forget(&mut self, read: &Read) {
        self.requests.remove(read);
    }

    pub(super) fn forget_product(&mut self, product: &str) {
        self.products.remove(product);
    }

    /// How long each read of the server took.
    pub(super) fn durations(&self) -> impl Iterator<Item = Duration> {
        self.requests.values().map(|time| time.took)
    }

    /// When the object was last read: by itself, by its list, with its product from Git, or by its product that
    /// does not exist.
    pub(super) fn of(&self, address: &Address) -> Option<ReadTime> {
        let own = Read::One(address.clone());
        let list = Read::List(Collection::of(address));
        let whole = address.product_or_own().and_then(|product| self.products.get(product));
        let shown = [own, list].iter().filter_map(|read| self.requests.get(read)).chain(whole).max();
        shown.or_else(|| self.requests.get(&Read::One(address.owner()?))).copied()
    }
}
