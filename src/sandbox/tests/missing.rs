//! GET and DELETE of what does not exist (§2.3), kind by kind.

use serde_json::json;

use super::{Fixture, failure, shop};

const GROUP: &str = "404 GROUP_NOT_FOUND failed to get group, err: GET \
                     https://gitlab.sandbox/api/v4/groups/none: 404 {message: 404 Group Not Found}";

/// §2.3, the rows of single objects.
#[test]
fn missing_objects() {
    let mut fixture = Fixture::full();
    let not_found = "404 RESOURCE_NOT_FOUND the resource is not found";
    let cluster = "500  the cluster resource none is not found";
    let node = |kind: &str| {
        format!(
            "500  {kind} resource none not found or invalid. Please check whether the resource exists under \
             the default project"
        )
    };
    let project = "404 PROJECT_NOT_FOUND failed to get project, err: GET \
                   https://gitlab.sandbox/api/v4/projects/shop/none: 404 {message: 404 Project Not Found}";
    let rows: [(String, &str, String); 7] = [
        ("/api/v1/clusters/none".to_owned(), cluster, cluster.to_owned()),
        (
            "/api/v1/products/none".to_owned(),
            "500  there are no default projects under this product",
            GROUP.to_owned(),
        ),
        (shop("projects/none"), not_found, node("Project")),
        (shop("environments/none"), not_found, "500 UNKNOWN unknown request error".to_owned()),
        (shop("coderepobindings/none"), not_found, node("CodeRepoBinding")),
        (shop("projectpipelineruntimes/none"), not_found, node("ProjectPipelineRuntime")),
        (shop("deploymentruntimes/none"), not_found, node("DeploymentRuntime")),
    ];
    for (path, get, delete) in rows {
        assert_eq!(failure(&fixture.get(&path)), get, "GET {path}");
        assert_eq!(failure(&fixture.delete(&path)), delete, "DELETE {path}");
    }
    assert_eq!(failure(&fixture.get(&shop("coderepos/none"))), project);
    let deleted = fixture.delete(&shop("coderepos/none"));
    assert_eq!(
        (deleted.status, deleted.text()),
        (200, r#"{"message":"Successfully deleted none configuration"}"#.to_owned())
    );
}

/// §2.3: a CodeRepo that GitLab has but Nautes does not manage: here left over by a refused save (§4.4).
#[test]
fn an_unmanaged_repository() {
    let mut fixture = Fixture::full();
    let refused = fixture.post(&shop("coderepos/orphan"), &super::repo("no-such-project"));
    assert_eq!(refused.status, 500);
    let get = fixture.get(&shop("coderepos/orphan"));
    assert_eq!(failure(&get), "404 RESOURCE_NOT_FOUND the resource is not found");
    let delete = fixture.delete(&shop("coderepos/orphan"));
    assert_eq!(failure(&delete), "404 NODE_NOT_FOUND failed to get coderepo of repository repo-4");
    fixture.put(&shop("coderepos/orphan"), &super::repo("web"));
    fixture.remove(&shop("coderepos/orphan"));
}

/// §2.3, the rows of a missing product.
#[test]
fn missing_products() {
    let mut fixture = Fixture::full();
    let wrapped = "404 GROUP_NOT_FOUND error: code = 404 reason = GROUP_NOT_FOUND message = failed to get \
                   group, err: GET https://gitlab.sandbox/api/v4/groups/none: 404 {message: 404 Group Not \
                   Found} metadata = map[] cause = <nil>";
    let bodies = [
        ("projects", json!({})),
        ("environments", json!({"cluster": "deploy", "env_type": "x"})),
        ("coderepos", super::repo("")),
        ("coderepobindings", json!({"coderepo": "x", "permissions": "readonly"})),
        ("deploymentruntimes", super::deployment()),
    ];
    for (collection, body) in bodies {
        let collection = format!("/api/v1/products/none/{collection}");
        assert_eq!(failure(&fixture.get(&collection)), wrapped, "LIST {collection}");
        assert_eq!(failure(&fixture.post(&format!("{collection}/x"), &body)), GROUP, "POST {collection}");
        assert_eq!(failure(&fixture.delete(&format!("{collection}/x"))), GROUP, "DELETE {collection}");
        let get = failure(&fixture.get(&format!("{collection}/x")));
        if collection.ends_with("coderepos") {
            assert!(get.starts_with("404 PROJECT_NOT_FOUND failed to get project, err: "), "{get}");
        } else {
            assert_eq!(get, GROUP, "GET {collection}");
        }
    }
    let pipeline = fixture.post("/api/v1/products/none/projectpipelineruntimes/x", &super::pipeline());
    let text = failure(&pipeline);
    let prefix = "500  failed to get codeRepo name when converting pipeline repository name, err: failed to \
                  convert repository name app to codeRepo name, err: error: code = 404 reason = \
                  PROJECT_NOT_FOUND";
    assert!(text.starts_with(prefix), "{text}");
}

/// §2.3, last row: a group without `default.project`.
#[test]
fn groups_without_default_project() {
    let mut fixture = Fixture::full();
    assert!(fixture.world.delete_gitlab_project("shop", "default.project"));
    let missing = "404 PROJECT_NOT_FOUND failed to get project, err: GET \
                   https://gitlab.sandbox/api/v4/projects/shop/default.project: 404 {message: 404 Project \
                   Not Found}";
    assert_eq!(failure(&fixture.get(&shop("projects/web"))), missing);
    assert_eq!(failure(&fixture.post(&shop("projects/web"), &json!({}))), missing);
    assert_eq!(failure(&fixture.delete(&shop("projects/web"))), missing);
    assert_eq!(
        failure(&fixture.get(&shop("projects"))),
        "404 PROJECT_NOT_FOUND shop is non product, missing metadata"
    );
    let product = fixture.get("/api/v1/products/shop");
    assert_eq!(failure(&product), "500  there are no default projects under this product");
}

/// §3.3: the kustomization file of the clusters directory reads as an empty cluster.
#[test]
fn kustomization_is_an_empty_cluster() {
    let mut fixture = Fixture::new();
    let empty = fixture.read("/api/v1/clusters/kustomization");
    assert_eq!(empty["name"], "");
    assert_eq!(empty["components_list"]["gateway"], json!(null));
    assert_eq!(fixture.names("/api/v1/clusters"), Vec::<String>::new());
    fixture.put("/api/v1/clusters/host", &super::host());
    fixture.put("/api/v1/clusters/guest", &super::virtual_cluster("deployment"));
    assert_eq!(fixture.names("/api/v1/clusters"), ["guest", "host"]);
}
