//! Terraform's http-backend protocol: any server that speaks it, and GitLab with its particulars.
//!
//! GitLab locks with POST and DELETE, wants all seven fields of a lock, answers a held lock with 409 and echoes most of the caller's
//! own fields in it, wants a serial that grows with every write, answers 204 or 404 where there is no state yet, 500 to a write under
//! another lock's ID, and takes an unlock without an ID for a forced one (its lib/api/terraform/state.rb). Invariant: nothing is written
//! but under the lock's ID, and the ID goes with every unlock, in the query and in the body.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use reqwest::{Method, RequestBuilder};

use crate::http::{Answer, HttpClient};
use crate::model::encoding::percent_encoded;
use crate::model::value::{Secret, without_credentials};

use super::remote::{Document, Taken, WriteError, Writing};
use super::store::Storing;
use super::{LockInfo, StoreError};

/// The longest pause before asking for a held lock again.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);

/// Where the state is, and how its server wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpStateSettings {
    /// The state's URL.
    pub address: String,
    /// The URL that locks; no locking without it.
    pub lock_address: Option<String>,
    /// The URL that unlocks; the one that locks if left out.
    pub unlock_address: Option<String>,
    /// `POST`.
    pub update_method: String,
    /// `LOCK`, or `POST` for GitLab.
    pub lock_method: String,
    /// `UNLOCK`, or `DELETE` for GitLab.
    pub unlock_method: String,
    /// Basic authentication.
    pub username: Option<String>,
    /// Its password: an access token, or a job token. From the environment only.
    pub password: Option<Secret>,
    /// A CA certificate to trust besides the system's, PEM.
    pub ca: Option<Vec<u8>>,
    /// The first pause of every kind of waiting.
    pub pause: Duration,
}

impl HttpStateSettings {
    /// A server that follows Terraform's defaults.
    pub fn terraform(address: String) -> Self {
        Self {
            address,
            lock_address: None,
            unlock_address: None,
            update_method: "POST".to_owned(),
            lock_method: "LOCK".to_owned(),
            unlock_method: "UNLOCK".to_owned(),
            username: None,
            password: None,
            ca: None,
            pause: Duration::from_secs(1),
        }
    }

    /// GitLab: `api` is `https://gitlab.example.com/api/v4`, `project` a number or a path.
    pub fn gitlab(api: &str, project: &str, name: &str) -> Self {
        let (api, project) = (api.trim_end_matches('/'), percent_encoded(project));
        let address = format!("{api}/projects/{project}/terraform/state/{}", percent_encoded(name));
        Self {
            lock_address: Some(format!("{address}/lock")),
            lock_method: "POST".to_owned(),
            unlock_method: "DELETE".to_owned(),
            ..Self::terraform(address)
        }
    }
}

/// A state on a server that speaks Terraform's protocol.
pub struct HttpDocument {
    exchange: HttpClient,
    settings: HttpStateSettings,
    lock: Option<LockInfo>,
}

impl HttpDocument {
    /// Prepares a client; asks nobody yet.
    ///
    /// # Errors
    /// If HTTPS can't be set up.
    pub fn new(settings: HttpStateSettings) -> Result<Self, StoreError> {
        let exchange =
            HttpClient::new(&settings.address, settings.ca.as_deref(), settings.pause, &settings.password);
        let exchange = exchange.map_err(|reason| StoreError::Unavailable {
            action: "reach",
            place: without_credentials(&settings.address),
            reason,
        })?;
        Ok(Self { exchange, settings, lock: None })
    }

    fn request(&self, method: &str, url: &str, body: Option<&[u8]>) -> Result<RequestBuilder, String> {
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| "a method in the settings is not valid".to_owned())?;
        let mut request = self.exchange.client().request(method, url);
        if let Some(user) = &self.settings.username {
            request = request.basic_auth(user, self.settings.password.as_ref().map(Secret::expose));
        }
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .header("Content-MD5", digest(body))
                .body(body.to_vec());
        }
        Ok(request)
    }

    /// One request. Everything here may be repeated: reads, writes of the same serial under the same lock, and locks and unlocks of
    /// the same ID.
    async fn ask(&self, method: &str, url: &str, body: Option<&[u8]>) -> Result<Answer, String> {
        self.exchange.ask(self.request(method, url, body)?).await
    }

    async fn fetch(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let answer = self.ask("GET", &self.settings.address, None).await;
        let answer = answer.map_err(|reason| self.unavailable("read", reason))?;
        match answer.status {
            204 => Ok(None),
            // GitLab hides projects from those who may not see them: that is no empty state.
            404 if !String::from_utf8_lossy(&answer.body).contains("Project Not Found") => Ok(None),
            200 if answer.body.is_empty() => Ok(None),
            200 if answer.header("Content-MD5").is_some_and(|wanted| wanted != digest(&answer.body)) => {
                Err(self.unavailable("read", "it was damaged on its way (Content-MD5)".to_owned()))
            }
            200 => Ok(Some(answer.body.to_vec())),
            _ => Err(self.refused("read", &answer)),
        }
    }

    async fn post(&self, body: &[u8]) -> Result<(), WriteError> {
        let url = match &self.lock {
            Some(lock) => with_id(&self.settings.address, &lock.id),
            None => self.settings.address.clone(),
        };
        let answer = self.ask(&self.settings.update_method, &url, Some(body)).await;
        let answer = answer.map_err(|reason| WriteError::Unclear(self.unavailable("save", reason)))?;
        match answer.status {
            200 | 201 | 204 => Ok(()),
            409 | 412 | 422 | 423 => {
                let conflict = StoreError::Conflict { place: self.place(), reason: answer.words() };
                // The serial is there already if an earlier try has come through.
                Err(if answer.repeated {
                    WriteError::Unclear(conflict)
                } else {
                    WriteError::Refused(conflict)
                })
            }
            _ => Err(WriteError::Refused(self.refused("save", &answer))),
        }
    }

    async fn take_lock(&mut self, info: &LockInfo, patience: Duration) -> Result<(), StoreError> {
        let Some(url) = self.settings.lock_address.clone() else { return Ok(()) };
        let info = LockInfo { id: lock_id(info), path: self.place(), ..info.clone() };
        let body = serde_json::to_vec(&info).expect("a lock is plain text");
        let deadline = tokio::time::Instant::now() + patience;
        let mut pause = self.exchange.pause();
        // Whoever drops this future and unlocks frees what was locked without an answer.
        self.lock = Some(info.clone());
        loop {
            let answer = self.ask(&self.settings.lock_method, &url, Some(&body)).await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(reason) => {
                    let error = self.unavailable("lock", reason);
                    // It may be ours all the same.
                    let _ = self.give_back().await;
                    return Err(error);
                }
            };
            let held = match answer.status {
                200 | 201 | 204 => None,
                409 | 423 => Some(holder(&answer.body, &info)),
                _ => return Err(self.refused("lock", &answer)),
            };
            match held {
                // An answer that was lost may have locked: then the holder is us.
                None => break,
                Some(holder) if holder.id == info.id => break,
                Some(holder) => {
                    let now = tokio::time::Instant::now();
                    if now >= deadline {
                        self.lock = None;
                        return Err(StoreError::Held { holder: Box::new(holder) });
                    }
                    tokio::time::sleep(pause.min(deadline - now)).await;
                }
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    async fn free(&self, info: &LockInfo) -> Result<Answer, StoreError> {
        let address = self.settings.unlock_address.as_ref().or(self.settings.lock_address.as_ref());
        let Some(url) = address else {
            return Err(
                self.unavailable("unlock", "it has no lock_address, so nothing is ever locked".to_owned())
            );
        };
        let body = serde_json::to_vec(info).expect("a lock is plain text");
        // A body that got lost on its way must not make this a forced unlock of whoever holds the lock.
        let url = with_id(url, &info.id);
        let answer = self.ask(&self.settings.unlock_method, &url, Some(&body)).await;
        answer.map_err(|reason| {
            let left =
                format!("{reason}; if the lock stays, free it with: nautform force-unlock '{}'", info.id);
            self.unavailable("unlock", left)
        })
    }

    async fn give_back(&mut self) -> Result<(), StoreError> {
        let Some(lock) = self.lock.take() else { return Ok(()) };
        let answer = self.free(&lock).await?;
        match answer.status {
            200 | 201 | 204 => Ok(()),
            // An earlier try has freed it.
            409 | 423 if answer.repeated => Ok(()),
            409 | 423 => Err(StoreError::Lost {
                place: self.place(),
                reason: "somebody has freed or taken it while we held it".to_owned(),
            }),
            _ => Err(self.refused("unlock", &answer)),
        }
    }

    async fn force(&self, id: &str) -> Result<(), StoreError> {
        let answer = self.free(&LockInfo { id: id.to_owned(), ..LockInfo::default() }).await?;
        match answer.status {
            200 | 201 | 204 => Ok(()),
            409 | 423 if answer.repeated => Ok(()),
            409 | 423 => {
                let reason =
                    format!("no lock with the ID '{id}' is held; a refused command names the right one");
                Err(self.unavailable("unlock", reason))
            }
            _ => Err(self.refused("unlock", &answer)),
        }
    }

    /// A refusal, and what is usually behind it.
    fn refused(&self, action: &'static str, answer: &Answer) -> StoreError {
        let meaning = match answer.status {
            300..=399 => "; the address has moved, and passwords are not sent elsewhere: write the new one",
            401 => "; the server wants a user name and a password",
            403 => "; the account may not do this: GitLab lets Developers read and Maintainers write",
            404 => "; is it the right project, and may the account see it?",
            413 => "; it is larger than the server allows",
            _ => "",
        };
        self.unavailable(action, format!("{}{meaning}", answer.words()))
    }

    fn unavailable(&self, action: &'static str, reason: String) -> StoreError {
        StoreError::Unavailable { action, place: self.place(), reason: self.exchange.redacted(reason) }
    }
}

fn digest(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

fn with_id(url: &str, id: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}ID={}", percent_encoded(id))
}

/// Our own ID says which CI job holds the lock: the rest of the holder's fields do not reach others on GitLab, which takes IDs of 255
/// characters.
fn lock_id(info: &LockInfo) -> String {
    let job: String = info.info.split_once("://").map_or("", |(_, rest)| rest).chars().take(200).collect();
    if job.is_empty() { info.id.clone() } else { format!("{}:{job}", info.id) }
}

/// Who holds the lock, without what only echoes our own request.
fn holder(body: &[u8], ours: &LockInfo) -> LockInfo {
    let mut holder: LockInfo = serde_json::from_slice(body).unwrap_or_default();
    if holder.id == ours.id {
        return holder;
    }
    if holder.info == ours.info {
        holder.info =
            holder.id.split_once(':').map(|(_, job)| format!("job https://{job}")).unwrap_or_default();
    }
    if holder.operation == ours.operation && holder.path == ours.path {
        holder.operation = String::new();
    }
    if !holder.id.is_empty() {
        let separator = if holder.info.is_empty() { "" } else { ", " };
        holder.info = format!("{}{separator}lock ID {}", holder.info, holder.id);
    }
    holder
}

impl Document for HttpDocument {
    fn read(&mut self) -> Storing<'_, Option<Vec<u8>>> {
        Box::pin(self.fetch())
    }

    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        Box::pin(self.post(bytes))
    }

    fn holds<'a>(&'a mut self, bytes: &'a [u8]) -> Storing<'a, bool> {
        Box::pin(async move { Ok(self.fetch().await?.is_some_and(|found| found == bytes)) })
    }

    fn lock<'a>(&'a mut self, info: &'a LockInfo, patience: Duration) -> Storing<'a, Taken> {
        Box::pin(async move { self.take_lock(info, patience).await.map(|()| Taken::Free) })
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(self.give_back())
    }

    fn force_unlock<'a>(&'a mut self, id: &'a str) -> Storing<'a, ()> {
        Box::pin(self.force(id))
    }

    fn place(&self) -> String {
        without_credentials(&self.settings.address)
    }
}
