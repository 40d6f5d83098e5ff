//! Servers with certificates that are not good: final at once, with the words for what is wrong.
//!
//! `testdata/tls` has a CA of its own, a certificate of it that is valid until 2099, one that expired in 2020, and
//! one for another name.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::{Output, Workspace, product, repository};

/// A server with this certificate, which answers 401; how often it was connected to.
fn server(certificate: &str) -> (String, Arc<AtomicUsize>) {
    let file = repository(&format!("testdata/tls/{certificate}.pem"));
    let chain = CertificateDer::pem_file_iter(&file).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(&file).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let connections: Arc<AtomicUsize> = Arc::default();
    let counter = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::Relaxed);
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream
                .write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (url, connections)
}

fn plan(url: &str, trusts_ca: bool) -> Output {
    let workspace = Workspace::new();
    workspace.write("a.yaml", &product("a"));
    let mut command = workspace.command(&["plan", "--refresh", "api", "--api-server", url]);
    if trusts_ca {
        command.arg("--ca-file").arg(repository("testdata/tls/ca.pem"));
    }
    Workspace::finish(command.env("NAUTFORM_TOKEN", "token")).exits(1)
}

#[test]
fn bad_certificates_are_final_and_named() {
    for (certificate, trusts_ca, text) in [
        ("valid", false, "UnknownIssuer; is it issued by a CA of your own"),
        ("expired", true, "; renew the server's certificate, or correct the clock of this machine"),
        ("other", true, "; use a name in the URL that the certificate is for"),
        ("valid", true, "the token was not accepted"),
    ] {
        let (url, connections) = server(certificate);
        let output = plan(&url, trusts_ca);
        assert!(output.stderr.contains(text), "{certificate}: {}", output.stderr);
        assert_eq!(connections.load(Ordering::Relaxed), 1, "{certificate}");
    }
}
