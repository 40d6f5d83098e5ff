//! The options of `nautform sandbox`: each is seen in the replies of a running one. What they mean in detail
//! is tested next to the code.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Sandbox, Workspace};

const PRODUCT: &str = "/api/v1/products/shop";
const REPOSITORY: &str = "/api/v1/products/shop/coderepos/app";
const NEW_PRODUCT: &str = r#"{"git": {"gitlab": {"visibility": "private"}}}"#;
const NEW_REPOSITORY: &str = r#"{"git": {"gitlab": {"visibility": "private"}}}"#;

/// A reply as text; empty if the server breaks the connection.
fn send(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> String {
    let address = sandbox.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer reader\r\n");
    let rest =
        format!("Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("{head}{rest}{body}").as_bytes()).unwrap();
    let mut reply = Vec::new();
    // A broken connection is one of the expected replies.
    let _ = stream.read_to_end(&mut reply);
    String::from_utf8(reply).unwrap()
}

/// A sandbox with these options, and in it a product.
fn with_product(args: &[&str]) -> (Workspace, Sandbox) {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, args);
    let reply = send(&sandbox, "POST", PRODUCT, NEW_PRODUCT);
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    (workspace, sandbox)
}

#[test]
fn sandbox_latency_is_a_range() {
    let (_workspace, sandbox) = with_product(&["--latency", "200ms..250ms"]);
    let started = Instant::now();
    send(&sandbox, "GET", PRODUCT, "");
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
}

#[test]
fn sandbox_refuses_writes_of_a_read_only_token() {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, &["--token", "x", "--read-only-token", "reader"]);
    assert!(send(&sandbox, "GET", "/api/v1/clusters", "").starts_with("HTTP/1.1 200"));
    let refused = send(&sandbox, "POST", PRODUCT, NEW_PRODUCT);
    assert!(refused.contains("403 Forbidden"), "{refused}");
}

#[test]
fn sandbox_clones_of_a_delete_collide_by_their_gap() {
    let (_workspace, sandbox) = with_product(&["--collisions", "--clone-gap", "0s..0s"]);
    send(&sandbox, "POST", REPOSITORY, NEW_REPOSITORY);
    let refused = send(&sandbox, "DELETE", REPOSITORY, "");
    assert!(refused.contains("already exists and is not an empty directory"), "{refused}");
}

#[test]
fn sandbox_keeps_a_deleted_product_until_its_delay_is_over() {
    let (_workspace, sandbox) = with_product(&["--deletion-delay", "30d"]);
    assert!(send(&sandbox, "DELETE", PRODUCT, "").starts_with("HTTP/1.1 200"));
    assert!(send(&sandbox, "GET", PRODUCT, "").starts_with("HTTP/1.1 200"));
}

#[test]
fn sandbox_leaves_repositories_half_made() {
    let (_workspace, sandbox) = with_product(&["--breakdown", "half-made=100%", "--breakdown", "hangs=0"]);
    let refused = send(&sandbox, "POST", REPOSITORY, NEW_REPOSITORY);
    assert!(refused.contains("/deploy_keys: 403"), "{refused}");
    assert!(send(&sandbox, "GET", REPOSITORY, "").starts_with("HTTP/1.1 200"));
}

#[test]
fn sandbox_dies_and_restarts() {
    let (_workspace, sandbox) = with_product(&["--breakdown", "dies-after-write=100", "--restart", "1h"]);
    assert_eq!(send(&sandbox, "GET", PRODUCT, ""), "", "it is away");
    let workspace = Workspace::new();
    let sandbox =
        Sandbox::with(&workspace, &["--breakdown", "dies-in-write=100", "--restart", "0s", "--slow-checks"]);
    assert_eq!(send(&sandbox, "POST", PRODUCT, NEW_PRODUCT), "");
    assert!(send(&sandbox, "GET", PRODUCT, "").starts_with("HTTP/1.1 200"), "it was pushed");
}

#[test]
fn sandbox_names_the_breakdowns_that_it_has() {
    let refused = Workspace::new().run(&["sandbox", "--breakdown", "dies=5"]).exits(1);
    assert!(refused.stderr.contains("half-made, hangs, dies-in-write"), "{}", refused.stderr);
}
