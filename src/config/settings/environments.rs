//! Environments that get into each other's way: each has a server and a state of its own.
//!
//! With one server, each would take the objects of the other for its own, and with one state, each would
//! delete what only the other declares.

use url::Url;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::server_url;

use super::model::{Backend, Declared, StateSettings};

/// Reports environments with the server or the state of an earlier one.
pub(super) fn check(all: &[Declared], diagnostics: &mut Diagnostics) {
    for (index, one) in all.iter().enumerate() {
        let before = &all[..index];
        let server = server(one);
        if let Some(other) = before.iter().find(|other| server.is_some() && self::server(other) == server) {
            let places = [one, other].map(|declared| declared.settings.server.place);
            diagnostics.push(same("server", one, other, places).help(
                "each would take what is there for its own: give each a platform, `server: {url: ...}`",
            ));
        }
        let state = state(one);
        if let Some(other) = before.iter().find(|other| state.is_some() && self::state(other) == state) {
            let places = [one, other].map(|declared| declared.settings.state.place);
            diagnostics.push(same("state", one, other, places).help(
                "each would delete what only the other declares: give each a place, such as `state: {name: ...}`",
            ));
        }
    }
}

/// The first place is that of `one`; what is there for all is in one place.
fn same(what: &str, one: &Declared, other: &Declared, places: [Option<Span>; 2]) -> Diagnostic {
    let message = format!("the environments {} and {} have the same {what}", other.name, one.name);
    let [place, of_other] = places;
    let error = Diagnostic::error("same-platform", message).at(place.unwrap_or(one.span));
    match of_other.filter(|of_other| Some(*of_other) != place) {
        Some(of_other) => error.also(of_other, ""),
        None => error,
    }
}

fn server(declared: &Declared) -> Option<String> {
    declared.settings.server.url.as_deref().and_then(server_url::of)
}

/// Where the state is, as far as the file says it; a local one is in a directory of its environment.
fn state(declared: &Declared) -> Option<[Option<String>; 3]> {
    let StateSettings { backend, address, api, project, name, endpoint, bucket, key, .. } =
        &declared.settings.state;
    let url = |text: &Option<String>| {
        let url = Url::parse(text.as_deref()?).ok()?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("{}{query}", server_url::normalised(&url)))
    };
    match backend {
        Backend::Local => None,
        Backend::Http => address.as_ref().map(|_| [url(address), None, None]),
        Backend::Gitlab => Some([url(api), project.clone(), name.clone()]),
        Backend::S3 => Some([url(endpoint), bucket.clone(), key.clone()]),
    }
}
