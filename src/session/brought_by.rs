//! Which commits brought what was not agreed on, as far as the clone knows them.

use super::agreed::NotAgreed;
use super::git::Git;
use super::open::Session;

impl Session {
    /// Adds the commits after `since` that changed the manifests of what was not agreed on.
    pub(super) async fn add_commits(&self, missing: &mut NotAgreed, since: Option<&str>) {
        let Ok(git) = Git::around(&self.fleet.root, &self.options.environment).await else { return };
        for operation in &mut missing.operations {
            let Some(file) = &operation.file else { continue };
            // A shallow clone may not have the last complete apply.
            let log = match git.log(since, file).await {
                Err(_) if since.is_some() => git.log(None, file).await,
                log => log,
            };
            operation.commits = log.unwrap_or_default();
        }
    }
}
