//! The desired objects, their order, and what only the live state can answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::load::Ignored;
use crate::model::diagnostic::Span;
use crate::model::graph::Graph;
use crate::model::value::Path;
use crate::resource::{Address, ByAddress, Resource};

/// A reference to an object that is in no manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The object named.
    pub target: Address,
    /// Who names it.
    pub from: Address,
    /// The field.
    pub path: Path,
    /// Where the name is written.
    pub span: Span,
}

/// A permission that no manifest grants: the live state may (§6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Who needs it.
    pub from: Address,
    /// The field it comes from.
    pub path: Path,
    /// Where the object is declared.
    pub span: Span,
    /// What is missing.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The desired objects and their order.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The objects.
    pub resources: ByAddress<Resource>,
    /// "a depends on b", with the place of the reference.
    pub graph: Graph<Address, Span>,
    /// Where the objects are in `resources`, dependencies first.
    pub(super) order: Vec<usize>,
    /// Hard references that lead out of the directory.
    pub outside: Vec<Outside>,
    /// Permissions to be looked up in the live state.
    pub unmet: Vec<Unmet>,
    /// Manifest files that are there and declare nothing.
    pub empty_files: BTreeSet<String>,
    /// Objects whose manifest is there under the `apiVersion` of another system, and its file.
    pub skipped: BTreeMap<Address, String>,
    /// What `.nautformignore` leaves out.
    pub ignored: Ignored,
}

impl Configuration {
    /// The objects, dependencies first, ties by address; each with what it depends on, by address. What an
    /// object only mentions, and the server never looks up, is none of that.
    pub fn in_order(&self) -> impl Iterator<Item = (&Resource, Vec<Address>)> {
        let all: Vec<&Resource> = self.resources.values().collect();
        self.order.iter().map(move |place| {
            let resource = all[*place];
            let mentions = resource.mentions();
            let all = self.graph.dependencies_of_number(*place);
            let mut needed: Vec<Address> = all.filter(|other| !mentions.contains(other)).cloned().collect();
            needed.shrink_to_fit();
            (resource, needed)
        })
    }
}
