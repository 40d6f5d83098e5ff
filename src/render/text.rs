//! Text for people, as Terraform's users know it: plans, drift, progress and the end of an apply.

mod drift;
mod edited;
pub mod explain;
mod listing;
mod object;
mod outcome;
mod page;
mod painter;
mod plan;
mod progress;
mod stale;
mod table;
mod view;
mod why;

pub use super::wording::count;
pub use drift::drift;
pub use edited::{Sides, edited};
pub use listing::listing;
pub use outcome::outcomes;
pub use page::page;
pub use plan::plan;
pub use progress::{Progress, headline, line};
pub use stale::{changed_meanwhile, stale};
pub use table::wrapped;
pub use view::View;
pub use why::why;

#[cfg(test)]
mod tests;
