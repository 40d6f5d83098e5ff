//! What a manifest may contain, from the kinds' tables: as a JSON Schema for editors, and as
//! explanations for people. Pure.
//!
//! There is one source, the tables that the loader decodes with: what is described is what is accepted.

mod explain;
mod json_schema;
mod lookup;

pub use explain::{Explanation, Field, explain, kinds};
pub use json_schema::json_schema;
pub use lookup::NotFound;

#[cfg(test)]
mod tests;
