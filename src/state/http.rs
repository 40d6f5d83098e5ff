//! State behind Terraform's http-backend protocol: any server that speaks it, and GitLab with its particulars.
//!
//! GitLab locks with POST and DELETE, wants all seven fields of a lock, answers a held lock with 409 and echoes most of the caller's
//! own fields in it, wants a serial that grows with every write, and answers 204 or 404 where there is no state yet. Invariant:
//! nothing is written but under the lock's ID, and every write has the next serial.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use reqwest::{Method, StatusCode};

use crate::value::Secret;

use super::format;
use super::store::Storing;
use super::{Entry, LockInfo, State, Store, StoreError};

/// The longest pause before asking for a held lock again.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
/// How often a failing request is tried.
const TRIES: u32 = 4;

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
            pause: Duration::from_secs(1),
        }
    }

    /// GitLab: `api` is `https://gitlab.example.com/api/v4`, `project` a number or a path.
    pub fn gitlab(api: &str, project: &str, name: &str) -> Self {
        let address = format!("{api}/projects/{}/terraform/state/{name}", project.replace('/', "%2F"));
        Self {
            lock_address: Some(format!("{address}/lock")),
            lock_method: "POST".to_owned(),
            unlock_method: "DELETE".to_owned(),
            ..Self::terraform(address)
        }
    }
}

/// Keeps the state on a server.
pub struct HttpStore {
    client: reqwest::Client,
    settings: HttpStateSettings,
    lock: Option<LockInfo>,
    /// The last serial that the server has.
    serial: u64,
    /// Whether the server has everything.
    clean: bool,
}

/// A reply that was read whole.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl HttpStore {
    /// Prepares a client; asks nobody yet.
    ///
    /// # Errors
    /// If HTTPS can't be set up.
    pub fn new(settings: HttpStateSettings) -> Result<Self, StoreError> {
        // Whoever was first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if settings.address.starts_with("http://") {
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| StoreError::Unavailable {
            action: "reach",
            place: settings.address.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self { client, settings, lock: None, serial: 0, clean: false })
    }

    /// One request, tried again where the server or the network stumbles. Everything here may be repeated: reads, writes of the same
    /// serial under the same lock, and locks and unlocks of the same ID.
    async fn ask(
        &self,
        action: &'static str,
        method: &str,
        url: &str,
        body: Option<&[u8]>,
    ) -> Result<Answer, StoreError> {
        let mut pause = self.settings.pause;
        for attempt in 1.. {
            let problem = match self.send(method, url, body).await {
                Ok(answer) if !answer.status.is_server_error() => return self.judged(action, answer),
                Ok(answer) => format!("HTTP {}", answer.status.as_u16()),
                Err(error) => error,
            };
            if attempt == TRIES {
                return Err(self.unavailable(action, problem));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(self.unavailable(action, "it was not tried".to_owned()))
    }

    async fn send(&self, method: &str, url: &str, body: Option<&[u8]>) -> Result<Answer, String> {
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| format!("'{method}' is no HTTP method"))?;
        let mut request = self.client.request(method, url);
        if let Some(user) = &self.settings.username {
            request = request.basic_auth(user, self.settings.password.as_ref().map(Secret::expose));
        }
        if let Some(body) = body {
            let digest = STANDARD.encode(Md5::digest(body));
            request = request
                .header("Content-Type", "application/json")
                .header("Content-MD5", digest)
                .body(body.to_vec());
        }
        let words = |error: reqwest::Error| error.without_url().to_string();
        let response = request.send().await.map_err(words)?;
        let status = response.status();
        let body = response.bytes().await.map_err(words)?.to_vec();
        Ok(Answer { status, body })
    }

    fn judged(&self, action: &'static str, answer: Answer) -> Result<Answer, StoreError> {
        match answer.status.as_u16() {
            401 => {
                Err(self
                    .unavailable(action, "the server wants a user name and a password (HTTP 401)".to_owned()))
            }
            403 => Err(self.unavailable(
                action,
                "the account may not do this (HTTP 403); GitLab lets Developers read and Maintainers write"
                    .to_owned(),
            )),
            _ => Ok(answer),
        }
    }

    async fn read(&mut self) -> Result<Option<State>, StoreError> {
        let answer = self.ask("read", "GET", &self.settings.address, None).await?;
        match answer.status.as_u16() {
            204 | 404 => Ok(None),
            200 if answer.body.is_empty() => Ok(None),
            200 => {
                let format = |source| StoreError::Format { place: self.place(), source };
                let state = format::read(&answer.body).map_err(format)?;
                (self.serial, self.clean) = (state.serial, true);
                Ok(Some(state))
            }
            other => Err(self.unavailable("read", format!("HTTP {other}"))),
        }
    }

    /// Writes the whole state under the next serial.
    async fn write(&mut self, state: &State) -> Result<(), StoreError> {
        let serial = self.serial.max(state.serial) + 1;
        let body = format::write_as(state, serial);
        let mut url = self.settings.address.clone();
        if let Some(lock) = &self.lock {
            let separator = if url.contains('?') { '&' } else { '?' };
            let id: String = url::form_urlencoded::byte_serialize(lock.id.as_bytes()).collect();
            url = format!("{url}{separator}ID={id}");
        }
        let answer = self.ask("save", &self.settings.update_method, &url, Some(&body)).await?;
        match answer.status.as_u16() {
            200 | 201 | 204 => {
                (self.serial, self.clean) = (serial, true);
                Ok(())
            }
            409 | 412 | 422 | 423 => Err(StoreError::Conflict {
                place: self.place(),
                reason: format!("HTTP {} for serial {serial}", answer.status.as_u16()),
            }),
            413 => Err(self.unavailable("save", "it is larger than the server allows (HTTP 413)".to_owned())),
            other => Err(self.unavailable("save", format!("HTTP {other}"))),
        }
    }

    async fn take_lock(&mut self, info: &LockInfo, patience: Duration) -> Result<(), StoreError> {
        let Some(url) = self.settings.lock_address.clone() else { return Ok(()) };
        let info = LockInfo { id: lock_id(info), path: self.settings.address.clone(), ..info.clone() };
        let body = serde_json::to_vec(&info).expect("a lock is plain text");
        let deadline = tokio::time::Instant::now() + patience;
        let mut pause = self.settings.pause;
        loop {
            let answer = self.ask("lock", &self.settings.lock_method, &url, Some(&body)).await?;
            let holder = match answer.status.as_u16() {
                200 => None,
                409 | 423 => Some(holder(&answer.body, &info)),
                other => return Err(self.unavailable("lock", format!("HTTP {other}"))),
            };
            match holder {
                // An answer that was lost may have locked: then the holder is us.
                None => break,
                Some(holder) if holder.id == info.id => break,
                Some(holder) if tokio::time::Instant::now() + pause > deadline => {
                    return Err(StoreError::Held { holder: Box::new(holder) });
                }
                Some(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.lock = Some(info);
        Ok(())
    }

    async fn free(&mut self, info: LockInfo) -> Result<(), StoreError> {
        let address = self.settings.unlock_address.as_ref().or(self.settings.lock_address.as_ref());
        let Some(url) = address.cloned() else { return Ok(()) };
        let body = serde_json::to_vec(&info).expect("a lock is plain text");
        let answer = self.ask("unlock", &self.settings.unlock_method, &url, Some(&body)).await?;
        match answer.status.as_u16() {
            200 | 204 => Ok(()),
            409 | 423 => Err(StoreError::Held { holder: Box::new(holder(&answer.body, &info)) }),
            other => Err(self.unavailable("unlock", format!("HTTP {other}"))),
        }
    }

    fn unavailable(&self, action: &'static str, reason: String) -> StoreError {
        StoreError::Unavailable { action, place: self.place(), reason }
    }
}

/// Our own ID says which CI job holds the lock: the rest of the holder's fields do not reach others on GitLab.
fn lock_id(info: &LockInfo) -> String {
    let job: String = info.info.split_once("://").map_or("", |(_, rest)| rest).chars().take(200).collect();
    if job.is_empty() { info.id.clone() } else { format!("{}:{job}", info.id) }
}

/// Who holds the lock, without what only echoes our own request.
fn holder(body: &[u8], ours: &LockInfo) -> LockInfo {
    let mut holder: LockInfo = serde_json::from_slice(body).unwrap_or_default();
    if holder.info == ours.info {
        holder.info =
            holder.id.split_once(':').map(|(_, job)| format!("job https://{job}")).unwrap_or_default();
    }
    if holder.id != ours.id && holder.operation == ours.operation && holder.path == ours.path {
        holder.operation = String::new();
    }
    if !holder.id.is_empty() {
        let separator = if holder.info.is_empty() { "" } else { ", " };
        holder.info = format!("{}{separator}lock ID {}", holder.info, holder.id);
    }
    holder
}

impl Store for HttpStore {
    fn load(&mut self) -> Storing<'_, Option<State>> {
        Box::pin(self.read())
    }

    fn lock<'a>(&'a mut self, info: &'a LockInfo, patience: Duration) -> Storing<'a, ()> {
        Box::pin(self.take_lock(info, patience))
    }

    fn append<'a>(&'a mut self, entries: &'a [Entry], state: &'a State) -> Storing<'a, ()> {
        Box::pin(async move {
            self.clean = self.clean && entries.is_empty();
            if self.clean { Ok(()) } else { self.write(state).await }
        })
    }

    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        Box::pin(async move {
            if !self.clean {
                self.write(state).await?;
            }
            state.serial = self.serial;
            Ok(())
        })
    }

    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        self.clean = false;
        self.save(state)
    }

    fn force_unlock<'a>(&'a mut self, id: &'a str) -> Storing<'a, ()> {
        Box::pin(self.free(LockInfo { id: id.to_owned(), ..LockInfo::default() }))
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(async move {
            match self.lock.take() {
                Some(lock) => self.free(lock).await,
                None => Ok(()),
            }
        })
    }

    fn place(&self) -> String {
        self.settings.address.clone()
    }

    fn serial(&self, state: &State) -> u64 {
        self.serial.max(state.serial)
    }
}
