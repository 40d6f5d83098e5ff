//! `apply --agreed`: a day of merge requests on a double of GitLab. What was reviewed is applied, and nothing else.

use crate::support::gitlab_notes::{BOT, BOT_TOKEN};
use crate::support::{GitLab, HEAD, Output, Sandbox, Workspace, repository};

const PRODUCT: &str = "products/demo/product.yaml";
const STRANGER: u64 = 77;

/// A fleet, its server, and the GitLab that its merge requests are on.
struct Day {
    workspace: Workspace,
    sandbox: Sandbox,
    gitlab: GitLab,
}

impl Day {
    /// The first merge request has been reviewed, merged and applied.
    fn begin() -> Self {
        let day = Self::new();
        day.plan(1);
        day.merge(1);
        day.apply(1, "").exits(0);
        day
    }

    fn new() -> Self {
        let workspace = Workspace::new();
        workspace.run(&["init"]).exits(0);
        let sandbox = Sandbox::start(&workspace);
        Self { workspace, sandbox, gitlab: GitLab::start() }
    }

    fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.sandbox.command(&self.workspace, args);
        command.env("GITLAB_CI", "true").env("CI_API_V4_URL", &self.gitlab.api).env("CI_PROJECT_ID", "7");
        command.env("GITLAB_TOKEN", BOT_TOKEN).env("NAUTFORM_PLAN_USER", "user-41");
        command.envs(variables.iter().copied());
        Workspace::finish(&mut command)
    }

    /// The note that a merge request's job would write.
    fn note(&self) -> String {
        self.run(&["plan", "--format", "markdown"], &[]).exits(0).stdout
    }

    /// A merge request's job.
    fn plan(&self, request: u64) {
        self.workspace.write("plan.md", &self.note());
        let number = request.to_string();
        self.run(&["comment", "plan.md"], &[("CI_MERGE_REQUEST_IID", number.as_str())]).exits(0);
    }

    fn merge(&self, request: u64) {
        self.gitlab.notes().merge(&commit(request), Some(request));
    }

    /// The job on the default branch, at the merge of a merge request.
    fn apply(&self, request: u64, flag: &str) -> Output {
        let id = commit(request);
        let flags = ["apply", "--agreed", "--auto-approve", flag];
        let flags: Vec<&str> = flags.into_iter().filter(|flag| !flag.is_empty()).collect();
        self.run(&flags, &[("CI_COMMIT_SHA", id.as_str()), ("CI_COMMIT_BRANCH", "main")])
    }

    /// What a merge request changes.
    fn speak(&self, from: &str, to: &str) {
        self.workspace.edit(PRODUCT, from, to);
    }

    fn add_project(&self, name: &str) {
        let project = format!("{HEAD}kind: Project\nspec: {{name: {name}, product: demo, language: go}}\n");
        self.workspace.write(&format!("{name}.yaml"), &project);
    }

    fn serial(&self) -> String {
        self.run(&["state", "pull"], &[]).exits(0).stdout
    }
}

fn commit(request: u64) -> String {
    format!("{request:040x}")
}

#[test]
fn reviewed_and_merged_is_applied_and_a_repetition_does_nothing() {
    let day = Day::begin();
    let asked = day.gitlab.notes().asked();
    assert!(
        asked
            .iter()
            .any(|request| request
                .ends_with("/commits/0000000000000000000000000000000000000001/merge_requests")),
        "{asked:?}"
    );
    assert!(day.serial().contains(&commit(1)));
    day.speak("golang", "rust");
    day.plan(2);
    day.merge(2);
    day.apply(2, "").exits(0);
    assert!(day.serial().contains(&commit(2)));
    day.gitlab.notes().asked();
    day.apply(2, "").exits(0);
    // There is nothing to agree on.
    let asked = day.gitlab.notes().asked();
    assert!(asked.iter().all(|request| !request.contains("/projects/7/")), "{asked:?}");
}

#[test]
fn merge_requests_that_land_one_after_the_other_are_applied_together() {
    let day = Day::begin();
    // Both were planned before either was merged, and the first one's job never ran.
    day.speak("golang", "rust");
    day.plan(2);
    day.speak("rust", "golang");
    day.add_project("web");
    day.plan(3);
    day.speak("golang", "rust");
    day.merge(2);
    day.merge(3);
    day.apply(3, "").exits(0);
    let asked = day.gitlab.notes().asked();
    assert!(asked.iter().any(|request| request.ends_with("/repository/compare")), "{asked:?}");
}

#[test]
fn overtaken_plan_is_refused_until_it_is_agreed_on_by_hand() {
    let day = Day::begin();
    day.speak("golang", "rust");
    day.plan(2);
    day.speak("rust", "java");
    day.plan(3);
    day.merge(3);
    day.apply(3, "").exits(0);
    day.speak("java", "rust");
    day.merge(2);
    let before = day.serial();
    let said = day.apply(2, "").exits(6);
    for part in [
        "Project/demo/demo-api: update language",
        "user-41 wrote on merge request !2 of project 7",
        "Nothing was written.",
    ] {
        assert!(said.stderr.contains(part), "{part} is not in {}", said.stderr);
    }
    assert_eq!(day.serial(), before);
    let fingerprint = said.stderr.split("--agreed=").nth(1).unwrap().trim().to_owned();
    day.apply(2, "--agreed=00000000000000000000000000000000").exits(6);
    day.apply(2, &format!("--agreed={fingerprint}")).exits(0);
}

#[test]
fn note_of_a_stranger_agrees_to_nothing() {
    let day = Day::begin();
    day.add_project("evil");
    let note = day.note();
    day.gitlab.notes().write_on(2, STRANGER, &note);
    // The plan user's own note of another merge request, which was never merged.
    day.gitlab.notes().write_on(9, BOT, &note);
    day.merge(2);
    let said = day.apply(2, "").exits(6);
    assert!(said.stderr.contains("Project/demo/evil: create"), "{}", said.stderr);
    assert!(
        said.stderr.contains("user-41 wrote no plan on merge request !2 of project 7."),
        "{}",
        said.stderr
    );
    // The job of the merge request runs at last, and the one that applies again.
    day.plan(2);
    day.apply(2, "").exits(0);
}

#[test]
fn what_a_refused_apply_left_is_applied_by_the_next_one() {
    let day = Day::begin();
    day.add_project("web");
    day.plan(2);
    day.merge(2);
    // Pushed by other means: no merge request.
    day.speak("golang", "rust");
    day.gitlab.notes().merge(&commit(3), None);
    day.apply(3, "").exits(6);
    day.speak("rust", "golang");
    day.add_project("app");
    day.plan(4);
    day.merge(4);
    day.apply(4, "").exits(0);
}

#[test]
fn agreement_permits_nothing_that_needs_a_flag() {
    let day = Day::begin();
    std::fs::remove_file(day.workspace.file("products/demo/repositories.yaml")).unwrap();
    day.plan(2);
    day.merge(2);
    day.apply(2, "").exits(5);
    day.apply(2, "--allow-irreversible").exits(0);
}

#[test]
fn secret_that_the_merge_request_cannot_read_is_known_at_apply() {
    let day = Day::begin();
    let text =
        |file: &str| std::fs::read_to_string(repository(&format!("examples/quickstart/{file}"))).unwrap();
    let kubeconfig = text("kubeconfigs/host-a.kubeconfig");
    let manifest =
        text("clusters/host-a.yaml").replace("file: ../kubeconfigs/host-a.kubeconfig", "env: HOST");
    day.workspace.write("host-a.yaml", &manifest);
    day.plan(2);
    let note = day.gitlab.notes().all.last().unwrap().body.clone();
    assert!(note.contains("Known at apply") && note.contains("Cluster/host-a kubeconfig"), "{note}");
    day.merge(2);
    let apply = |request: u64, kubeconfig: &str| {
        let id = commit(request);
        let variables = [("CI_COMMIT_SHA", id.as_str()), ("CI_COMMIT_BRANCH", "main"), ("HOST", kubeconfig)];
        day.run(&["apply", "--agreed", "--auto-approve"], &variables)
    };
    apply(2, &kubeconfig).exits(0);
    // Another one is sent with the next merge request, whose note says that it may be.
    day.add_project("web");
    day.plan(3);
    day.merge(3);
    let said = apply(3, &kubeconfig.replace("10.20.0.10", "10.20.0.11")).exits(0);
    assert!(said.stdout.contains("1 changed"), "{}", said.stdout);
}

#[test]
fn agreement_needs_to_know_whose_notes_count() {
    let day = Day::new();
    let said = day.run(&["apply", "--agreed", "--auto-approve"], &[("NAUTFORM_PLAN_USER", "")]).exits(1);
    assert!(said.stderr.contains("NAUTFORM_PLAN_USER"), "{}", said.stderr);
    let said = day.run(&["apply", "--agreed", "--auto-approve"], &[]).exits(1);
    assert!(said.stderr.contains("the commit is unknown"), "{}", said.stderr);
    day.run(&["apply", "--agreed=xyz", "--auto-approve"], &[]).exits(1);
}
