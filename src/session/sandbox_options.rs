//! What a sandbox is told about the platform: the lists that a real server has in its own configuration.

use crate::resource::catalogue::{Catalogue, Component};
use crate::sandbox::{HookMetadata, Options, ThirdPartyComponent};

/// The switches of a sandbox for a platform; without a catalogue, as v0.4.2 is.
pub(super) fn options(catalogue: Option<&Catalogue>) -> Options {
    let Some(Catalogue { components, hooks }) = catalogue else { return Options::default() };
    let hook =
        |name: &String| HookMetadata { name: name.clone(), pre: true, post: true, event_sources: Vec::new() };
    Options {
        components: components.as_ref().map(|all| all.iter().map(component).collect()),
        hooks: hooks.as_ref().map(|all| all.iter().map(hook).collect()),
        ..Options::default()
    }
}

fn component(listed: &Component) -> ThirdPartyComponent {
    let properties = listed.properties.iter();
    ThirdPartyComponent {
        name: listed.name.clone(),
        namespace: listed.namespace.clone(),
        kind: listed.serves.clone(),
        default: listed.is_default,
        properties: properties
            .map(|property| (property.name.clone(), property.default.clone(), property.required))
            .collect(),
    }
}
