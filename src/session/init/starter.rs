//! The first files of a new directory: a few manifests, `nautform.yaml`, and files for CI. Texts only;
//! [`init`](super::init()) writes them.
//!
//! Invariant: what is written here validates, applies, and plans empty afterwards, and the commands of the CI
//! files run unchanged.

use std::path::{Path, PathBuf};

use crate::config::describe;

/// Where the pipelines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ci {
    /// GitLab CI.
    GitLab,
    /// GitHub Actions.
    GitHub,
}

/// A file to be written, unless it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starter {
    /// Relative to the directory, or for CI to the root of the repository.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
}

impl Starter {
    fn new(path: &str, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// The first manifests: a product with a project, two repositories and a binding. They need no cluster and no
/// secret.
pub fn manifests() -> Vec<Starter> {
    vec![
        Starter::new("products/demo/product.yaml", include_str!("starter/files/product.yaml")),
        Starter::new("products/demo/repositories.yaml", include_str!("starter/files/repositories.yaml")),
    ]
}

/// `nautform.yaml`, with the fleet's name and the state where the pipelines find it again.
pub fn settings(ci: Option<Ci>, fleet: &str) -> Starter {
    let state = match ci {
        None => include_str!("starter/files/state.local.yaml"),
        Some(Ci::GitLab) => include_str!("starter/files/state.gitlab.yaml"),
        Some(Ci::GitHub) => include_str!("starter/files/state.github.yaml"),
    };
    let text = format!("{}\n{state}", include_str!("starter/files/nautform.yaml"));
    let text = text.replace("fleet: production", &format!("fleet: {}", quoted(fleet)));
    // Fleets of one repository need states of their own.
    let text = text.replace("name: production", &format!("name: {}", quoted(fleet)));
    let text = text.replace("key: production.json", &format!("key: {fleet}.json"));
    Starter::new(crate::config::load::SETTINGS, text)
}

/// The backend that the pipelines need.
pub const fn state(ci: Ci) -> &'static str {
    match ci {
        Ci::GitLab => "gitlab",
        Ci::GitHub => "s3",
    }
}

/// The name of a fleet in this directory, by the name of the directory: fit for labels, and for the name of a
/// state in GitLab.
pub fn fleet_name(directory: &Path) -> String {
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let fit = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = name.chars().map(fit).take(63).collect();
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if name.is_empty() { "fleet".to_owned() } else { name.to_owned() }
}

/// A name as YAML, with quotes where a reader might take it for a number or a word of YAML's own.
fn quoted(name: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !WORDS.contains(&name.to_ascii_lowercase().as_str());
    if is_plain { name.to_owned() } else { format!("\"{name}\"") }
}

/// The schemas of manifests and settings, hidden, so that they are not taken for manifests.
pub fn schemas() -> [Starter; 2] {
    let pretty = |schema: &serde_json::Value| format!("{schema:#}\n");
    [
        Starter::new(SCHEMA, pretty(&describe::json_schema())),
        Starter::new(SETTINGS_SCHEMA, pretty(&describe::settings_schema())),
    ]
}

const SCHEMA: &str = ".nautform.schema.json";
const SETTINGS_SCHEMA: &str = ".nautform.settings.schema.json";

/// What makes VS Code check and complete every document of every manifest: its YAML extension takes a line in
/// a file for the first document only. `directory` is the manifests' one, relative to the root of the
/// repository.
pub fn editor(directory: &Path) -> Starter {
    let below = |name: &str| {
        let parts = directory.components().map(|part| part.as_os_str().to_string_lossy());
        parts.chain(std::iter::once(name.into())).collect::<Vec<_>>().join("/")
    };
    let settings = below(crate::config::load::SETTINGS);
    let schemas = serde_json::json!({
        format!("./{}", below(SCHEMA)): [format!("/{}", below("**/*.yaml")), format!("!/{settings}")],
        format!("./{}", below(SETTINGS_SCHEMA)): [format!("/{settings}")],
    });
    let text = format!("{:#}\n", serde_json::json!({"yaml.schemas": schemas}));
    Starter::new(".vscode/settings.json", text)
}

/// What the pipelines and local runs write, so that it is not committed.
pub fn ignored() -> Starter {
    Starter::new(".gitignore", include_str!("starter/ci/gitignore"))
}

/// The pipelines of a fleet. `directory` is the manifests' one, relative to the root of the repository; GitLab's jobs go
/// to a file of their own if the repository `has_pipelines`, to be included from there.
pub fn pipelines(ci: Ci, directory: &Path, fleet: &str, has_pipelines: bool) -> Starter {
    let (path, text) = match ci {
        Ci::GitLab if has_pipelines => (INCLUDED, include_str!("starter/ci/gitlab.yml")),
        Ci::GitLab => (GITLAB, include_str!("starter/ci/gitlab.yml")),
        Ci::GitHub => (".github/workflows/nautform.yml", include_str!("starter/ci/github.yml")),
    };
    let directory = directory.to_str().filter(|directory| !directory.is_empty()).unwrap_or(".");
    let quoted = serde_json::Value::from(directory).to_string();
    let text = text.replace("NAUTFORM_DIR: \".\"", &format!("NAUTFORM_DIR: {quoted}"));
    Starter::new(path, text.replace("nautform/production", &format!("nautform/{fleet}")))
}

/// The file that GitLab reads.
pub const GITLAB: &str = ".gitlab-ci.yml";
/// The file for the jobs where there is one already. Hidden, so that it is not taken for a manifest.
pub const INCLUDED: &str = ".gitlab/nautform.gitlab-ci.yml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_name_the_directory_once() {
        for ci in [Ci::GitLab, Ci::GitHub] {
            let below = pipelines(ci, Path::new("fleets/a \"b\""), "ab", false).text;
            assert_eq!(below.matches(r#"NAUTFORM_DIR: "fleets/a \"b\"""#).count(), 1);
            let root = pipelines(ci, Path::new(""), "ab", false).text;
            assert_eq!(root.matches("NAUTFORM_DIR: \".\"").count(), 1);
        }
    }

    #[test]
    fn fleet_is_named_by_its_directory() {
        let name = |path: &str| fleet_name(Path::new(path));
        assert_eq!(name("/a/fleets/production"), "production");
        assert_eq!(name("/a/.my fleet (2)"), "my-fleet--2");
        assert_eq!((name("/"), name("/ü")), ("fleet".to_owned(), "fleet".to_owned()));
        for odd in ["1.5", "null", "Yes", "production"] {
            let settings = settings(Some(Ci::GitLab), odd);
            let today = jiff::civil::date(2026, 11, 24);
            let loaded = crate::config::settings::parse(&settings.path, settings.text, today).settings;
            assert_eq!((loaded.fleet.as_deref(), loaded.state.name.as_deref()), (Some(odd), Some(odd)));
        }
    }

    /// What differs in the component: what it is given instead of what `init` has filled in. Each is in the
    /// pipeline.
    const INPUTS: [(&str, &str); 10] = [
        ("# Written by `nautform init --ci gitlab`: a plan", "# A plan"),
        (
            "#   NAUTFORM_IMAGE       an image with nautform in it, by digest: examples/ci/Dockerfile of nautform's repository\n",
            "",
        ),
        ("  NAUTFORM_DIR: \".\"\n", ""),
        ("$NAUTFORM_DIR", "$[[ inputs.directory ]]"),
        ("$NAUTFORM_IMAGE", "$[[ inputs.image ]]"),
        ("nautform/production", "$[[ inputs.environment ]]"),
        ("\n.nautform:", "\n.$[[ inputs.job-prefix ]]:"),
        ("extends: .nautform", "extends: .$[[ inputs.job-prefix ]]"),
        ("stage: test", "stage: $[[ inputs.check-stage ]]"),
        ("stage: deploy", "stage: $[[ inputs.apply-stage ]]"),
    ];

    /// `UPDATE_CASES=1` writes the component.
    #[test]
    fn component_for_gitlab_is_the_pipeline_with_inputs() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ci/component/templates/nautform.yml");
        let component = std::fs::read_to_string(path).unwrap();
        let head = component.split_inclusive("\n---\n").next().unwrap();
        let mut jobs = include_str!("starter/ci/gitlab.yml").to_owned();
        for (text, input) in INPUTS {
            assert!(jobs.contains(text), "{text}");
            jobs = jobs.replace(text, input);
        }
        for job in ["validate", "plan", "apply", "drift"] {
            let name = format!("\nnautform:{job}:");
            assert!(jobs.contains(&name), "{name}");
            jobs = jobs.replace(&name, &format!("\n$[[ inputs.job-prefix ]]:{job}:"));
        }
        let wanted = format!("{head}{jobs}");
        if std::env::var_os("UPDATE_CASES").is_some() {
            return std::fs::write(path, wanted).unwrap();
        }
        assert!(component == wanted, "the component is not the pipeline: UPDATE_CASES=1 writes it");
    }

    #[test]
    fn existing_pipelines_get_a_file_to_include() {
        let path = |has| pipelines(Ci::GitLab, Path::new(""), "ab", has).path;
        assert_eq!((path(false), path(true)), (GITLAB.into(), INCLUDED.into()));
    }
}
