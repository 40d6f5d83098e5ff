//! The pages of the manual: those of `docs/` that users read, also by `nautform help` and `man`.

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    /// What `nautform help` and `man nautform-TOPIC` know it by.
    pub(crate) topic: &'static str,
    /// Its Markdown.
    pub(crate) text: &'static str,
}

macro_rules! pages {
    ($($topic:literal: $file:literal,)*) => {
        &[$(Page { topic: $topic, text: include_str!(concat!("../../../docs/", $file)) },)*]
    };
}

/// In the order in which a new user needs them.
pub(crate) const PAGES: &[Page] = pages! {
    "getting-started": "getting-started.md",
    "existing-platform": "existing-platform.md",
    "gitlab": "gitlab.md",
    "github": "github.md",
    "pipelines": "pipelines.md",
    "manifests": "manifests.md",
    "environments": "environments.md",
    "catalogue": "catalogue.md",
    "state-stores": "state-stores.md",
    "drift-checks": "drift-checks.md",
    "troubleshooting": "troubleshooting.md",
    "blocked-products": "blocked-products.md",
    "ways-out": "ways-out.md",
    "kubeconfigs": "kubeconfigs.md",
    "from-nautes-cli": "from-nautes-cli.md",
    "older-manifests": "older-manifests.md",
    "many-products": "many-products.md",
    "ownership": "ownership.md",
    "identity": "identity.md",
    "security": "SECURITY.md",
    "speed": "speed.md",
    "settings": "reference/settings.md",
    "kinds": "reference/kinds.md",
    "environment-variables": "reference/environment-variables.md",
    "files": "reference/files.md",
    "exit-codes": "exit-codes.md",
    "diagnostics": "diagnostics.md",
    "formats": "formats.md",
};

impl Page {
    /// What it is about: its headline.
    pub(crate) fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

/// The page about a topic.
pub(crate) fn find(topic: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.topic == topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is for those who work on nautform itself, or for reference only.
    const OTHERS: [&str; 7] = [
        "README.md",
        "architecture.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "commands.md",
        "glossary.md",
        "nautes-api.md",
    ];

    #[test]
    fn every_page_for_users_has_a_topic() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        let mut texts = Vec::new();
        for folder in [docs.clone(), docs.join("reference")] {
            for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
                let name = file.file_name().unwrap().to_str().unwrap();
                if file.extension().is_some_and(|ending| ending == "md") && !OTHERS.contains(&name) {
                    texts.push((name.to_owned(), std::fs::read_to_string(&file).unwrap()));
                }
            }
        }
        for (name, text) in &texts {
            assert!(
                PAGES.iter().any(|page| page.text == text),
                "{name} has no topic in src/bin/nautform/manual.rs"
            );
        }
        assert_eq!(texts.len(), PAGES.len());
        assert!(PAGES.iter().all(|page| page.text.starts_with("# ") && !page.title().is_empty()));
    }
}
