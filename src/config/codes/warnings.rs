//! Codes of warnings: what may be meant so, and most likely is not.

use super::{Entry, Example, Level, manifests, settings, steps};

const fn warning(code: &'static str, title: &'static str, reason: &'static str, example: Example) -> Entry {
    Entry { code, level: Level::Warning, title, reason, example }
}

/// All warnings.
pub(crate) static WARNINGS: [Entry; 10] = [
    warning(
        "empty-document",
        "A document is empty.",
        "Two lines '---' follow each other. An object between them may have been lost.",
        manifests(
            "\
kind: Project
spec: {name: api, product: shop, language: go}
---
---
kind: Project
spec: {name: web, product: shop, language: go}",
            "\
kind: Project
spec: {name: api, product: shop, language: go}
---
kind: Project
spec: {name: web, product: shop, language: go}",
        ),
    ),
    warning(
        "duplicate-item",
        "A list has an item twice.",
        "The server stores it twice, or once; what is meant is the same.",
        manifests(
            "\
kind: CodeRepoBinding
spec: {name: lend, productName: shop, coderepo: lib, permissions: readonly, projects: [api, api]}",
            "\
kind: CodeRepoBinding
spec: {name: lend, productName: shop, coderepo: lib, permissions: readonly, projects: [api]}",
        ),
    ),
    warning(
        "ignored-field",
        "The server ignores this field here.",
        "It says something that has no effect.",
        steps(
            "\
clusterType: virtual
kubeconfig: {file: kc}",
            "clusterType: virtual",
        ),
    ),
    warning(
        "unset-variable",
        "The environment variable of a secret is not set.",
        "The object can be compared without its secret, but not be created or changed. Where only \
         plans are made, this is as it should be.",
        steps("kubeconfig: {env: KUBECONFIG_A}", "export KUBECONFIG_A=\"$(cat host-a.kubeconfig)\""),
    ),
    warning(
        "mismatch",
        "A field leads to an object of the wrong sort.",
        "A runtime needs a cluster that runs such things, and a virtual cluster needs a host. The \
         server refuses some of these writes; where it refuses all of them, this is an error.",
        manifests(
            "\
kind: Cluster
spec:
  name: p
  apiServer: https://10.0.0.1:30001
  workerType: pipeline
  hostCluster: h
  # ...
---
kind: Environment
spec: {name: dev, product: shop, cluster: p, envType: dev}
---
kind: DeploymentRuntime
spec:
  name: run
  destination: {environment: dev, namespaces: [api]}
  # ...",
            "\
kind: Cluster
spec:
  name: p
  apiServer: https://10.0.0.1:30001
  hostCluster: h
  # ...
---
kind: Environment
spec: {name: dev, product: shop, cluster: p, envType: dev}
---
kind: DeploymentRuntime
spec:
  name: run
  destination: {environment: dev, namespaces: [api]}
  # ...",
        ),
    ),
    warning(
        "missing-permission",
        "A runtime may not use a repository.",
        "It may use those of its own projects, and those that a CodeRepoBinding lends them. The \
         server refuses the write.",
        steps(
            "a runtime of project api that uses the repository of project web",
            "a CodeRepoBinding of that repository with projects: [api]",
        ),
    ),
    warning(
        "unknown-hook",
        "A hook is none of those that Nautes documents.",
        "Which hooks a site has is decided by its pipeline component, and can't be read through the \
         API. The server refuses others.",
        steps("hooks: {preHooks: [{name: pull-cod}]}", "hooks: {preHooks: [{name: pull-code}]}"),
    ),
    warning(
        "node-port",
        "A node port is outside of 30000 to 32767.",
        "Kubernetes refuses other node ports unless its API server runs with \
         --service-node-port-range. Nautes does not check them.",
        manifests(
            "\
kind: Cluster
spec:
  name: w
  apiServer: https://10.0.0.1:6443
  hostCluster: h
  vcluster: {httpsNodePort: '6443'}
  # ...",
            "\
kind: Cluster
spec:
  name: w
  apiServer: https://10.0.0.1:31443
  hostCluster: h
  vcluster: {httpsNodePort: '31443'}
  # ...",
        ),
    ),
    warning(
        "unused-rule",
        "A rule of nautform.yaml matches nothing in the manifests.",
        "Its address is most likely misspelt, and the rule has no effect.",
        steps(
            "ignore: [{address: Project/shp/*, fields: [language]}]",
            "ignore: [{address: Project/shop/*, fields: [language]}]",
        ),
    ),
    warning(
        "expired-rule",
        "A rule of nautform.yaml has ended.",
        "Its last day has passed, so it has no effect any more.",
        settings(
            "ignore: [{address: Project/shop/*, fields: [language], until: 2020-01-31}]",
            "ignore: [{address: Project/shop/*, fields: [language]}]",
        ),
    ),
];
