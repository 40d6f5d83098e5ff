//! A port that refuses connections for as long as it is needed.

use tokio::net::TcpSocket;

/// Bound, so that no other process gets it, and never listening.
pub(crate) struct ClosedPort {
    _socket: TcpSocket,
    url: String,
}

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        Self { _socket: socket, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
