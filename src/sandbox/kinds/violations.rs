//! What is wrong in a product as it is, for those who look at a copy.

use crate::sandbox::api::Now;
use crate::sandbox::check::{Check, Scope};
use crate::sandbox::model::World;

/// A resource that the server's checks refuse, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path segment of its collection.
    pub collection: &'static str,
    /// Its name.
    pub name: String,
    /// What the server says of it.
    pub message: String,
}

/// Everything that the checks of a product find. While there is anything, every checked write is refused.
pub fn violations(world: &World, product: &str, now: Now) -> Vec<Violation> {
    let Ok(group) = world.gitlab.find(product, now) else { return Vec::new() };
    let check = Check::new(world, world.group(group), Scope::Everything);
    let all = check.violations().map(|((collection, name), error)| Violation {
        collection,
        name,
        message: world.with_names(&error.message, product),
    });
    all.collect()
}
