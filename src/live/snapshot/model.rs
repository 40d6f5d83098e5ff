//! What a refresh has read, and what it could not read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::value::{Path, Value};
use crate::resource::schema::Listing;
use crate::resource::{Address, ByAddress, Observed, Resource};

use super::Ways;
use super::collection::Collection;
use super::places::Places;
use super::reading::{Read, ReadTime, ReadTimes};

/// What is known about an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live<'a> {
    /// It exists, like this.
    Present(&'a Observed),
    /// It does not exist.
    Absent,
    /// It exists, but the server can't show it (§4.4, §4.5, §4.6): why. Compared with the state only.
    Unreadable(&'a str),
    /// It is unknown whether it exists: why. Nothing may be written that depends on it.
    Unknown(&'a str),
}

/// The live state, as far as it was asked for.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    objects: ByAddress<Observed>,
    /// The replies of objects whose references were renamed here.
    replied: BTreeMap<Address, Arc<Value>>,
    /// Collections that were read completely.
    read: BTreeSet<Collection>,
    /// Whether the products were listed, of which the list may not have all.
    discovered: bool,
    /// Objects that were read one by one.
    asked: BTreeSet<Address>,
    /// Collections whose list the server can't make, though single objects may be readable (§4.5, §4.6).
    list_failed: BTreeMap<Collection, String>,
    /// Absent objects of which something remains.
    remains: BTreeSet<Address>,
    unreadable: BTreeMap<Address, String>,
    failed: BTreeMap<Collection, String>,
    unknown: BTreeMap<Address, String>,
    /// Fields of objects that are not to be shown.
    concealed: BTreeMap<Address, Vec<Path>>,
    times: ReadTimes,
    /// Made when something is read again.
    places: Option<Places>,
    /// How many requests to the server it took.
    pub requests: usize,
    /// How many requests to GitLab it took.
    pub gitlab_requests: usize,
    /// How the products were read.
    pub ways: Ways,
}

impl Snapshot {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many objects more: a list that grows leaves copies behind, which the system gets back
    /// late.
    pub(super) fn make_room(&mut self, objects: usize) {
        self.objects.reserve(objects);
    }

    /// What is known about an object; [`Live::Unknown`] for one that was never asked for.
    pub fn live(&self, address: &Address) -> Live<'_> {
        if let Some(observed) = self.objects.get(address) {
            return Live::Present(observed);
        }
        if let Some(why) = self.unreadable.get(address) {
            return Live::Unreadable(why);
        }
        if let Some(why) = self.unknown.get(address) {
            return Live::Unknown(why);
        }
        let collection = Collection::of(address);
        if self.asked.contains(address)
            || (address.kind().reading.listing != Listing::Sample && self.read.contains(&collection))
        {
            return Live::Absent;
        }
        Live::Unknown(self.why_unread(&collection).unwrap_or("it was not read"))
    }

    /// Whether something remains of an object that is absent: its manifest is gone, what it manages is not.
    pub fn remains(&self, address: &Address) -> bool {
        self.remains.contains(address)
    }

    /// Whether something may remain of an object that is absent: it was not asked for by name, and Git shows
    /// only manifests.
    pub(crate) fn may_remain(&self, address: &Address) -> bool {
        address.kind().deleting.teardown.is_some()
            && self.live(address) == Live::Absent
            && !self.is_single(address)
    }

    /// An object that exists and could be read.
    pub fn observed(&self, address: &Address) -> Option<&Observed> {
        self.objects.get(address)
    }

    /// Puts the objects in order, after the last one was added.
    pub fn sort(&mut self) {
        self.objects.sort();
    }

    /// All objects that were found and could be read, by address.
    pub fn objects(&self) -> impl Iterator<Item = &Observed> {
        self.objects.values()
    }

    /// Objects that exist and can't be read, and why.
    pub fn unreadable(&self) -> impl Iterator<Item = (&Address, &str)> {
        self.unreadable.iter().map(|(address, why)| (address, why.as_str()))
    }

    /// Collections that could not be read, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&Collection, &str)> {
        self.failed.iter().chain(&self.list_failed).map(|(collection, why)| (collection, why.as_str()))
    }

    /// Why the collection could not be listed, if it was tried.
    pub fn why_unread(&self, collection: &Collection) -> Option<&str> {
        self.list_failed.get(collection).or_else(|| self.failed.get(collection)).map(String::as_str)
    }

    /// Whether the collection was read completely.
    pub fn is_read(&self, collection: &Collection) -> bool {
        self.read.contains(collection)
    }

    /// Whether the products were listed.
    #[cfg(feature = "sandbox")]
    pub(super) const fn is_discovered(&self) -> bool {
        self.discovered
    }

    /// The products were listed.
    pub(super) const fn note_discovery(&mut self) {
        self.discovered = true;
    }

    /// Whether it is known that the object exists or not.
    pub fn is_asked(&self, address: &Address) -> bool {
        self.asked.contains(address)
            || self.objects.contains_key(address)
            || self.is_read(&Collection::of(address))
    }

    /// Whether this very object was read.
    pub fn is_single(&self, address: &Address) -> bool {
        self.asked.contains(address)
    }

    /// Whether this very object was read without a result.
    pub fn is_tried(&self, address: &Address) -> bool {
        self.unknown.contains_key(address)
    }

    /// Whether listing the collection again would show nothing new.
    pub fn is_settled(&self, collection: &Collection) -> bool {
        self.is_read(collection) || self.is_unlisted(collection) || self.failed.contains_key(collection)
    }

    /// Why the content of the collection is unknown, if it is.
    pub fn failure(&self, collection: &Collection) -> Option<&str> {
        self.failed.get(collection).map(String::as_str)
    }

    /// Whether the server can't list the collection.
    pub fn is_unlisted(&self, collection: &Collection) -> bool {
        self.list_failed.contains_key(collection)
    }

    /// The server can't list the collection: wanted objects are read one by one.
    pub fn list_failed(&mut self, collection: Collection, why: impl Into<String>) {
        self.list_failed.insert(collection, why.into());
    }

    /// Makes secrets of fields, now and whenever their objects are read again: manifests or the state say that
    /// what the server returns for them is not to be shown.
    pub(crate) fn conceal(&mut self, fields: BTreeMap<Address, Vec<Path>>) {
        for (address, paths) in &fields {
            let shown = self.objects.get_mut(address).map(|observed| &mut observed.spec);
            shown.into_iter().chain(self.replied.get_mut(address)).for_each(|spec| conceal(spec, paths));
        }
        self.concealed = fields;
    }

    /// Lets objects that are as they are declared have their manifests' values and addresses, and drops the
    /// copies of them that were read from Git: a large fleet is in memory once less.
    pub(crate) fn share(&mut self, declared: &ByAddress<Resource>) {
        for (address, resource) in declared {
            let Some(observed) = self.objects.get_mut(address) else { continue };
            observed.address.clone_from(&resource.address);
            if observed.spec == resource.spec && resource.spec.secrets().is_empty() {
                observed.spec = Arc::clone(&resource.spec);
            }
        }
        self.objects.share_addresses(declared);
        self.ways.share(&self.objects);
    }

    /// Adds an object.
    pub fn insert(&mut self, mut observed: Observed) {
        if let Some(paths) = self.concealed.get(&observed.address) {
            conceal(&mut observed.spec, paths);
        }
        self.unreadable.remove(&observed.address);
        self.unknown.remove(&observed.address);
        self.replied.remove(&observed.address);
        self.note_place(&observed.address);
        self.objects.insert(observed.address.clone(), observed);
    }

    /// What the reply said about an object, with the names that are in it.
    pub(super) fn replied<'a>(&'a self, observed: &'a Observed) -> &'a Value {
        self.replied.get(&observed.address).unwrap_or(&observed.spec)
    }

    /// Renames the references of an object; the reply is kept, since more names may become known.
    pub(super) fn rename(&mut self, address: &Address, spec: Value) {
        if let Some(observed) = self.objects.get_mut(address) {
            let replied = std::mem::replace(&mut observed.spec, spec.into());
            self.replied.entry(address.clone()).or_insert(replied);
        }
    }

    /// The object does not exist.
    pub fn mark_absent(&mut self, address: Address) {
        self.objects.remove(&address);
        self.replied.remove(&address);
        self.note_asked(address);
    }

    /// The object does not exist, and something of it is still there.
    pub fn mark_remaining(&mut self, address: Address) {
        self.remains.insert(address.clone());
        self.mark_absent(address);
    }

    /// Forgets objects that no list shows, and display names that were translated: for a refresh that does
    /// not name them.
    pub fn forget<'a>(&mut self, addresses: impl IntoIterator<Item = &'a Address>) {
        for address in addresses {
            if address.kind().reading.listing == Listing::Gaps || !self.is_read(&Collection::of(address)) {
                self.expire_object(address);
            }
        }
        for (address, spec) in std::mem::take(&mut self.replied) {
            if let Some(observed) = self.objects.get_mut(&address) {
                observed.spec = spec;
            }
        }
    }

    /// Something was read.
    pub(super) fn note_time(&mut self, read: Read, time: ReadTime) {
        self.times.note(read, time);
    }

    /// A product was read from Git.
    pub(super) fn note_product_time(&mut self, product: String, time: ReadTime) {
        self.times.note_product(product, time);
    }

    /// When its parts were read.
    pub(super) const fn times(&self) -> &ReadTimes {
        &self.times
    }

    /// Forgets what this request showed.
    pub(super) fn expire(&mut self, read: &Read) {
        self.times.forget(read);
        match read {
            Read::One(address) => self.expire_object(address),
            Read::List(collection) => {
                for address in self.known_in(collection) {
                    self.times.forget(&Read::One(address.clone()));
                    self.expire_object(&address);
                }
                // What was read from Git is one reading of all of the product.
                if let Some(product) = collection.product() {
                    self.ways.forget(product);
                    self.times.forget_product(product);
                }
                self.read.remove(collection);
                self.failed.remove(collection);
                self.list_failed.remove(collection);
            }
        }
    }

    /// What was found or asked for in a collection.
    fn known_in(&mut self, collection: &Collection) -> Vec<Address> {
        let Some(product) = collection.product() else {
            let all = self.objects.keys().chain(&self.asked);
            return all.filter(|address| collection.holds(address)).cloned().collect();
        };
        let mut known = self.of_product(product);
        let is_known = |address: &Address| self.objects.contains_key(address) || self.asked.contains(address);
        known.retain(|address| collection.holds(address) && is_known(address));
        known
    }

    /// A product and what lives in it, by address: all that is known of it, and what was.
    pub(super) fn of_product(&mut self, product: &str) -> Vec<Address> {
        self.places().of_product(product).cloned().collect()
    }

    fn places(&mut self) -> &Places {
        let all = || Places::of(self.objects.keys().chain(&self.asked));
        self.places.get_or_insert_with(all)
    }

    fn note_place(&mut self, address: &Address) {
        self.places.iter_mut().for_each(|places| places.insert(address));
    }

    fn note_asked(&mut self, address: Address) {
        self.note_place(&address);
        self.asked.insert(address);
    }

    fn expire_object(&mut self, address: &Address) {
        self.objects.remove(address);
        self.replied.remove(address);
        self.asked.remove(address);
        self.remains.remove(address);
        self.unreadable.remove(address);
        self.unknown.remove(address);
    }

    /// The object exists and can't be shown.
    pub fn cannot_read(&mut self, address: Address, why: impl Into<String>) {
        self.note_asked(address.clone());
        self.unreadable.insert(address, why.into());
    }

    /// The object exists, and the server can't show it: it is as it is stored, if that explains why.
    pub(super) fn cannot_show(&mut self, address: Address, why: impl Into<String>) {
        let stored = self.ways.dangling(&address).map(|dangling| dangling.object.clone());
        match stored {
            Some(stored) => {
                self.note_asked(address);
                self.insert(stored);
            }
            None => self.cannot_read(address, why),
        }
    }

    /// It is unknown whether the object exists.
    pub fn unknown(&mut self, address: Address, why: impl Into<String>) {
        self.unknown.insert(address, why.into());
    }

    /// Everything in the collection was added: what is not here does not exist.
    pub fn complete(&mut self, collection: Collection) {
        self.failed.remove(&collection);
        self.read.insert(collection);
    }

    /// The collection could not be read.
    pub fn fail(&mut self, collection: Collection, why: impl Into<String>) {
        self.failed.insert(collection, why.into());
    }
}

fn conceal(spec: &mut Arc<Value>, paths: &[Path]) {
    let spec = Arc::make_mut(spec);
    paths.iter().for_each(|path| spec.conceal(path.segments()));
}
