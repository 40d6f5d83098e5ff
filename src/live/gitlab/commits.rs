//! Who wrote a file last: the server commits every write as the user of the token that it was sent with.
//!
//! `GET /projects/:id/repository/commits` and, for the number in the name of a file, `GET /projects/:id`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::encoding::percent_encoded;
use crate::model::text::{printable, shortened};
use crate::model::value::Value;
use crate::resource::Address;
use crate::resource::stored::{FileOf, NUMBER, file_of};

use super::client::GitLab;
use super::not_read::NotRead;

/// How much of a commit's title is kept.
const QUOTED: usize = 100;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Commit {
    /// Its ID, abbreviated.
    pub short_id: String,
    /// Its first line.
    pub title: String,
    /// Who wrote it.
    pub author_name: String,
    /// Their address.
    #[serde(default)]
    pub author_email: String,
    /// When it was made.
    pub committed_date: Timestamp,
}

#[derive(Deserialize)]
struct Project {
    id: u64,
}

impl GitLab {
    /// The last commit that changed the manifest of an object; `None` if it has none in its product.
    ///
    /// # Errors
    /// If GitLab does not say.
    pub(crate) async fn last_commit(
        &self,
        address: &Address,
        spec: &Value,
    ) -> Result<Option<Commit>, NotRead> {
        let Some(file) = self.file(address, spec).await? else { return Ok(None) };
        let product = address.product().unwrap_or_default();
        let config = percent_encoded(&format!("{product}/{}", super::product::CONFIG));
        let query = format!("path={}&ref_name={}&per_page=1", percent_encoded(&file), super::product::BRANCH);
        let path = format!("projects/{config}/repository/commits?{query}");
        let commits: Vec<Commit> = self.look_up(&path).await?.0;
        let clean = |text: String| shortened(&printable(&text), QUOTED).into_owned();
        Ok(commits.into_iter().next().map(|commit| Commit {
            title: clean(commit.title),
            author_name: clean(commit.author_name),
            author_email: clean(commit.author_email),
            ..commit
        }))
    }

    /// The path of the manifest. Those of repositories are named by numbers.
    async fn file(&self, address: &Address, spec: &Value) -> Result<Option<String>, NotRead> {
        Ok(match file_of(address, spec) {
            FileOf::Nothing => None,
            FileOf::Path(path) => Some(path),
            FileOf::Numbered { repository, path } => {
                let product = address.product().unwrap_or_default();
                let project = percent_encoded(&format!("{product}/{repository}"));
                let found: Project = self.look_up(&format!("projects/{project}")).await?.0;
                Some(path.replace(NUMBER, &found.id.to_string()))
            }
        })
    }
}
