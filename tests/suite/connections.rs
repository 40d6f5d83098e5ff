//! The token is sent to the configured server only; foreign servers are reported.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use crate::support::Workspace;

/// Answers every request with the same bytes and passes on the requests.
fn server(answer: impl Fn(&str) -> String + Send + 'static) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    let own = address.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            let mut buffer = [0; 8192];
            let length = stream.read(&mut buffer).unwrap_or_default();
            let _ = sender.send(String::from_utf8_lossy(&buffer[..length]).into_owned());
            let _ = stream.write_all(answer(&own).as_bytes());
        }
    });
    (address, receiver)
}

fn plan(workspace: &Workspace, server: &str) -> crate::support::Output {
    let mut command = workspace.command(&["plan", "--api-server", server]);
    Workspace::finish(command.env("NAUTFORM_TOKEN", "canary-token"))
}

#[test]
fn redirects_are_refused_and_get_no_token() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let (elsewhere, asked) = server(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned());
    let (redirecting, _) = server(move |_| {
        format!(
            "HTTP/1.1 302 Found\r\nlocation: {elsewhere}/api/v1/clusters\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    });
    let output = plan(&workspace, &redirecting).exits(1);
    assert!(output.stderr.contains("the token is not sent elsewhere"), "{}", output.stderr);
    assert!(asked.try_recv().is_err(), "another server got a request");
    assert!(!output.stderr.contains("canary-token"));
}

#[test]
fn foreign_servers_are_reported_with_a_hint() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let page = "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
    let (address, asked) = server(move |_| page.to_owned());
    let output = plan(&workspace, &format!("{address}/")).exits(1);
    assert!(output.stderr.contains("check --api-server"), "{}", output.stderr);
    let request = asked.recv().unwrap().to_ascii_lowercase();
    assert!(request.starts_with("get /api/v1/"), "{request}");
    assert!(
        request.contains("authorization: bearer canary-token")
            && request.contains("accept: application/json")
    );
}

#[test]
fn rejected_tokens_are_reported() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let answer = "{\"code\":500,\"reason\":\"\",\"message\":\"GET https://gitlab/api/v4/user: 401 {message: 401 Unauthorized}\",\"metadata\":{}}";
    let (address, _) = server(move |_| {
        format!(
            "HTTP/1.1 500 X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
            answer.len()
        )
    });
    let output = plan(&workspace, &address).exits(1);
    assert!(output.stderr.contains("the token was not accepted"), "{}", output.stderr);
}

#[test]
fn sandbox_on_this_machine_is_reached_without_the_proxy() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let (proxy, asked) = server(|_| "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_owned());
    let mut command = workspace.command(&["plan", "--sandbox"]);
    Workspace::finish(command.env("HTTP_PROXY", &proxy).env("http_proxy", &proxy)).exits(0);
    assert!(asked.try_recv().is_err(), "the proxy was asked");
}

#[test]
fn ca_file_without_a_certificate_is_refused_at_once() {
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.write("ca.pem", "not a certificate");
    let server = ["plan", "--api-server", "https://nautes.invalid", "--ca-file", "ca.pem"];
    let output = Workspace::finish(workspace.command(&server).env("NAUTFORM_TOKEN", "canary-token")).exits(1);
    assert!(output.stderr.contains("the CA file holds no certificate"), "{}", output.stderr);
}
