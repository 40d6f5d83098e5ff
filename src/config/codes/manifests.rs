//! Codes about what a manifest has around its spec: version, kind, names, annotations.

use super::entry::Example::{Manifests, Steps};
use super::entry::{Entry, error};

pub(super) static ENTRIES: &[Entry] = &[
    error(
        "not-a-manifest",
        "The document is not a manifest.",
        "A manifest is a mapping with apiVersion, kind and spec. A list of objects is not one: each \
         object is a document of its own.",
        Manifests(&[
            "-- name: api",
            "-  language: go",
            "+kind: Project",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "api-version",
        "The apiVersion is missing or of another system.",
        "There is one version of manifests: nautes.resource.nautes.io/v1alpha1. What another version \
         means can't be known.",
        Manifests(&[
            "-apiVersion: nautes.resource.nautes.io/v1",
            "+apiVersion: nautes.resource.nautes.io/v1alpha1",
            " kind: Project",
            " spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "unknown-kind",
        "There is no such kind.",
        "A misspelt kind would be an object that is never created. 'nautform explain' lists the kinds.",
        Manifests(&["-kind: Projekt", "+kind: Project", " spec: {name: api, product: shop, language: go}"]),
    ),
    error(
        "two-names",
        "metadata.name and spec.name differ.",
        "One object has one name. Which of them is meant can't be known.",
        Manifests(&[
            " kind: Project",
            "-metadata: {name: web}",
            "+metadata: {name: api}",
            " spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "two-products",
        "The product is given twice and differently.",
        "An object lives in one product. The API has several spellings of the field, and a manifest \
         needs one.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: shop, productName: store, language: go}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "invalid-name",
        "The name has a form that the platform can't use.",
        "Names become paths in GitLab, files, objects of Kubernetes and parts of host names. The API \
         accepts others and fails later, or not at all. 'nautform explain KIND.name' has the rule of \
         a kind.",
        Manifests(&[
            " kind: Environment",
            "-spec: {name: Dev_1, product: shop, cluster: worker, envType: dev}",
            "+spec: {name: dev-1, product: shop, cluster: worker, envType: dev}",
        ]),
    ),
    error(
        "invalid-annotation",
        "An annotation of nautform is not understood.",
        "A misspelt protection protects nothing. Annotations of other tools are left alone.",
        Manifests(&[
            " kind: Project",
            "-metadata: {annotations: {nautform.dev/prevent-destory: \"true\"}}",
            "+metadata: {annotations: {nautform.dev/prevent-destroy: \"true\"}}",
            " spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "not-decoded",
        "The document can't be decoded, and no rule says why.",
        "This is a mistake in nautform. Nothing is planned with a manifest that was not understood.",
        Steps("the message, and the document without secrets", "a report to nautform's authors"),
    ),
];
