//! The order in which a request is processed (§12.2), and the table from routes to handlers.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::sandbox::api::{ApiError, Kind, Method, Now, Request, Response, Target, route};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::kinds::{
    cluster, code_repo, code_repo_binding, deployment_runtime, environment, pipeline_runtime, product,
    project,
};
use crate::sandbox::model::World;

/// The whole server: answers one request. Faults and the log play no part here, see
/// [`serve`](crate::sandbox::serve).
pub fn handle(world: &mut World, request: &Request, now: Now) -> Response {
    world.begin_request();
    world.settle(now);
    let target = match route(request) {
        Ok(target) => target,
        Err(response) => return response,
    };
    let response = match body(request) {
        Ok(body) => {
            let options = &mut world.options;
            let breakdown = options.breakdowns.pick(options.seed, world.number, request, &target);
            let mut call = Call::new(world, request, body, breakdown, now);
            let response = dispatch(&mut call, &request.method, &target);
            call.end(response.is_ok());
            response.unwrap_or_else(|error| Response::error(&error))
        }
        Err(error) => Response::error(&error),
    };
    encode(request, &target, response)
}

/// The body of a request as JSON. A POST needs a registered content type, even with an empty body (§2.1).
fn body(request: &Request) -> Result<Bytes, ApiError> {
    let body = &request.body;
    let value = request.content_type.as_deref().unwrap_or_default();
    let subtype = value.split(';').next().unwrap_or_default().split_once('/').map_or("", |(_, sub)| sub);
    match subtype {
        _ if request.method != Method::Post => Ok(body.clone()),
        "json" => Ok(body.clone()),
        "x-www-form-urlencoded" | "yaml" | "xml" | "proto" if body.is_empty() => Ok(Bytes::new()),
        "x-www-form-urlencoded" => {
            let pairs: BTreeMap<_, _> = url::form_urlencoded::parse(body).collect();
            Ok(serde_json::to_vec(&pairs).expect("a map of texts is JSON").into())
        }
        // Its keys are the Go names of the fields, which no client of the API uses: every field stays unset.
        "yaml" => Ok(Bytes::from_static(b"{}")),
        "xml" | "proto" => Err(ApiError::codec("body unmarshal the sandbox reads JSON, YAML and forms only")),
        _ => Err(ApiError::codec(format!("unregister Content-Type: {value}"))),
    }
}

/// XML cannot hold the maps of the replies: 500 with an empty body (§2.1). A list without items has no map.
fn encode(request: &Request, target: &Target, response: Response) -> Response {
    if request.accept.as_deref() != Some("application/xml") {
        return response;
    }
    if target.name.is_none() && response.body.as_ref() == br#"{"items":[]}"# {
        return Response::new(200, "application/xml", "<ListsReply></ListsReply>");
    }
    Response::new(500, "", "")
}

fn dispatch(call: &mut Call<'_>, method: &Method, target: &Target) -> Result<Response, ApiError> {
    let Target { kind, product, name } = target;
    let handlers = handlers(*kind);
    let Some(name) = name else { return (handlers.list)(call, product) };
    let (warning, done) = match method {
        Method::Get => return (handlers.get)(call, product, name),
        Method::Post => ((handlers.save)(call, product, name)?, "saved"),
        _ => ((handlers.delete)(call, product, name).map(|()| None)?, "deleted"),
    };
    let usual = || match kind {
        Kind::Cluster => format!("Successfully {done} {name} cluster"),
        Kind::Product => format!("Successfully {done}"),
        _ => format!("Successfully {done} {name} configuration"),
    };
    Ok(Response::message(&warning.unwrap_or_else(usual)))
}

fn handlers(kind: Kind) -> Handlers {
    match kind {
        Kind::Cluster => cluster::HANDLERS,
        Kind::Product => product::HANDLERS,
        Kind::Project => project::HANDLERS,
        Kind::Environment => environment::HANDLERS,
        Kind::CodeRepo => code_repo::HANDLERS,
        Kind::CodeRepoBinding => code_repo_binding::HANDLERS,
        Kind::PipelineRuntime => pipeline_runtime::HANDLERS,
        Kind::DeploymentRuntime => deployment_runtime::HANDLERS,
    }
}
