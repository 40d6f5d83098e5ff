//! Routing as gorilla/mux does it (§1, §1.1): on the decoded path, with redirects for untidy paths.

use std::borrow::Cow;

use bytes::Bytes;

use crate::sandbox::api::{Method, Request, Response, TEXT};

/// The kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cluster,
    Product,
    Environment,
    Project,
    CodeRepo,
    CodeRepoBinding,
    PipelineRuntime,
    DeploymentRuntime,
}

impl Kind {
    /// Those that live in a product.
    pub(crate) const IN_PRODUCT: [Kind; 6] = [
        Kind::Project,
        Kind::Environment,
        Kind::CodeRepo,
        Kind::CodeRepoBinding,
        Kind::PipelineRuntime,
        Kind::DeploymentRuntime,
    ];

    /// The path segment of the collection.
    pub(crate) fn collection(self) -> &'static str {
        match self {
            Kind::Cluster => "clusters",
            Kind::Product => "products",
            Kind::Environment => "environments",
            Kind::Project => "projects",
            Kind::CodeRepo => "coderepos",
            Kind::CodeRepoBinding => "coderepobindings",
            Kind::PipelineRuntime => "projectpipelineruntimes",
            Kind::DeploymentRuntime => "deploymentruntimes",
        }
    }

    /// The kind's name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Cluster => "Cluster",
            Kind::Product => "Product",
            Kind::Environment => "Environment",
            Kind::Project => "Project",
            Kind::CodeRepo => "CodeRepo",
            Kind::CodeRepoBinding => "CodeRepoBinding",
            Kind::PipelineRuntime => "ProjectPipelineRuntime",
            Kind::DeploymentRuntime => "DeploymentRuntime",
        }
    }
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    /// The product of a kind that lives in one.
    pub(crate) product: String,
    /// `None` for the list of all.
    pub(crate) name: Option<String>,
}

/// The target, or what the router answers by itself.
pub(crate) fn route(request: &Request) -> Result<Target, Response> {
    let Some(path) = percent_decode(request.path()) else {
        return Err(Response::new(400, TEXT, "400 Bad Request"));
    };
    let clean = clean(&path);
    if clean != path {
        return Err(Response { body: Bytes::new(), content_type: "", ..redirect(&clean, request) });
    }
    let (bare, slash) = match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => (bare, true),
        _ => (&*path, false),
    };
    let target = target(bare).filter(|target| allowed(&request.method, target));
    match target {
        None => {
            let head = request.method == Method::Other("HEAD".to_owned());
            Err(Response::new(404, TEXT, if head { "" } else { "404 page not found\n" }))
        }
        Some(_) if slash => Err(redirect(bare, request)),
        Some(target) => Ok(target),
    }
}

fn allowed(method: &Method, target: &Target) -> bool {
    match method {
        Method::Get => true,
        Method::Post | Method::Delete => target.name.is_some(),
        Method::Other(_) => false,
    }
}

fn target(path: &str) -> Option<Target> {
    let rest = path.strip_prefix("/api/v1/")?;
    let segments: Vec<&str> = rest.split('/').collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        return None;
    }
    let kind = |segment: &str| Kind::IN_PRODUCT.into_iter().find(|kind| kind.collection() == segment);
    let (kind, product, name) = match segments[..] {
        ["clusters"] => (Kind::Cluster, "", None),
        ["clusters", name] => (Kind::Cluster, "", Some(name)),
        ["products"] => (Kind::Product, "", None),
        ["products", name] => (Kind::Product, "", Some(name)),
        ["products", product, collection] => (kind(collection)?, product, None),
        ["products", product, collection, name] => (kind(collection)?, product, Some(name)),
        _ => return None,
    };
    Some(Target { kind, product: product.to_owned(), name: name.map(str::to_owned) })
}

fn redirect(path: &str, request: &Request) -> Response {
    let mut location = percent_encode(path);
    if !request.query().is_empty() {
        location.push('?');
        location.push_str(request.query());
    }
    let body = format!("<a href=\"{location}\">Moved Permanently</a>.\n\n");
    Response { location: Some(location), ..Response::new(301, "text/html; charset=utf-8", body) }
}

/// Go's `path.Clean`, keeping a trailing slash.
fn clean(path: &str) -> Cow<'_, str> {
    if is_clean(path) {
        return path.into();
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut clean = format!("/{}", segments.join("/"));
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    clean.into()
}

/// Whether every segment is a name; a slash at the end is none.
fn is_clean(path: &str) -> bool {
    let names = path.strip_prefix('/').map(|path| path.strip_suffix('/').unwrap_or(path));
    names.is_some_and(|names| names.split('/').all(|name| !matches!(name, "" | "." | "..")))
}

fn percent_decode(path: &str) -> Option<Cow<'_, str>> {
    if !path.contains('%') {
        return Some(path.into());
    }
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] == b'%' {
            let hex = path.get(index + 1..index + 3)?;
            decoded.push(u8::from_str_radix(hex, 16).ok()?);
            index += 3;
        } else {
            decoded.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn percent_encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~$&+:=@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
