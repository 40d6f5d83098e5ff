//! State in a store that speaks S3: the document, and next to it a lease (`<key>.lock`) that ends by itself
//! when its holder dies.
//!
//! Both are written under conditions, so that another process's writes are never overwritten. A run that
//! takes a lease over from a holder that did not renew it rewrites the document first ([`super::remote`]):
//! should the old holder go on, its writes fail.

mod lease;
mod object;

use std::sync::Arc;
use std::time::Duration;

use rusty_s3::{Bucket, Credentials, UrlStyle};
use url::Url;

use crate::http::{HttpClient, WriteError};
use crate::model::error::Cause;
use crate::model::value::Secret;

use super::remote::{Document, Taken, Writing};
use super::store::Storing;
use super::{LockInfo, StoreError};

use lease::Lease;
use object::{Access, Object, PutError, Replacing};

/// The largest object that is read. A record takes about a kilobyte: the state of a hundred thousand objects
/// fits.
const OBJECT_LIMIT: usize = 128 << 20;

/// Where the state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Settings {
    /// The bucket.
    pub bucket: String,
    /// The state's key.
    pub key: String,
    /// The region; `us-east-1` does for most stores that are not AWS.
    pub region: String,
    /// The store's URL; AWS's of the region if left out.
    pub endpoint: Option<String>,
    /// Whether the bucket is part of the path and not of the host's name.
    pub path_style: bool,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_key: Secret,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<Secret>,
    /// How long the lock outlives a holder that is gone. Renewed three times in that time; at least a second.
    pub lease: Duration,
    /// CA certificates to trust in addition to the system's, PEM.
    pub ca: Option<Vec<u8>>,
    /// The first pause of every kind of waiting.
    pub pause: Duration,
}

impl S3Settings {
    /// How long a lock outlives its holder by default: long enough for a few failed renewals, short enough to
    /// wait for.
    pub const LEASE: Duration = Duration::from_secs(60);

    fn access(&self) -> Result<Access, Cause> {
        let aws = || format!("https://s3.{}.amazonaws.com", self.region);
        let endpoint = self.endpoint.clone().unwrap_or_else(aws);
        let url = Url::parse(&endpoint).map_err(|error| format!("the endpoint is not a URL: {error}"))?;
        // A URL would normalize such a key, and the state would be elsewhere.
        if self.key.split('/').any(|part| ["", ".", ".."].contains(&part)) {
            let expected = "expected such as nautform/production.json";
            return Err(format!("'{}' is not a key for a state: {expected}", self.key).into());
        }
        // A URL would end its host at other characters, and the requests would go to another server.
        let is_label = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        for (name, value) in [("bucket", &self.bucket), ("region", &self.region)] {
            if value.is_empty() || !value.chars().all(is_label) {
                return Err(format!("the {name} may have letters, digits, '-', '.' and '_' only").into());
            }
        }
        let style = if self.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let bucket = Bucket::new(url, style, self.bucket.clone(), self.region.clone());
        let bucket = bucket.map_err(|error| format!("bucket '{}' at the endpoint: {error}", self.bucket))?;
        let key = self.access_key.clone();
        let secret = self.secret_key.expose();
        let credentials = match &self.session_token {
            Some(token) => Credentials::new_with_token(key, secret, token.expose()),
            None => Credentials::new(key, secret),
        };
        let client = HttpClient::new(&endpoint, self.ca.as_deref(), self.pause, &self.session_token)?
            .with_limit(OBJECT_LIMIT);
        Ok(Access { client, bucket, credentials })
    }
}

/// A state in a bucket.
pub struct S3Document {
    document: Object,
    lock: Object,
    term: Duration,
    lease: Option<Lease>,
    /// The version that was read or written last.
    tag: Option<String>,
}

impl S3Document {
    /// Prepares a client; sends nothing yet.
    ///
    /// # Errors
    /// If the settings can't be used.
    pub fn new(settings: &S3Settings) -> Result<Self, StoreError> {
        let place = format!("s3://{}/{}", settings.bucket, settings.key);
        let access = settings.access().map_err(|cause| StoreError::unavailable("reach", place, cause))?;
        let access = Arc::new(access);
        Ok(Self {
            document: Object::new(Arc::clone(&access), settings.key.clone()),
            lock: Object::new(access, format!("{}.lock", settings.key)),
            term: settings.lease.max(Duration::from_secs(1)),
            lease: None,
            tag: None,
        })
    }

    async fn fetch(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.document.get().await.map_err(|cause| self.document.unavailable("read", cause))?;
        self.tag = found.as_ref().map(|found| found.tag.clone());
        Ok(found.map(|found| found.body))
    }

    async fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError<StoreError>> {
        self.still_locked().map_err(WriteError::Refused)?;
        let replacing = self.tag.as_deref().map_or(Replacing::Nothing, Replacing::Tag);
        match self.document.put(bytes, replacing).await {
            Ok(tag) => {
                self.tag = Some(tag);
                Ok(())
            }
            Err(PutError::Changed { repeated }) => {
                let reason = "it is not the one that was read".to_owned();
                let conflict = StoreError::Conflict { place: self.place(), reason };
                Err(if repeated { WriteError::Unclear(conflict) } else { WriteError::Refused(conflict) })
            }
            Err(PutError::Failed(error)) => Err(error.map(|cause| self.document.unavailable("save", cause))),
        }
    }

    /// Keeps the tag only if it belongs to our bytes: what another process wrote must not be replaced.
    async fn consists_of(&mut self, bytes: &[u8]) -> Result<bool, StoreError> {
        let found = self.document.get().await.map_err(|cause| self.document.unavailable("read", cause))?;
        let ours = found.filter(|found| found.body == bytes);
        let holds = ours.is_some();
        self.tag = ours.map(|found| found.tag).or(self.tag.take());
        Ok(holds)
    }
}

impl Document for S3Document {
    fn read(&mut self) -> Storing<'_, Option<Vec<u8>>> {
        Box::pin(self.fetch())
    }

    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        Box::pin(self.put(bytes))
    }

    fn holds<'a>(&'a mut self, bytes: &'a [u8]) -> Storing<'a, bool> {
        Box::pin(self.consists_of(bytes))
    }

    fn lock<'a>(&'a mut self, info: &'a LockInfo, timeout: Duration) -> Storing<'a, Taken> {
        Box::pin(async move {
            let (lease, taken) = lease::acquire(&self.lock, info, self.term, timeout).await?;
            self.lease = Some(lease);
            Ok(taken)
        })
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(async move {
            match self.lease.take() {
                Some(lease) => lease.release().await,
                None => Ok(()),
            }
        })
    }

    fn force_unlock<'a>(&'a mut self, id: Option<&'a str>) -> Storing<'a, ()> {
        Box::pin(lease::force(&self.lock, id))
    }

    fn still_locked(&self) -> Result<(), StoreError> {
        match self.lease.as_ref().and_then(Lease::loss) {
            Some(loss) => Err(StoreError::Lost { place: self.place(), loss }),
            None => Ok(()),
        }
    }

    fn epoch(&self) -> Option<u64> {
        self.lease.as_ref().map(Lease::epoch)
    }

    fn place(&self) -> String {
        self.document.place()
    }
}
