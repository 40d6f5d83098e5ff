//! A server whose replies never end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct EndlessServer {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl EndlessServer {
    /// Answers every request with 200 and blanks until the client goes away.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || answer(stream.unwrap()));
            }
        });
        Self { url, requests }
    }

    /// How many connections there were.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 8192]);
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let mut written = stream.write_all(head);
    while written.is_ok() {
        written = stream.write_all(&[b' '; 1 << 16]);
    }
}
