//! Every recorded step read both ways: the lists that the API answered, and what was stored at that moment
//! (testdata/recordings/repositories/README.md).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use super::tenant::Completed;
use super::*;
use crate::model::value::{Name, Value};
use crate::resource::kinds::{self, KINDS};
use crate::resource::schema::{Attribute, Kind, Type, as_replied, is_never_replied, wire};
use crate::resource::{Address, Observed};

/// What only Git shows: step, object, and what is more in it than in the API's reply.
const ONLY_IN_GIT: &[&str] = &[
    "coderepo/13: CodeRepo/demo/alpha is in no list, since its display name is not its name",
    "projectpipelineruntime/14: ProjectPipelineRuntime/demo/pr has hooks.postHooks",
    "projectpipelineruntime/16: ProjectPipelineRuntime/demo/pr is in no list, since the list fails",
];

struct Step {
    name: String,
    json: Json,
}

fn steps() -> Vec<Step> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/recordings/repositories");
    let mut steps = Vec::new();
    for story in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        if !story.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&story).unwrap().map(|entry| entry.unwrap().path()) {
            let number = &file.file_name().unwrap().to_str().unwrap()[..2];
            let name = format!("{}/{number}", story.file_name().unwrap().to_str().unwrap());
            let json = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            steps.push(Step { name, json });
        }
    }
    steps.sort_by(|a, b| a.name.cmp(&b.name));
    steps
}

fn attributes(from: &Json, more: &[(&'static str, String)]) -> Value {
    let names = ["name", "path", "visibility", "description"];
    let own = names.map(|name| (name, from[name].as_str().unwrap().to_owned()));
    let all = own.iter().chain(more);
    Value::Map(all.map(|(name, text)| (Name::from(*name), Value::text(text.as_str()))).collect())
}

/// GitLab's attributes of a product, as its own API gives them.
fn gitlab(step: &Json, product: &str) -> GitLabProduct {
    let groups = step["gitlab"]["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["path"] == product).unwrap();
    let projects = step["gitlab"]["projects"].as_array().unwrap();
    let projects = projects.iter().filter(|project| project["namespace"] == product).map(|project| {
        let path = project["path"].as_str().unwrap();
        let ssh = format!("ssh://git@gitlab.example.com:22/{product}/{path}.git");
        let http = format!("http://gitlab.example.com/{product}/{path}.git");
        let urls = [("sshUrlToRepo", ssh), ("httpUrlToRepo", http)];
        GitLabProject {
            id: project["id"].as_u64().unwrap(),
            mark: None,
            attributes: attributes(project, &urls),
        }
    });
    GitLabProduct { group: attributes(group, &[]), projects: projects.collect() }
}

fn files(step: &Json, product: &str) -> BTreeMap<String, String> {
    serde_json::from_value(step["product_repository"][product].clone()).unwrap()
}

/// Paths of fields that a reply leaves out.
fn hidden(attributes: &'static [Attribute], spec: &Value, path: &str, found: &mut Vec<String>) {
    for attribute in attributes {
        let Some(value) = spec.get(attribute.name) else { continue };
        let path =
            if path.is_empty() { attribute.name.to_owned() } else { format!("{path}.{}", attribute.name) };
        match (attribute.ty, value) {
            _ if !attribute.is_readable_in(spec) => found.push(path),
            (Type::Object(fields), value) => hidden(fields, value, &path, found),
            (Type::List(item) | Type::Set(item), Value::List(items)) => {
                items.iter().for_each(|value| hidden(item.ty.fields(), value, &path, found));
            }
            _ => {}
        }
    }
}

fn listed(step: &Json, kind: &'static Kind, product: &str) -> Option<BTreeMap<String, Value>> {
    let reply = &step["lists"][format!("/api/v1/products/{product}/{}", kind.names.collection)];
    let body = reply["body"].to_string();
    (reply["status"] == 200).then(|| wire::read_list(kind, body.as_bytes()).unwrap().into_iter().collect())
}

#[test]
fn recorded_steps_are_the_same_read_both_ways() {
    let mut only_in_git = BTreeSet::new();
    let mut compared = 0;
    for step in steps() {
        let products = step.json["product_repository"].as_object().unwrap();
        for product in products.keys() {
            let stored = translate(product, &files(&step.json, product), &gitlab(&step.json, product));
            let stored = stored.unwrap_or_else(|error| panic!("{}: {error}", step.name));
            let reply = &step.json["lists"][format!("/api/v1/products/{product}")];
            assert_eq!(reply["status"], 200, "{}", step.name);
            let replied = wire::read(kinds::owner(), reply["body"].to_string().as_bytes()).unwrap();
            assert_eq!((product.clone(), stored.product.spec.as_ref().clone()), replied, "{}", step.name);
            for kind in KINDS.iter().copied().filter(|kind| kind.manifests.is_some()) {
                let listed = listed(&step.json, kind, product);
                let mut own = BTreeMap::new();
                for observed in stored.objects.iter().filter(|observed| observed.address.kind() == kind) {
                    let mut more = Vec::new();
                    hidden(kind.attributes, &observed.spec, "", &mut more);
                    let spec = as_replied(kind.attributes, &observed.spec);
                    let name = observed.address.name().to_owned();
                    let is_listed = listed.as_ref().map(|listed| listed.contains_key(&name));
                    let why = match is_listed {
                        None => "is in no list, since the list fails".to_owned(),
                        Some(false) => "is in no list, since its display name is not its name".to_owned(),
                        Some(true) => format!("has {}", more.join(", ")),
                    };
                    if is_listed != Some(true) || !more.is_empty() {
                        only_in_git.insert(format!("{}: {} {why}", step.name, observed.address));
                    }
                    assert_eq!(is_listed.is_none(), is_never_replied(kind.attributes, &observed.spec));
                    if is_listed == Some(true) {
                        own.insert(name, spec);
                    }
                }
                let Some(listed) = listed else { continue };
                assert_eq!(own, listed, "{}: {} of {product}", step.name, kind.name);
                compared += listed.len();
            }
            assert!(stored.dangling.is_empty() && stored.unlisted.is_empty(), "{}", step.name);
        }
    }
    assert_eq!(compared, 488, "objects");
    let expected: BTreeSet<String> = ONLY_IN_GIT.iter().map(|&line| line.to_owned()).collect();
    assert_eq!(only_in_git, expected);
}

/// The files of the tenant's repository that clusters have, step by step: a step has what it changed.
fn tenant_files(steps: &[Step]) -> impl Iterator<Item = (&Step, BTreeMap<String, String>)> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    steps.iter().map(move |step| {
        let tenant = &step.json["tenant_repository"];
        if step.name.ends_with("/00") {
            files.clear();
        }
        for path in tenant["removed"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            files.remove(path);
        }
        let now = tenant["files"].as_object().into_iter().flatten();
        files.extend(now.map(|(path, text)| (path.clone(), text.as_str().unwrap().to_owned())));
        (step, files.clone())
    })
}

#[test]
fn recorded_clusters_are_completed_by_the_tenant_repository() {
    let steps = steps();
    let kind = kinds::find("Cluster").unwrap();
    let mut more = BTreeSet::new();
    let mut compared = 0;
    for (step, files) in tenant_files(&steps) {
        let reply = &step.json["lists"]["/api/v1/clusters"];
        let listed = wire::read_list(kind, reply["body"].to_string().as_bytes()).unwrap();
        for (name, spec) in listed {
            let observed = Observed::replied(Address::of_tenant(kind, name), std::sync::Arc::new(spec));
            let Completed { spec, broken } = complete(&observed, &files).unwrap();
            assert_eq!(broken, [""; 0], "{}: {}", step.name, observed.address);
            let spec = spec.unwrap_or_else(|| panic!("{}: {}", step.name, observed.address));
            let mut paths = Vec::new();
            hidden(kind.attributes, &spec, "", &mut paths);
            let values = paths.iter().map(|path| spec.at(&path.parse().unwrap()).unwrap().to_json());
            more.extend(paths.iter().zip(values).map(|(path, value)| format!("{path}: {value}")));
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
    insta::assert_snapshot!(more.into_iter().collect::<Vec<_>>().join("\n"), @r#"
    componentsList.eventListener: {"name":"argo-events","namespace":"argo-events"}
    vcluster: {"httpsNodePort":"31456"}
    vcluster: {"httpsNodePort":"31457"}
    vcluster: {"httpsNodePort":"31500"}
    "#);
}

#[test]
fn lost_files_of_a_host_are_found() {
    let steps = steps();
    let (step, files) = tenant_files(&steps).find(|(step, _)| step.name == "cluster-host/05").unwrap();
    let kind = kinds::find("Cluster").unwrap();
    let body = step.json["lists"]["/api/v1/clusters"]["body"].to_string();
    let listed: BTreeMap<String, Value> =
        wire::read_list(kind, body.as_bytes()).unwrap().into_iter().collect();
    let without = |path: &str| {
        let mut files = files.clone();
        files.remove(path).unwrap_or_else(|| panic!("{path}"));
        let spec = std::sync::Arc::new(listed["vd"].clone());
        complete(&Observed::replied(Address::of_tenant(kind, "vd"), spec), &files)
    };
    let lost = without("host-clusters/host-a/production/vcluster-appset.yaml").unwrap();
    insta::assert_snapshot!(lost.broken.join("\n"), @"its host does not have it in its list of virtual clusters, so it is never started; sending it again makes that list anew (host-clusters/host-a/production/vcluster-appset.yaml)");
    assert!(lost.spec.is_some());
    let lost = without("host-clusters/host-a/vclusters/vd/vcluster-initial/svc.yaml").unwrap();
    assert_eq!(lost.broken.len(), 1);
    assert!(without("nautes/overlays/production/clusters/vd.yaml").is_none(), "another repository");
}

const ENVIRONMENT: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Environment\nmetadata:\n  name: \
                           dev\nspec:\n  cluster: a\n  envType: dev\n  product: product-1\n";
const LIST: &str = "production/kustomization.yaml";

/// What is read of a product with these files: its objects, those that Kubernetes never gets behind a `!`, or
/// why it is left to the API.
fn read_by_hand(files: &[(&str, &str)]) -> String {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let gitlab = GitLabProduct { group: Value::Map(Default::default()), projects: Vec::new() };
    match translate("shop", &files, &gitlab) {
        Ok(StoredProduct { objects, unlisted, .. }) => {
            let shown = objects.iter().map(|observed| {
                let mark = if unlisted.contains(&observed.address) { "!" } else { "" };
                format!("{mark}{} {}", observed.address, observed.spec.to_json())
            });
            shown.collect::<Vec<_>>().join("; ")
        }
        Err(unknown) => unknown.to_string(),
    }
}

#[test]
fn repositories_that_were_made_by_hand_are_read_as_the_server_does_or_left_to_it() {
    let list = |entry: &str| format!("resources:\n- {entry}\n");
    let own = list("../envs/dev.yaml");
    let dev = r#"Environment/shop/dev {"cluster":"a","envType":"dev"}"#;
    let with = |text: &str| read_by_hand(&[("envs/dev.yaml", text), (LIST, &own)]);
    assert_eq!(read_by_hand(&[]), "");
    assert_eq!(with(ENVIRONMENT), dev);
    assert_eq!(with(&ENVIRONMENT.replace('\n', "\r\n")), dev);
    assert_eq!(with(&format!("# by hand\n---\n{ENVIRONMENT}")), dev);
    for text in [
        format!("{ENVIRONMENT}---\n{ENVIRONMENT}"),
        format!("{ENVIRONMENT}---\n"),
        ENVIRONMENT.replace("cluster: a", "Cluster: b\n  cluster: a"),
        ENVIRONMENT.replace("envType", "envtype"),
        ENVIRONMENT.replace("kind: Environment", "kind: ArtifactRepo"),
        ENVIRONMENT.replace("v1alpha1", "v1"),
        ENVIRONMENT.replace("\nspec", "\nSpec: {}\nspec"),
        ENVIRONMENT.replace("name: dev", "name: 1"),
        ENVIRONMENT.replace("name: dev", "Name: x\n  name: dev"),
        ENVIRONMENT.replace("cluster: a", "cluster: 1.10"),
        ENVIRONMENT.replace("cluster: a", "cluster: {name: a}"),
        ENVIRONMENT.replace("cluster: a", "cluster: &a a"),
        ENVIRONMENT.replace("cluster: a", "<<: {cluster: a}"),
        ENVIRONMENT.replace("cluster: a", "cluster: \u{fffd}"),
        ENVIRONMENT.replace("spec:", "spec: null\nrest:"),
        String::new(),
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n".to_owned(),
    ] {
        assert!(with(&text).starts_with("envs/dev.yaml: "), "{text}\n{}", with(&text));
    }
    for path in ["envs/dev.yml", "envs/DEV.yaml", "envs/a/dev.yaml", "envs/dev.yaml ", "runtimes/dev.yaml"] {
        let found = read_by_hand(&[(path, ENVIRONMENT)]);
        assert_eq!(found, format!("{path}: it is not where the server keeps such a resource"));
    }
    // Notes of people, and whatever has a name that is at the root, too (§11 item 12).
    assert_eq!(read_by_hand(&[("envs/README.md", "x"), ("envs/notes.txt", "x"), ("docs/a.yaml", "x")]), "");
    assert_eq!(read_by_hand(&[("envs/dev.yaml", ENVIRONMENT), ("dev.yaml", "x"), (LIST, &own)]), "");
    assert!(
        read_by_hand(&[("envs/dev.yaml", ENVIRONMENT), (".gitattributes", "*")])
            .starts_with(".gitattributes: ")
    );
    // What the list for Kubernetes has, and what not.
    let listed = |list: &str| read_by_hand(&[("envs/dev.yaml", ENVIRONMENT), (LIST, list)]);
    assert_eq!(read_by_hand(&[("envs/dev.yaml", ENVIRONMENT)]), format!("!{dev}"));
    assert_eq!(listed("resources: []\n"), format!("!{dev}"));
    assert_eq!(listed(&list("../envs/other.yaml")), format!("!{dev}"));
    assert_eq!(listed(&list("../envs")), dev);
    // Not known.
    assert_eq!(listed(&list("https://example.com/x")), dev);
    assert_eq!(listed("resources: ["), dev);
}
