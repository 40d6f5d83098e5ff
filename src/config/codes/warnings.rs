//! Codes of warnings: what may be meant so, and most likely is not. `lint:` in `nautform.yaml` has a level
//! for each of them.

use super::entry::Example::{Manifests, Settings, Steps};
use super::entry::{Entry, Example, Level};

const fn warning(code: &'static str, title: &'static str, reason: &'static str, example: Example) -> Entry {
    Entry { code, level: Level::Warning, title, reason, example }
}

/// All warnings.
pub(crate) static WARNINGS: [Entry; 22] = [
    warning(
        "empty-document",
        "A document is empty.",
        "Two lines '---' follow each other. An object between them may have been lost.",
        Manifests(&[
            " kind: Project",
            " spec: {name: api, product: shop, language: go}",
            " ---",
            "----",
            " kind: Project",
            " spec: {name: web, product: shop, language: go}",
        ]),
    ),
    warning(
        "duplicate-item",
        "A list has an item twice.",
        "The server stores it twice, or once; what is meant is the same.",
        Manifests(&[
            " kind: CodeRepoBinding",
            "-spec: {name: lend, productName: shop, coderepo: lib, permissions: readonly, projects: [api, api]}",
            "+spec: {name: lend, productName: shop, coderepo: lib, permissions: readonly, projects: [api]}",
        ]),
    ),
    warning(
        "ignored-field",
        "The server ignores this field here.",
        "It says something that has no effect.",
        Steps("clusterType: virtual\nkubeconfig: {file: kc}", "clusterType: virtual"),
    ),
    warning(
        "unused-variable",
        "A variable is set and used nowhere.",
        "Its name may be misspelt. Only variables that are given one by one, to a whole fleet, are looked at.",
        Steps("language: ${LANGUAGE}, with LANGAUGE=go", "language: ${LANGUAGE}, with LANGUAGE=go"),
    ),
    warning(
        "unset-variable",
        "The environment variable of a secret is not set.",
        "The object can be compared without its secret, but not be created or changed. Where only \
         plans are made, this is as it should be.",
        Steps("kubeconfig: {env: KUBECONFIG_A}", "export KUBECONFIG_A=\"$(cat host-a.kubeconfig)\""),
    ),
    warning(
        "expiring-secret",
        "A certificate or token of a kubeconfig expires within 30 days, or has expired.",
        "The platform reaches the cluster with what was applied last, for as long \
         as that is valid. Looked at are the certificates and the token of the current context.",
        Steps("the client certificate expires on 2026-12-01", "renew the kubeconfig, and apply"),
    ),
    warning(
        "mismatch",
        "A field leads to an object of the wrong sort.",
        "A runtime needs a cluster that runs such things, and a virtual cluster needs a host. The \
         server refuses some of these writes; where it refuses all of them, this is an error.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: p",
            "   apiServer: https://10.0.0.1:30001",
            "-  workerType: pipeline",
            "   hostCluster: h",
            "   # ...",
            " ---",
            " kind: Environment",
            " spec: {name: dev, product: shop, cluster: p, envType: dev}",
            " ---",
            " kind: DeploymentRuntime",
            " spec:",
            "   name: run",
            "   destination: {environment: dev, namespaces: [api]}",
            "   # ...",
        ]),
    ),
    warning(
        "missing-permission",
        "A runtime may not use a repository.",
        "It may use those of its own projects, and those that a CodeRepoBinding lends them. The \
         server refuses the write.",
        Steps(
            "a runtime of project api that uses the repository of project web",
            "a CodeRepoBinding of that repository with projects: [api]",
        ),
    ),
    warning(
        "unknown-hook",
        "A hook is none of those that Nautes documents.",
        "Which hooks a site has is decided by its pipeline component, and can't be read through the \
         API. The server refuses others.",
        Steps("hooks: {preHooks: [{name: pull-cod}]}", "hooks: {preHooks: [{name: pull-code}]}"),
    ),
    warning(
        "node-port",
        "A node port is outside of 30000 to 32767.",
        "Kubernetes refuses other node ports unless its API server runs with \
         --service-node-port-range. Nautes does not check them.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: w",
            "-  apiServer: https://10.0.0.1:6443",
            "+  apiServer: https://10.0.0.1:31443",
            "   hostCluster: h",
            "-  vcluster: {httpsNodePort: '6443'}",
            "+  vcluster: {httpsNodePort: '31443'}",
            "   # ...",
        ]),
    ),
    warning(
        "node-port-conflict",
        "Two services of one Kubernetes cluster would have the same node port.",
        "A node port belongs to one service of a cluster. Virtual clusters take theirs from their \
         host, which has those of its gateway, too. The API accepts both, and Kubernetes refuses the \
         second one later, unseen.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: a",
            "   apiServer: https://10.0.0.1:31457",
            "   hostCluster: h",
            "   # ...",
            " ---",
            " kind: Cluster",
            " spec:",
            "   name: b",
            "-  apiServer: https://vb.example.com:31457",
            "+  apiServer: https://vb.example.com:31458",
            "   hostCluster: h",
            "   # ...",
        ]),
    ),
    warning(
        "port-mismatch",
        "apiServer and vcluster.httpsNodePort name different ports.",
        "The node port is where the API server of a virtual cluster listens. Nautes would install it \
         at one port and look for it at the other.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: w",
            "-  apiServer: https://10.0.0.1:31456",
            "+  apiServer: https://10.0.0.1:31457",
            "   hostCluster: h",
            "   vcluster: {httpsNodePort: '31457'}",
            "   # ...",
        ]),
    ),
    warning(
        "shared-api-server",
        "Two clusters have the same apiServer.",
        "They would be one Kubernetes cluster under two names: Nautes installs its components twice, \
         and each overwrites the other's.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: a",
            "   apiServer: https://10.0.0.1:31457",
            "   hostCluster: h",
            "   # ...",
            " ---",
            " kind: Cluster",
            " spec:",
            "   name: b",
            "-  apiServer: https://10.0.0.1:31457/",
            "+  apiServer: https://10.0.0.2:31457",
            "   hostCluster: i",
            "   # ...",
        ]),
    ),
    warning(
        "loopback-api-server",
        "apiServer is an address of the machine itself.",
        "Nautes and its components reach the cluster from other machines, where this address leads \
         to themselves. It is most often left from a test with kind or k3d.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: w",
            "-  apiServer: https://127.0.0.1:31457",
            "+  apiServer: https://10.0.0.1:31457",
            "   hostCluster: h",
            "   # ...",
        ]),
    ),
    warning(
        "credentials-in-url",
        "apiServer has a user or a password in it.",
        "The field is not a secret: the server, every plan and the Git history show it. Credentials \
         belong in the kubeconfig.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: w",
            "-  apiServer: https://me:pass@10.0.0.1:31457",
            "+  apiServer: https://10.0.0.1:31457",
            "   hostCluster: h",
            "   # ...",
        ]),
    ),
    warning(
        "host-name-conflict",
        "Two components have the same host name.",
        "A host name leads to one of them. The other one's pages are never reached.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: a",
            "   apiServer: https://10.0.0.1:31457",
            "   hostCluster: h",
            "-  componentsList: {deployment: {additions: {host: argocd.example.com}}}",
            "+  componentsList: {deployment: {additions: {host: argocd.a.example.com}}}",
            "   # ...",
            " ---",
            " kind: Cluster",
            " spec:",
            "   name: b",
            "   apiServer: https://10.0.0.1:31458",
            "   hostCluster: h",
            "-  componentsList: {deployment: {additions: {host: argocd.example.com}}}",
            "+  componentsList: {deployment: {additions: {host: argocd.b.example.com}}}",
            "   # ...",
        ]),
    ),
    warning(
        "foreign-domain",
        "A domain or a host name leads to the address of another cluster.",
        "Names below IP.nip.io lead to that IP. It is neither this cluster's nor its host's, but \
         that of another declared cluster: most often a line was copied.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: a",
            "   apiServer: https://10.0.0.1:31457",
            "   hostCluster: h",
            "   # ...",
            " ---",
            " kind: Cluster",
            " spec:",
            "   name: b",
            "   apiServer: https://10.0.0.2:31457",
            "   hostCluster: i",
            "-  primaryDomain: 10.0.0.1.nip.io",
            "+  primaryDomain: 10.0.0.2.nip.io",
            "   # ...",
        ]),
    ),
    warning(
        "unused-environment",
        "No runtime of the manifests uses the environment.",
        "It is a leftover, or the runtime in it was forgotten. 'nautform validate' looks for such in \
         a whole fleet.",
        Manifests(&[
            " kind: Environment",
            " spec: {name: dev, product: shop, cluster: w, envType: dev}",
            "+---",
            "+kind: DeploymentRuntime",
            "+spec:",
            "+  name: run",
            "+  destination: {environment: dev, namespaces: [api]}",
            "+  # ...",
        ]),
    ),
    warning(
        "unused-binding",
        "No runtime of the manifests needs what a read-only binding lends.",
        "It grants access that nothing uses. 'nautform validate' looks for such in a whole fleet; \
         allow it where people use it.",
        Manifests(&[
            "-kind: CodeRepoBinding",
            "-spec: {name: lend, productName: shop, coderepo: lib, permissions: readonly}",
            "+kind: CodeRepo",
            "+spec: {name: lib, product: shop, git: {gitlab: {visibility: private}}}",
        ]),
    ),
    warning(
        "unused-rule",
        "A rule of nautform.yaml matches nothing in the manifests.",
        "Its address is most likely misspelt, and the rule has no effect.",
        Steps(
            "ignore: [{address: Project/shp/*, fields: [language]}]",
            "ignore: [{address: Project/shop/*, fields: [language]}]",
        ),
    ),
    warning(
        "expired-rule",
        "A rule of nautform.yaml has ended.",
        "Its last day has passed, so it has no effect any more.",
        Settings(
            "ignore: [{address: Project/shop/*, fields: [language], until: 2020-01-31}]",
            "ignore: [{address: Project/shop/*, fields: [language]}]",
        ),
    ),
    warning(
        "unknown-code",
        "A comment allows a code that is not a warning.",
        "'# nautform: allow CODE' allows a warning in the manifest that it is in. A misspelt code \
         allows nothing, and errors can't be allowed.",
        Manifests(&[
            "-# nautform: allow node-prot",
            "+# nautform: allow node-port",
            " kind: Project",
            " spec: {name: api, product: shop, language: go}",
        ]),
    ),
];
