//! Routing, query, codec, error body, token (§1, §1.2, §2.1, §2.2).

use serde_json::{Value, json};

use super::{Fixture, failure, method, shop};
use crate::sandbox::{Options, Request};

/// §1: what the router answers by itself.
#[test]
fn routing() {
    let mut fixture = Fixture::full();
    let rows = [
        ("GET", "/api/v1/nothing", 404, ""),
        ("GET", "/", 404, ""),
        ("PUT", "/api/v1/clusters/host", 404, ""),
        ("PATCH", "/api/v1/clusters/host", 404, ""),
        ("HEAD", "/api/v1/clusters", 404, ""),
        ("POST", "/api/v1/clusters", 404, ""),
        ("DELETE", "/api/v1/products/shop/projects", 404, ""),
        ("GET", "/api/v1/clusters/", 301, "/api/v1/clusters"),
        (
            "POST",
            "/api/v1/clusters/host/?insecure_skip_check=1",
            301,
            "/api/v1/clusters/host?insecure_skip_check=1",
        ),
        ("GET", "/api/v1//clusters", 301, "/api/v1/clusters"),
        ("GET", "/api/v1/products//projects/x", 301, "/api/v1/products/projects/x"),
        ("GET", "/api/v1/products/../clusters/host", 301, "/api/v1/clusters/host"),
        ("GET", "/api/v1/products/shop/projects/a%2Fb", 404, ""),
        ("GET", "/api/v1/clusters/a%20b", 500, ""),
    ];
    for (name, path, status, location) in rows {
        let mut request = Request::get(path);
        request.method = method(name);
        let response = fixture.send(&request);
        assert_eq!(response.status, status, "{name} {path}: {}", response.text());
        assert_eq!(response.location.as_deref().unwrap_or_default(), location, "{name} {path}");
        if status == 404 {
            assert_eq!(response.content_type, "text/plain; charset=utf-8");
            let page = if name == "HEAD" { "" } else { "404 page not found\n" };
            assert_eq!(response.text(), page);
        }
    }
    assert_eq!(failure(&fixture.get("/api/v1/clusters/a%20b")), "500  the cluster resource a b is not found");
}

/// §1.2: which spelling of the skip flag counts for which kind, and how its value is read.
#[test]
fn skip_flag() {
    let mut fixture = Fixture::full();
    let pipeline = {
        let mut body = super::pipeline();
        body["project"] = json!("none");
        body
    };
    let binding = json!({"coderepo": "app", "permissions": "readonly", "projects": ["none"]});
    let environment = json!({"cluster": "none", "env_type": "x"});
    let deployment = {
        let mut body = super::deployment();
        body["destination"]["environment"] = json!("none");
        body
    };
    let rows: [(&str, Value, bool); 5] = [
        ("environments/x", environment, true),
        ("coderepos/x", super::repo("none"), true),
        ("deploymentruntimes/x", deployment, true),
        ("coderepobindings/x", binding, false),
        ("projectpipelineruntimes/x", pipeline, false),
    ];
    for (path, body, camel) in rows {
        let mut status = |flag: &str| fixture.post(&format!("{}?{flag}", shop(path)), &body).status;
        assert_eq!(status("x=y"), 500, "{path}");
        assert_eq!(status("insecure_skip_check="), 500, "empty is unset: {path}");
        assert_eq!(status("insecure_skip_check=false"), 500, "{path}");
        assert_eq!(status("insecure_skip_check=yes"), 400, "{path}");
        assert_eq!(status("insecure_skip_check=1&insecure_skip_check=1"), 400, "{path}");
        assert_eq!(status("insecureSkipCheck=true"), if camel { 200 } else { 500 }, "{path}");
        assert_eq!(status("insecure_skip_check=T"), 200, "{path}");
        assert_eq!(fixture.delete(&format!("{}?insecure_skip_check=true", shop(path))).status, 200, "{path}");
    }
    let bad = |proto: &str| {
        format!("400 CODEC parsing field \"{proto}\": strconv.ParseBool: parsing \"yes\": invalid syntax")
    };
    let project = fixture.delete(&shop("projects/web?insecureSkipCheck=yes"));
    assert_eq!(failure(&project), bad("insecure_skip_check"));
    let environment = fixture.delete(&shop("environments/dev?insecure_skip_check=yes"));
    assert_eq!(failure(&environment), bad("insecureSkipCheck"), "the quoted name is the proto name");
    let cluster = fixture.post("/api/v1/clusters/x?insecure_skip_check=true", &json!({"api_server": "x"}));
    assert_eq!(cluster.status, 400, "the flag has no effect on clusters");
}

/// §1.2: query keys that name body fields are honoured, and win over the body.
#[test]
fn query_reaches_into_the_body() {
    let mut fixture = Fixture::full();
    let body = json!({"cluster": "deploy", "env_type": "dev"});
    fixture.put(&shop("environments/dev?body.env_type=test&nonsense=1&name=x"), &body);
    assert_eq!(fixture.read(&shop("environments/dev"))["env_type"], "test");
    fixture.put(
        "/api/v1/products/shop?git.gitlab.description=new",
        &json!({"git": {"gitlab": {"visibility": "public"}}}),
    );
    assert_eq!(fixture.read("/api/v1/products/shop")["git"]["gitlab"]["description"], "new");
}

/// §2.1: both spellings, unknown keys, nulls.
#[test]
fn codec_is_lenient_where_protojson_is() {
    let mut fixture = Fixture::full();
    fixture.put(
        &shop("environments/dev"),
        &json!({"cluster": "deploy", "envType": "camel", "extra": {"a": [1]}}),
    );
    assert_eq!(fixture.read(&shop("environments/dev"))["env_type"], "camel");
    fixture.put(
        &shop("deploymentruntimes/run"),
        &json!({"projectsRef": ["web"], "manifestSource": {"CodeRepo": "app", "TargetRevision": "v1",
            "Path": "p"},
            "destination": {"environment": "dev", "namespaces": null}, "account": null}),
    );
    let runtime = fixture.read(&shop("deploymentruntimes/run"));
    assert_eq!(runtime["manifest_source"], json!({"code_repo": "app", "target_revision": "v1", "path": "p"}));
    assert_eq!(runtime["destination"]["namespaces"], json!([]));
    let mut repo = super::repo("web");
    let flag = repo.as_object_mut().expect("an object").remove("deployment_runtime");
    repo["DeploymentRuntime"] = flag.expect("the flag");
    repo["webhook"] = json!(null);
    fixture.put(&shop("coderepos/app"), &repo);
    let repo = fixture.read(&shop("coderepos/app"));
    assert_eq!((&repo["deployment_runtime"], &repo["webhook"]), (&json!(true), &json!({"events": []})));
    let mut cluster = super::host();
    cluster["primaryDomain"] = json!("camel case is unknown to clusters");
    fixture.put("/api/v1/clusters/host", &cluster);
    assert_eq!(fixture.read("/api/v1/clusters/host")["primary_domain"], "10.0.0.1.nip.io");
}

/// §2.1, §2.2: what the codec refuses.
#[test]
fn codec_refusals() {
    let mut fixture = Fixture::full();
    let bodies = [
        r#"{"cluster": "deploy""#,
        r#"{"cluster": "a", "cluster": "b"}"#,
        r#"{"env_type": "a", "envType": "b"}"#,
        r#"{"cluster": 1}"#,
        r#"{"cluster": ["a"]}"#,
        "[]",
        "null",
        "{} {}",
    ];
    for body in bodies {
        let response = fixture.send(&Request::post(shop("environments/dev"), body));
        assert!(
            failure(&response).starts_with("400 CODEC body unmarshal proto:"),
            "{body}: {}",
            response.text()
        );
    }
    let string_destination = json!({"manifest_source": {"code_repo": "app", "target_revision": "m",
        "path": "p"}, "destination": "dev"});
    let response = fixture.post(&shop("deploymentruntimes/run"), &string_destination);
    assert!(failure(&response).starts_with("400 CODEC"), "§4.7: the v0.3.0 form");
    let additions = json!({"components_list": {"gateway": {"additions": {"httpNodePort": 30080}}}});
    let response = fixture.post("/api/v1/clusters/host", &additions);
    assert!(failure(&response).starts_with("400 CODEC"), "additions are strings");
    let list = fixture.post(&shop("coderepobindings/x"), &json!({"projects": [null]}));
    assert!(failure(&list).starts_with("400 CODEC"));
}

/// §2.1: the content type of a POST, even with an empty body; `Accept`.
#[test]
fn content_types() {
    let mut fixture = Fixture::full();
    let mut post = |content_type: Option<&str>, body: &'static str| {
        let mut request = Request::post(shop("projects/web"), body);
        request.content_type = content_type.map(str::to_owned);
        failure_or_ok(&fixture.send(&request))
    };
    assert_eq!(post(Some("application/json; charset=utf-8"), "{}"), "ok");
    assert_eq!(post(None, "{}"), "400 CODEC unregister Content-Type: ");
    assert_eq!(post(Some("text/plain"), "{}"), "400 CODEC unregister Content-Type: text/plain");
    assert_eq!(post(None, ""), "400 CODEC unregister Content-Type: ");
    let mut request = Request::get(shop("projects/web"));
    request.accept = Some("application/xml".to_owned());
    let response = fixture.send(&request);
    assert_eq!((response.status, response.text()), (500, String::new()));
}

fn failure_or_ok(response: &crate::sandbox::Response) -> String {
    if response.status == 200 { "ok".to_owned() } else { failure(response) }
}

/// §2.2, §11 item 2: an empty body is a nil message.
#[test]
fn empty_bodies() {
    let mut fixture = Fixture::full();
    let panic = "500 UNKNOWN unknown request error";
    let collections = [
        "environments",
        "projects",
        "coderepos",
        "coderepobindings",
        "projectpipelineruntimes",
        "deploymentruntimes",
    ];
    for collection in collections {
        let response = fixture.send(&Request::post(shop(&format!("{collection}/x")), ""));
        assert_eq!(failure(&response), panic, "{collection}");
    }
    let cluster = fixture.send(&Request::post("/api/v1/clusters/x", ""));
    assert_eq!(
        failure(&cluster),
        "500  failed to validate save request, err: the apiserver  is not an https URL",
        "§3.2 step 2: nil-safe"
    );
    let product = fixture.send(&Request::post("/api/v1/products/x", ""));
    assert_eq!(failure(&product), "400 VALIDATOR invalid SaveProductRequest.Git: value is required");
}

/// §1, §12.2: codec errors win over proto rules, which win over the token.
#[test]
fn order_of_errors() {
    let mut fixture = Fixture::full();
    let mut post = |body: &'static str, token: Option<&str>| {
        let request = Request::post(shop("environments/dev"), body).with_authorization(token);
        failure_or_ok(&fixture.send(&request))
    };
    assert!(post(r#"{"cluster": 1}"#, None).starts_with("400 CODEC"));
    assert!(post("{}", None).starts_with("400 VALIDATOR"));
    let good = r#"{"cluster": "deploy", "env_type": "x"}"#;
    assert_eq!(post(good, None), "500  token is not found");
    assert_eq!(post(good, Some("")), "500  token is not found");
    assert_eq!(post(good, Some("Bearer  ")), "500  token is not found");
    assert_eq!(post(good, Some("plain")), "ok");
}

/// §2.2: the token rules; there is no 401.
#[test]
fn tokens() {
    let options = Options { required_token: Some("right".to_owned()), ..Options::default() };
    let mut fixture = Fixture::with(options);
    let mut get = |value: Option<&str>| {
        let request = Request::get("/api/v1/products/none").with_authorization(value);
        failure(&fixture.send(&request))
    };
    let known = "500  there are no default projects under this product";
    let unknown = "500  GET https://gitlab.sandbox/api/v4/groups/none: 401 {message: 401 Unauthorized}";
    assert_eq!(get(Some("Bearer right")), known);
    assert_eq!(get(Some("right")), known);
    assert_eq!(get(Some("rightBearer ")), known, "the first occurrence is removed wherever it is");
    assert_eq!(get(Some("bearer right")), unknown, "case matters");
    assert_eq!(get(Some("Bearer wrong")), unknown);
    assert_eq!(get(None), "500  token is not found");
}

/// §2.2, §3.2 step 8, §11 item 6: a cluster's kubeconfig is stored before the token is looked at.
#[test]
fn clusters_look_at_the_token_late() {
    let mut fixture = Fixture::new();
    let request = Request::post("/api/v1/clusters/host", super::host().to_string()).with_authorization(None);
    let response = fixture.send(&request);
    assert_eq!(
        failure(&response),
        "500  failed to clone repository, err: failed to get current user, err: token is not found"
    );
    assert!(fixture.world.kubeconfig_digest("host").is_some());
    assert!(fixture.world.is_empty());
}

/// §8.3, §2.2: a token without write permission.
#[test]
fn read_only_tokens() {
    let mut fixture = Fixture::full();
    fixture.world.options.read_only_token = Some("reader".to_owned());
    let before = fixture.world.objects();
    let mut send =
        |request: Request| failure_or_ok(&fixture.send(&request.with_authorization(Some("Bearer reader"))));
    assert_eq!(send(Request::get("/api/v1/clusters")), "ok");
    assert_eq!(send(Request::get(shop("environments"))), "ok");
    let project = send(Request::post(shop("projects/new"), "{}"));
    assert!(
        project.starts_with("500  push data: ")
            && project.contains("You are not allowed to push code to this project"),
        "{project}"
    );
    let cluster = send(Request::delete("/api/v1/clusters/deploy"));
    assert!(cluster.starts_with("500  failed to save git config to git repo, err: push data: "), "{cluster}");
    let product = send(Request::post("/api/v1/products/new", r#"{"git":{}}"#));
    assert!(product.starts_with("403 NO_AUTHORIZATION no permission to create group, err: "), "{product}");
    let repo = send(Request::post(shop("coderepos/new"), super::repo("").to_string()));
    assert!(repo.starts_with("500 ") && repo.contains("403"), "{repo}");
    fixture.world.out_of_band(method("POST"), "/api/v1/products/bare", Some(&json!({"git": {}})));
    let request = Request::delete("/api/v1/products/bare").with_authorization(Some("reader"));
    let product = failure(&fixture.send(&request));
    assert!(product.starts_with("403 NO_AUTHORIZATION no permission to delete group, err: "), "{product}");
    fixture.remove("/api/v1/products/bare");
    assert_eq!(fixture.world.objects(), before);
}

/// §1.2: `field_selector`, kind by kind, and its errors.
#[test]
fn field_selectors() {
    let mut fixture = Fixture::full();
    fixture.put("/api/v1/clusters/v", &super::virtual_cluster("deployment"));
    let rows = [
        ("/api/v1/clusters", "cluster_name=ho", "host"),
        ("/api/v1/clusters", "cluster_type=virtual", "v"),
        ("/api/v1/clusters", "cluster_type=virt", ""),
        ("/api/v1/clusters", "usage=worker,worker_type=pipeline", "build"),
        ("/api/v1/products", "product_name=sho", "shop"),
        ("/api/v1/products", "product_name=other", ""),
        ("/api/v1/products/shop/projects", "project_name=we", "web"),
        ("/api/v1/products/shop/environments", "cluster=deplo", "dev"),
        ("/api/v1/products/shop/environments", "env_type=ci", "ci"),
        ("/api/v1/products/shop/coderepos", "project=web,pipeline_runtime=true", "app"),
        ("/api/v1/products/shop/coderepos", "deployment_runtime=F", ""),
        ("/api/v1/products/shop/coderepobindings", "projects.in=we,coderepo=lib,product=shop", "lib-for-web"),
        (
            "/api/v1/products/shop/projectpipelineruntimes",
            "project_name=pip,pipeline_triggers.pipeline=mai",
            "pipe",
        ),
        ("/api/v1/products/shop/projectpipelineruntimes", "pipeline_source=lib", ""),
        (
            "/api/v1/products/shop/deploymentruntimes",
            "projects_ref.in=we,manifest_source.code_repo=ap",
            "run",
        ),
    ];
    for (path, selector, names) in rows {
        let selector: String = url::form_urlencoded::byte_serialize(selector.as_bytes()).collect();
        let found = fixture.names(&format!("{path}?field_selector={selector}"));
        assert_eq!(found.join(" "), names, "{path} {selector}");
    }
    let all = fixture.names("/api/v1/clusters?fieldSelector=cluster_name%3Dho").len();
    assert_eq!(all, 4, "the camelCase spelling is ignored");
    let mut error = |collection: &str, selector: &str| {
        failure(&fixture.get(&format!("/api/v1/{collection}?field_selector={selector}")))
    };
    assert_eq!(
        error("clusters", "nope%3Dx"),
        "500  failed to get selector, the filter field nope operator symbol = is not supported"
    );
    assert_eq!(
        error("clusters", "usage!%3Dx"),
        "500  failed to get selector, the filter field usage operator symbol != is not supported"
    );
    assert_eq!(
        error("clusters", "cluster_name%3D-1"),
        "500  failed to get selector, the filter field cluster_name operator symbol =- is not supported",
        "a value cannot begin with a symbol"
    );
    assert_eq!(
        error("clusters", "%3D"),
        "500  failed to get selector, the filter field  operator symbol = is not supported"
    );
    assert_eq!(error("clusters", "usage"), "500  this operation symbol is not supported: usage");
    assert_eq!(error("clusters", "usage%3Dhost,"), "500  this operation symbol is not supported: ");
    assert_eq!(error("clusters", "usage%3Da%3Db"), "500  the parameter usage=a=b is wrong, eg: key=value");
    let destination = "500  failed to match resource, err: inconsistent data type, expected is 'String', but \
                       now is 'struct'";
    assert_eq!(error("products/shop/deploymentruntimes", "destination%3Dx"), destination);
    assert_eq!(error("products/shop/projectpipelineruntimes", "destination%3Dx"), destination);
    assert_eq!(
        error("products/shop/deploymentruntimes", "manifestSource.codeRepo%3Dx"),
        "500  failed to get selector, the filter field manifestSource.codeRepo operator symbol = is not \
         supported"
    );
    assert_eq!(
        error("products/shop/coderepos", "pipeline_runtime%3Dmaybe"),
        "500  failed to match resource, err: match value must be a Boolean value: maybe"
    );
    fixture.put("/api/v1/products/bare", &json!({"git": {}}));
    assert_eq!(
        fixture.names("/api/v1/products/bare/projects?field_selector=nope"),
        Vec::<String>::new(),
        "raised only if an item is evaluated"
    );
}
