//! The surface of the API: a request as a value, its route, its query, its body, and the response.

mod decode;
mod error;
mod json;
mod query;
mod request;
mod response;
mod route;
mod rules;
mod selector;

pub(crate) use decode::{Fields, Message, decode_body, impl_message};
pub(crate) use error::ApiError;
pub(crate) use json::{Member, Node, NodeValue};
pub(crate) use query::{BOTH, CAMEL, Query, SNAKE, SkipFlag, go_bool, parse_bool};
pub(crate) use request::millis;
pub use request::{Method, Now, Request};
pub use response::Response;
pub(crate) use response::{JSON, Named, TEXT};
pub(crate) use route::{Kind, Target, route};
pub(crate) use rules::{REQUIRED, min_items, min_length, one_of, violation};
pub(crate) use selector::{Keys, Test, matches};
