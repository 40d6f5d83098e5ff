//! What a plan is made of.

pub(super) mod product_index;
pub mod selection;
