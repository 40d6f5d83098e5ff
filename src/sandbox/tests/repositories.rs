//! The files of the double's repositories, and what its GitLab answers, are what a real server wrote
//! (testdata/recordings/repositories): every story is played, and compared after each write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::sandbox::git::files;
use crate::sandbox::gitlab::serve;
use crate::sandbox::model::Change;
use crate::sandbox::{Method, Options, Request, World, handle};

const LIST: &str = "production/kustomization.yaml";

fn stories() -> Vec<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/recordings/repositories");
    let mut stories = Vec::new();
    for story in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        if story.is_dir() {
            let files = std::fs::read_dir(story).unwrap().map(|entry| entry.unwrap().path());
            let files: BTreeSet<_> = files.collect();
            let read = |file| serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            stories.push(files.into_iter().map(read).collect());
        }
    }
    stories
}

fn kubeconfig() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/recordings");
    std::fs::read_to_string(root.join("kubeconfig.yaml")).unwrap()
}

fn carry_out(world: &mut World, step: &Value, number: u64) {
    let request = &step["request"];
    if step["reply"].is_null() {
        return edit_by_hand(world, step);
    }
    let path = request["path"].as_str().unwrap();
    let body = request["body"].to_string().replace("{{kubeconfig}}", &kubeconfig().replace('\n', "\\n"));
    let request = match request["method"].as_str().unwrap() {
        "DELETE" => Request::delete(path),
        _ => Request::post(path, body),
    };
    assert!(matches!(request.method, Method::Post | Method::Delete));
    let response = handle(world, &request, 1_000_000 + 2000 * number);
    assert_eq!(u64::from(response.status), step["reply"]["status"].as_u64().unwrap(), "{}", response.text());
}

/// GitLab's attributes become those of the recording.
fn edit_by_hand(world: &mut World, step: &Value) {
    for project in step["gitlab"]["projects"].as_array().unwrap() {
        let group = world.gitlab.at_path(project["namespace"].as_str().unwrap());
        let id = project["id"].as_u64().unwrap();
        let Some(group) = group else { continue };
        let Some(repository) = world.group(group).repositories.get(&id) else { continue };
        let text = |name: &str| project[name].as_str().unwrap().to_owned();
        let repository = crate::sandbox::gitlab::Repository {
            name: text("name"),
            visibility: text("visibility"),
            description: text("description"),
            ..(**repository).clone()
        };
        world.commit(Change::Repository { group, repository }, 0);
    }
}

/// The lines that list manifests, in any order; of runtimes, no namespace.
fn comparable(files: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let lines = |(path, text): (&String, &String)| {
        let is_runtime =
            text.contains("kind: ProjectPipelineRuntime") || text.contains("kind: DeploymentRuntime");
        let lines = text.lines().filter(|line| !(is_runtime && line.starts_with("  namespace: product-")));
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        if path == LIST {
            lines.sort();
        }
        (path.clone(), lines)
    };
    files.iter().filter(|(path, _)| *path != "README.md").map(lines).collect()
}

#[test]
fn repositories_hold_what_the_real_server_wrote() {
    let mut compared = 0;
    for story in stories() {
        let name = story[0]["request"]["what"].clone();
        let mut world = World::new(Options::default());
        // The tenant's group and project come first.
        world.commit(Change::NextIds { group: 4, project: 3 }, 0);
        for (number, step) in (0..).zip(&story).skip(1) {
            carry_out(&mut world, step, number);
            for (product, recorded) in step["product_repository"].as_object().unwrap() {
                let group = world.group(world.gitlab.at_path(product).unwrap());
                let own = comparable(&files::of(group));
                let recorded: BTreeMap<String, String> = serde_json::from_value(recorded.clone()).unwrap();
                assert_eq!(own, comparable(&recorded), "{name} {number}");
                compared += own.len();
            }
            let own: BTreeSet<u64> =
                world.gitlab.groups.values().flat_map(|group| group.repositories.keys().copied()).collect();
            let projects = step["gitlab"]["projects"].as_array().unwrap();
            let projects = projects.iter().filter(|project| project["namespace"] != "tenant1");
            assert_eq!(
                own,
                projects.map(|project| project["id"].as_u64().unwrap()).collect(),
                "{name} {number}"
            );
        }
    }
    println!("{compared} files");
    assert!(compared > 500, "{compared}");
}

fn ask(world: &mut World, query: &str, variables: &Value) -> Value {
    let body = json!({"query": query, "variables": variables}).to_string();
    serve::answer(world, &Request::post("/api/graphql", body), 1_000_000).json()
}

#[test]
fn graphql_answers_what_is_asked_and_nothing_else() {
    let mut world = super::Fixture::full().world;
    let query = "query q($g: ID!) { group(fullPath: $g) { id path projects(first: 1) { nodes { path } pageInfo { hasNextPage \
                 } } } project(fullPath: \"shop/app\") { id repository { rootRef } } missing: group(fullPath: \
                 \"none\") { id } }";
    insta::assert_snapshot!(ask(&mut world, query, &json!({"g": "shop"})), @r#"{"data":{"group":{"id":"gid://gitlab/Group/1","path":"shop","projects":{"nodes":[{"path":"lib"}],"pageInfo":{"hasNextPage":true}}},"project":{"id":"gid://gitlab/Project/2","repository":{"rootRef":"main"}},"missing":null}}"#);
    let unknown = ask(&mut world, "{ group(fullPath: \"shop\") { nodePort } }", &Value::Null);
    assert_eq!(unknown["errors"][0]["message"], "Field 'nodePort' doesn't exist on type 'Group'");
}

#[test]
fn graphql_has_the_limits_of_gitlab() {
    let mut world = super::Fixture::full().world;
    let query = "query q($p: [String!]!) { project(fullPath: \"shop/default.project\") { repository { blobs(paths: $p) { nodes \
                 { rawBlob } } } } }";
    let paths: Vec<String> = (0..200).map(|number| format!("envs/{number}.yaml")).collect();
    let refused = ask(&mut world, query, &json!({"p": paths}));
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.ends_with("which exceeds max complexity of 250"), "{message}");
    world.gitlab_refusals.push_back(7);
    let limited = serve::answer(&mut world, &Request::post("/api/graphql", "{}"), 0);
    assert_eq!((limited.status, limited.retry_after), (429, Some(7)));
    let anonymous = Request { authorization: None, ..Request::post("/api/graphql", "{}") };
    assert_eq!(serve::answer(&mut world, &anonymous, 0).status, 401);
}

#[test]
fn branch_names_the_commit_that_every_write_moves() {
    let mut fixture = super::Fixture::full();
    let mut commit = || {
        let path = "/api/v4/projects/shop%2Fdefault.project/repository/branches/main";
        let reply = serve::answer(&mut fixture.world, &Request::get(path), 1_000_000).json();
        fixture.put("/api/v1/products/shop/projects/web", &json!({"language": "rust"}));
        reply["commit"]["id"].as_str().unwrap().to_owned()
    };
    let first = commit();
    let second = commit();
    assert_ne!(first, second);
    assert_eq!(second, commit(), "saved again without a change");
}
