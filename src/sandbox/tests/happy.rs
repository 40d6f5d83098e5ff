//! Every kind can be saved, read, listed, replaced and deleted (§2.4, §12.1).

use serde_json::{Value, json};

use super::{Fixture, shop};
use crate::sandbox::{ObjectReply, Replies};

/// §12.1: the reply shapes, with all keys in the order of the message.
#[test]
fn replies_have_the_shapes_of_the_appendix() {
    let mut fixture = Fixture::full();
    let mut shape = |path: &str| serde_json::to_string(&fixture.read(path)).expect("JSON");
    assert_eq!(
        shape("/api/v1/clusters/host"),
        r#"{"name":"host","cluster_kind":"kubernetes","cluster_type":"physical","usage":"host","host_cluster":"","primary_domain":"10.0.0.1.nip.io","worker_type":"","api_server":"https://10.0.0.1:6443","components_list":{"multi_tenant":null,"secret_sync":null,"gateway":{"name":"traefik","namespace":"traefik","additions":{"httpNodePort":"30080","httpsNodePort":"30443"}},"deployment":null,"progressive_delivery":null,"pipeline":null,"event_listener":null},"reserved_namespaces_allowed_products":{},"product_allowed_cluster_resources":{}}"#
    );
    assert_eq!(
        shape("/api/v1/products/shop"),
        r#"{"name":"shop","git":{"gitlab":{"path":"shop","visibility":"private","description":"d"},"github":null}}"#
    );
    assert_eq!(
        shape(&shop("environments/dev")),
        r#"{"product":"shop","name":"dev","cluster":"deploy","env_type":"dev"}"#
    );
    assert_eq!(shape(&shop("projects/web")), r#"{"product":"shop","name":"web","language":"go"}"#);
    assert_eq!(
        shape(&shop("coderepos/app")),
        r#"{"product":"shop","name":"app","project":"web","webhook":{"events":["push_events"]},"deployment_runtime":true,"pipeline_runtime":true,"git":{"gitlab":{"name":"app","path":"app","visibility":"private","description":"","ssh_url_to_repo":"ssh://git@gitlab.sandbox:2222/shop/app.git","http_url_to_repo":"https://gitlab.sandbox/shop/app.git"},"github":null}}"#
    );
    assert_eq!(
        shape(&shop("coderepobindings/lib-for-web")),
        r#"{"product":"shop","name":"lib-for-web","projects":["web"],"permissions":"readonly","coderepo":"lib"}"#
    );
    assert_eq!(
        shape(&shop("projectpipelineruntimes/pipe")),
        r#"{"name":"pipe","project":"web","pipeline_source":"app","event_sources":[{"name":"push","gitlab":{"repo_name":"app","revision":"main","events":["push_events"]},"calendar":null}],"pipelines":[{"name":"main","label":"","path":"pipelines/main.yaml"}],"pipeline_triggers":[{"event_source":"push","pipeline":"main","revision":"","inputs":[]}],"destination":{"environment":"ci","namespace":""},"isolation":"shared","additional_resources":{"git":null},"account":"","hooks":{"pre_hooks":[],"post_hooks":[]}}"#
    );
    assert_eq!(
        shape(&shop("deploymentruntimes/run")),
        r#"{"product":"shop","name":"run","projects_ref":["web"],"manifest_source":{"code_repo":"app","target_revision":"main","path":"deploy"},"destination":{"environment":"dev","namespaces":["web"]},"account":""}"#
    );
}

const ITEMS: [&str; 9] = [
    "/api/v1/products/shop/deploymentruntimes/run",
    "/api/v1/products/shop/projectpipelineruntimes/pipe",
    "/api/v1/products/shop/coderepobindings/lib-for-web",
    "/api/v1/products/shop/coderepos/lib",
    "/api/v1/products/shop/coderepos/app",
    "/api/v1/products/shop/environments/dev",
    "/api/v1/products/shop/projects/web",
    "/api/v1/products/shop",
    "/api/v1/clusters/deploy",
];

/// §12.1: `{"items":[…]}` holds the same objects that GET shows; §2.3 and §2.4 for the deletion.
#[test]
fn lists_hold_what_get_shows_and_deletion_ends_both() {
    let mut fixture = Fixture::full();
    fixture.remove(&shop("environments/ci").replace("environments/ci", "projectpipelineruntimes/pipe"));
    fixture.put(&shop("projectpipelineruntimes/pipe"), &super::pipeline());
    for path in ITEMS {
        let (collection, name) = path.rsplit_once('/').expect("an item");
        let item = fixture.read(path);
        let list = fixture.read(collection);
        let listed: Vec<&Value> =
            list["items"].as_array().expect("items").iter().filter(|listed| listed["name"] == name).collect();
        assert_eq!(listed, [&item], "{path}");
        fixture.remove(path);
        assert_ne!(fixture.get(path).status, 200, "{path}");
    }
}

/// §2.4: the messages of success.
#[test]
fn success_messages() {
    let mut fixture = Fixture::full();
    let mut message = |path: &str, body: Option<&Value>| {
        let response = match body {
            Some(body) => fixture.post(path, body),
            None => fixture.delete(path),
        };
        assert_eq!(response.status, 200);
        response.text()
    };
    assert_eq!(
        message("/api/v1/clusters/h2", Some(&super::host())),
        r#"{"message":"Successfully saved h2 cluster"}"#
    );
    assert_eq!(message("/api/v1/clusters/h2", None), r#"{"message":"Successfully deleted h2 cluster"}"#);
    assert_eq!(
        message("/api/v1/products/p", Some(&json!({"git": {}}))),
        r#"{"message":"Successfully saved"}"#
    );
    assert_eq!(message("/api/v1/products/p", None), r#"{"message":"Successfully deleted"}"#);
    assert_eq!(
        message(&shop("projects/x"), Some(&json!({}))),
        r#"{"message":"Successfully saved x configuration"}"#
    );
    assert_eq!(message(&shop("projects/x"), None), r#"{"message":"Successfully deleted x configuration"}"#);
}

const IN_PRODUCT: [&str; 6] = [
    "projects",
    "environments",
    "coderepos",
    "coderepobindings",
    "projectpipelineruntimes",
    "deploymentruntimes",
];

/// What tests of others rely on: listing everything, emptiness, a world from its own replies.
#[test]
fn replies_rebuild_the_same_replies() {
    let mut fixture = Fixture::full();
    let all = all_replies(&mut fixture);
    let mut copy = Fixture::new();
    copy.world.take_in_tenant(&replies(&all, &["clusters"])).expect("clusters");
    let product = replies(&all, &[&["products"], &IN_PRODUCT[..]].concat());
    let place = copy.world.take_in("shop", &product).expect("a product");
    assert_eq!(copy.world.objects(), fixture.world.objects());
    assert_eq!(all_replies(&mut copy), all);
    copy.world.give_back(&place);
    assert_eq!(copy.get("/api/v1/products/shop").status, 500);
    copy.world.take_in_again("shop", &product, &place).expect("a product");
    assert_eq!(all_replies(&mut copy), all);
    assert!(!copy.world.is_empty());
    assert!(super::World::default().is_empty());
}

/// LISTs by their collections, and of products all there are.
fn all_replies(fixture: &mut Fixture) -> Value {
    let mut all = json!({"clusters": fixture.read("/api/v1/clusters")});
    all["products"] = json!({"items": [fixture.read("/api/v1/products/shop")]});
    IN_PRODUCT.iter().for_each(|collection| all[collection] = fixture.read(&shop(collection)));
    all
}

fn replies<'a>(lists: &'a Value, collections: &[&'a str]) -> Replies<'a> {
    let list = |collection: &&'a str| {
        let items = lists[*collection]["items"].as_array().expect("a list");
        let collection: &'a str = collection;
        items.iter().map(move |item| ObjectReply {
            collection,
            name: item["name"].as_str().expect("a name"),
            body: item.to_string().into_bytes(),
        })
    };
    Replies { objects: collections.iter().flat_map(list).collect(), gone: Vec::new() }
}
