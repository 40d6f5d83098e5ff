//! A Nautes API server of which nothing is known but its address: the sandbox's world without its identity,
//! under as many addresses as are wanted.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::{Body, to_bytes};
use axum::extract::Request as HttpRequest;
use axum::http::header;
use nautform::sandbox::{Delivery, Method, Request, World, serve};

#[derive(Default)]
pub(crate) struct ApiServer {
    world: Arc<Mutex<World>>,
    runtimes: Mutex<Vec<tokio::runtime::Runtime>>,
}

impl ApiServer {
    /// One more address of it.
    pub(crate) fn address(&self) -> String {
        let world = Arc::clone(&self.world);
        let answer = move |request: HttpRequest| async move { reply(&world, request).await };
        let (url, runtime) = super::serve(axum::Router::new().fallback(answer));
        self.runtimes.lock().unwrap().push(runtime);
        url
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

async fn reply(world: &Mutex<World>, request: HttpRequest) -> axum::http::Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let request = match parts.method.as_str() {
        "POST" => Request::post(path, body),
        "DELETE" => Request::delete(path),
        method => {
            assert_eq!(Method::parse(method), Method::Get);
            Request::get(path)
        }
    };
    let request = request.with_authorization(Some("Bearer x"));
    let Delivery::Whole(response) = serve(&mut world.lock().unwrap(), &request, 0) else {
        panic!("no fault was asked for")
    };
    axum::http::Response::builder()
        .status(response.status)
        .header(header::CONTENT_TYPE, response.content_type)
        .body(Body::from(response.body))
        .unwrap()
}
