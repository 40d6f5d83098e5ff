//! What `nautform init` writes works unchanged: the manifests, and every command of the pipelines, run by a
//! shell as a runner does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use crate::support::gitlab_notes::BOT_TOKEN;
use crate::support::{ACTIONS_TOKEN, GitHub, GitLab, HEAD, Output, Sandbox, WebhookServer, Workspace};

/// What the merge request is merged as.
const COMMIT: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

type Environment = BTreeMap<String, String>;

/// A repository with a fleet in a folder, its pipelines, and the servers that they talk to.
struct Repository {
    workspace: Workspace,
    sandbox: Sandbox,
    gitlab: GitLab,
    github: GitHub,
    chat: WebhookServer,
    pipelines: Json,
}

impl Repository {
    fn new(host: &str, file: &str) -> Self {
        let workspace = Workspace::new();
        std::fs::create_dir(workspace.file(".git")).unwrap();
        workspace.run(&["init", "fleet", "--ci", host]).exits(0);
        let text = workspace.read(file);
        let pipelines = serde_yaml::from_str(&text).unwrap();
        let sandbox = Sandbox::start(&workspace);
        Self {
            workspace,
            sandbox,
            gitlab: GitLab::start(),
            github: GitHub::start(),
            chat: WebhookServer::start(),
            pipelines,
        }
    }

    /// Runs a script in the repository as a runner does: stopping at the first command that fails.
    fn shell(&self, script: &str, variables: &Environment) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_nautform")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-ec", script]).current_dir(self.workspace.path()).env_clear().envs(variables);
        command.env("PATH", path).env("NAUTFORM_API_SERVER", self.sandbox.url()).env("NAUTFORM_TOKEN", "x");
        Workspace::finish(&mut command)
    }

    fn text(&self, file: &str) -> String {
        self.workspace.read(file)
    }

    /// The webhook received the apply and the drift, and nothing else.
    fn was_told(&self) {
        let texts = self.chat.texts();
        assert!(
            texts.len() == 2 && texts[0].contains("5 added") && texts[1].contains("1 changed"),
            "{texts:?}"
        );
    }

    /// Another client changes the language of the project on the server.
    fn change_out_of_band(&self) {
        let unmanaged_object = Workspace::new();
        std::fs::rename(self.workspace.file("fleet/products"), unmanaged_object.file("products")).unwrap();
        let product = "products/demo/product.yaml";
        unmanaged_object.edit(product, "golang", "rust");
        let apply = ["apply", "--stateless", "--auto-approve"];
        self.sandbox.run(&unmanaged_object, &apply).exits(0);
        unmanaged_object.edit(product, "rust", "golang");
        std::fs::rename(unmanaged_object.file("products"), self.workspace.file("fleet/products")).unwrap();
    }
}

fn lines(script: &Json) -> String {
    let lines = script.as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// Global variables of GitLab: texts, or texts with a description.
fn gitlab_variables(repository: &Repository) -> Environment {
    let mut variables: Environment = [
        ("CI_API_V4_URL", repository.gitlab.api.as_str()),
        ("CI_PROJECT_ID", "7"),
        ("CI_JOB_TOKEN", "job-token"),
        ("GITLAB_CI", "true"),
        ("CI_JOB_URL", "https://gitlab.example/nautes/fleet/-/jobs/1"),
        ("CI_MERGE_REQUEST_IID", "12"),
        ("CI_COMMIT_SHA", COMMIT),
        ("CI_COMMIT_BRANCH", "main"),
        ("NAUTFORM_PLAN_USER", "user-41"),
        ("GITLAB_TOKEN", BOT_TOKEN),
        ("NAUTFORM_WEBHOOK", repository.chat.url.as_str()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in repository.pipelines["variables"].as_object().unwrap() {
        let text = value.as_str().or_else(|| value["value"].as_str()).unwrap();
        variables.insert(name.clone(), text.to_owned());
    }
    variables
}

/// Runs a job of GitLab, what comes after it, and looks for the files that it promises.
fn gitlab_job(repository: &Repository, name: &str) -> Output {
    let job = &repository.pipelines[name];
    let variables = gitlab_variables(repository);
    let output = repository.shell(&lines(&job["script"]), &variables);
    if let Some(after) = job.get("after_script") {
        repository.shell(&lines(after), &variables).exits(0);
    }
    let artifacts = &job["artifacts"];
    if artifacts["when"] == "always" {
        let reports = artifacts["reports"].as_object().unwrap().values();
        let paths = artifacts["paths"].as_array().into_iter().flatten();
        for path in reports.chain(paths).map(|path| path.as_str().unwrap()) {
            assert!(repository.workspace.file(path).exists(), "{name} promises {path}");
        }
    }
    output
}

#[test]
fn gitlab_jobs_plan_apply_and_check_drift() {
    let repository = Repository::new("gitlab", ".gitlab-ci.yml");
    let job = |name| gitlab_job(&repository, name);
    job("nautform:validate").exits(0);
    assert_eq!(repository.text(".codequality.json"), "[]\n");
    job("nautform:plan").exits(0);
    assert_eq!(repository.text(".plan.json"), "{\"create\":5,\"update\":0,\"delete\":0}\n");
    assert!(repository.text("plan.md").contains("5 to add"));
    assert!(repository.gitlab.notes().first().1.contains("5 to add"));
    assert!(repository.gitlab.kept().versions.is_empty(), "a plan writes no state");
    repository.gitlab.notes().merge(COMMIT, Some(12));
    job("nautform:apply").exits(0);
    assert_eq!(repository.gitlab.kept().last()["records"].as_object().unwrap().len(), 5);
    job("nautform:plan").exits(0);
    assert_eq!(repository.text(".plan.json"), "{\"create\":0,\"update\":0,\"delete\":0}\n");
    // The second plan says so in the note of the first.
    let note = repository.gitlab.notes().all.clone();
    assert!(note.len() == 1 && note[0].body.contains("No changes"), "{note:?}");
    assert!(
        note[0].body.contains("[The whole log](https://gitlab.example/nautes/fleet/-/jobs/1)"),
        "{note:?}"
    );
    job("nautform:drift").exits(0);
    repository.change_out_of_band();
    let drift = job("nautform:drift").exits(4);
    assert!(drift.stdout.contains("Project/demo/demo-api"), "{}", drift.stdout);
    assert!(repository.text("drift.xml").contains("Project/demo/demo-api"));
    repository.was_told();
}

#[test]
fn refused_plan_fails_its_job_and_is_in_the_note() {
    let gitlab = Repository::new("gitlab", ".gitlab-ci.yml");
    let github = Repository::new("github", ".github/workflows/nautform.yml");
    github.workspace.write("fleet/nautform.yaml", "");
    let lost = format!(
        "{HEAD}kind: Environment\nspec: {{name: dev, product: demo, cluster: nowhere, envType: dev}}\n"
    );
    for repository in [&gitlab, &github] {
        repository.workspace.write("fleet/lost.yaml", &lost);
    }
    gitlab_job(&gitlab, "nautform:plan").exits(1);
    let [failed, noted] = github_steps(&github, "plan", 1).try_into().unwrap();
    failed.exits(1);
    noted.exits(0);
    for note in [gitlab.gitlab.notes().first().1, github.github.notes().first().1] {
        assert!(note.contains("This plan can't be applied as it is") && note.contains("nowhere"), "{note}");
    }
}

#[test]
fn plan_that_fails_replaces_the_note_by_what_failed() {
    let gitlab = Repository::new("gitlab", ".gitlab-ci.yml");
    let github = Repository::new("github", ".github/workflows/nautform.yml");
    github.workspace.write("fleet/nautform.yaml", "");
    gitlab_job(&gitlab, "nautform:plan").exits(0);
    github_steps(&github, "plan", 1);
    for repository in [&gitlab, &github] {
        repository.workspace.edit("fleet/products/demo/product.yaml", "language", "langage");
    }
    gitlab_job_fails(&gitlab);
    let [failed, noted] = github_steps(&github, "plan", 1).try_into().unwrap();
    failed.exits(1);
    noted.exits(0);
    for notes in [gitlab.gitlab.notes().all.clone(), github.github.notes().all.clone()] {
        assert!(notes.len() == 1 && notes[0].body.contains("It failed:"), "{notes:?}");
        assert!(notes[0].body.contains("langage") && notes[0].body.contains("c0ffee00"), "{notes:?}");
    }
}

#[test]
fn note_that_cannot_be_written_fails_its_job() {
    let repository = Repository::new("gitlab", ".gitlab-ci.yml");
    let mut variables = gitlab_variables(&repository);
    variables.insert("GITLAB_TOKEN".to_owned(), "expired".to_owned());
    let said = repository.shell(&lines(&repository.pipelines["nautform:plan"]["script"]), &variables);
    assert!(said.exits(1).stderr.contains("HTTP 401"));
}

/// The plan's job ends with 1, and promises no files.
fn gitlab_job_fails(repository: &Repository) {
    let script = lines(&repository.pipelines["nautform:plan"]["script"]);
    repository.shell(&script, &gitlab_variables(repository)).exits(1);
}

#[test]
fn gitlab_jobs_can_be_included() {
    let repository = Repository::new("gitlab", ".gitlab-ci.yml");
    let included = Repository::new("gitlab", ".gitlab-ci.yml");
    included.workspace.run(&["init", "fleet", "--ci", "gitlab"]).exits(0);
    let file = ".gitlab/nautform.gitlab-ci.yml";
    assert_eq!(included.text(file), repository.text(".gitlab-ci.yml"));
    // Stages, defaults and a workflow would change_out_of_band with the pipelines that are there.
    let top: Vec<&String> = repository.pipelines.as_object().unwrap().keys().collect();
    assert!(top.iter().all(|key| *key == "variables" || key.trim_start_matches('.').starts_with("nautform")));
    let plan = included.shell("nautform validate fleet", &Environment::new()).exits(0);
    assert!(plan.stdout.contains("5 objects"), "{}", plan.stdout);
}

/// What the runner of GitHub sets, and what the workflow and the job do.
fn github_variables(repository: &Repository, job: &str) -> Environment {
    let workflow = &repository.pipelines;
    let mut variables: Environment = [
        ("GITHUB_STEP_SUMMARY", "summary.md"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_API_URL", repository.github.api.as_str()),
        ("GITHUB_REPOSITORY", "shop/fleet"),
        ("GITHUB_SHA", COMMIT),
        ("GITHUB_REF", if job == "plan" { "refs/pull/12/merge" } else { "refs/heads/main" }),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let texts = |value: &Json| value.as_object().cloned().unwrap_or_default().into_iter();
    // Steps of a job do not disagree about a variable.
    let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
    for (name, value) in texts(&workflow["env"]).chain(steps.iter().flat_map(|step| texts(&step["env"]))) {
        // Other things in braces come from settings that are empty, or that the runner of this test sets.
        let value = match value.as_str() {
            Some("${{ github.token }}") => ACTIONS_TOKEN,
            Some("${{ secrets.NAUTFORM_WEBHOOK }}") => repository.chat.url.as_str(),
            Some(value) if !value.contains("${{") => value,
            _ => "",
        };
        variables.insert(name, value.to_owned());
    }
    variables.retain(|name, _| !["NAUTFORM_API_SERVER", "NAUTFORM_TOKEN"].contains(&name.as_str()));
    variables
}

/// Runs the last steps of a job on GitHub that are commands, leaving out the first `skipped`.
fn github_steps(repository: &Repository, name: &str, skipped: usize) -> Vec<Output> {
    let variables = github_variables(repository, name);
    let steps = repository.pipelines["jobs"][name]["steps"].as_array().unwrap();
    let commands = steps.iter().filter_map(|step| step["run"].as_str()).skip(skipped);
    commands.map(|run| repository.shell(run, &variables)).collect()
}

/// Runs a job on GitHub.
fn github_job(repository: &Repository, name: &str) -> Output {
    github_steps(repository, name, 0).pop().unwrap()
}

#[test]
fn github_jobs_plan_apply_and_check_drift() {
    let repository = Repository::new("github", ".github/workflows/nautform.yml");
    // A bucket is another test's business.
    repository.workspace.write("fleet/nautform.yaml", "");
    let job = |name| github_job(&repository, name);
    job("plan").exits(0);
    assert!(repository.text("summary.md").contains("5 to add"));
    repository.github.notes().merge(COMMIT, Some(12));
    job("apply").exits(0);
    job("plan").exits(0);
    assert!(repository.text("plan.md").contains("No changes"));
    let note = repository.github.notes().all.clone();
    assert!(note.len() == 1 && note[0].body.contains("No changes"), "{note:?}");
    job("drift").exits(0);
    repository.change_out_of_band();
    job("drift").exits(4);
    repository.was_told();
}

#[test]
fn init_applies_then_plans_empty() {
    let workspace = Workspace::new();
    let output = workspace.run(&["init"]).exits(0);
    assert!(output.stdout.is_empty());
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
}
