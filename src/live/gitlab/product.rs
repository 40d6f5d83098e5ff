//! Reads one product: the overview in pages, then the files at the commit that the overview was of.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};

use crate::model::value::{Map, Name, Value};
use crate::resource::stored::{self, GitLabProduct, GitLabProject, StoredProduct, UnknownLayout};

use super::client::GitLab;
use super::not_read::NotRead;
use super::queries::{CONTENTS, Contents, Entry, Files, Group, MARKS, Member, OVERVIEW, Overview, TreePage};

/// The branch that the server reads and writes (§8.3).
pub(super) const BRANCH: &str = "main";
/// The project that makes a product of a group (§0).
pub(super) const CONFIG: &str = "default.project";
/// The most pages of a list: ten thousand projects or files.
const PAGES: usize = 100;
/// The most bytes of a product's files.
const BYTES: usize = 64 << 20;
/// How often a product is read again if it is pushed to meanwhile.
const TRIES: usize = 3;

/// What a product was read at. While it stays the same, so does all that the API shows of the product, since
/// that comes from the files at the commit and from the attributes of the group and its projects (§8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The commit of `main`.
    commit: String,
    /// Of the attributes, which take as much memory as all that is stored in the files.
    gitlab: [u8; 32],
}

/// A product, and what it was read at.
#[derive(Clone, Debug)]
pub(crate) struct ReadProduct {
    /// What was read.
    pub(crate) stored: StoredProduct,
    /// To find out later whether it is still the same.
    pub(crate) head: Head,
}

/// What a product is now, and which files its config repository has.
struct Seen {
    head: Head,
    gitlab: GitLabProduct,
    files: Vec<String>,
}

impl GitLab {
    /// A product as it is now.
    ///
    /// # Errors
    /// If it can't be read here; it may exist all the same.
    pub(crate) async fn product(&self, product: &str) -> Result<ReadProduct, NotRead> {
        self.product_since(product, None).await?.ok_or(NotRead::Changing)
    }

    /// A product as it is now; `None` if it is still what is known, which the overview alone shows.
    ///
    /// # Errors
    /// If it can't be read here; it may exist all the same.
    pub(crate) async fn product_since(
        &self,
        product: &str,
        known: Option<&Head>,
    ) -> Result<Option<ReadProduct>, NotRead> {
        // The server takes a number for the id of a group (§7).
        if product.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotRead::NotVisible);
        }
        for _ in 0..TRIES {
            let Seen { head, gitlab, files } = self.overview(product).await?;
            if known == Some(&head) {
                return Ok(None);
            }
            if let Some(files) = self.contents(product, &head.commit, &files).await? {
                let stored = stored::translate(product, &files, &gitlab)?;
                return Ok(Some(ReadProduct { stored, head }));
            }
        }
        Err(NotRead::Changing)
    }

    /// What the product is now: one request, and one more for each further hundred of its projects or files.
    async fn overview(&self, product: &str) -> Result<Seen, NotRead> {
        let config = format!("{product}/{CONFIG}");
        let mut reference = BRANCH.to_owned();
        let mut projects_after = None;
        let mut files_after = None;
        let mut projects = Vec::new();
        let mut files = Vec::new();
        for _ in 0..PAGES {
            let variables = json!({
                "group": product, "config": config, "ref": reference, "projects": projects_after,
                "files": files_after,
            });
            let page = self.overview_page(variables).await?;
            // Another spelling is another product for nautform.
            let group = page.group.filter(|group| group.path == product).ok_or(NotRead::NotVisible)?;
            // It is shown like any other until then.
            if let Some(mark) = group.marks.mark() {
                return Err(NotRead::Marked(mark));
            }
            let tree = tree(page.project.and_then(|project| project.repository), &group)?;
            reference = tree.last_commit.ok_or(NotRead::NoBranch)?.sha;
            let attributes = group_attributes(&group);
            if group.visibility.is_none() {
                return Err(NotRead::Partial);
            }
            for member in &group.projects.nodes {
                projects.push(project(member).ok_or(NotRead::Partial)?);
            }
            files.extend(tree.blobs.nodes.into_iter().map(|file| file.path));
            if !tree.blobs.page_info.has_next_page && !group.projects.page_info.has_next_page {
                if !projects.iter().any(|project| project.path() == CONFIG) {
                    return Err(NotRead::NotVisible);
                }
                let gitlab = GitLabProduct { group: attributes, projects };
                let head = Head { commit: reference, gitlab: gitlab.digest() };
                return Ok(Seen { head, gitlab, files });
            }
            // A list that has ended has no next cursor: it is asked for what is behind its end.
            projects_after = group.projects.page_info.end_cursor.or(projects_after);
            files_after = tree.blobs.page_info.end_cursor.or(files_after);
        }
        Err(NotRead::TooLarge)
    }

    /// A page of the overview. GitLab before 16.11 refuses to say what it has marked.
    async fn overview_page(&self, variables: Json) -> Result<Overview, NotRead> {
        if self.has_marks.load(Ordering::Relaxed) {
            match self.ask(OVERVIEW, variables.clone()).await {
                Err(NotRead::Refused(_)) => {}
                page => return page,
            }
        }
        let page = self.ask(&OVERVIEW.replace(MARKS, ""), variables).await?;
        self.has_marks.store(false, Ordering::Relaxed);
        Ok(page)
    }

    /// The files that the server reads; `None` if the tree is not that of the commit, since there was a
    /// push while the overview was made.
    async fn contents(
        &self,
        product: &str,
        commit: &str,
        all: &[String],
    ) -> Result<Option<BTreeMap<String, String>>, NotRead> {
        let config = format!("{product}/{CONFIG}");
        let mut files: BTreeMap<String, String> =
            all.iter().map(|path| (path.clone(), String::new())).collect();
        let wanted: Vec<&str> =
            all.iter().map(String::as_str).filter(|path| stored::is_wanted(path)).collect();
        let mut bytes = 0;
        let mut rest = wanted.as_slice();
        while !rest.is_empty() {
            let (asked, found) = self.page(&config, commit, rest).await?;
            rest = &rest[asked..];
            if !is_same_tree(&found, all) || found.blobs.nodes.len() != asked {
                return Ok(None);
            }
            for blob in found.blobs.nodes {
                let text = blob.raw_blob.ok_or(NotRead::Partial)?;
                bytes += text.len();
                if bytes > BYTES {
                    return Err(NotRead::TooLarge);
                }
                // A link leads the server elsewhere.
                if !matches!(blob.mode.as_deref(), None | Some("100644" | "100755")) {
                    let problem = stored::Problem::Place;
                    return Err(NotRead::Layout(UnknownLayout { file: blob.path, problem }));
                }
                files.insert(blob.path, text);
            }
        }
        Ok(Some(files))
    }

    /// The first of the files at these paths, and how many of the paths were asked for.
    pub(super) async fn page(
        &self,
        project: &str,
        reference: &str,
        paths: &[&str],
    ) -> Result<(usize, Files), NotRead> {
        loop {
            let paths = &paths[..paths.len().min(self.files_per_query.load(Ordering::Relaxed))];
            let variables = json!({"config": project, "ref": reference, "paths": paths});
            match self.ask::<Contents>(CONTENTS, variables).await {
                // GitLab limits number and size of the files of one query; how far depends on its version.
                Err(NotRead::Refused(_)) if paths.len() > 1 => {
                    self.files_per_query.fetch_min(paths.len() / 2, Ordering::Relaxed);
                }
                contents => {
                    let found = contents?.project.and_then(|project| project.repository);
                    return Ok((paths.len(), found.ok_or(NotRead::Forbidden)?));
                }
            }
        }
    }
}

fn tree(repository: Option<TreePage>, group: &Group) -> Result<super::queries::Tree, NotRead> {
    let has_config = group.projects.nodes.iter().any(|project| project.path == CONFIG);
    let hidden = if has_config { NotRead::Forbidden } else { NotRead::NotVisible };
    repository.ok_or(hidden)?.tree.ok_or(NotRead::NoBranch)
}

/// Whether the first page of the commit's tree is that of the overview.
fn is_same_tree(found: &Files, files: &[String]) -> bool {
    let page: &[Entry] = found.tree.as_ref().map_or(&[], |tree| &tree.blobs.nodes);
    page.len() == files.len().min(100) && page.iter().zip(files).all(|(entry, file)| entry.path == *file)
}

fn group_attributes(group: &Group) -> Value {
    attributes([
        (&"name", Some(&group.name)),
        (&"path", Some(&group.path)),
        (&"visibility", group.visibility.as_ref()),
        (&"description", group.description.as_ref()),
    ])
}

/// A project; `None` if a value is missing that every project has.
fn project(member: &Member) -> Option<GitLabProject> {
    member.visibility.as_ref()?;
    // `gid://gitlab/Project/7`.
    let id = member.id.rsplit('/').next()?.parse().ok()?;
    let attributes = attributes([
        (&"name", Some(&member.name)),
        (&"path", Some(&member.path)),
        (&"visibility", member.visibility.as_ref()),
        (&"description", member.description.as_ref()),
        (&"sshUrlToRepo", member.ssh_url_to_repo.as_ref()),
        (&"httpUrlToRepo", member.http_url_to_repo.as_ref()),
    ]);
    Some(GitLabProject { id, attributes, mark: member.marks.mark() })
}

fn attributes<const N: usize>(from: [(&'static &'static str, Option<&String>); N]) -> Value {
    let members = from.into_iter().filter_map(|(name, text)| {
        let text = text.filter(|text| !text.is_empty())?;
        Some((Name::known(name), Value::text(text.as_str())))
    });
    Value::Map(members.collect::<Map>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_without_a_visibility_is_not_guessed_at() {
        let member = |id: &str, visibility: Option<&str>| {
            let member = json!({
                "id": id, "name": "Web", "path": "web", "visibility": visibility, "description": null,
                "sshUrlToRepo": null, "httpUrlToRepo": null,
            });
            project(&serde_json::from_value(member).unwrap()).map(|project| project.id)
        };
        assert_eq!(member("gid://gitlab/Project/7", Some("private")), Some(7));
        assert_eq!(member("gid://gitlab/Project/7", None), None);
        assert_eq!(member("gid://gitlab/Project/seven", Some("private")), None);
    }
}
