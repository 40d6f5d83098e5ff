//! Product (§4.1).

use std::time::Duration;

use serde_json::json;

use super::{Fixture, failure, shop};
use crate::sandbox::Options;

fn gitlab(members: &serde_json::Value) -> serde_json::Value {
    json!({"git": {"gitlab": members}})
}

/// §4.1: proto rules and service checks.
#[test]
fn what_is_refused() {
    let mut fixture = Fixture::new();
    let mut save = |body: &serde_json::Value| {
        let response = fixture.post("/api/v1/products/p", body);
        if response.status == 200 { "ok".to_owned() } else { failure(&response) }
    };
    assert_eq!(save(&json!({})), "400 VALIDATOR invalid SaveProductRequest.Git: value is required");
    let visibility = "400 VALIDATOR invalid SaveProductRequest.Git: embedded message failed validation | \
                      caused by: invalid Git.Gitlab: embedded message failed validation | caused by: invalid \
                      Gitlab.Visibility: value must be in list [public private]";
    assert_eq!(save(&gitlab(&json!({"visibility": "internal"}))), visibility);
    assert_eq!(save(&gitlab(&json!({}))), visibility);
    assert_eq!(
        save(&gitlab(&json!({"visibility": "public", "path": "q"}))),
        "500  when creating a GitLab group, the path must be consistent with the product name. the expected \
         name is p, but it is currently q"
    );
    assert_eq!(
        save(&json!({"git": {"gitlab": null, "github": {"visibility": "public"}}, "parent_id": 7})),
        "ok"
    );
}

/// §4.1: the group, its defaults, what an update clears and what it does not.
#[test]
fn create_and_update() {
    let mut fixture = Fixture::new();
    fixture.put("/api/v1/products/p", &json!({"git": {}}));
    assert_eq!(
        fixture.read("/api/v1/products/p"),
        json!({"name": "p", "git": {"gitlab": {"path": "p", "visibility": "private", "description": ""},
            "github": null}})
    );
    fixture.put(
        "/api/v1/products/p",
        &gitlab(&json!({"name": "P (1)", "path": "p", "visibility": "public", "description": "d"})),
    );
    fixture.put(
        "/api/v1/products/p",
        &gitlab(&json!({"name": "P (1)", "path": "p", "visibility": "public", "description": ""})),
    );
    let product = fixture.read("/api/v1/products/p");
    assert_eq!(product["name"], "P (1)");
    assert_eq!(product["git"]["gitlab"]["description"], "d", "an empty description clears nothing");
}

/// §4.1: a name without a path renames the group's path, and the product is lost under its own URL.
#[test]
fn a_name_without_a_path_moves_the_product() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/products/shop", &gitlab(&json!({"name": "store", "visibility": "private"})));
    assert_eq!(
        failure(&fixture.get("/api/v1/products/shop")),
        "500  there are no default projects under this product"
    );
    assert_eq!(fixture.read("/api/v1/products/store")["git"]["gitlab"]["path"], "store");
    assert_eq!(fixture.names("/api/v1/products/store/projects"), ["web"]);
    fixture.put("/api/v1/products/shop", &json!({"git": {}}));
    let clash =
        fixture.post("/api/v1/products/shop", &gitlab(&json!({"name": "store", "visibility": "private"})));
    assert!(failure(&clash).contains("has already been taken"));
}

/// §4.1, §7: paths are case-insensitive in GitLab, and a number is taken as a group id.
#[test]
fn how_groups_are_found() {
    let mut fixture = Fixture::full();
    assert_eq!(fixture.read("/api/v1/products/SHOP")["name"], "shop");
    assert_eq!(fixture.read("/api/v1/products/1")["name"], "shop");
    assert_eq!(
        failure(&fixture.get("/api/v1/products/2")),
        "500  there are no default projects under this product"
    );
}

/// §2.2: GitLab's 403 on a group.
#[test]
fn forbidden_groups() {
    let mut fixture = Fixture::full();
    assert!(fixture.world.revoke_access("shop", true));
    let forbidden = "403 NO_AUTHORIZATION no access to the server, err: GET \
                     https://gitlab.sandbox/api/v4/groups/shop: 403 {message: 403 Forbidden}";
    assert_eq!(failure(&fixture.get("/api/v1/products/shop")), forbidden);
    assert_eq!(failure(&fixture.post("/api/v1/products/shop", &json!({"git": {}}))), forbidden);
    assert_eq!(failure(&fixture.get(&shop("projects/web"))), forbidden);
    assert_eq!(failure(&fixture.delete(&shop("coderepos/app"))), forbidden);
    assert_eq!(failure(&fixture.get("/api/v1/products")), forbidden, "one group aborts the LIST");
}

/// §4.1: a lost push leaves the group and the project behind; the next POST continues.
#[test]
fn half_made_products() {
    let mut fixture = Fixture::new();
    fixture.world.options.push_conflict_percent = 100;
    assert_eq!(fixture.post("/api/v1/products/p", &json!({"git": {}})).status, 500);
    assert_eq!(fixture.world.objects().len(), 1);
    fixture.put("/api/v1/products/p", &json!({"git": {}}));
}

/// §4.1 LIST: at most 20 of all, the newest; in any order.
#[test]
fn list_is_capped_and_random() {
    let mut fixture = Fixture::new();
    for number in 0..30 {
        fixture.put(&format!("/api/v1/products/p{number}"), &json!({"git": {}}));
    }
    let first = fixture.names("/api/v1/products");
    assert_eq!(first.len(), 20);
    assert!(!first.contains(&"p0".to_owned()));
    assert_eq!(fixture.names("/api/v1/products"), first, "steady by default");
    fixture.world.options.shuffle = true;
    let shuffled = fixture.names("/api/v1/products");
    assert_ne!(fixture.names("/api/v1/products"), shuffled);
}

/// §4.1 DELETE: counts the projects of the group, and nothing else.
#[test]
fn deletion() {
    let mut fixture = Fixture::full();
    assert_eq!(
        failure(&fixture.delete("/api/v1/products/shop")),
        "500  here are multiple project in shop, unable to delete"
    );
    for path in [
        "projectpipelineruntimes/pipe",
        "deploymentruntimes/run",
        "coderepobindings/lib-for-web",
        "coderepos/app",
        "coderepos/lib",
    ] {
        fixture.remove(&shop(path));
    }
    fixture.remove("/api/v1/products/shop");
    assert_eq!(fixture.world.objects().len(), 3, "projects and environments do not block and are gone");
}

/// §4.1 DELETE: exactly one project that is not `default.project`.
#[test]
fn deletion_without_default_project() {
    let mut fixture = Fixture::full();
    fixture.world.delete_gitlab_project("shop", "default.project");
    fixture.world.delete_gitlab_project("shop", "lib");
    let answer = failure(&fixture.delete("/api/v1/products/shop"));
    assert!(answer.starts_with("404 PROJECT_NOT_FOUND"), "{answer}");
    fixture.world.delete_gitlab_project("shop", "app");
    let answer = failure(&fixture.delete("/api/v1/products/shop"));
    assert!(answer.starts_with("404 PROJECT_NOT_FOUND"), "{answer}");
    fixture.put("/api/v1/products/shop", &json!({"git": {}}));
    fixture.remove("/api/v1/products/shop");
}

/// §4.1 DELETE, §8.6: GitLab deletes later; until then the repository counts and the paths are taken.
#[test]
fn deletion_is_asynchronous() {
    let mut fixture = Fixture::with(Options { deletion_lag: Duration::from_secs(1), ..Options::default() });
    fixture.put("/api/v1/products/p", &json!({"git": {}}));
    fixture.put("/api/v1/products/p/coderepos/r", &super::repo(""));
    fixture.remove("/api/v1/products/p/coderepos/r");
    assert!(failure(&fixture.get("/api/v1/products/p/coderepos/r")).starts_with("404 PROJECT_NOT_FOUND"));
    assert!(
        failure(&fixture.post("/api/v1/products/p/coderepos/r", &super::repo("")))
            .contains("has already been taken")
    );
    assert!(failure(&fixture.delete("/api/v1/products/p")).contains("here are multiple project in p"));
    fixture.now += 1000;
    fixture.remove("/api/v1/products/p");
    assert_eq!(fixture.read("/api/v1/products/p")["name"], "p", "still visible");
    assert!(
        failure(&fixture.post("/api/v1/products/p", &json!({"git": {}}))).contains("has already been taken")
    );
    fixture.now += 500;
    assert_eq!(fixture.get("/api/v1/products/p").status, 500, "no longer visible");
    assert!(
        failure(&fixture.post("/api/v1/products/p", &json!({"git": {}}))).contains("has already been taken")
    );
    fixture.now += 500;
    assert!(fixture.world.objects().is_empty());
    fixture.put("/api/v1/products/p", &json!({"git": {}}));
}
