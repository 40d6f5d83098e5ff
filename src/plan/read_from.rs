//! How the live state of products was read, as plans say it.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::live::snapshot::{Live, Snapshot};
use crate::model::text::printable;
use crate::resource::{Address, kinds};

use super::Change;

/// Which products were read from Git, and which were to be and were not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFrom {
    /// How many products were read from Git.
    pub git: usize,
    /// How many requests to GitLab that took.
    pub gitlab_requests: usize,
    /// The existing products that were read through the API instead, and why.
    pub api: BTreeMap<String, String>,
    /// Why the tenant's repository could not be read, if it was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What is broken behind the API.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Broken>,
}

/// An object that the API shows as if nothing was wrong, or can't show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// The object.
    pub address: Address,
    /// What is wrong.
    pub why: String,
}

impl ReadFrom {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let exists = |product: &str| {
            let address = Address::of_tenant(kinds::owner(), product);
            matches!(snapshot.live(&address), Live::Present(_))
        };
        let api = snapshot.ways.through_api().filter(|(product, _)| exists(product));
        Self {
            git: snapshot.ways.read_from_git().len(),
            gitlab_requests: snapshot.gitlab_requests,
            api: api.map(|(product, why)| (product.to_owned(), why)).collect(),
            tenant: snapshot.ways.tenant_not_read(),
            broken: snapshot.ways.broken().map(Broken::of).collect(),
        }
    }

    /// Whether everything was read through the API, as it was meant to be.
    pub fn is_empty(&self) -> bool {
        self.git == 0 && self.api.is_empty() && self.tenant.is_none() && self.broken.is_empty()
    }

    /// What is broken, of the objects of the plan or of the others.
    pub(super) fn broken_in(&self, changes: &[Change], is_planned: bool) -> impl Iterator<Item = &Broken> {
        let planned: HashSet<&Address> = match self.broken.is_empty() {
            true => HashSet::new(),
            false => changes.iter().map(|change| &change.address).collect(),
        };
        self.broken.iter().filter(move |broken| planned.contains(&broken.address) == is_planned)
    }

    /// What is said of products that were not read as they were meant to be, a sentence for each reason, and
    /// of what is broken outside of the plan.
    pub(crate) fn notes(&self, changes: &[Change]) -> Vec<String> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (product, why) in &self.api {
            reasons.entry(why).or_default().push(product);
        }
        let note = |(why, products): (&str, Vec<&str>)| {
            let named = match *products.as_slice() {
                [one] => format!("The product {} was", printable(one)),
                [first, ..] => {
                    format!("{} products, {} and others, were", products.len(), printable(first))
                }
                [] => "No product was".to_owned(),
            };
            format!("{named} read through the API, not from Git: {why}.")
        };
        let broken = self.broken_in(changes, false);
        let broken = broken.map(|broken| format!("{}: {}.", broken.address, broken.why));
        let tenant = self.tenant.iter().map(|why| format!("The tenant's repository was not read: {why}."));
        reasons.into_iter().map(note).chain(tenant).chain(broken).collect()
    }
}

impl Broken {
    fn of((address, why): (&Address, String)) -> Self {
        Self { address: address.clone(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_with_one_reason_share_a_note() {
        let api = [("a", "no access"), ("b", "no access"), ("c", "unknown layout")];
        let api = api.map(|(product, why)| (product.to_owned(), why.to_owned())).into();
        let notes = ReadFrom { api, ..ReadFrom::default() }.notes(&[]);
        insta::assert_snapshot!(notes.join("\n"), @r"
        2 products, a and others, were read through the API, not from Git: no access.
        The product c was read through the API, not from Git: unknown layout.
        ");
    }
}
