//! Deployment runtimes (§4.7).

use serde_json::{Value, json};

use super::{Fixture, PANIC, answer, deployment, failure, repo, shop, with};

/// §4.7: deployment runtimes.
#[test]
fn deployment_runtimes() {
    let mut fixture = Fixture::full();
    fixture.put(&shop("coderepos/secret"), &repo(""));
    fixture.put(&shop("projects/api"), &json!({}));
    let verify = "500  verify deployment runtime failed, err: ";
    let mut no_destination = deployment();
    no_destination["destination"] = json!(null);
    let rows: [(Value, String); 8] = [
        (no_destination, PANIC.to_owned()),
        (
            with(deployment(), "/destination/environment", json!("none")),
            "500 RESOURCE_NOT_EXIST During global validation, it was found that none 'Environment' does not \
             exist or is unavailable. Please check resource path of default project: runtimes/run"
                .to_owned(),
        ),
        (
            with(deployment(), "/projects_ref", json!(["web", "none"])),
            "500  the referenced project none by the deployment runtime run does not exist while verifying \
             the validity of the global template"
                .to_owned(),
        ),
        (
            with(deployment(), "/destination/environment", json!("ci")),
            format!("{verify}cluster is not a deployment cluster"),
        ),
        (
            with(deployment(), "/destination/namespaces", json!(["x", "vault"])),
            format!("{verify}deployment runtime can not use component namespace vault"),
        ),
        (
            with(
                with(deployment(), "/manifest_source/code_repo", json!("secret")),
                "/projects_ref",
                json!(["web", "api"]),
            ),
            format!(
                "{verify}project web is illegal: not permitted to use repository repo-4; project api is \
                     illegal: not permitted to use repository repo-4"
            ),
        ),
        (
            with(
                with(deployment(), "/manifest_source/code_repo", json!("secret")),
                "/projects_ref",
                json!([]),
            ),
            "ok".to_owned(),
        ),
        (with(deployment(), "/destination/namespaces", json!([])), "ok".to_owned()),
    ];
    for (body, expected) in rows {
        assert_eq!(answer(&fixture.post(&shop("deploymentruntimes/run"), &body)), expected, "{body}");
    }
    let missing = failure(&fixture.post(
        &shop("deploymentruntimes/run"),
        &with(deployment(), "/manifest_source/code_repo", json!("none")),
    ));
    assert!(
        missing.starts_with(
            "500  failed to get repository none, err: error: code = 404 reason = PROJECT_NOT_FOUND"
        ),
        "{missing}"
    );
    assert_eq!(
        answer(&fixture.post(&shop("deploymentruntimes/again"), &deployment())),
        "500  duplicate reference found between resource again and resource run"
    );
}

/// §4.7: namespaces that another product names on the same cluster.
#[test]
fn deployment_namespaces() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/products/two", &json!({"git": {}}));
    fixture.put("/api/v1/products/two/environments/e", &json!({"cluster": "deploy", "env_type": "x"}));
    fixture.put("/api/v1/products/two/coderepos/r", &repo(""));
    let runtime = |namespaces: Value| {
        json!({"manifest_source": {"code_repo": "r", "target_revision": "m",
        "path": "p"}, "destination": {"environment": "e", "namespaces": namespaces}})
    };
    let path = "/api/v1/products/two/deploymentruntimes/web";
    assert_eq!(
        answer(&fixture.post(path, &runtime(json!(["a", "web"])))),
        "500  verify deployment runtime failed, err: namespaces [web] is used by other product"
    );
    fixture.put(path, &runtime(json!([])));
    let own = with(
        with(deployment(), "/manifest_source/path", json!("q")),
        "/destination/namespaces",
        json!(["web"]),
    );
    fixture.put(&shop("deploymentruntimes/second"), &own);
}
