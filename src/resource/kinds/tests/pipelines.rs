//! ProjectPipelineRuntime and DeploymentRuntime.

use serde_json::{Value as Json, json};

use super::{judge_all, spec};

fn pipeline_runtime() -> Json {
    json!({
        "name": "run", "product": "shop", "project": "web", "pipelineSource": "pipelines",
        "pipelines": [{"name": "main", "path": "main.yaml"}],
        "eventSources": [{"name": "push", "gitlab": {"repoName": "api", "events": ["push_events"]}}],
        "pipelineTriggers": [{"eventSource": "push", "pipeline": "main"}],
        "destination": {"environment": "dev"}, "isolation": "shared",
    })
}

fn deployment_runtime() -> Json {
    json!({
        "name": "web", "product": "shop", "projectsRef": ["web"],
        "manifestSource": {"codeRepo": "deploy", "targetRevision": "main", "path": "test"},
        "destination": {"environment": "test"},
    })
}

#[test]
fn pipeline_runtimes() {
    let judged = judge_all(
        "ProjectPipelineRuntime",
        &pipeline_runtime(),
        &[
            json!({"project": null, "pipelines": [], "isolation": null, "destination": {"environment": null, "namespace": "ns"}}),
            json!({"isolation": "none", "name": "run.er"}),
            json!({"project": "run"}),
            json!({"destination": "dev"}),
            json!({"destination": {"namespace": "A", "namespaces": ["a"]}, "account": "a.b"}),
            json!({"additionalResources": {}}),
            json!({"additional_resources": {"git": {"coderepo": "api", "revision": "main"}}}),
            json!({"additionalResources": {"git": {"url": "https://x"}}}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"project":null,"pipelines":[],"isolation":null,"destination":{"environment":null,"namespace":"ns"}}
    missing-field: required field 'isolation' is missing => isolation: Whether it shares its namespace. One of: shared, exclusive.
    missing-field: required field 'project' is missing => project: The project it belongs to.
    missing-field: required field 'environment' in 'destination' is missing => environment: The environment; it must be on a pipeline cluster.
    missing-field: required field 'pipelines' must not be empty => pipelines: The pipelines.

    # {"isolation":"none","name":"run.er"}
    invalid-name: the name 'run.er' must be a DNS label: at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit
    invalid-value: 'isolation' can't be 'none' => one of: shared, exclusive

    # {"project":"run"}
    invalid-combination: the runtime must not have the name of its project, 'run' => give the runtime another name

    # {"destination":"dev"}
    removed-form: 'destination' is no longer a plain text => since v0.3.9: destination: {environment: dev}

    # {"destination":{"namespace":"A","namespaces":["a"]},"account":"a.b"}
    invalid-value: 'namespace' must be a DNS label: at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit
    unknown-field: unknown field 'namespaces' in 'destination' => did you mean 'namespace'?

    # {"additionalResources":{}}
    fine

    # {"additional_resources":{"git":{"coderepo":"api","revision":"main"}}}
    fine

    # {"additionalResources":{"git":{"url":"https://x"}}}
    missing-field: required field 'codeRepo' in 'git' is missing => codeRepo: The repository; the server can't save a bare url.
    "#);
}

#[test]
fn pipeline_runtime_pipelines_and_triggers() {
    let pipeline = |name: &str, path: &str| json!({"name": name, "path": path});
    let judged = judge_all(
        "ProjectPipelineRuntime",
        &pipeline_runtime(),
        &[
            json!({"pipelines": [pipeline("main", "a"), pipeline("main", "b")]}),
            json!({"pipelines": [pipeline("main", "a"), pipeline("other", "a"), pipeline("Main", "c")]}),
            json!({"pipelines": [{"name": "main"}, null]}),
            json!({"eventSources": [{"name": "push"}]}),
            json!({"eventSources": [{"name": "push", "gitlab": {"repoName": "api", "events": ["x"]}, "calendar": {"schedule": "0 0 * * *"}}]}),
            json!({"eventSources": [{"name": "push", "gitlab": {"repoName": "api"}}]}),
            json!({"eventSources": [{"name": "push", "calendar": {"schedule": "0 0 * * *"}}, {"name": "push", "gitlab": {"events": ["x"]}}]}),
            json!({"pipelineTriggers": [{"eventSource": "pull", "pipeline": "mian"}]}),
            json!({"pipelineTriggers": [{"eventSource": "push", "pipeline": "main"}, {"event_source": "push", "pipeline": "main"}]}),
            json!({"pipelineTriggers": [{"eventSource": "push", "pipeline": "main"}, {"eventSource": "push", "pipeline": "main", "revision": "v2"}]}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"pipelines":[{"name":"main","path":"a"},{"name":"main","path":"b"}]}
    invalid-combination: 'main' is the name of two pipelines => give each its own

    # {"pipelines":[{"name":"main","path":"a"},{"name":"other","path":"a"},{"name":"Main","path":"c"}]}
    invalid-value: 'name' must consist of lower-case letters, digits, '-' and '.', at most 253, each part beginning and ending with a letter or digit

    # {"pipelines":[{"name":"main"},null]}
    missing-field: required field 'path' in 'pipelines' is missing => path: Its file in the pipeline source.
    empty-item: an item of 'pipelines' is empty => remove it, or say what it is

    # {"eventSources":[{"name":"push"}]}
    invalid-combination: the event source has neither gitlab nor calendar => say what fires it

    # {"eventSources":[{"name":"push","gitlab":{"repoName":"api","events":["x"]},"calendar":{"schedule":"0 0 * * *"}}]}
    invalid-combination: an event source has gitlab or calendar, not both => make two event sources of it

    # {"eventSources":[{"name":"push","gitlab":{"repoName":"api"}}]}
    no-events: the event source names no events, so the runtime would never run => add events, such as [push_events]: the API accepts a source without any, and Kubernetes refuses the runtime, unseen (nautes-api.md §13 item 16)

    # {"eventSources":[{"name":"push","calendar":{"schedule":"0 0 * * *"}},{"name":"push","gitlab":{"events":["x"]}}]}
    missing-field: required field 'repoName' in 'gitlab' is missing => repoName: The repository that is watched.

    # {"pipelineTriggers":[{"eventSource":"pull","pipeline":"mian"}]}
    invalid-combination: no item of eventSources is named 'pull' => eventSources: push
    invalid-combination: no item of pipelines is named 'mian' => pipelines: main

    # {"pipelineTriggers":[{"eventSource":"push","pipeline":"main"},{"event_source":"push","pipeline":"main"}]}
    invalid-combination: two triggers lead from the same event source to the same pipeline => keep one

    # {"pipelineTriggers":[{"eventSource":"push","pipeline":"main"},{"eventSource":"push","pipeline":"main","revision":"v2"}]}
    fine
    "#);
}

#[test]
fn pipeline_runtime_inputs_and_hooks() {
    let inputs = |inputs: Json| json!({"pipelineTriggers": [{"eventSource": "push", "pipeline": "main", "inputs": inputs}]});
    let to = json!({"kustomization": {"path": "spec.params"}});
    let judged = judge_all(
        "ProjectPipelineRuntime",
        &pipeline_runtime(),
        &[
            inputs(json!([{"source": {"builtInVar": "serviceAccount"}, "transmissionMethod": to}])),
            inputs(json!([{"source": {"built_in_var": "a", "from_event": "b"}, "transmission_method": to}])),
            inputs(json!([{"source": {}, "transmissionMethod": {}}, {}])),
            json!({"hooks": {"preHooks": [{"name": "log", "alias": "a", "vars": {"path": "/var", "empty": ""}}], "postHooks": [{"name": "log", "alias": "b"}]}}),
            json!({"hooks": {"preHooks": [{"name": "log"}], "postHooks": [{"name": "log"}]}}),
            json!({"hooks": {"pre_hooks": [{"name": "log", "alias": "a"}, {"name": "log", "alias": "b"}]}}),
            json!({"hooks": {"preHooks": [{"alias": "a"}]}}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"pipelineTriggers":[{"eventSource":"push","pipeline":"main","inputs":[{"source":{"builtInVar":"serviceAccount"},"transmissionMethod":{"kustomization":{"path":"spec.params"}}}]}]}
    fine

    # {"pipelineTriggers":[{"eventSource":"push","pipeline":"main","inputs":[{"source":{"built_in_var":"a","from_event":"b"},"transmission_method":{"kustomization":{"path":"spec.params"}}}]}]}
    invalid-combination: an input comes from builtInVar or fromEvent: exactly one => give one of them

    # {"pipelineTriggers":[{"eventSource":"push","pipeline":"main","inputs":[{"source":{},"transmissionMethod":{}},{}]}]}
    missing-field: required field 'source' in 'inputs' is missing => source: Where the value comes from.
    missing-field: required field 'transmissionMethod' in 'inputs' is missing => transmissionMethod: How the value gets into the pipeline.

    # {"hooks":{"preHooks":[{"name":"log","alias":"a","vars":{"path":"/var","empty":""}}],"postHooks":[{"name":"log","alias":"b"}]}}
    fine

    # {"hooks":{"preHooks":[{"name":"log"}],"postHooks":[{"name":"log"}]}}
    invalid-combination: two hooks are called 'log' => give one an alias of its own

    # {"hooks":{"pre_hooks":[{"name":"log","alias":"a"},{"name":"log","alias":"b"}]}}
    invalid-combination: hook 'log' is listed twice in preHooks => keep one of them

    # {"hooks":{"preHooks":[{"alias":"a"}]}}
    missing-field: required field 'name' in 'preHooks' is missing => name: Which hook; the site's pipeline component decides which ones there are.
    "#);
}

#[test]
fn deployment_runtimes() {
    let judged = judge_all(
        "DeploymentRuntime",
        &deployment_runtime(),
        &[
            json!({"projectsRef": null, "account": "bot"}),
            json!({"manifestSource": null}),
            json!({"manifestSource": {"codeRepo": null, "path": ""}}),
            json!({"manifestSource": null, "manifestsource": {"coderepo": "a", "target_revision": "b", "path": "c"}}),
            json!({"manifestSource": null, "manifest_source": {"CodeRepo": "a", "TargetRevision": "b", "Path": "c"}}),
            json!({"destination": "test"}),
            json!({"destination": {"namespaces": ["a", "a", "B"]}}),
            json!({"name": "web.test"}),
        ],
    );
    insta::assert_snapshot!(judged, @r#"
    # {"projectsRef":null,"account":"bot"}
    fine

    # {"manifestSource":null}
    missing-field: required field 'manifestSource' is missing => manifestSource: What is deployed.

    # {"manifestSource":{"codeRepo":null,"path":""}}
    missing-field: required field 'codeRepo' in 'manifestSource' is missing => codeRepo: The repository that holds the manifests.
    missing-field: required field 'path' in 'manifestSource' must not be empty => path: Folder in the repository.

    # {"manifestSource":null,"manifestsource":{"coderepo":"a","target_revision":"b","path":"c"}}
    fine

    # {"manifestSource":null,"manifest_source":{"CodeRepo":"a","TargetRevision":"b","Path":"c"}}
    fine

    # {"destination":"test"}
    removed-form: 'destination' is no longer a plain text => since v0.3.6: destination: {environment: test}

    # {"destination":{"namespaces":["a","a","B"]}}
    (warning) duplicate-item: 'a' is listed twice in 'namespaces' => list it once
    invalid-value: 'namespaces' must be a DNS label: at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit

    # {"name":"web.test"}
    invalid-name: the name 'web.test' must be a DNS label: at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit
    "#);
}

/// What means nothing is not sent (§9.3 item 5).
#[test]
fn pipeline_runtime_empty_lists_are_unset() {
    let patch = json!({"additionalResources": {"git": {}}, "hooks": {"preHooks": [], "postHooks": []}, "account": ""});
    let plain = spec("ProjectPipelineRuntime", &pipeline_runtime(), &json!({}));
    let with =
        spec("ProjectPipelineRuntime", &pipeline_runtime(), &json!({"hooks": patch["hooks"], "account": ""}));
    assert_eq!(plain, with);
    let judged = judge_all("ProjectPipelineRuntime", &pipeline_runtime(), &[patch]);
    insta::assert_snapshot!(judged, @r#"
    # {"additionalResources":{"git":{}},"hooks":{"preHooks":[],"postHooks":[]},"account":""}
    missing-field: required field 'codeRepo' in 'git' is missing => codeRepo: The repository; the server can't save a bare url.
    "#);
}
