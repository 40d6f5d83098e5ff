//! When GitLab deletes a product that it has been asked to delete: by default it keeps groups for up to 30 days.

use jiff::civil::Date;
use serde_json::json;

use super::queries::{DELETION, Deletion, Marks};
use super::source::GitSource;

impl GitSource {
    /// The day for which GitLab has scheduled the deletion of a product's group; `None` if it has not, or if
    /// it does not say so: older versions know no such date, and the token may not see it.
    pub(crate) async fn scheduled_deletion(&self, product: &str) -> Option<Date> {
        let gitlab = self.client()?.as_ref().ok()?;
        let answer = gitlab.ask::<Deletion>(DELETION, json!({"group": product})).await;
        let Marks { marked_for_deletion_on, permanent_deletion_date } = answer.ok()?.group?;
        marked_for_deletion_on?;
        // A date, or a time that begins with one.
        permanent_deletion_date?.get(..10)?.parse().ok()
    }
}
