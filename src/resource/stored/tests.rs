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
    Value::Map(all.map(|(name, text)| (Name::Borrowed(*name), Value::text(text.as_str()))).collect())
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
    insta::assert_snapshot!(more.into_iter().collect::<Vec<_>>().join("\n"));
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
        complete(&Observed::replied(Address::of_tenant(kind, "vd"), spec), &files).unwrap()
    };
    let lost = without("host-clusters/host-a/production/vcluster-appset.yaml");
    insta::assert_snapshot!(lost.broken.join("\n"), @"its host does not have it in its list of virtual clusters, so it is never started; sending it again makes that list anew (host-clusters/host-a/production/vcluster-appset.yaml)");
    assert!(lost.spec.is_some());
    let lost = without("host-clusters/host-a/vclusters/vd/vcluster-initial/svc.yaml");
    assert_eq!(lost.broken.len(), 1);
    assert!(without("nautes/overlays/production/clusters/vd.yaml").spec.is_none());
}
