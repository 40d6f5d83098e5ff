//! `why`: what an object needs and what needs it. Offline; a state on this disk says what is managed.

use crate::model::diagnostic::SourceMap;
use crate::plan::{self, Why};
use crate::resource::{Address, Pattern};

use super::error::SessionError;
use super::open::Session;

impl Session {
    /// What there is to say about a declared object, and the texts that its places are in.
    ///
    /// # Errors
    /// If the manifests have errors, or none declares it.
    pub async fn why(&self, address: &Address) -> Result<(Why, SourceMap), SessionError> {
        let validated = self.load()?;
        let state = self.local_state().await;
        let why = plan::why(&validated.configuration, state.as_ref(), address);
        let why = why.ok_or_else(|| SessionError::NotFound(Box::new(Pattern::exactly(address))))?;
        Ok((why, validated.manifests.sources))
    }
}
