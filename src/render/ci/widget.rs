//! The Terraform widget of GitLab's merge requests: three counts.

use std::io::{self, Write};

use serde_json::json;

use crate::plan::Plan;

/// The largest count that GitLab shows.
const MOST: usize = 999_999;

/// Writes the counts for `artifacts:reports:terraform`. Everyone with Guest access can read the file: it has
/// counts only.
///
/// # Errors
/// If `out` can't be written.
pub fn widget(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let summary = plan.summary();
    let [create, update, delete] =
        [summary.add, summary.change, summary.destroy].map(|count| count.min(MOST));
    writeln!(out, "{}", json!({"create": create, "update": update, "delete": delete}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{self, text};

    #[test]
    fn widget_has_three_counts_only() {
        insta::assert_snapshot!(text(|out| widget(&fixture::everything(), out)), @r#"{"create":3,"update":2,"delete":3}"#);
    }
}
