//! The queries, their variables, and the shapes of the replies.

use jiff::civil::Date;
use serde::Deserialize;

use crate::resource::stored::Mark;

/// The most paths of one `CONTENTS` query: its complexity stays below 200, with which every version and
/// every user is content.
pub(super) const PATHS: usize = 80;

/// The group with its projects, and the tree of its config repository: a page of each. The reference of the
/// first page is a branch, that of the others the commit that the first one named.
pub(super) const OVERVIEW: &str = "\
query overview($group: ID!, $config: ID!, $ref: String!, $projects: String, $files: String) {
  group(fullPath: $group) {
    name path visibility description markedForDeletionOn permanentDeletionDate
    projects(first: 100, after: $projects) {
      nodes {
        id name path visibility description sshUrlToRepo httpUrlToRepo markedForDeletionOn permanentDeletionDate
      }
      pageInfo { hasNextPage endCursor }
    }
  }
  project(fullPath: $config) {
    repository {
      tree(ref: $ref, recursive: true) {
        lastCommit { sha }
        blobs(first: 100, after: $files) { nodes { path } pageInfo { hasNextPage endCursor } }
      }
    }
  }
}";

/// Some files at a commit, and the first page of its tree: whether it is the tree that the overview showed.
pub(super) const CONTENTS: &str = "\
query contents($config: ID!, $ref: String!, $paths: [String!]!) {
  project(fullPath: $config) {
    repository {
      tree(ref: $ref, recursive: true) { blobs(first: 100) { nodes { path } } }
      blobs(ref: $ref, paths: $paths) { nodes { path mode rawBlob } }
    }
  }
}";

/// The fields of [`Marks`], which GitLab has since 16.11.
pub(super) const MARKS: &str = " markedForDeletionOn permanentDeletionDate";

/// When GitLab deletes a group and the projects in it.
pub(super) const DELETION: &str = "\
query deletion($group: ID!) {
  group(fullPath: $group) {
    markedForDeletionOn permanentDeletionDate
    projects(first: 100) { nodes { path markedForDeletionOn permanentDeletionDate } }
  }
}";

#[derive(Deserialize)]
pub(super) struct Deletion {
    pub(super) group: Option<MarkedGroup>,
}

#[derive(Deserialize)]
pub(super) struct MarkedGroup {
    #[serde(flatten)]
    pub(super) marks: Marks,
    pub(super) projects: Nodes<MarkedProject>,
}

#[derive(Deserialize)]
pub(super) struct MarkedProject {
    pub(super) path: String,
    #[serde(flatten)]
    pub(super) marks: Marks,
}

/// Whether and when it is deleted. The first field is empty if it is not marked; the second is a date in any
/// case, or a time that begins with one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Marks {
    marked_for_deletion_on: Option<String>,
    permanent_deletion_date: Option<String>,
}

impl Marks {
    /// Since when it is marked, and for which day.
    pub(super) fn mark(&self) -> Option<Mark> {
        let date = |text: &Option<String>| text.as_deref()?.get(..10)?.parse::<Date>().ok();
        let since = self.marked_for_deletion_on.as_ref()?;
        Some(Mark { since: since.clone(), day: date(&self.permanent_deletion_date) })
    }
}

/// A reply: data, errors, or both.
#[derive(Deserialize)]
pub(super) struct Reply<T> {
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) errors: Vec<ReplyError>,
}

#[derive(Deserialize)]
pub(super) struct ReplyError {
    #[serde(default)]
    pub(super) message: String,
}

#[derive(Deserialize)]
pub(super) struct Overview {
    pub(super) group: Option<Group>,
    pub(super) project: Option<Project<TreePage>>,
}

#[derive(Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) visibility: Option<String>,
    pub(super) description: Option<String>,
    #[serde(flatten)]
    pub(super) marks: Marks,
    pub(super) projects: Page<Member>,
}

/// A project of the group.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) visibility: Option<String>,
    pub(super) description: Option<String>,
    pub(super) ssh_url_to_repo: Option<String>,
    pub(super) http_url_to_repo: Option<String>,
    #[serde(flatten)]
    pub(super) marks: Marks,
}

/// A project with a repository, unless the token may not read it.
#[derive(Deserialize)]
pub(super) struct Project<R> {
    pub(super) repository: Option<R>,
}

#[derive(Deserialize)]
pub(super) struct TreePage {
    pub(super) tree: Option<Tree>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tree {
    pub(super) last_commit: Option<Commit>,
    pub(super) blobs: Page<Entry>,
}

#[derive(Deserialize)]
pub(super) struct Commit {
    pub(super) sha: String,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<T> {
    pub(super) nodes: Vec<T>,
    pub(super) page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Contents {
    pub(super) project: Option<Project<Files>>,
}

#[derive(Deserialize)]
pub(super) struct Files {
    pub(super) tree: Option<FirstPage>,
    pub(super) blobs: Nodes<Blob>,
}

#[derive(Deserialize)]
pub(super) struct FirstPage {
    pub(super) blobs: Nodes<Entry>,
}

#[derive(Deserialize)]
pub(super) struct Nodes<T> {
    pub(super) nodes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Blob {
    pub(super) path: String,
    pub(super) mode: Option<String>,
    pub(super) raw_blob: Option<String>,
}
