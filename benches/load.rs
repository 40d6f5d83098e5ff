//! Reading manifests against the bare events of the YAML parser: what our own work on top of it costs.
//!
//! `cargo bench --bench load`. The second is meant to stay within twice the first.

use divan::Bencher;
use divan::counter::BytesCount;

use nautform::internals::config::load::{LoadOptions, Manifests, yaml};
use nautform::{Diagnostics, SourceMap};
use serde_yaml::granit_parser::Parser;

fn main() {
    divan::main();
}

/// Documents in the text.
const SIZES: &[usize] = &[100, 10_000];

/// A product's usual objects, over and over.
fn text(documents: usize) -> String {
    (0..documents)
        .map(|n| {
            let head = "---\napiVersion: nautes.resource.nautes.io/v1alpha1\n";
            match n % 4 {
                0 => format!(
                    "{head}kind: Environment\nspec:\n  # where it runs\n  name: dev-{n}\n  product: shop\n  cluster: worker-{n}\n  envType: dev\n"
                ),
                1 => format!(
                    "{head}kind: CodeRepo\nspec:\n  name: repo-of-{n}\n  product: shop\n  project: project-{n}\n  pipelineRuntime: true\n  deploymentRuntime: false\n  webhook:\n    events: [\"push_events\"]\n  git:\n    gitlab:\n      name: repo-of-{n}\n      path: repo-of-{n}\n      visibility: private\n      description: \"the repository\"\n"
                ),
                2 => format!(
                    "{head}kind: DeploymentRuntime\nspec:\n  name: dr-{n}\n  product: shop\n  projectsRef: [project-{n}]\n  manifestsource:\n    codeRepo: repo-of-{n}\n    targetRevision: main\n    path: deployments/test\n  destination:\n    environment: dev-{n}\n    namespaces: [ns-{n}]\n"
                ),
                _ => format!("{head}kind: Project\nspec:\n  name: project-{n}\n  product: shop\n  language: golang\n"),
            }
        })
        .collect()
}

#[divan::bench(args = SIZES)]
fn events(bencher: Bencher<'_, '_>, documents: usize) {
    let text = text(documents);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| Parser::new_from_str(&text).filter(Result::is_ok).count());
}

#[divan::bench(args = SIZES)]
fn nodes(bencher: Bencher<'_, '_>, documents: usize) {
    let text = text(documents);
    let mut sources = SourceMap::new();
    let file = sources.add("a.yaml", text.as_str());
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut found = Diagnostics::new();
        let mut documents = yaml::Documents::new(file, &text);
        std::iter::from_fn(|| documents.next_document(&mut found)).count()
    });
}

#[divan::bench(args = SIZES)]
fn manifests(bencher: Bencher<'_, '_>, documents: usize) {
    let text = text(documents);
    let loaded = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
    assert!(loaded.diagnostics.is_empty() && loaded.resources.len() == documents);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| Manifests::default().load_text("a.yaml", &text, &LoadOptions::default()).resources.len());
}
