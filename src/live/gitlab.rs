//! Reads products where they lie: the files of their config repository and the attributes of their GitLab
//! group, straight from GitLab instead of through the Nautes server, which clones for every list.
//!
//! `queries` has the GraphQL queries and the shapes of their replies, `client` sends them, `product` reads
//! a product at one commit, `source` says where GitLab is. Nothing here writes, and nothing is kept from an
//! earlier run: what is read is what is there now.
//!
//! The queries follow GitLab's GraphQL reference: `Query.group`, `Group.projects`, `Query.project`,
//! `Repository.tree(ref, recursive)`, `Repository.blobs(ref, paths)`, `Group.permanentDeletionDate`. GitLab's limits that matter: 100 nodes a
//! page, a complexity of 250 a query (each path of `blobs` counts twice), 20 MiB of blobs a query.

mod account;
mod client;
mod commits;
mod deletion;
mod not_read;
mod product;
mod queries;
mod source;
mod tenant;

pub(crate) use account::{Token, User};
pub(crate) use client::GitLab;
pub use commits::Commit;
pub(crate) use not_read::NotRead;
pub(crate) use product::ReadProduct;
pub use source::GitSource;
