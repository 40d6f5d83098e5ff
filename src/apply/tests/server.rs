//! A server that answers as a test says, and one log of everything in the order it happened.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::http::NotSent;
use crate::live::client::transport::Sending;
use crate::live::client::{Method, Reply, Request, SendError, Transport};

/// What the server answers.
#[derive(Clone, Debug)]
pub(in crate::apply) enum Answer {
    Reply(u16, Json),
    Lost,
    TimedOut,
    NotSent,
    Hang,
}

impl Answer {
    pub(in crate::apply) fn ok() -> Self {
        Self::Reply(200, json!({"message": "Successfully saved configuration"}))
    }

    pub(in crate::apply) fn error(status: u16, reason: &str, message: &str) -> Self {
        Self::Reply(status, json!({"code": status, "reason": reason, "message": message, "metadata": {}}))
    }

    pub(in crate::apply) fn plain(message: &str) -> Self {
        Self::error(500, "", message)
    }

    /// A cluster that Kubernetes has not seen (§4.3).
    pub(in crate::apply) fn unsynced() -> Self {
        Self::plain(
            "during global validation, it was found that Cluster 'c' does not exist or is unavailable. Please \
             check",
        )
    }

    pub(in crate::apply) fn found(spec: Json) -> Self {
        Self::Reply(200, spec)
    }

    /// §2.3: what all kinds take for absence.
    pub(in crate::apply) fn absent() -> Self {
        Self::error(
            404,
            "RESOURCE_NOT_FOUND",
            "the cluster resource c is not found; there are no default projects under this product",
        )
    }
}

/// Everything that happened, in order.
#[derive(Clone, Debug)]
pub(in crate::apply) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    started: Instant,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { lines: Arc::default(), started: Instant::now() }
    }

    pub(super) fn line(&self, text: impl std::fmt::Display) {
        let at = self.started.elapsed().as_secs();
        self.lines.lock().unwrap().push(format!("{at:>3}s {text}"));
    }

    /// The lines that contain one of these texts.
    pub(in crate::apply) fn lines(&self, of: &[&str]) -> String {
        let lines = self.lines.lock().unwrap();
        let wanted = lines.iter().filter(|line| of.iter().any(|text| line.contains(text)));
        wanted.map(|line| format!("{line}\n")).collect()
    }

    /// The lines without times.
    pub(in crate::apply) fn all(&self) -> Vec<String> {
        self.lines.lock().unwrap().iter().map(|line| line[5..].to_owned()).collect()
    }
}

/// A server that answers "done" unless a test says otherwise.
#[derive(Clone)]
pub(in crate::apply) struct Server {
    answers: Arc<Mutex<BTreeMap<String, VecDeque<Answer>>>>,
    pub(in crate::apply) log: Log,
    pub(in crate::apply) latency: Duration,
}

impl Server {
    pub(in crate::apply) fn new() -> Self {
        Self { answers: Arc::default(), log: Log::new(), latency: Duration::from_secs(1) }
    }

    /// The next answers to requests of this kind; after them, "done" for writes and "absent" for reads.
    pub(in crate::apply) fn answers(
        self,
        method: &str,
        name: &str,
        answers: impl IntoIterator<Item = Answer>,
    ) -> Self {
        self.answers.lock().unwrap().entry(format!("{method} {name}")).or_default().extend(answers);
        self
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> Sending<'_> {
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let what = match request.method {
            Method::Get => format!("GET {name}"),
            Method::Post => format!("POST {name}"),
            Method::Delete => format!("DELETE {name}"),
        };
        Box::pin(async move {
            self.log.line(format_args!("-> {what}"));
            let answer = self.answers.lock().unwrap().get_mut(&what).and_then(VecDeque::pop_front);
            let usual = || if request.method == Method::Get { Answer::absent() } else { Answer::ok() };
            let answer = answer.unwrap_or_else(usual);
            if matches!(answer, Answer::Hang) {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(self.latency).await;
            self.log.line(format_args!("<- {what}"));
            let server = "http://nautes".to_owned();
            let reason = "as the test says".to_owned();
            match answer {
                Answer::Reply(status, body) => Ok(Reply {
                    status,
                    content_type: "application/json".to_owned(),
                    retry_after: None,
                    body: Bytes::from(body.to_string()),
                }),
                Answer::NotSent => Err(SendError::NotSent { server, why: NotSent::Refused, reason }),
                Answer::TimedOut => Err(SendError::TimedOut { server, reason }),
                Answer::Lost | Answer::Hang => Err(SendError::Lost { server, reason }),
            }
        })
    }
}
