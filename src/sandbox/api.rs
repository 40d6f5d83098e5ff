//! The surface of the API: a request as a value, its route, its query, its body, and the response.

pub(crate) mod decode;
pub(crate) mod error;
pub(crate) mod json;
pub(crate) mod query;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod route;
pub(crate) mod rules;
pub(crate) mod selector;
