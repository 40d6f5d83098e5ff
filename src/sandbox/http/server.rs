//! The HTTP server: serves a [`World`] over HTTP/1.1 with axum, injects the faults of the wire, keeps the
//! data file.
//!
//! It decides nothing: every answer, and which fault hits which request, comes from [`serve`].

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::sandbox::api::{Method, Now, Request, Response, TEXT};
use crate::sandbox::gitlab::serve::is_for_gitlab;
use crate::sandbox::http::data_file::{DataFile, new_id};
use crate::sandbox::http::faults::Delivery;
use crate::sandbox::http::serve::{serve, survive};
use crate::sandbox::http::wire::{Wire, WireListener};
use crate::sandbox::model::{Options, World};

/// No request of the API is longer.
const LONGEST_BODY: usize = 64 << 20;
/// The header of every reply that says which sandbox it is. A Nautes API server has none.
const IDENTITY: header::HeaderName = header::HeaderName::from_static("nautform-sandbox");
/// How long a shutdown waits for requests under way.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// A running sandbox. Dropping it stops it at once, without a fresh snapshot; the log next to the data file
/// is complete.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
}

#[derive(Debug)]
struct Shared {
    /// Which sandbox it is, whatever its port: kept in the data file.
    id: String,
    state: Mutex<Inner>,
    stop: watch::Receiver<bool>,
}

#[derive(Debug)]
struct Inner {
    world: World,
    data: Option<DataFile>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// Serves the world on the caller's runtime; port 0 picks a free one. An existing data file replaces the
    /// world.
    ///
    /// # Errors
    /// The address cannot be bound, or the data file cannot be read or written.
    pub async fn start(
        listen: SocketAddr,
        mut world: World,
        options: Options,
        data: Option<PathBuf>,
    ) -> io::Result<Server> {
        world.options = options;
        let data = data.map(|path| DataFile::open(&path, &mut world)).transpose()?;
        let id = data.as_ref().map_or_else(new_id, |data| data.id().to_owned());
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        world.options.gitlab_url.get_or_insert_with(|| format!("http://{address}"));
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared { id, state: Mutex::new(Inner { world, data }), stop: stopped.clone() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<Wire>();
        let serving = axum::serve(WireListener(listener), service).with_graceful_shutdown(wait_for(stopped));
        let task = tokio::spawn(async move { serving.await });
        Ok(Server { address, shared, stop, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Which sandbox it is: the same on another port, if it has the same data file.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// Looks at the world, or changes it out of band. Changes reach the data file.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let mut state = self.shared.lock();
        let Inner { world, data } = &mut *state;
        let result = look(world);
        if let Some(data) = data {
            // A data file that cannot be written fails the next request.
            let _ = data.append(world);
        }
        result
    }

    /// `METHOD path status` of each request so far.
    pub fn log(&self) -> Vec<String> {
        self.with_world(|world| world.log().lines())
    }

    /// Ends requests under way, stops listening and writes a fresh snapshot.
    ///
    /// # Errors
    /// The snapshot cannot be written; the log next to it is still complete.
    pub async fn shutdown(mut self) -> io::Result<()> {
        let _ = self.stop.send(true);
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
        }
        let mut state = self.shared.lock();
        let Inner { world, data } = &mut *state;
        data.as_mut().map_or(Ok(()), |data| data.compact(world))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.task.abort();
    }
}

async fn wait_for(mut stopped: watch::Receiver<bool>) {
    // An error means that the server was dropped, which is a stop, too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let Some(request) = read(request).await else { return cut(&wire) };
    let arrived = now();
    let Decision { delivery, number, latency } = decide(&shared, &request, arrived);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let delivery = match number {
        Some(number) => survive(&mut shared.lock().world, delivery, number, arrived, now()),
        None => delivery,
    };
    let mut reply = deliver(delivery, &wire, &shared).await;
    if let Ok(id) = shared.id.parse() {
        reply.headers_mut().insert(IDENTITY, id);
    }
    reply
}

/// Reads the request whole; `None` if the client went away.
async fn read(request: axum::extract::Request) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LONGEST_BODY).await.ok()?;
    let path_and_query = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    Some(Request {
        method: Method::parse(parts.method.as_str()),
        path_and_query,
        content_type: text(&parts.headers, &header::CONTENT_TYPE),
        accept: text(&parts.headers, &header::ACCEPT),
        authorization: text(&parts.headers, &header::AUTHORIZATION),
        body,
    })
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// How a request is answered.
struct Decision {
    delivery: Delivery,
    /// Its number, unless GitLab answers.
    number: Option<u64>,
    latency: Duration,
}

fn decide(shared: &Shared, request: &Request, now: Now) -> Decision {
    let mut state = shared.lock();
    let Inner { world, data } = &mut *state;
    let delivery = serve(world, request, now);
    let number = (!is_for_gitlab(request)).then(|| world.latest_request());
    let is_write = number.is_some() && request.is_write();
    let more = if is_write { world.options.write_latency } else { Duration::ZERO };
    let latency = world.duration() + more;
    let delivery = match data.as_mut().map_or(Ok(()), |data| data.append(world)) {
        Ok(()) => delivery,
        Err(error) => {
            let text = format!("the sandbox cannot write its data file: {error}\n");
            Delivery::Whole(Response::new(500, TEXT, text))
        }
    };
    Decision { delivery, number, latency }
}

fn now() -> Now {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now::try_from(since.as_millis()).unwrap_or(Now::MAX)
}

async fn deliver(delivery: Delivery, wire: &Wire, shared: &Shared) -> axum::response::Response {
    match delivery {
        Delivery::Whole(response) => reply(&response, response.body.clone().into()),
        Delivery::Slow(response) => reply(&response, Body::from_stream(slow_body(response.body.clone()))),
        Delivery::Endless(response) => {
            let body = endless(response.body.clone(), shared.stop.clone());
            reply(&response, Body::from_stream(body))
        }
        Delivery::Reset => cut(wire),
        Delivery::Hang => {
            wait_for(shared.stop.clone()).await;
            cut(wire)
        }
    }
}

/// No byte of this is sent.
fn cut(wire: &Wire) -> axum::response::Response {
    wire.cut();
    axum::response::Response::new(Body::empty())
}

fn reply(response: &Response, body: Body) -> axum::response::Response {
    let mut reply = axum::response::Response::new(body);
    *reply.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut header = |name: header::HeaderName, value: &str| {
        if let Ok(value) = value.parse() {
            reply.headers_mut().insert(name, value);
        }
    };
    if !response.content_type.is_empty() {
        header(header::CONTENT_TYPE, response.content_type);
    }
    if let Some(location) = &response.location {
        header(header::LOCATION, location);
    }
    if let Some(seconds) = response.retry_after {
        header(header::RETRY_AFTER, &seconds.to_string());
    }
    reply
}

/// The body in sixteen pieces with a pause before each.
fn slow_body(body: Bytes) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    let piece = (body.len() / 16).max(1);
    stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok(next), rest))
    })
}

/// The body, then spaces until the server stops: valid JSON that never ends.
fn endless(
    body: Bytes,
    stop: watch::Receiver<bool>,
) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold((Some(body), stop), |(first, stop)| async move {
        if let Some(body) = first {
            return Some((Ok(body), (None, stop)));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        let stopped = *stop.borrow();
        (!stopped).then_some((Ok(Bytes::from_static(&[b' '; 65536])), (None, stop)))
    })
}
