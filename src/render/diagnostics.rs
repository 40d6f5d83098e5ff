//! Problems of manifests: as text in the manner of rustc, and as JSON. Masked text is never shown.

mod json;
#[cfg(test)]
mod tests;
mod text;

pub use json::json;
pub use text::{count, text};
