//! Why a state can't be read, written or locked, and how a lock is lost: the causes behind a
//! [`super::StoreError`].

use std::io;

use crate::http::{ClientError, HttpError};

use super::LockInfo;

/// Why a state can't be read, written or locked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No answer from the server.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The HTTP client can't be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The file system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A setting can't be used.
    #[error("{0}")]
    Setting(String),
    /// The server refused the request.
    #[error("{message}{hint}")]
    Refused {
        /// The status, and what the server says about it.
        message: String,
        /// What usually causes it, as the end of the sentence; may be empty.
        hint: &'static str,
    },
    /// The reply is not what the server sent.
    #[error("the reply was damaged on its way (Content-MD5)")]
    Digest,
    /// Without a version, no write can name what it replaces.
    #[error("the server gives objects no ETag")]
    NoETag,
    /// A store that ignores conditions would let two runs write.
    #[error("the store ignores If-None-Match, so locks do not hold there")]
    Unconditional,
    /// Other conditional writes conflict with ours each time.
    #[error("other writes conflicted with this one each time")]
    Conflicts,
    /// Something else is where the lease should be.
    #[error("{place} is not a lease ({error}); remove it if no run uses it")]
    NotALease {
        /// Where.
        place: String,
        /// Why not.
        error: serde_json::Error,
    },
    /// No URL to lock at is configured.
    #[error("state.lockAddress is not set, so the state is never locked")]
    NoLockAddress,
    /// There is no lock to free.
    #[error("it is not locked")]
    NotLocked,
    /// The lock to free is not the held one.
    #[error("no lock with the ID '{0}' is held; a refused command names the right one")]
    OtherLock(String),
    /// A local lock can't be left behind.
    #[error("{0} is running; a local lock is freed when its process ends")]
    Running(Box<LockInfo>),
    /// The lock may still be there.
    #[error("{cause}; if the lock stays, free it with: nautform force-unlock '{id}'")]
    LeftLocked {
        /// Why it was not freed.
        cause: HttpError,
        /// The lock's ID.
        id: String,
    },
    /// The lease is still there.
    #[error("{cause}; it ends by itself at {expires}")]
    LeftLeased {
        /// Why it was not released.
        cause: Box<Failure>,
        /// When it ends.
        expires: String,
    },
}

/// How a lock was lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockLoss {
    /// It was freed, and has no holder now.
    #[error("it was released by another process")]
    Released,
    /// It was freed, and perhaps taken.
    #[error("it was released or taken by another process")]
    ReleasedOrTaken,
    /// It was freed and taken.
    #[error("it is held by {0} now")]
    Taken(Box<LockInfo>),
    /// It has ended.
    #[error("the store could not be reached to renew it in time")]
    NotRenewed,
    /// What renews it has ended.
    #[error("its renewal stopped")]
    RenewalStopped,
}
