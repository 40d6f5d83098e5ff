//! The whole way from texts and files to resources, and what is said on it.

mod documents;
mod files;
mod foreign;
mod secrets;
mod seed;
mod variables;

use std::path::Path;

use super::*;
use crate::config::resolve;
use crate::render::{Style, diagnostics};

const HEAD: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\n";

/// All diagnostics of a text as they are rendered, also of what is not a manifest.
fn reported(text: &str) -> String {
    shown(&Manifests::default().load_text(
        "a.yaml",
        text,
        &LoadOptions { strict: true, ..LoadOptions::default() },
    ))
}

fn shown(manifests: &Manifests) -> String {
    let mut out = Vec::new();
    diagnostics::text(&manifests.diagnostics, &manifests.sources, Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn codes(manifests: &Manifests) -> Vec<&'static str> {
    manifests.diagnostics.sorted().iter().map(|diagnostic| diagnostic.code.0).collect()
}

fn addresses(manifests: &Manifests) -> Vec<String> {
    manifests.resources.iter().map(|resource| resource.address.to_string()).collect()
}

fn with_variables(pairs: &[(&str, &str)]) -> LoadOptions {
    let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    LoadOptions { variables, ..LoadOptions::default() }
}
