//! Locks in Terraform's protocol: taken with our own ID, freed with the same, and a holder described by what
//! is really its own.

use std::time::Duration;

use crate::http::{Response, WriteError};

use super::super::lock::Wait;
use super::super::{LockInfo, LockLoss, StoreError};
use super::server::{Server, with_id};

/// The largest description of a holder; a larger one is none.
const LARGEST_HOLDER: usize = 1 << 16;

/// The lock that is asked for. Its ID says which command and CI job hold it, as `uuid/apply:job`: the other
/// fields of a holder do not reach others on GitLab, which takes IDs of 255 characters.
pub(super) fn wanted(server: &Server, info: &LockInfo) -> LockInfo {
    let job: String = info.info.split_once("://").map_or("", |(_, rest)| rest).chars().take(200).collect();
    let operation = &info.operation;
    let separator = if operation.is_empty() { "" } else { "/" };
    let own = format!("{}{separator}{operation}", info.id);
    let id = if job.is_empty() { own } else { format!("{own}:{job}") };
    LockInfo { id, path: server.place(), ..info.clone() }
}

/// Takes the lock, waiting up to `timeout` for its holder.
pub(super) async fn acquire(
    server: &Server,
    url: &str,
    info: &LockInfo,
    timeout: Duration,
) -> Result<(), WriteError<StoreError>> {
    let mut wait = Wait::new(timeout, server.pause());
    loop {
        let response = send_lock(server, "lock", url, info).await.map_err(WriteError::Unclear)?;
        let holder = match response.status {
            200 | 201 | 204 => return require_exclusion(server, url, info).await,
            409 | 423 => holder(&response.body, info),
            _ => return Err(WriteError::Refused(server.refused("lock", &response))),
        };
        // A request whose answer was lost may have locked: then the holder is us.
        if holder.id == info.id {
            return Ok(());
        }
        if !wait.pause(Duration::MAX).await {
            return Err(WriteError::Refused(StoreError::Held { holder: Box::new(holder) }));
        }
    }
}

/// Requires that the lock that is held now is refused to another holder: some servers answer every request
/// with success.
async fn require_exclusion(
    server: &Server,
    url: &str,
    ours: &LockInfo,
) -> Result<(), WriteError<StoreError>> {
    let other = LockInfo { id: format!("{}-test", ours.id), ..ours.clone() };
    let response = send_lock(server, "lock", url, &other).await.map_err(WriteError::Unclear)?;
    if !matches!(response.status, 200 | 201 | 204) {
        return Ok(());
    }
    // Either may be the one that is held.
    let _ = send_unlock(server, &other).await;
    let _ = send_unlock(server, ours).await;
    let cause = "the server gives the lock to two holders at once, so locks do not hold there";
    Err(WriteError::Refused(server.unavailable("lock", cause)))
}

/// Gives our own lock back.
pub(super) async fn release(server: &Server, info: &LockInfo) -> Result<(), StoreError> {
    let lost = StoreError::Lost { place: server.place(), loss: LockLoss::ReleasedOrTaken };
    unlock(server, info, lost).await
}

/// Frees a lock that another run has left behind. Without an ID the server is asked to free it whoever holds
/// it: some name no ID, and free a lock by force only then, as Terraform's `force-unlock` asks them to. With an
/// ID the holder is asked for first, since some servers free any lock whatever its ID.
pub(super) async fn force(server: &Server, id: Option<&str>) -> Result<(), StoreError> {
    if let Some(id) = id {
        require_held(server, id).await?;
    }
    let other = match id {
        Some(id) => format!("no lock with the ID '{id}' is held; a refused command names the right one"),
        None => "the server wants the ID of the lock; a refused command names it".to_owned(),
    };
    let info = LockInfo { id: id.unwrap_or_default().to_owned(), ..LockInfo::default() };
    unlock(server, &info, server.unavailable("unlock", other)).await
}

/// Refuses if the lock is known to have another ID than this one, or is not held.
async fn require_held(server: &Server, id: &str) -> Result<(), StoreError> {
    let Some(url) = &server.settings.lock_address else { return Ok(()) };
    let ours = LockInfo { id: format!("{}/force-unlock", uuid::Uuid::new_v4()), ..LockInfo::default() };
    let response = send_lock(server, "unlock", url, &ours).await?;
    let holder = match response.status {
        409 | 423 => holder(&response.body, &ours),
        200 | 201 | 204 => ours.clone(),
        _ => return Ok(()),
    };
    // The answer to a repeated request may name ourselves, too.
    if holder.id == ours.id {
        send_unlock(server, &ours).await?;
        return Err(server.unavailable("unlock", "it is not locked"));
    }
    let is_other = !holder.id.is_empty() && holder.id != id;
    let cause = || format!("no lock with the ID '{id}' is held: it is locked by {holder}");
    if is_other { Err(server.unavailable("unlock", cause())) } else { Ok(()) }
}

/// Frees the lock with this ID; `other` if that is not the held one.
async fn unlock(server: &Server, info: &LockInfo, other: StoreError) -> Result<(), StoreError> {
    let response = send_unlock(server, info).await?;
    match response.status {
        200 | 201 | 204 => Ok(()),
        // An earlier try has freed it.
        409 | 423 if response.repeated => Ok(()),
        409 | 423 => Err(other),
        _ => Err(server.refused("unlock", &response)),
    }
}

async fn send_lock(
    server: &Server,
    action: &'static str,
    url: &str,
    info: &LockInfo,
) -> Result<Response, StoreError> {
    let body = serde_json::to_vec(info).expect("a lock is plain text");
    let response = server.send(&server.settings.lock_method, url, Some(&body)).await;
    response.map_err(|cause| server.unavailable(action, cause))
}

async fn send_unlock(server: &Server, info: &LockInfo) -> Result<Response, StoreError> {
    let settings = &server.settings;
    let address = settings.unlock_address.as_ref().or(settings.lock_address.as_ref());
    let none = "state.lockAddress is not set, so there is no lock";
    let url = address.ok_or_else(|| server.unavailable("unlock", none))?;
    let body = match info.id.as_str() {
        "" => b"{}".to_vec(),
        _ => serde_json::to_vec(info).expect("a lock is plain text"),
    };
    // A body that got lost on its way must not make this a forced unlock of any holder's lock.
    let url = if info.id.is_empty() { url.clone() } else { with_id(url, &info.id) };
    let response = server.send(&settings.unlock_method, &url, Some(&body)).await;
    response.map_err(|cause| {
        let hint = match info.id.as_str() {
            "" => String::new(),
            id => format!("; if the lock stays, free it with: nautform force-unlock '{id}'"),
        };
        server.unavailable("unlock", format!("{cause}{hint}"))
    })
}

/// Who holds the lock, without what only echoes our own request.
fn holder(body: &[u8], ours: &LockInfo) -> LockInfo {
    let body = if body.len() > LARGEST_HOLDER { &[] } else { body };
    let mut holder: LockInfo = serde_json::from_slice(body).unwrap_or_default();
    if holder.id == ours.id {
        return holder;
    }
    let (own, job) = holder.id.split_once(':').unwrap_or((&holder.id, ""));
    if holder.info == ours.info {
        holder.info = if job.is_empty() { String::new() } else { format!("job https://{job}") };
    }
    if holder.operation == ours.operation && holder.path == ours.path {
        holder.operation = own.split_once('/').map(|(_, operation)| operation.to_owned()).unwrap_or_default();
    }
    if !holder.id.is_empty() {
        let separator = if holder.info.is_empty() { "" } else { ", " };
        holder.info = format!("{}{separator}lock ID {}", holder.info, holder.id);
    }
    holder
}
