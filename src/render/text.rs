//! Text for people, as Terraform's users know it: plans, drift, progress and the end of an apply.

mod drift;
pub mod explain;
mod object;
mod outcome;
mod painter;
mod plan;
mod progress;
mod stale;
mod table;

pub use drift::drift;
pub use outcome::outcomes;
pub use plan::{View, plan};
pub use progress::{Progress, headline, line};
pub use stale::stale;

#[cfg(test)]
mod tests;
