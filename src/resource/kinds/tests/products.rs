//! Product, Project, Environment, CodeRepo and CodeRepoBinding.

use serde_json::{Value as Json, json};

use super::{judge_all, spec};

fn product() -> Json {
    json!({"name": "shop", "git": {"gitlab": {"visibility": "private"}}})
}

fn repository() -> Json {
    json!({"name": "api", "product": "shop", "git": {"gitlab": {"visibility": "private"}}})
}

#[test]
fn products() {
    let judged = judge_all(
        "Product",
        &product(),
        &[
            json!({"git": null}),
            json!({"git": {"gitlab": null}}),
            json!({"git": {"gitlab": {"visibility": "internal"}}}),
            json!({"git": {"gitlab": {"visibility": null}}}),
            json!({"git": {"gitlab": {"path": "shop", "name": "The Shop", "parentID": 0, "description": ""}}}),
            json!({"git": {"gitlab": {"path": "other"}}}),
            json!({"git": {"github": {"name": "shop"}}}),
            json!({"git": {"gitlab": {"ssh_url_to_repo": "x"}}}),
            json!({"name": "2024"}),
            json!({"name": "my.shop"}),
            json!({"name": "-shop"}),
            json!({"name": "a/b"}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"git":null}
    missing-field: required field 'git' is missing => git: Its place in GitLab; in the simplest case {gitlab: {visibility: private}}.

    # {"git":{"gitlab":null}}
    missing-field: required field 'gitlab' in 'git' is missing => gitlab: The GitLab group.

    # {"git":{"gitlab":{"visibility":"internal"}}}
    invalid-value: 'visibility' can't be 'internal' => one of: private, public

    # {"git":{"gitlab":{"visibility":null}}}
    missing-field: required field 'visibility' in 'gitlab' is missing => visibility: Who may see it. One of: private, public.

    # {"git":{"gitlab":{"path":"shop","name":"The Shop","parentID":0,"description":""}}}
    fine

    # {"git":{"gitlab":{"path":"other"}}}
    invalid-combination: git.gitlab.path is 'other', but the object is named 'shop' => remove it, or make it equal to the name

    # {"git":{"github":{"name":"shop"}}}
    removed-field: 'github' means nothing to a v0.4 server, which ignores it silently => this platform works with GitLab: use git.gitlab

    # {"git":{"gitlab":{"ssh_url_to_repo":"x"}}}
    unknown-field: unknown field 'ssh_url_to_repo' in 'gitlab' => known fields: name, path, visibility, description, parentID

    # {"name":"2024"}
    invalid-name: the name '2024' must not be a number: GitLab would take it for a group's id

    # {"name":"my.shop"}
    invalid-name: the name 'my.shop' must be a GitLab path of letters, digits, '_', '-'

    # {"name":"-shop"}
    invalid-name: the name '-shop' must not begin with '-' nor end with '.git', '.atom' or '.'

    # {"name":"a/b"}
    invalid-name: the name 'a/b' must not contain '/' nor be '.' or '..'
    "#);
}

#[test]
fn projects_and_environments() {
    let project = json!({"name": "web", "product": "shop"});
    let judged = judge_all(
        "Project",
        &project,
        &[
            json!({"language": "golang"}),
            json!({"language": ["golang"]}),
            json!({"name": "production"}),
            json!({"name": "projects"}),
            json!({"name": "Web"}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"language":"golang"}
    fine

    # {"language":["golang"]}
    wrong-type: 'language' must be text, not a list

    # {"name":"production"}
    invalid-name: the name 'production' must not be used: the server would hide the project (nautes-api.md §11 item 12)

    # {"name":"projects"}
    fine

    # {"name":"Web"}
    invalid-name: the name 'Web' must consist of lower-case letters, digits, '-' and '.', at most 253, each part beginning and ending with a letter or digit
    "#);
    let environment = json!({"name": "dev", "product": "shop", "cluster": "worker-a", "envType": "dev"});
    let judged = judge_all(
        "Environment",
        &environment,
        &[
            json!({"envType": null, "env_type": "test"}),
            json!({"env_type": "test"}),
            json!({"cluster": "", "envType": null}),
            json!({"name": "dev.", "product": "2024"}),
            json!({"clusters": "a"}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"envType":null,"env_type":"test"}
    fine

    # {"env_type":"test"}
    duplicate-field: 'envType' is given twice, in two spellings => keep one of them

    # {"cluster":"","envType":null}
    missing-field: required field 'envType' is missing => envType: What it is for: dev, test, production, …
    missing-field: required field 'cluster' must not be empty => cluster: The cluster; one environment of a product for each.

    # {"name":"dev.","product":"2024"}
    invalid-name: the name 'dev.' must consist of lower-case letters, digits, '-' and '.', at most 253, each part beginning and ending with a letter or digit
    invalid-name: the product name '2024' must not be a number: GitLab would take it for a group's id

    # {"clusters":"a"}
    unknown-field: unknown field 'clusters' => did you mean 'cluster'?
    "#);
}

#[test]
fn code_repos() {
    let judged = judge_all(
        "CodeRepo",
        &repository(),
        &[
            json!({"project": "web", "codeRepoProvider": "gitlab", "webhook": {"events": ["push_events"]}}),
            json!({"webhook": {"events": ["push_event", ""]}}),
            json!({"webhook": {"events": "push_events"}}),
            json!({"deploymentRuntime": "yes"}),
            json!({"deployment_runtime": true, "projectPipelineRuntime": true}),
            json!({"pipelineRuntime": true, "pipeline_runtime": true}),
            json!({"git": {"gitlab": {"path": "other"}}}),
            json!({"git": {"gitlab": {"sshUrlToRepo": "git@x", "http_url_to_repo": "https://x"}}}),
            json!({"git": {"gitlab": null}}),
            json!({"name": "default.project"}),
            json!({"name": "repo-12"}),
            json!({"name": "repo-12b"}),
            json!({"name": "api.git"}),
            json!({"name": "a b"}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"project":"web","codeRepoProvider":"gitlab","webhook":{"events":["push_events"]}}
    fine

    # {"webhook":{"events":["push_event",""]}}
    invalid-value: 'events' can't be 'push_event' => one of: confidential_issues_events, confidential_note_events, deployment_events, issues_events, job_events, merge_requests_events, note_events, pipeline_events, push_events, releases_events, tag_push_events; did you mean 'push_events'?
    empty-item: an item of 'events' is empty => remove it, or say what it is

    # {"webhook":{"events":"push_events"}}
    wrong-type: 'events' must be a list, not a plain value

    # {"deploymentRuntime":"yes"}
    wrong-type: 'deploymentRuntime' must be true or false, not 'yes' => remove the quotes around 'yes'

    # {"deployment_runtime":true,"projectPipelineRuntime":true}
    fine

    # {"pipelineRuntime":true,"pipeline_runtime":true}
    duplicate-field: 'pipelineRuntime' is given twice, in two spellings => keep one of them

    # {"git":{"gitlab":{"path":"other"}}}
    invalid-combination: git.gitlab.path is 'other', but the object is named 'api' => remove it, or make it equal to the name

    # {"git":{"gitlab":{"sshUrlToRepo":"git@x","http_url_to_repo":"https://x"}}}
    fine

    # {"git":{"gitlab":null}}
    missing-field: required field 'gitlab' in 'git' is missing => gitlab: The GitLab project.

    # {"name":"default.project"}
    invalid-name: the name 'default.project' must not be used: that is the product's own config repository

    # {"name":"repo-12"}
    invalid-name: the name 'repo-12' must not be 'repo-' and a number: the server uses such names itself

    # {"name":"repo-12b"}
    fine

    # {"name":"api.git"}
    invalid-name: the name 'api.git' must not begin with '-' nor end with '.git', '.atom' or '.'

    # {"name":"a b"}
    invalid-name: the name 'a b' must be a GitLab path of letters, digits, '_', '-', '.'
    "#);
}

#[test]
fn code_repo_bindings() {
    let binding =
        json!({"name": "lend", "productName": "shop", "coderepo": "api", "permissions": "readonly"});
    let judged = judge_all(
        "CodeRepoBinding",
        &binding,
        &[
            json!({"product": "shop", "projects": ["web"], "permissions": "readwrite"}),
            json!({"coderepo": null, "codeRepo": "api"}),
            json!({"coderepo": null, "permissions": "write"}),
            json!({"projects": ["web", "web", ""]}),
            json!({"name": "repo-7"}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"product":"shop","projects":["web"],"permissions":"readwrite"}
    fine

    # {"coderepo":null,"codeRepo":"api"}
    fine

    # {"coderepo":null,"permissions":"write"}
    missing-field: required field 'coderepo' is missing => coderepo: The repository.
    invalid-value: 'permissions' can't be 'write' => one of: readonly, readwrite

    # {"projects":["web","web",""]}
    (warning) duplicate-item: 'web' is listed twice in 'projects' => list it once
    empty-item: an item of 'projects' is empty => remove it, or say what it is

    # {"name":"repo-7"}
    invalid-name: the name 'repo-7' must not be 'repo-' and a number: it could overwrite a repository's file
    "#);
}

/// An empty description can't be sent, and what is computed or ignored is not kept.
#[test]
fn specs_hold_what_can_be_declared() {
    let patch = json!({
        "codeRepoProvider": "gitlab", "project": "", "webhook": {"events": []},
        "git": {"gitlab": {"description": "", "sshUrlToRepo": "git@x"}}
    });
    assert_eq!(
        spec("CodeRepo", &repository(), &patch).to_json(),
        json!({"git": {"gitlab": {"visibility": "private"}}})
    );
    let binding = json!({"name": "lend", "product": "shop", "coderepo": "api", "permissions": "readonly"});
    assert_eq!(
        spec("CodeRepoBinding", &binding, &json!({})).to_json(),
        json!({"coderepo": "api", "permissions": "readonly"})
    );
}
