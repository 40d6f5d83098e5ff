//! The beginning of an operation that only reads: manifests, state and live objects, side by side.
//!
//! Invariant: errors of the manifests come before those of the state and the server.

use std::io;

use tokio::sync::oneshot;

use crate::live::snapshot::{self, Snapshot};
use crate::plan;
use crate::state::{State, Store};

use super::binding;
use super::connect::Connected;
use super::error::SessionError;
use super::open::{Care, Session};
use super::validate::Validated;

/// What an operation that only reads begins with.
pub(crate) struct Begun {
    pub(crate) connected: Connected,
    pub(crate) validated: Validated,
    /// The state, if there is one.
    pub(crate) state: Option<State>,
    /// The objects in the state, as they are live, if the operation is about all of the fleet.
    pub(crate) snapshot: Snapshot,
}

impl Session {
    /// Connects, and loads the manifests while the objects in the state are read (`all`: the operation is
    /// about all of the fleet). Errors of the manifests come before those of the server.
    pub(crate) async fn begin(&self, all: bool) -> Result<Begun, SessionError> {
        let connected = self.connect().await;
        if connected.is_err() {
            self.load()?;
        }
        let mut connected = connected?;
        let options = self.options.clone();
        let read = self.read.clone();
        let loading = tokio::task::spawn_blocking(move || {
            let mut validated = options.validate_with(&options.input()?, read, Care::Usual)?;
            validated.manifests.sources.pack();
            Ok::<_, SessionError>(validated)
        });
        let (sender, receiver) = oneshot::channel();
        // What is in memory once less while all objects are read.
        let sharing = async {
            let validated = self.checked(loading.await.map_err(io::Error::other)??)?;
            let mut state: Option<State> = receiver.await.ok().flatten();
            state.iter_mut().for_each(|state| state.share(&validated.configuration.resources));
            Ok::<_, SessionError>((validated, state))
        };
        // Its errors come after those of the manifests.
        let prefetching = async { Ok(self.prefetch(&mut connected, all, sender).await) };
        let ((validated, state), prefetched) = tokio::try_join!(sharing, prefetching)?;
        let snapshot = self.located(prefetched)?;
        let server = connected.reader().server();
        self.located(binding::check_state(state.as_ref(), server.as_ref()).map_err(SessionError::from))?;
        self.say_folded(connected.store.as_deref().is_some_and(Store::has_folded));
        self.check_begun(state.as_ref()).await?;
        Ok(Begun { connected, validated, state, snapshot })
    }

    /// Loads the state and gives it away, and if all of the directory is wanted, reads the objects in it: a plan
    /// of all reads them in any case, so they may be read while the manifests are still being loaded.
    async fn prefetch(
        &self,
        connected: &mut Connected,
        all: bool,
        loaded: oneshot::Sender<Option<State>>,
    ) -> Result<Snapshot, SessionError> {
        let state = self.load_state(connected).await?;
        let wanted = state.as_ref().filter(|_| all).map(plan::prefetchable);
        let reader = connected.reader();
        if wanted.is_some() {
            binding::check_state(state.as_ref(), reader.server().as_ref())?;
        }
        // Whoever waited for it has failed if it is not taken.
        drop(loaded.send(state));
        let mut snapshot = Snapshot::new();
        if let Some(wanted) = wanted {
            snapshot::refresh(&reader, &wanted, &mut snapshot, &connected.refresh).await?;
        }
        Ok(snapshot)
    }
}
