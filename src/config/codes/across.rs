//! Codes about several objects together.

use super::entry::Example::Manifests;
use super::entry::{Entry, error};

pub(super) static ENTRIES: &[Entry] = &[
    error(
        "duplicate-object",
        "An object is declared twice.",
        "Kind, product and name are the address of an object. The second manifest would overwrite \
         the first.",
        Manifests(&[
            " kind: Project",
            " spec: {name: api, product: shop, language: go}",
            " ---",
            " kind: Project",
            "-spec: {name: api, product: shop, language: java}",
            "+spec: {name: web, product: shop, language: java}",
        ]),
    ),
    error(
        "duplicate-use",
        "Two objects of a product have a value that only one may have.",
        "The server refuses the second one: within a product there is one environment for each cluster.",
        Manifests(&[
            " kind: Environment",
            " spec: {name: dev, product: shop, cluster: w, envType: dev}",
            " ---",
            " kind: Environment",
            "-spec: {name: test, product: shop, cluster: w, envType: test}",
            "+spec: {name: test, product: shop, cluster: v, envType: test}",
        ]),
    ),
    error(
        "same-object",
        "Two addresses differ in case only.",
        "GitLab and the server take them for one object, so each apply would overwrite the other one.",
        Manifests(&[
            " kind: Project",
            " spec: {name: api, product: shop, language: go}",
            " ---",
            " kind: Project",
            "-spec: {name: web, product: Shop, language: go}",
            "+spec: {name: web, product: shop, language: go}",
        ]),
    ),
    error(
        "cycle",
        "Objects need each other in a circle.",
        "No order of writes can create them: each needs another one that does not exist yet.",
        Manifests(&[
            " kind: Cluster",
            " spec:",
            "   name: a",
            "   apiServer: https://10.0.0.1:30001",
            "-  hostCluster: b",
            "+  hostCluster: h",
            "   # ...",
            " ---",
            " kind: Cluster",
            " spec:",
            "   name: b",
            "   apiServer: https://10.0.0.1:30002",
            "-  hostCluster: a",
            "+  hostCluster: h",
            "   # ...",
        ]),
    ),
    error(
        "above-owner",
        "A repository is visible to more people than its product.",
        "GitLab refuses a public repository in a private group. In a plan the live product counts, \
         where the manifests do not declare it.",
        Manifests(&[
            " kind: Product",
            " spec: {name: shop, git: {gitlab: {visibility: private}}}",
            " ---",
            " kind: CodeRepo",
            "-spec: {name: app, product: shop, git: {gitlab: {visibility: public}}}",
            "+spec: {name: app, product: shop, git: {gitlab: {visibility: private}}}",
        ]),
    ),
];
