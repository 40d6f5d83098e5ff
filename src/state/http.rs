//! Terraform's http-backend protocol: any server that speaks it, and GitLab with its particulars.
//!
//! GitLab locks with POST and DELETE, requires all seven fields of a lock, answers a held lock with 409 and
//! echoes most of the caller's own fields in it, requires a serial that grows with every write, answers 204
//! or 404 where there is no state yet, 500 to a write under another lock's ID, and takes an unlock without an
//! ID for a forced one (its lib/api/terraform/state.rb). Invariant: nothing is written but under the lock's
//! ID, and the ID goes with every unlock, in the query and in the body.

mod lock;
mod server;
mod settings;

use std::time::Duration;

use crate::http::WriteError;

use super::remote::{Document, Taken, Writing};
use super::store::Storing;
use super::{LockInfo, StoreError};

use server::{Server, digest, with_id};

pub use settings::HttpStateSettings;

/// A state on a server that speaks Terraform's protocol.
pub struct HttpDocument {
    server: Server,
    lock: Option<LockInfo>,
}

impl HttpDocument {
    /// Prepares a client; sends nothing yet.
    ///
    /// # Errors
    /// If HTTPS can't be set up.
    pub fn new(settings: HttpStateSettings) -> Result<Self, StoreError> {
        Ok(Self { server: Server::new(settings)?, lock: None })
    }

    async fn fetch(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let server = &self.server;
        let response = server.send("GET", &server.settings.address, None).await;
        let response = response.map_err(|cause| server.unavailable("read", cause))?;
        match response.status {
            204 => Ok(None),
            // GitLab hides projects from accounts that may not see them: that is not an empty state.
            404 if !String::from_utf8_lossy(&response.body).contains("Project Not Found") => Ok(None),
            200 if response.body.is_empty() => Ok(None),
            200 if response.header("Content-MD5").is_some_and(|wanted| wanted != digest(&response.body)) => {
                Err(server.unavailable("read", "the reply was damaged on its way (Content-MD5)"))
            }
            200 => Ok(Some(response.body.into())),
            _ => Err(server.refused("read", &response)),
        }
    }

    async fn post(&self, body: &[u8]) -> Result<(), WriteError<StoreError>> {
        let server = &self.server;
        let url = match &self.lock {
            Some(lock) => with_id(&server.settings.address, &lock.id),
            None => server.settings.address.clone(),
        };
        let response = server.send(&server.settings.update_method, &url, Some(body)).await;
        let response = response.map_err(|cause| WriteError::Unclear(server.unavailable("save", cause)))?;
        match response.status {
            200 | 201 | 204 => Ok(()),
            409 | 412 | 422 | 423 => {
                let conflict = StoreError::Conflict { place: server.place(), reason: response.message() };
                // The serial is there already if an earlier try has come through.
                let error = if response.repeated { WriteError::Unclear } else { WriteError::Refused };
                Err(error(conflict))
            }
            _ => Err(WriteError::Refused(server.refused("save", &response))),
        }
    }

    async fn acquire(&mut self, info: &LockInfo, timeout: Duration) -> Result<(), StoreError> {
        let Some(url) = self.server.settings.lock_address.clone() else {
            let setting = "state.lockAddress (or TF_HTTP_LOCK_ADDRESS)";
            return Err(StoreError::NoLock { place: self.server.place(), setting });
        };
        let info = lock::wanted(&self.server, info);
        // A caller that drops this future and unlocks frees what was locked without an answer.
        self.lock = Some(info.clone());
        match lock::acquire(&self.server, &url, &info, timeout).await {
            Ok(()) => Ok(()),
            Err(WriteError::Refused(error)) => {
                self.lock = None;
                Err(error)
            }
            Err(WriteError::Unclear(error)) => {
                // It may be ours all the same.
                let _ = self.release().await;
                Err(error)
            }
        }
    }

    async fn release(&mut self) -> Result<(), StoreError> {
        match self.lock.take() {
            Some(lock) => lock::release(&self.server, &lock).await,
            None => Ok(()),
        }
    }
}

/// Whether two documents say the same: some servers keep the members of a document, not its bytes.
fn is_same(found: &[u8], saved: &[u8]) -> bool {
    let parsed = |bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    found == saved || parsed(found).is_some_and(|found| parsed(saved) == Some(found))
}

impl Document for HttpDocument {
    fn read(&mut self) -> Storing<'_, Option<Vec<u8>>> {
        Box::pin(self.fetch())
    }

    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        Box::pin(self.post(bytes))
    }

    fn holds<'a>(&'a mut self, bytes: &'a [u8]) -> Storing<'a, bool> {
        Box::pin(async move { Ok(self.fetch().await?.is_some_and(|found| is_same(&found, bytes))) })
    }

    fn lock<'a>(&'a mut self, info: &'a LockInfo, timeout: Duration) -> Storing<'a, Taken> {
        Box::pin(async move { self.acquire(info, timeout).await.map(|()| Taken::Free) })
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(self.release())
    }

    fn force_unlock<'a>(&'a mut self, id: Option<&'a str>) -> Storing<'a, ()> {
        Box::pin(lock::force(&self.server, id))
    }

    fn place(&self) -> String {
        self.server.place()
    }
}
