//! When GitLab deletes what it has been asked to delete: by default it keeps groups and projects for up to 30
//! days.

use jiff::civil::Date;
use serde_json::json;

use super::queries::{DELETION, Deletion, MarkedGroup};
use super::source::GitSource;

/// What GitLab still has in a product whose objects are deleted.
pub(crate) struct Kept {
    /// The paths of the projects.
    pub(crate) paths: Vec<String>,
    /// The day on which the last one is deleted.
    pub(crate) until: Date,
}

impl GitSource {
    /// The day for which GitLab has scheduled the deletion of a product's group; `None` if it has not, or if
    /// it does not say so: older versions know no such date, and the token may not see it.
    pub(crate) async fn scheduled_deletion(&self, product: &str) -> Option<Date> {
        self.marks(product).await?.marks.mark()?.day
    }

    /// The projects that GitLab has scheduled to be deleted in a product that holds no others, but for its
    /// config repository.
    pub(crate) async fn kept_projects(&self, product: &str) -> Option<Kept> {
        let projects = self.marks(product).await?.projects.nodes;
        let kept = projects.into_iter().filter(|project| project.path != super::product::CONFIG);
        let days: Option<Vec<(Date, String)>> =
            kept.map(|project| Some((project.marks.mark()?.day?, project.path))).collect();
        let days = days?;
        let until = days.iter().map(|(day, _)| *day).max()?;
        Some(Kept { paths: days.into_iter().map(|(_, path)| path).collect(), until })
    }

    async fn marks(&self, product: &str) -> Option<MarkedGroup> {
        let gitlab = self.client()?.as_ref().ok()?;
        gitlab.ask::<Deletion>(DELETION, json!({"group": product})).await.ok()?.group
    }
}
