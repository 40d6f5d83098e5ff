//! How a lock is lost.

use super::LockInfo;

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
