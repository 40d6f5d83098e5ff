//! The HTTP server: real requests, the faults of the wire, the data file.

use std::time::Duration;

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};

use super::host;
use crate::sandbox::server::Server;
use crate::sandbox::{Fault, Matcher, Options, World};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn client() -> reqwest::Client {
    // Only the first caller installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

async fn start(options: Options) -> Server {
    Server::start(ANY_PORT, World::default(), options, None).await.expect("a server")
}

async fn post(client: &reqwest::Client, server: &Server, path: &str, body: &Value) -> reqwest::Result<u16> {
    let url = format!("{}{path}", server.url());
    let reply = client.post(url).bearer_auth("t").json(body).send().await?;
    Ok(reply.status().as_u16())
}

#[tokio::test]
async fn serves_requests_and_logs_them() {
    let server = start(Options::default()).await;
    let client = client();
    assert_eq!(post(&client, &server, "/api/v1/clusters/host", &host()).await.expect("a reply"), 200);
    let reply = client.get(format!("{}/api/v1/clusters/", server.url())).bearer_auth("t").send().await;
    let reply = reply.expect("a reply");
    assert_eq!(reply.status(), 301);
    assert_eq!(reply.headers()["location"], "/api/v1/clusters");
    assert_eq!(server.log(), ["POST /api/v1/clusters/host 200", "GET /api/v1/clusters/ 301"]);
    assert_eq!(server.with_world(|world| world.objects().len()), 1);
    server.shutdown().await.expect("a clean end");
}

#[tokio::test]
async fn a_reset_hits_before_or_after_the_commit() {
    for (fault, committed) in [(Fault::ResetBeforeCommit, false), (Fault::ResetAfterCommit, true)] {
        let server = start(Options::default()).await;
        server.with_world(|world| world.options.faults.inject(Matcher::any(), fault));
        let client = client();
        let error = post(&client, &server, "/api/v1/clusters/host", &host()).await.expect_err("no reply");
        assert!(error.is_request(), "{error:?}");
        assert_eq!(server.with_world(|world| !world.is_empty()), committed);
        server.shutdown().await.expect("a clean end");
    }
}

#[tokio::test]
async fn faults_on_the_wire() {
    let server = start(Options::default()).await;
    let client = client();
    let get = async |fault: Fault| {
        server.with_world(|world| world.options.faults.inject(Matcher::any(), fault));
        client
            .get(format!("{}/api/v1/clusters", server.url()))
            .bearer_auth("t")
            .send()
            .await
            .expect("headers")
    };
    let reply = get(Fault::TooManyRequests).await;
    assert_eq!((reply.status().as_u16(), reply.headers()["retry-after"].to_str().expect("text")), (429, "1"));
    let reply = get(Fault::WrongContentType).await;
    assert_eq!(reply.headers()["content-type"], "text/plain; charset=utf-8");
    let reply = get(Fault::HtmlErrorPage).await;
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["content-type"].to_str().expect("text")[..9]),
        (502, "text/html")
    );
    let reply = get(Fault::Redirect).await;
    assert_eq!(
        (reply.status().as_u16(), reply.headers()["location"].to_str().expect("text")),
        (302, "/login")
    );
    let reply = get(Fault::TruncatedJson).await.text().await.expect("a body");
    assert!(serde_json::from_str::<Value>(&reply).is_err(), "{reply}");
    let reply = get(Fault::SlowBody).await.text().await.expect("a body");
    assert_eq!(reply, r#"{"items":[]}"#);
    let mut reply = get(Fault::EndlessBody).await;
    let mut received = 0;
    while received < 1_000_000 {
        received += reply.chunk().await.expect("a chunk").expect("it never ends").len();
    }
    server.shutdown().await.expect("a clean end");
}

#[tokio::test]
async fn shutdown_ends_hanging_requests() {
    let server = start(Options::default()).await;
    server.with_world(|world| world.options.faults.inject(Matcher::any(), Fault::Hang));
    let client = client();
    let url = server.url();
    let request = tokio::spawn(client.get(format!("{url}/api/v1/clusters")).send());
    while server.with_world(|world| world.log().total()) == 0 {
        tokio::task::yield_now().await;
    }
    server.shutdown().await.expect("a clean end");
    assert!(request.await.expect("no panic").is_err());
}

#[tokio::test]
async fn data_file_survives_a_kill_and_holds_no_secret() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("world.json");
    let open = async || {
        Server::start(ANY_PORT, World::default(), Options::default(), Some(file.clone()))
            .await
            .expect("a server")
    };
    let client = client();
    let server = open().await;
    assert_eq!(post(&client, &server, "/api/v1/clusters/host", &host()).await.expect("a reply"), 200);
    let shop = json!({"git": {}});
    assert_eq!(post(&client, &server, "/api/v1/products/shop", &shop).await.expect("a reply"), 200);
    let objects = server.with_world(|world| world.objects());
    drop(server); // as after SIGKILL: no snapshot
    let text = |name: &str| std::fs::read_to_string(directory.path().join(name)).expect("a file");
    assert!(text("world.json.log").contains("\"host\""));
    assert!(!text("world.json.log").contains("users"), "no kubeconfig is stored");
    let server = open().await;
    assert_eq!(server.with_world(|world| world.objects()), objects);
    assert_eq!(text("world.json.log"), "");
    server.with_world(|world| world.out_of_band(super::method("DELETE"), "/api/v1/clusters/host", None));
    server.shutdown().await.expect("a clean end");
    let server = open().await;
    assert_eq!(server.with_world(|world| world.objects().len()), objects.len() - 1);
    let digest = server.with_world(|world| world.kubeconfig_digest("host").map(str::to_owned));
    assert_eq!(digest.map(|digest| digest.len()), Some(12), "deleting a cluster keeps its secret (§3.5)");
}

#[tokio::test]
async fn a_new_data_file_starts_from_the_given_world() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("world.json");
    let filled = super::Fixture::full();
    let mut expected = filled.world.clone();
    let options = Options { deletion_lag: Duration::from_secs(60), ..Options::default() };
    let server =
        Server::start(ANY_PORT, filled.world, options.clone(), Some(file.clone())).await.expect("a server");
    let client = client();
    let url = format!("{}{}", server.url(), super::shop("projectpipelineruntimes/pipe"));
    let reply = client.delete(url).bearer_auth("t").send().await.expect("a reply");
    assert_eq!(reply.status(), 200);
    drop(server);
    let server =
        Server::start(ANY_PORT, World::default(), options, Some(file.clone())).await.expect("a server");
    expected.out_of_band(super::method("DELETE"), &super::shop("projectpipelineruntimes/pipe"), None);
    assert_eq!(server.with_world(|world| world.objects()), expected.objects());
    let url = format!("{}{}", server.url(), super::shop("projects/new"));
    let reply = client.post(url).bearer_auth("t").json(&json!({})).send().await.expect("a reply");
    assert_eq!(reply.status(), 200, "Kubernetes has seen what was loaded");
    server.shutdown().await.expect("a clean end");
    std::fs::write(&file, "{").expect("a broken file");
    let broken = Server::start(ANY_PORT, World::default(), Options::default(), Some(file)).await;
    assert_eq!(broken.err().map(|error| error.kind()), Some(std::io::ErrorKind::UnexpectedEof));
}

#[tokio::test]
async fn long_lists_arrive_whole() {
    let mut fixture = super::Fixture::new();
    for number in 0..500 {
        fixture.put(&format!("/api/v1/clusters/c{number}"), &host());
    }
    let expected = fixture.get("/api/v1/clusters").body;
    let server = Server::start(ANY_PORT, fixture.world, Options::default(), None).await.expect("a server");
    let url = format!("{}/api/v1/clusters", server.url());
    let reply = client().get(url).bearer_auth("t").send().await.expect("a reply");
    assert_eq!(reply.headers()["content-type"], "application/json");
    assert_eq!(reply.bytes().await.expect("a body"), expected);
    server.shutdown().await.expect("a clean end");
}
