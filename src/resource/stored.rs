//! From what the platform stores (manifests in Git, attributes in GitLab) to the objects that its API shows.
//!
//! Driven by the kinds' tables; pure. The server reads the same files, so a file that it would read in another
//! way must not be guessed at: whatever is not exactly as the server writes it is an [`UnknownLayout`], and
//! the whole product is left to the API.
//!
//! `yaml` reads a manifest's text, `field` turns stored values into those of a table's fields, `manifest`
//! checks kind, name and place, and `product` puts a product together. `tenant` completes what the API shows
//! of the tenant's own objects.

mod field;
mod layout;
mod manifest;
mod place;
mod product;
mod tenant;
mod yaml;

#[cfg(test)]
mod tests;

pub(crate) use layout::{Problem, UnknownLayout};
pub(crate) use place::{FileOf, NUMBER, file_of, gitlab_of, kind_with_projects};
pub(crate) use product::{Dangling, GitLabProduct, GitLabProject, Mark, StoredProduct, is_wanted, translate};
pub(crate) use tenant::{Completed, complete, files_of, own_file_of};
