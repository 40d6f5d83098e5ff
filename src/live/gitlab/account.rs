//! Whose token it is and what it may do, by GitLab's REST API.
//!
//! `GET /user`, `GET /personal_access_tokens/self` and `GET /groups/:id/members/all/:user_id`. Older versions
//! and tokens of jobs know less: what GitLab does not say is not known.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::encoding::percent_encoded;

use super::client::GitLab;
use super::not_read::NotRead;

/// The user of a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct User {
    id: u64,
    /// What people write behind an `@`.
    pub(crate) username: String,
    /// Whether GitLab lets them do everything.
    #[serde(default)]
    pub(crate) is_admin: bool,
}

/// A personal, project or group access token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Token {
    /// What it may be used for.
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    /// The day on which it ends.
    #[serde(default)]
    pub(crate) expires_at: Option<Date>,
}

#[derive(Deserialize)]
struct Member {
    access_level: u32,
}

impl GitLab {
    /// The user, and how many seconds GitLab's clock is ahead of this machine's, if it says what time it is.
    ///
    /// # Errors
    /// If GitLab does not say.
    pub(crate) async fn user(&self) -> Result<(User, Option<i64>), NotRead> {
        let (user, date) = self.look_up("user").await?;
        let ahead = date.and_then(|date| {
            let theirs = Timestamp::try_from(httpdate::parse_http_date(&date).ok()?).ok()?;
            Some(theirs.as_second() - Timestamp::now().as_second())
        });
        Ok((user, ahead))
    }

    /// The token.
    ///
    /// # Errors
    /// If GitLab does not say, or it is another sort of token.
    pub(crate) async fn token(&self) -> Result<Token, NotRead> {
        Ok(self.look_up("personal_access_tokens/self").await?.0)
    }

    /// GitLab's number for a user's role in a group: 30 is a developer, 40 a maintainer, 50 an owner. `None` if
    /// the user is not a member, or the group is not shown.
    ///
    /// # Errors
    /// If GitLab does not say.
    pub(crate) async fn role(&self, group: &str, user: &User) -> Result<Option<u32>, NotRead> {
        let group = percent_encoded(group);
        match self.look_up::<Member>(&format!("groups/{group}/members/all/{}", user.id)).await {
            Ok((member, _)) => Ok(Some(member.access_level)),
            Err(NotRead::NoPage) => Ok(None),
            Err(other) => Err(other),
        }
    }

    pub(super) async fn look_up<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<(T, Option<String>), NotRead> {
        let response = self.get(path).await?;
        match response.status {
            200 => {}
            401 => return Err(NotRead::Unauthorized),
            403 => return Err(NotRead::Forbidden),
            404 => return Err(NotRead::NoPage),
            _ => return Err(NotRead::Failed(response.message())),
        }
        let date = response.header("date").map(str::to_owned);
        let answer = serde_json::from_slice(&response.body)
            .map_err(|_| NotRead::NotGitLab("the answer is not that of GitLab's REST API".to_owned()))?;
        Ok((answer, date))
    }
}
