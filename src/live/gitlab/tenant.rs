//! The tenant's repository: some files of it, by their paths.

use std::collections::BTreeMap;

use super::client::GitLab;
use super::not_read::NotRead;
use super::product::BRANCH;

impl GitLab {
    /// The files at these paths, as far as they are there.
    ///
    /// # Errors
    /// If the repository can't be read.
    pub(crate) async fn tenant_files(
        &self,
        repository: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, String>, NotRead> {
        let mut files = BTreeMap::new();
        let mut rest = paths;
        while !rest.is_empty() {
            let (asked, found) = self.page(repository, BRANCH, rest).await?;
            rest = &rest[asked..];
            for blob in found.blobs.nodes {
                files.insert(blob.path, blob.raw_blob.ok_or(NotRead::Partial)?);
            }
        }
        Ok(files)
    }
}
