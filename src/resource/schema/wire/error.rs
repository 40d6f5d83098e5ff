//! What a reply may lack.

/// A reply that is not what §12.1 says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Cut off, or no JSON at all.
    #[error("the reply is cut off or no JSON: {0}")]
    Broken(String),
    /// Not an object, or a list without `items`.
    #[error("the reply is not the JSON object that was expected: {0}")]
    Shape(String),
    /// No name.
    #[error("the reply names no object")]
    Nameless,
}
