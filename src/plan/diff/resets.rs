//! What a write may reset unseen: fields that the server does not return, and that the manifest does not
//! declare. They can't be sent along, since they are not known.

use crate::model::value::{Name, Path, Segment, Value};
use crate::resource::schema::{Attribute, Kind, Type};

/// Those fields, as far as they mean anything for this object.
pub fn resets(kind: &'static Kind, name: &str, desired: &Value, live: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect(kind.attributes, desired, live, &mut Path::root(), &mut found);
    // Whether a field inside of another one means anything is known by its default.
    let defaults = (kind.defaults)(name, live);
    found.retain(|path| path.segments().len() == 1 || defaults.at(path).is_some());
    found
}

fn collect(
    attributes: &'static [Attribute],
    desired: &Value,
    live: &Value,
    path: &mut Path,
    found: &mut Vec<Path>,
) {
    let applies = |attribute: &&Attribute| attribute.is_sent() && (attribute.applies)(live);
    for attribute in attributes.iter().filter(applies) {
        let desired = desired.get(attribute.name);
        path.push(Segment::Name(Name::known(&attribute.name)));
        match (attribute.is_readable_in(live), desired, attribute.ty) {
            (false, None, _) => found.push(path.clone()),
            (true, desired, Type::Object(fields)) => {
                let live = live.get(attribute.name).unwrap_or(&Value::Null);
                collect(fields, desired.unwrap_or(&Value::Null), live, path, found);
            }
            _ => {}
        }
        path.pop();
    }
}
