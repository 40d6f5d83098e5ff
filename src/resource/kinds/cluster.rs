//! Cluster: a host, a virtual cluster on one, or a physical worker (§3).

pub(crate) mod components;
mod defaults;
mod endpoint;
mod hosted;
mod kubeconfig;
mod lints;
mod rules;
mod validity;

use crate::model::value::Value;
use crate::resource::schema::{
    Attribute, Deleting, FieldPath, Fixed, Kind, Lane, Names, Reading, Removed, ReplyPattern, Scope,
    Successor, TenantFile, TenantFiles, Type, Writing,
};

use super::{names, placement};
use hosted::{host_of, is_virtual};

static TEXT: Attribute = Attribute::new("text", Type::String);
static PRODUCT: Attribute = Attribute::new("product", Type::String).mentions("Product");
static PRODUCTS: Attribute = Attribute::new("products", Type::Set(&PRODUCT));

static COMPONENT: &[Attribute] = &[
    Attribute::new("name", Type::String).doc("Which component; the usual one of the category if left out."),
    Attribute::new("namespace", Type::String).check(names::dns_label).doc("Where it is installed."),
    Attribute::new("additions", Type::Map { value: &TEXT, open: true }).doc("The component's own settings."),
];

static COMPONENTS: &[Attribute] = &[
    Attribute::new("multiTenant", Type::Object(COMPONENT))
        .wire("multi_tenant")
        .doc("Name spaces for products: hnc."),
    Attribute::new("secretSync", Type::Object(COMPONENT))
        .wire("secret_sync")
        .doc("Secrets from the vault: external-secrets."),
    Attribute::new("gateway", Type::Object(COMPONENT)).doc("Ingress: traefik."),
    Attribute::new("deployment", Type::Object(COMPONENT)).doc("Deployment: argocd."),
    Attribute::new("progressiveDelivery", Type::Object(COMPONENT))
        .wire("progressive_delivery")
        .doc("Progressive delivery: argo-rollouts."),
    Attribute::new("pipeline", Type::Object(COMPONENT)).doc("Pipelines: tekton."),
    Attribute::new("eventListener", Type::Object(COMPONENT))
        .wire("event_listener")
        .write_only()
        .doc("Events: argo-events. Never returned by the server."),
];

static VCLUSTER: &[Attribute] = &[Attribute::new("httpsNodePort", Type::String)
    .wire("https_node_port")
    .check(names::port)
    .doc("The API server's port on the host; the port of apiServer if left out.")];

static ALLOWED_FIELDS: &[Attribute] = &[
    Attribute::new("kind", Type::String).required().doc("A cluster-wide kind."),
    Attribute::new("group", Type::String).required().doc("Its API group; the core group can't be given."),
];
static ALLOWED: Attribute = Attribute::new("resource", Type::Object(ALLOWED_FIELDS));
static ALLOWED_LIST: Attribute = Attribute::new("resources", Type::Set(&ALLOWED));

const fn removed(path: FieldPath, help: &'static str) -> Removed {
    Removed { path, help, successor: Successor::Nothing }
}

const fn renamed(path: FieldPath, new: &'static str, help: &'static str) -> Removed {
    Removed { path, help, successor: Successor::Renamed(new) }
}

const fn moved(path: FieldPath, to: FieldPath, has: fn(&Value) -> bool, help: &'static str) -> Removed {
    Removed { path, help, successor: Successor::Moved(to, has) }
}

const CERTIFICATES: &str = "remove it: the platform manages certificates itself";
const VAULT: &str = "remove it: the platform manages the vault itself";

/// What starts a virtual cluster on its host (§3.5).
fn rendered<'a>(name: &'a str, spec: &Value) -> Vec<TenantFile<'a>> {
    let Some(host) = host_of(spec) else { return Vec::new() };
    let folder = format!("host-clusters/{host}");
    vec![
        TenantFile {
            path: format!("{folder}/vclusters/{name}/vcluster-initial/svc.yaml"),
            at: &["spec", "ports", "nodePort"],
            wants: None,
            field: Some(["vcluster", "httpsNodePort"]),
            missing: "the file of its node port is missing, so its API server can't be reached",
        },
        TenantFile {
            path: format!("{folder}/production/vcluster-appset.yaml"),
            at: &["spec", "generators", "list", "elements", "cluster"],
            wants: Some(name),
            field: None,
            missing: "its host does not have it in its list of virtual clusters, so it is never started; \
                      sending it again makes that list anew",
        },
    ]
}

pub(super) static CLUSTER: Kind = Kind {
    name: "Cluster",
    doc: "A Kubernetes cluster: a host, a virtual cluster on a host, or a physical worker.",
    names: Names {
        aliases: &["cls", "clusters"],
        collection: "clusters",
        product_keys: &[],
        pattern: names::LABELS,
        rule: "A DNS label of at most 63 characters, and not kustomization: it becomes a file, a folder \
                    and a part of host names, and Vault takes no dots (nautes-api.md §7, §13 item 6).",
        check: |name| {
            if name == "kustomization" {
                return Err(
                    "must not be used: it would overwrite the list of clusters (nautes-api.md §7)".into()
                );
            }
            names::dns_label(name)
        },
    },
    scope: Scope::Tenant,
    attributes: &[
        Attribute::new("apiServer", Type::String).wire("api_server").required().check(endpoint::check).pattern("^https?://.").doc(
            "URL of the Kubernetes API server. Its host needs a dot with at most 6 letters or digits behind \
                 it: Kubernetes refuses others, unseen by the API.",
        ),
        Attribute::new("clusterKind", Type::Enum(&["kubernetes"]))
            .wire("cluster_kind")
            .required()
            .fixed(Fixed::Always)
            .doc("Only kubernetes is supported."),
        Attribute::new("clusterType", Type::Enum(&["physical", "virtual"]))
            .wire("cluster_type")
            .required()
            .fixed(Fixed::Always)
            .doc("Whether it is a cluster of its own or runs on a host."),
        Attribute::new("usage", Type::Enum(&["host", "worker"]))
            .required()
            .fixed(Fixed::Always)
            .doc("Whether it carries virtual clusters or runtimes."),
        Attribute::new("workerType", Type::Enum(&["deployment", "pipeline"]))
            .wire("worker_type")
            .fixed(Fixed::Always)
            .doc("What kind of runtimes a worker carries."),
        Attribute::new("hostCluster", Type::String)
            .wire("host_cluster")
            .refers_to("Cluster")
            .fixed(Fixed::Always)
            .doc("The host of a virtual cluster."),
        Attribute::new("primaryDomain", Type::String)
            .wire("primary_domain")
            .check(names::host)
            .doc("The domain of its services; made from apiServer if left out."),
        Attribute::new("vcluster", Type::Object(VCLUSTER))
            .write_only()
            .kept_elsewhere()
            .applies_when(is_virtual)
            .doc("Settings of a virtual cluster; never returned."),
        Attribute::new("componentsList", Type::Object(COMPONENTS))
            .wire("components_list")
            .doc("Components; the usual ones of the cluster's usage are installed where nothing is said."),
        Attribute::new("reservedNamespacesAllowedProducts", Type::Map { value: &PRODUCTS, open: false })
            .wire("reserved_namespaces_allowed_products")
            .doc("Which products may use the namespaces of which components."),
        Attribute::new("productAllowedClusterResources", Type::Map { value: &ALLOWED_LIST, open: false })
            .wire("product_allowed_cluster_resources")
            .keys_reference("Product")
            .doc("Which cluster-wide resources a product may create."),
        Attribute::new("kubeconfig", Type::Secret)
            .write_only()
            .kept_elsewhere()
            .applies_when(|spec| !is_virtual(spec))
            .check(kubeconfig::check)
            .encode(kubeconfig::encode)
            .content(kubeconfig::content)
            .expiry(validity::of_kubeconfig)
            .doc("Access to a physical cluster."),
    ],
    removed: &[
        moved(
            &["traefik"],
            &["componentsList", "gateway", "additions"],
            |spec| components::has(spec, "gateway"),
            "write componentsList.gateway.additions: {httpNodePort, httpsNodePort}",
        ),
        moved(
            &["argocdHost"],
            &["componentsList", "deployment", "additions", "host"],
            |spec| components::has(spec, "deployment"),
            "write componentsList.deployment.additions.host",
        ),
        moved(
            &["tektonHost"],
            &["componentsList", "pipeline", "additions", "host"],
            |spec| components::has(spec, "pipeline"),
            "write componentsList.pipeline.additions.host (pipeline clusters only)",
        ),
        renamed(&["componentsList", "ingressController"], "gateway", "write componentsList.gateway"),
        removed(&["componentsList", "certMgt"], CERTIFICATES),
        removed(&["componentsList", "certManagement"], CERTIFICATES),
        removed(&["componentsList", "secretMgt"], VAULT),
        removed(&["componentsList", "secretManagement"], VAULT),
        removed(&["componentsList", "oauthProxy"], "remove it: the platform manages oauth2-proxy itself"),
        renamed(
            &["componentsList", "multiTenant", "additions", "ProductResourcePathPipeline"],
            "productResourceKustomizeFileFolder",
            "write productResourceKustomizeFileFolder",
        ),
        renamed(
            &["componentsList", "multiTenant", "additions", "ProductResourceRevision"],
            "productResourceRevision",
            "write productResourceRevision",
        ),
        renamed(
            &["componentsList", "multiTenant", "additions", "SyncResourceTypes"],
            "syncResourceTypes",
            "write syncResourceTypes",
        ),
    ],
    complete: components::complete,
    rules: rules::ALL,
    mismatches: Some(|spec, siblings| placement::on_host(spec, siblings).into_iter().collect()),
    lints: lints::ALL,
    defaults: defaults::of,
    tenant_files: Some(TenantFiles { directory: "nautes/overlays/production/clusters", rendered }),
    lane: Lane::Tenant,
    reading: Reading { not_found: &[ReplyPattern::message("the cluster resource ")], ..Reading::DEFAULT },
    writing: Writing {
        cooldown: is_virtual,
        unsafe_to_repeat: true,
        effects_outside_git: true,
        renders_later: host_of,
        ..Writing::DEFAULT
    },
    deleting: Deleting {
        leaves_secret: |spec| spec.text_at(&["clusterType"]) == Some("physical"),
        not_found: &[ReplyPattern::message("the cluster resource ")],
        ..Deleting::DEFAULT
    },
    ..Kind::DEFAULT
};
