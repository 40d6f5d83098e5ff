//! What the server knows: its state, what its resources consist of, and the options that it runs with. No
//! file here imports a handler of a request.

pub(crate) mod breakdowns;
pub(crate) mod change;
pub(crate) mod options;
pub(crate) mod spec;
pub(crate) mod tree;
pub(crate) mod world;
