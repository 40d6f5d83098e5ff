//! The two faces of the API: a [`Reader`] cannot write, a [`Writer`] can. Each call is one request and its verdict; who calls decides
//! about trying again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Transport;

/// Reads. There is no way from here to a write.
#[derive(Clone)]
pub struct Reader {
    transport: Arc<dyn Transport>,
    sent: Arc<AtomicUsize>,
}

impl Reader {
    /// Reads through a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, sent: Arc::default() }
    }

    /// How many requests were sent so far.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The transport below, for the writer.
    pub(super) fn transport(&self) -> &dyn Transport {
        self.transport.as_ref()
    }
}

/// Writes, and reads back.
#[derive(Clone)]
pub struct Writer {
    reader: Reader,
}

impl Writer {
    /// Writes through a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { reader: Reader::new(transport) }
    }

    /// The reading face.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The transport below.
    #[expect(dead_code, reason = "used by the calls that follow")]
    fn transport(&self) -> &dyn Transport {
        self.reader.transport()
    }
}
