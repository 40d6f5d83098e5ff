//! Codes about the fields of one object.

use super::entry::Example::{Manifests, Steps};
use super::entry::{Entry, error};

pub(super) static ENTRIES: &[Entry] = &[
    error(
        "unknown-field",
        "There is no such field.",
        "The server ignores fields that it doesn't know, so a misspelt field would silently keep its \
         default. 'nautform explain KIND' lists the fields.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: shop, langauge: go}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "missing-field",
        "A required field is missing or empty.",
        "The server refuses the object, or accepts it and it never works.",
        Manifests(&[
            " kind: Environment",
            "-spec: {name: dev, product: shop, cluster: worker}",
            "+spec: {name: dev, product: shop, cluster: worker, envType: dev}",
        ]),
    ),
    error(
        "wrong-type",
        "A value is of another type than its field.",
        "A list where one text belongs, or a text where a mapping belongs, would be refused or \
         garbled by the server.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: shop, language: [go]}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "invalid-value",
        "A value is not one that the field can have.",
        "The server refuses it, or accepts it and Kubernetes or GitLab refuse it later, where \
         nothing shows it.",
        Manifests(&[
            " kind: Product",
            "-spec: {name: shop, git: {gitlab: {visibility: secret}}}",
            "+spec: {name: shop, git: {gitlab: {visibility: private}}}",
        ]),
    ),
    error(
        "missing-value",
        "A key has no value.",
        "It may mean an empty value or an unfinished line. An empty text is written \"\".",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: w",
            "   apiServer: https://10.0.0.1:6443",
            "   hostCluster: h",
            "   # ...",
            "   reservedNamespacesAllowedProducts:",
            "-    argocd:",
            "+    argocd: []",
        ]),
    ),
    error(
        "duplicate-field",
        "A field is given in two spellings.",
        "The API has several names for some fields. Which of the two values is meant can't be known.",
        Manifests(&[
            " kind: Environment",
            "-spec: {name: dev, product: shop, cluster: w, envType: dev, env_type: test}",
            "+spec: {name: dev, product: shop, cluster: w, envType: dev}",
        ]),
    ),
    error(
        "empty-item",
        "An item of a list is empty.",
        "It is most likely the rest of a removed line. The server would store an empty entry.",
        Manifests(&[
            " kind: CodeRepoBinding",
            " spec:",
            "   name: lend",
            "   productName: shop",
            "   coderepo: lib",
            "   permissions: readonly",
            "   projects:",
            "   - api",
            "-  -",
        ]),
    ),
    error(
        "removed-field",
        "A field of a former version of Nautes.",
        "A server of v0.4 ignores it silently, so the object would not be what the manifest says. \
         The help names what replaced it.",
        Manifests(&[
            " kind: Product",
            "-spec: {name: shop, git: {github: {name: shop}, gitlab: {visibility: private}}}",
            "+spec: {name: shop, git: {gitlab: {visibility: private}}}",
        ]),
    ),
    error(
        "removed-form",
        "A field has the form of a former version of Nautes.",
        "What was a plain text is a mapping since v0.4, and the server refuses the text.",
        Manifests(&[
            " kind: DeploymentRuntime",
            " spec:",
            "   name: run",
            "   # ...",
            "-  destination: dev",
            "+  destination: {environment: dev, namespaces: [api]}",
        ]),
    ),
    error(
        "invalid-secret",
        "A secret has content that can't work.",
        "The server stores it without a look, and the cluster can't be reached later. No message \
         shows any of it.",
        Steps("kubeconfig: \"not a kubeconfig\"", "kubeconfig: {file: host-a.kubeconfig}"),
    ),
    error(
        "unreadable-secret",
        "The file of a secret can't be read.",
        "The path is relative to the manifest and inside the Git work tree, or below a directory \
         that the command line permits. The path in a variable may also lead to a file that is \
         called like the variable, as GitLab's variables of the type File do.",
        Steps("kubeconfig: {file: /root/kc}", "kubeconfig: {file: kubeconfigs/host-a}"),
    ),
    error(
        "invalid-combination",
        "Fields of one object contradict each other.",
        "The server refuses the combination, stores something else, or crashes.",
        Manifests(&[
            " kind: Product",
            "-spec: {name: shop, git: {gitlab: {path: store, visibility: private}}}",
            "+spec: {name: shop, git: {gitlab: {path: shop, visibility: private}}}",
        ]),
    ),
    error(
        "no-events",
        "An event source of GitLab names no events.",
        "The API accepts it. Kubernetes refuses the runtime later, where nothing shows it, and no \
         pipeline ever runs.",
        Manifests(&[
            " kind: ProjectPipelineRuntime",
            " spec:",
            "   name: build",
            "   # ...",
            "   eventSources:",
            "   - name: push",
            "-    gitlab: {repoName: api, revision: main}",
            "+    gitlab: {repoName: api, revision: main, events: [push_events]}",
        ]),
    ),
    error(
        "api-server-pattern",
        "Kubernetes would refuse the cluster's apiServer.",
        "The API accepts any URL. The CRD wants a dot in the host and a label of at most 6 letters \
         or digits behind it; clusters with others never appear, and environments on them fail for \
         ever.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: w",
            "-  apiServer: https://kube-api:6443",
            "+  apiServer: https://10.0.0.1:6443",
            "   hostCluster: h",
            "   # ...",
        ]),
    ),
];
