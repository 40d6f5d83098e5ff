//! A list of objects, as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::resource::Listed;

use super::named::Named;
use super::shown::Spec;
use super::write;

/// The version of this format.
const VERSION: &str = "1.0";

#[derive(Serialize)]
struct Document<'a> {
    format_version: &'static str,
    objects: Vec<Object<'a>>,
}

#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    named: Named<'a>,
    managed: bool,
    spec: Spec<'a>,
}

fn object(found: &Listed) -> Object<'_> {
    let Listed { address, spec, managed } = found;
    let spec = Spec { attributes: address.kind().attributes, value: spec };
    Object { named: Named::of(address), managed: *managed, spec }
}

/// Writes a document with all objects.
///
/// # Errors
/// If `out` can't be written.
pub fn listing(objects: &[Listed], out: &mut dyn Write) -> io::Result<()> {
    let objects = objects.iter().map(object).collect();
    write::pretty(&Document { format_version: VERSION, objects }, out)
}
