//! The only place that knows a kind: one file with one static table for each.
//!
//! [`KINDS`] is the registry. Everything else in the crate asks the tables and never a kind's name; a test
//! greps for that. Section numbers (§) are those of nautes-api.md.

mod cluster;
mod code_repo;
mod code_repo_binding;
mod deployment_runtime;
mod environment;
mod git;
mod names;
mod permission;
mod placement;
mod product;
mod project;
mod project_pipeline_runtime;
mod rule;

pub(crate) use cluster::components::types as component_types;

use crate::resource::schema::{Bound, Kind};

/// Every kind.
pub static KINDS: &[&Kind] = &[
    &cluster::CLUSTER,
    &product::PRODUCT,
    &environment::ENVIRONMENT,
    &project::PROJECT,
    &code_repo::CODE_REPO,
    &code_repo_binding::CODE_REPO_BINDING,
    &project_pipeline_runtime::PROJECT_PIPELINE_RUNTIME,
    &deployment_runtime::DEPLOYMENT_RUNTIME,
];

/// The kind with exactly this name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

/// The kind of a name as people type it: its name in any case, or one of the official CLI's short names.
pub fn find_by_alias(word: &str) -> Option<&'static Kind> {
    // As nautform itself writes it, thousands of times in a state.
    find(word).or_else(|| {
        let word = word.to_ascii_lowercase();
        let answers = |kind: &&Kind| {
            kind.name.eq_ignore_ascii_case(&word) || kind.names.aliases.contains(&word.as_str())
        };
        KINDS.iter().copied().find(answers)
    })
}

/// The kind whose objects product-scoped objects live in.
pub fn owner() -> &'static Kind {
    KINDS.iter().copied().find(|kind| kind.is_owner).expect("one table has is_owner")
}

/// The field that owners bound in what lives in them.
pub fn bound_by_owner() -> Option<Bound> {
    KINDS.iter().find_map(|kind| kind.bound)
}

#[cfg(test)]
mod tests;
