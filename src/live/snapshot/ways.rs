//! Which products were read from Git, and which were to be and were not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::live::gitlab::{NotRead, ReadProduct};
use crate::resource::stored::{Dangling, Mark, StoredProduct};
use crate::resource::{Address, ByAddress, Observed, kinds};

/// How products were read.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    pub(super) from_git: BTreeMap<String, Arc<ReadProduct>>,
    pub(super) through_api: BTreeMap<String, NotRead>,
    /// Products and numbers of their GitLab projects that GitLab hides from the token, while the server shows
    /// their repositories.
    pub(super) hidden: BTreeSet<(String, u64)>,
    /// Why the tenant's repository could not be read, if it was to be.
    pub(super) tenant: Option<NotRead>,
    /// What is wrong with objects in the tenant's repository.
    pub(super) tenant_broken: BTreeMap<Address, Vec<String>>,
}

impl Ways {
    /// The products that were read from Git.
    pub fn read_from_git(&self) -> impl ExactSizeIterator<Item = &str> {
        self.from_git.keys().map(String::as_str)
    }

    /// The products that were to be read from Git and were read through the API, and why.
    pub fn through_api(&self) -> impl ExactSizeIterator<Item = (&str, String)> {
        self.through_api.iter().map(|(product, why)| (product.as_str(), why.to_string()))
    }

    /// Why the tenant's repository could not be read, if it was to be.
    pub fn tenant_not_read(&self) -> Option<String> {
        match self.tenant.as_ref()? {
            NotRead::Forbidden | NotRead::NotVisible => {
                Some("GitLab shows no such repository to the token".to_owned())
            }
            why => Some(why.to_string()),
        }
    }

    /// What is broken behind the API: objects, and why.
    pub fn broken(&self) -> impl Iterator<Item = (&Address, String)> {
        let of_tenant = self.tenant_broken.iter();
        let of_tenant =
            of_tenant.flat_map(|(address, all)| all.iter().map(move |why| (address, why.clone())));
        self.of_products().chain(of_tenant)
    }

    fn of_products(&self) -> impl Iterator<Item = (&Address, String)> {
        self.from_git.iter().flat_map(|(product, read)| {
            let stored = &read.stored;
            let is_hidden = |project: &u64| self.hidden.contains(&(product.clone(), *project));
            let unlisted =
                "its manifest is not in production/kustomization.yaml, so Kubernetes never gets it";
            let unlisted = stored.unlisted.iter().map(move |address| (address, unlisted.to_owned()));
            let gone = |(address, project)| {
                (
                    address,
                    format!(
                        "its GitLab project {project} is gone, moved or hidden from the token, and its manifest \
                         is still there"
                    ),
                )
            };
            let dangling = stored.dangling.iter();
            let dangling = dangling.filter(move |(_, dangling)| !dangling.projects.iter().all(is_hidden));
            let dangling = dangling.map(|(address, dangling)| (address, dangling.sentence()));
            let without = stored.without_project.iter().filter(move |(_, project)| !is_hidden(project));
            unlisted.chain(dangling).chain(without.map(gone))
        })
    }

    /// An object that the server can't show since a repository is gone that it refers to: as it is stored. Not
    /// if the manifest of such a repository is still there: that is another kind of damage.
    pub(crate) fn dangling(&self, address: &Address) -> Option<&Dangling> {
        let stored = self.stored(address.product())?;
        let is_gone = |project: &u64| !stored.without_project.values().any(|other| other == project);
        stored.dangling.get(address).filter(|dangling| dangling.projects.iter().all(is_gone))
    }

    /// What GitLab is going to delete: the object itself, or the product that it lives in. Nothing, if GitLab was
    /// not asked: the server shows it like any other.
    pub(crate) fn marked(&self, address: &Address) -> Option<(Address, &Mark)> {
        let owner = address.owner().unwrap_or_else(|| address.clone());
        if let Some(NotRead::Marked(mark)) = self.through_api.get(owner.name()) {
            return (owner.kind() == kinds::owner()).then_some((owner, mark));
        }
        let mark = self.stored(address.product())?.marked.get(address)?;
        Some((address.clone(), mark))
    }

    /// The product as it is stored, if it was read from Git.
    pub(super) fn stored(&self, product: Option<&str>) -> Option<&StoredProduct> {
        self.read(product).map(|read| &read.stored)
    }

    pub(super) fn read(&self, product: Option<&str>) -> Option<&Arc<ReadProduct>> {
        self.from_git.get(product?)
    }

    /// Whether the product could not be read from Git.
    pub(super) fn has_failed(&self, product: &str) -> bool {
        self.through_api.contains_key(product)
    }

    /// Drops objects that are known by now, which nothing looks for here again, and shares their addresses.
    pub(super) fn share(&mut self, known: &ByAddress<Observed>) {
        for read in self.from_git.values_mut() {
            let stored = &mut Arc::make_mut(read).stored;
            stored.objects.retain(|observed| !known.contains_key(&observed.address));
            stored.objects.shrink_to_fit();
            stored.share_addresses(|address| known.known(address));
        }
    }

    /// The product is to be read again.
    pub(crate) fn forget(&mut self, product: &str) {
        self.from_git.remove(product);
        self.through_api.remove(product);
    }

    /// Whether the product was read from Git, and so is not going to be deleted.
    pub(crate) fn stays(&self, product: &Address) -> bool {
        product.kind() == kinds::owner() && self.from_git.contains_key(product.name())
    }

    pub(super) fn is_known(&self, product: &str) -> bool {
        self.from_git.contains_key(product) || self.through_api.contains_key(product)
    }
}
