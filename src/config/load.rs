//! Turns a directory of manifests into located, checked resources.
//!
//! Files are found (`walk`), read (`read`), parsed into located nodes ([`yaml`]), filled in (`variables`) and
//! decoded (`manifest`) one document at a time; what must never be shown is masked in the source map
//! (`redact`). Files of other programs (`foreign`) and those that `.nautformignore` names (`ignore_file`) are
//! left out. Apart from the manifests, only `{file: path}` secrets and files of variables are read; the
//! environment is handed in. Invariant: every problem of every file is found in one run; nothing is dropped
//! without a diagnostic.

mod annotations;
mod decoder;
mod documents;
mod envelope;
mod foreign;
mod ignore_file;
mod loader;
mod manifest;
mod options;
pub(super) mod read;
mod redact;
mod scan;
mod sources;
mod variable_file;
mod variables;
mod walk;
pub mod yaml;

pub use annotations::{ANNOTATIONS, Annotation, DELETION_POLICY, IGNORE_FIELDS, PREVENT_DESTROY};
pub use envelope::API_VERSION;
pub use foreign::{SkipReason, Skipped};
pub use loader::{Ignored, Manifests, Unread, addresses, load, load_texts};
pub use options::{LoadOptions, OfSettings};
pub(super) use variable_file::NAME_OF_VARIABLE;
pub use variables::Variables;
pub(super) use variables::is_name;
pub(super) use walk::OTHER_SETTINGS;
pub use walk::{SETTINGS, is_empty, is_empty_besides};

#[cfg(test)]
mod tests;
