//! `get`: objects as the server has them, or as the state remembers them. Only reads; takes no lock.

use std::sync::Arc;

use crate::live::snapshot::Snapshot;
use crate::resource::{Address, Listed, Pattern};
use crate::state::State;

use super::error::SessionError;
use super::export::manifests::{Manifest, is_wanted};
use super::export::read;
use super::open::Session;

/// Where objects are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The server, or the sandbox.
    Server,
    /// The state: as they were applied last.
    State,
}

/// What was found.
#[derive(Debug)]
pub struct Got {
    /// The objects, by address.
    pub objects: Vec<Listed>,
    /// What could not be read, each a sentence without a full stop.
    pub unread: Vec<String>,
}

/// An object as a manifest. Fields that the server never returns are not in it.
pub fn manifest(listed: &Listed) -> String {
    let Listed { address, spec, .. } = listed;
    let manifest =
        Manifest { address: address.clone(), spec: (**spec).clone(), prevent_destroy: false, orphan: false };
    manifest.text(&[])
}

impl Session {
    /// The objects that a pattern matches (all, if there are none). Unlike a selection, `Product/shop` is the
    /// product only.
    ///
    /// # Errors
    /// If the live state or the state can't be read, or a pattern matches nothing.
    pub async fn get(&self, patterns: &[Pattern], source: Source) -> Result<Got, SessionError> {
        let got = match source {
            Source::Server => self.get_live(patterns).await?,
            Source::State => {
                let state = self.state().await?;
                let objects = state.records.iter().map(|(address, record)| Listed {
                    address: address.clone(),
                    spec: Arc::clone(&record.applied),
                    managed: true,
                });
                Got { objects: objects.collect(), unread: Vec::new() }
            }
        };
        let is_asked = |address: &Address| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(address))
        };
        let objects: Vec<Listed> = got.objects.into_iter().filter(|found| is_asked(&found.address)).collect();
        let unmatched = patterns.iter().find(|pattern| {
            // A pattern over many may match none; a name is misspelt.
            pattern.address().is_some() && !objects.iter().any(|found| pattern.matches(&found.address))
        });
        match unmatched {
            Some(pattern) if got.unread.is_empty() => Err(SessionError::NotFound(Box::new(pattern.clone()))),
            _ => Ok(Got { objects, ..got }),
        }
    }

    async fn get_live(&self, patterns: &[Pattern]) -> Result<Got, SessionError> {
        let (connected, state) = self.connect_with_state().await?;
        let read = read(&connected.reader(), state.as_ref(), patterns, &connected.refresh).await;
        let snapshot = self.located(read)?;
        self.close(connected).await;
        let objects = snapshot.objects().map(|observed| Listed {
            address: observed.address.clone(),
            spec: Arc::clone(&observed.spec),
            managed: state.as_ref().is_some_and(|state: &State| state.manages(&observed.address)),
        });
        Ok(Got { objects: objects.collect(), unread: unread(&snapshot, patterns) })
    }
}

fn unread(snapshot: &Snapshot, patterns: &[Pattern]) -> Vec<String> {
    let lists = snapshot.failures().map(|(list, why)| {
        let inside = list.product().map(|product| format!(" of product {product}")).unwrap_or_default();
        format!("{} objects{inside} can't be listed: {why}", list.kind())
    });
    let objects = snapshot.unreadable().filter(|(address, _)| is_wanted(patterns, address));
    lists.chain(objects.map(|(address, why)| format!("{address} can't be shown: {why}"))).collect()
}
