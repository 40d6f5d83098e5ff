//! What a manifest and the settings may contain, from their tables: as JSON Schemas for editors, and as
//! explanations for people. Pure.
//!
//! There is one source, the tables that the loader decodes with: what is described is what is accepted.

mod explain;
mod json_schema;
mod lookup;
mod settings;
mod settings_schema;

pub use explain::{Explanation, Field, explain, kinds};
pub use json_schema::json_schema;
pub use lookup::{NotFound, kind_is_in_product};
pub use settings::settings;
pub use settings_schema::settings_schema;

#[cfg(test)]
mod tests;
