//! What is final ends a run at once; what may heal is tried within one budget for the whole server, and never
//! in silence.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{ClosedPort, Output, Workspace, product, project};

/// Answers every connection with the same bytes; counts them.
struct Server {
    address: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn answering(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests: Arc<AtomicUsize> = Arc::default();
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 8192]);
                counter.fetch_add(1, Ordering::Relaxed);
                let _ = stream.write_all(answer);
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// Many products, each with a project, so that there are many requests.
fn fleet(products: usize) -> Workspace {
    let workspace = Workspace::new();
    let names = (0..products).map(|number| format!("p{number}"));
    let all: String = names.map(|name| product(&name) + &project(&name, "web")).collect();
    workspace.write("fleet.yaml", &all);
    workspace
}

fn plan(workspace: &Workspace, server: &str, args: &[&str]) -> Output {
    let args = [&["plan", "--api-server", server], args].concat();
    Workspace::finish(workspace.command(&args).env("NAUTFORM_TOKEN", "token"))
}

const UNAVAILABLE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[test]
fn failures_that_nothing_cures_are_tried_once() {
    let html =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
    let unauthorized = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let tls = b"\x15\x03\x01\x00\x02\x02\x46";
    for (answer, scheme, text) in [
        (&html[..], "http", "a page of HTML"),
        (unauthorized, "http", "the token was not accepted"),
        (tls, "http", "did you mean https://?"),
        (unauthorized, "https", "did you mean http://?"),
    ] {
        let server = Server::answering(answer);
        let workspace = fleet(1);
        let output = plan(&workspace, &format!("{scheme}://{}", server.address), &[]).exits(1);
        assert!(output.stderr.contains(text), "{text}: {}", output.stderr);
        assert_eq!(server.requests(), 1, "{text}");
    }
}

#[test]
fn redirects_and_unknown_names_are_tried_once_more() {
    let redirect =
        b"HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let server = Server::answering(redirect);
    let output = plan(&fleet(1), &format!("http://{}", server.address), &[]).exits(1);
    assert!(output.stderr.contains("a redirect"), "{}", output.stderr);
    assert_eq!(server.requests(), 2);
    let output = plan(&fleet(1), "https://nautes.invalid", &[]).exits(1);
    assert!(output.stderr.contains("cannot connect to https://nautes.invalid"), "{}", output.stderr);
    assert!(output.stderr.contains("1 request was repeated"), "{}", output.stderr);
}

#[test]
fn forbidden_is_final_for_one_object_only() {
    let forbidden = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let server = Server::answering(forbidden);
    let output = plan(&fleet(3), &format!("http://{}", server.address), &[]).exits(1);
    assert!(output.stdout.contains("could not be read"), "{}{}", output.stdout, output.stderr);
    assert!(server.requests() >= 3, "{}", server.requests());
}

/// The number of requests does not matter.
#[test]
fn server_that_is_away_costs_one_budget() {
    let closed = ClosedPort::new();
    let started = Instant::now();
    let output = plan(&fleet(40), closed.url(), &["--retry-timeout", "2s"]).exits(1);
    assert!(output.stderr.contains("tries in 2s)"), "{}", output.stderr);
    let server = Server::answering(UNAVAILABLE);
    let url = format!("http://{}", server.address);
    let output = plan(&fleet(40), &url, &["--retry-timeout", "3s"]).exits(1);
    assert!(output.stdout.contains("the server answers HTTP 503"), "{}", output.stdout);
    assert!(output.stderr.contains("the server answers HTTP 503; trying again ("), "{}", output.stderr);
    assert!(server.requests() < 60, "{} requests", server.requests());
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn budget_of_the_settings_may_be_nothing() {
    let closed = ClosedPort::new();
    let workspace = fleet(2);
    workspace.write("nautform.yaml", "server: {retryTimeout: 0s}\n");
    let output = plan(&workspace, closed.url(), &[]).exits(1);
    assert!(output.stderr.contains("(1 try in 0s)"), "{}", output.stderr);
}

#[test]
fn retry_after_beyond_the_budget_is_not_waited_for() {
    let later = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let date = b"HTTP/1.1 503 Service Unavailable\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 09:49:37 GMT\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for answer in [&later[..], date] {
        let server = Server::answering(answer);
        let output = plan(&fleet(1), &format!("http://{}", server.address), &[]).exits(1);
        assert!(output.stdout.contains("the server asks to wait 3600s"), "{}", output.stdout);
        assert_eq!(server.requests(), 1);
    }
}

#[test]
fn limits_of_nothing_are_invalid() {
    let workspace = fleet(1);
    for flag in ["--request-timeout=0s", "--parallelism=0", "--max-requests-per-second=0"] {
        let output = plan(&workspace, "http://127.0.0.1:1", &[flag]);
        assert!(output.stderr.contains("invalid value"), "{flag}: {}", output.stderr);
    }
}
