//! An object before and after a plan, as Terraform shows both: whole objects, what the server fills in
//! included; null where there is none; marks where secrets are.
//!
//! Invariant: a value differs between the sides only if the plan changes it. A secret is one text on both
//! sides while it stays, and another one afterwards if it changes.

use serde_json::{Map as JsonMap, Value as Json};

use crate::model::value::{Name, Path, Segment, Value};
use crate::plan::{Action, Change, Drift, DriftKind};
use crate::render::diff_view::is_secret;
use crate::resource::schema::{Attribute, Kind, Type, attribute_at};

use super::shown::Spec;

/// What is written for a secret that is there, or stays.
pub(super) const SECRET: &str = "(sensitive value)";
/// What is written for a secret that the plan changes.
pub(super) const OTHER_SECRET: &str = "(sensitive value, changed)";

/// One side.
pub(super) struct Side {
    /// The fields; null if there is no object.
    pub(super) value: Json,
    /// Where the secrets are; false if there is no object.
    pub(super) sensitive: Json,
}

/// Both, and what only the server knows of the object afterwards.
pub(super) struct Sides {
    pub(super) before: Side,
    pub(super) after: Side,
    pub(super) unknown: Json,
}

impl Side {
    const NONE: Self = Self { value: Json::Null, sensitive: Json::Bool(false) };

    /// The object so far.
    pub(super) fn before(change: &Change) -> Self {
        let kept = change.unread.secrets.iter().map(|path| (path.clone(), SECRET));
        before(change).map_or(Self::NONE, |known| Self::of(change.address.kind(), &known, kept))
    }

    /// The object after the plan.
    pub(super) fn after(change: &Change) -> Self {
        match change.action {
            Action::Delete | Action::Forget => Self::NONE,
            Action::NoOp => Self::before(change),
            Action::Create | Action::Replace => {
                let declared = change.unread.declared.iter();
                let declared = declared.map(|path| (path.clone(), secret_after(change, path)));
                Self::of(change.address.kind(), change.after.as_deref().unwrap_or(&Value::Null), declared)
            }
            Action::Update => updated(change).0,
        }
    }

    fn of(
        kind: &'static Kind,
        value: &Value,
        secrets: impl IntoIterator<Item = (Path, &'static str)>,
    ) -> Self {
        let mut marks = Json::Object(JsonMap::new());
        let mut shown = serde_json::to_value(Spec { attributes: kind.attributes, value })
            .expect("a tree with text keys can be written");
        // What the table calls a secret is not in there, whatever it is.
        let found = secret_places(kind, value).into_iter().map(|path| (path, SECRET));
        for (path, text) in found.chain(secrets) {
            put(&mut shown, path.segments(), text.into());
            // Which items of a list is not said: a consumer may show none of them.
            let marked = path.segments().split(|segment| matches!(segment, Segment::Index(_))).next();
            put(&mut marks, marked.unwrap_or_default(), true.into());
        }
        Self { value: shown, sensitive: marks }
    }
}

impl Sides {
    /// Those of a change.
    pub(super) fn of(change: &Change) -> Self {
        let (after, unknown) = match change.action {
            Action::Update => updated(change),
            Action::Create | Action::Replace => (Side::after(change), filled_in(change)),
            Action::Delete | Action::Forget | Action::NoOp => (Side::after(change), Vec::new()),
        };
        let mut marks = Json::Object(JsonMap::new());
        unknown.iter().for_each(|path| put(&mut marks, path.segments(), true.into()));
        Self { before: Side::before(change), after, unknown: marks }
    }

    /// Those of an object that changed outside of nautform: as it was applied, and as it is.
    pub(super) fn of_drift(drift: &Drift) -> Self {
        let kind = drift.address.kind();
        let secrets = || drift.unread.secrets.iter().map(|path| (path.clone(), SECRET));
        let whole = merged(drift.object.clone(), &drift.unread.fields);
        let mut was = whole.clone();
        for field in drift.attributes.iter().filter(|field| !field.sensitive) {
            set(&mut was, field.path.segments(), field.before.as_ref());
        }
        let after = match drift.kind {
            DriftKind::Missing => Side::NONE,
            DriftKind::Changed => Side::of(kind, &whole, secrets()),
        };
        let unknown = Json::Object(JsonMap::new());
        Self { before: Side::of(kind, &was, secrets()), after, unknown }
    }
}

/// The object so far: live fields, and those that the server does not return as they were applied.
fn before(change: &Change) -> Option<Value> {
    let Change { before, unread, .. } = change;
    let hidden = &unread.fields;
    match before {
        Some(live) => Some(merged(live.as_ref().clone(), hidden)),
        None if change.action == Action::Create || hidden.is_empty() => None,
        None => Some(hidden.clone()),
    }
}

/// An object after an update: the live one with what the plan changes. What only follows from changed fields
/// is unknown.
fn updated(change: &Change) -> (Side, Vec<Path>) {
    let mut value = before(change).unwrap_or_default();
    let kind = change.address.kind();
    let name = change.address.name();
    let sent = change.after.as_deref().unwrap_or(&Value::Null);
    let usual = (kind.defaults)(name, change.before.as_deref().unwrap_or(&Value::Null));
    let usual_after = (kind.defaults)(name, sent);
    let mut unknown = Vec::new();
    for (path, default) in leaves(&usual) {
        let follows = value.at(&path) == Some(default) && sent.at(&path).is_none();
        if follows && usual_after.at(&path) != Some(default) {
            unknown.push(path);
        }
    }
    for field in change.attributes.iter().filter(|field| !field.sensitive) {
        let is_back = field.after.is_none() && usual_after.at(&field.path).is_some();
        unknown.extend(is_back.then(|| field.path.clone()));
        set(&mut value, field.path.segments(), field.after.as_ref());
    }
    unknown.iter().for_each(|path| set(&mut value, path.segments(), None));
    let Change { unread, .. } = change;
    let kept = unread.secrets.iter().chain(&unread.declared);
    let secrets = kept.map(|path| (path.clone(), secret_after(change, path)));
    (Side::of(kind, &value, secrets), unknown)
}

/// What is written for a secret afterwards.
fn secret_after(change: &Change, path: &Path) -> &'static str {
    let changes = change.attributes.iter().any(|field| field.sensitive && field.path == *path);
    let had = change.unread.secrets.contains(path);
    if changes && had { OTHER_SECRET } else { SECRET }
}

/// What the server fills in of an object that it makes: computed fields, and defaults that nothing declares.
fn filled_in(change: &Change) -> Vec<Path> {
    let sent = change.after.as_deref().unwrap_or(&Value::Null);
    let kind = change.address.kind();
    let usual = (kind.defaults)(change.address.name(), sent);
    let mut all: Vec<Path> = leaves(&usual).into_iter().map(|(path, _)| path).collect();
    computed(kind.attributes, &mut Path::root(), &mut all);
    all.retain(|path| sent.at(path).is_none());
    all.sort_unstable();
    all.dedup();
    all
}

fn computed(attributes: &'static [Attribute], path: &mut Path, all: &mut Vec<Path>) {
    for attribute in attributes {
        path.push(Segment::Name(Name::known(&attribute.name)));
        match attribute.ty {
            _ if attribute.computed => all.push(path.clone()),
            Type::Object(fields) => computed(fields, path, all),
            _ => {}
        }
        path.pop();
    }
}

/// The places that the table calls secret, or that hold one.
fn secret_places(kind: &'static Kind, value: &Value) -> Vec<Path> {
    let mut all = value.secret_paths();
    for (path, leaf) in leaves(value) {
        if is_secret(attribute_at(kind, &path), leaf) && !all.contains(&path) {
            all.push(path);
        }
    }
    all
}

/// Every value that is not a map, by its place.
fn leaves(value: &Value) -> Vec<(Path, &Value)> {
    fn collect<'a>(value: &'a Value, path: &mut Path, all: &mut Vec<(Path, &'a Value)>) {
        match value {
            Value::Map(map) => {
                for (name, value) in map.iter() {
                    path.push(Segment::Name(*name));
                    collect(value, path, all);
                    path.pop();
                }
            }
            value => all.push((path.clone(), value)),
        }
    }
    let mut all = Vec::new();
    collect(value, &mut Path::root(), &mut all);
    all
}

/// `into` with the members of `from` that it lacks.
fn merged(mut into: Value, from: &Value) -> Value {
    for (path, value) in leaves(from) {
        if into.at(&path).is_none() && !matches!(value, Value::Null) {
            set(&mut into, path.segments(), Some(value));
        }
    }
    into
}

/// Sets a member, or removes it. Fields are compared as a whole from the first list on.
fn set(into: &mut Value, path: &[Segment], value: Option<&Value>) {
    let Some((Segment::Name(name), rest)) = path.split_first() else { return };
    if !matches!(into, Value::Map(_)) {
        *into = Value::Map(crate::model::value::Map::new());
    }
    let Some(map) = into.as_map_mut() else { return };
    match (rest, value) {
        ([], Some(value)) => drop(map.insert(*name, value.clone())),
        ([], None) => drop(map.remove(name)),
        (rest, value) => {
            if map.get(name).is_none() {
                if value.is_none() {
                    return;
                }
                map.insert(*name, Value::Null);
            }
            if let Some(inner) = map.get_mut(name) {
                set(inner, rest, value);
            }
        }
    }
}

/// Sets a member of JSON, with the objects and lists around it.
fn put(into: &mut Json, path: &[Segment], value: Json) {
    let Some((segment, rest)) = path.split_first() else {
        *into = value;
        return;
    };
    match segment {
        Segment::Name(name) => {
            if !into.is_object() {
                *into = Json::Object(JsonMap::new());
            }
            put(&mut into[&**name], rest, value);
        }
        Segment::Index(index) => {
            if !into.is_array() {
                *into = Json::Array(Vec::new());
            }
            let items = into.as_array_mut().expect("it was just made as one");
            while items.len() <= *index {
                items.push(Json::Object(JsonMap::new()));
            }
            put(&mut items[*index], rest, value);
        }
    }
}
