//! The double of GitLab's state API judged by its first client: a real `terraform` works with it as with
//! GitLab, and nautform asks nothing of it that terraform does not ask. Skipped where terraform is not
//! installed.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::json;

use crate::support::{GitLab, Output, STATE, Sandbox, Workspace, missing};

const CONFIGURATION: &str = r#"
terraform {
  backend "http" {
    lock_method    = "POST"
    unlock_method  = "DELETE"
    retry_max      = 0
  }
}
resource "terraform_data" "example" { input = "one" }
"#;

struct Terraform {
    workspace: Workspace,
    gitlab: GitLab,
}

impl Terraform {
    /// `None` where there is no terraform.
    fn new() -> Option<Self> {
        let installed =
            Command::new("terraform").arg("version").output().is_ok_and(|output| output.status.success());
        if !installed {
            missing("terraform");
            return None;
        }
        let workspace = Workspace::new();
        workspace.write("main.tf", CONFIGURATION);
        Some(Self { workspace, gitlab: GitLab::start() })
    }

    fn run(&self, args: &[&str]) -> Output {
        let address = format!("{}{STATE}", self.gitlab.api);
        let mut command = Command::new("terraform");
        command
            .args(args)
            .current_dir(self.workspace.path())
            .env("HOME", self.workspace.path())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_HTTP_ADDRESS", &address)
            .env("TF_HTTP_LOCK_ADDRESS", format!("{address}/lock"))
            .env("TF_HTTP_UNLOCK_ADDRESS", format!("{address}/lock"))
            .env("TF_HTTP_USERNAME", "gitlab-ci-token")
            .env("TF_HTTP_PASSWORD", "job-token");
        Workspace::finish(&mut command)
    }
}

#[test]
fn terraform_works_with_the_state_server() {
    let Some(terraform) = Terraform::new() else { return };
    terraform.run(&["init", "-input=false", "-no-color"]).exits(0);
    terraform.run(&["apply", "-auto-approve", "-input=false", "-no-color"]).exits(0);
    terraform.run(&["plan", "-detailed-exitcode", "-input=false", "-no-color"]).exits(0);
    let kept = terraform.gitlab.kept().versions.len();
    assert!(kept > 0, "terraform has saved its state");
    assert_eq!(terraform.gitlab.kept().last()["version"], 4, "in its own format");

    let holder = json!({"ID": "11-22:job", "Who": "alice"});
    terraform.gitlab.kept().lock = Some(holder);
    let held = terraform.run(&["apply", "-auto-approve", "-input=false", "-no-color"]).exits(1);
    assert!(held.stderr.contains("Error acquiring the state lock"), "{}", held.stderr);
    terraform.gitlab.kept().lock = None;
    terraform.run(&["destroy", "-auto-approve", "-input=false", "-no-color"]).exits(0);
    assert!(terraform.gitlab.kept().lock.is_none());
}

#[test]
fn http_backend_requests_are_those_of_terraform() {
    let Some(terraform) = Terraform::new() else { return };
    terraform.run(&["init", "-input=false", "-no-color"]).exits(0);
    terraform.run(&["apply", "-auto-approve", "-input=false", "-no-color"]).exits(0);
    let of_terraform: BTreeSet<String> = terraform.gitlab.kept().requests.drain(..).collect();
    let before = terraform.gitlab.kept().last();

    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write("nautform.yaml", "server: {rest: false}\nstate: {backend: gitlab, name: production}\n");
    let sandbox = Sandbox::start(&workspace);
    let nautform = |gitlab: &GitLab| {
        let mut command = sandbox.command(&workspace, &["apply", "--auto-approve"]);
        command.env("CI_API_V4_URL", &gitlab.api).env("CI_PROJECT_ID", "7").env("CI_JOB_TOKEN", "job-token");
        Workspace::finish(&mut command)
    };
    let refused = nautform(&terraform.gitlab).exits(1);
    assert!(refused.stderr.contains("it is a Terraform state, not a nautform state"), "{}", refused.stderr);
    assert_eq!(terraform.gitlab.kept().last(), before, "another tool's state stays as it is");
    assert!(terraform.gitlab.kept().lock.is_none(), "the lock is free");

    let own = GitLab::start();
    nautform(&own).exits(0);
    let of_nautform: BTreeSet<String> = own.kept().requests.iter().cloned().collect();
    assert!(of_nautform.is_subset(&of_terraform), "{of_nautform:?} {of_terraform:?}");
}
