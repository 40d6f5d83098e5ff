//! A JSON Schema (draft 7, which editors' YAML extensions know) of a manifest of any kind.
//!
//! It accepts every spelling that the loader accepts, and only shapes: rules across fields stay `nautform
//! validate`'s affair.

use serde_json::{Map, Value as Json, json};

use crate::config::load::{ANNOTATIONS, API_VERSION};
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Attribute, Kind, Scope, Type};

use super::explain::{facts, identity_doc, other_names};

/// The schema.
pub fn json_schema() -> Json {
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let choices: Vec<Json> = KINDS.iter().map(|kind| choice(kind)).collect();
    let annotations: Map<String, Json> = ANNOTATIONS
        .iter()
        .map(|known| {
            (known.name.to_owned(), json!({"type": ["string", "boolean"], "description": known.doc}))
        })
        .collect();
    let definitions: Map<String, Json> =
        KINDS.iter().map(|kind| (kind.name.to_owned(), definition(kind))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A manifest of a Nautes object, as nautform reads it",
        "type": "object",
        "required": ["apiVersion", "kind", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"enum": kinds, "description": "What kind of object it is."},
            "metadata": {
                "type": "object",
                "properties": {
                    "annotations": {"type": "object", "properties": annotations}
                }
            },
            "spec": {"type": "object"}
        },
        "allOf": choices,
        "definitions": definitions
    })
}

fn choice(kind: &Kind) -> Json {
    json!({
        "if": {"properties": {"kind": {"const": kind.name}}},
        "then": {"properties": {"spec": {"$ref": format!("#/definitions/{}", kind.name)}}}
    })
}

fn definition(kind: &'static Kind) -> Json {
    let mut object = Object::default();
    object.member("name", &[], identity_doc("name"), text());
    object.require("name", &[]);
    if let Some((first, others)) =
        kind.names.product_keys.split_first().filter(|_| kind.scope == Scope::Product)
    {
        object.member(first, others, identity_doc(first), text());
        object.require(first, others);
    }
    object.attributes(kind.attributes);
    let mut schema = object.finish();
    schema["description"] = json!(kind.doc);
    schema
}

/// An object's schema under construction.
#[derive(Default)]
struct Object {
    properties: Map<String, Json>,
    required: Vec<Json>,
    /// One of several spellings is required.
    either: Vec<Json>,
}

impl Object {
    fn attributes(&mut self, attributes: &'static [Attribute]) {
        for attribute in attributes {
            let others = other_names(attribute);
            let mut doc: Vec<String> = vec![attribute.doc.to_owned()];
            doc.extend(attribute.ignored.map(|why| format!("Has no effect: {why}")));
            doc.extend(facts(attribute));
            doc.retain(|sentence| !sentence.is_empty());
            self.member(attribute.name, &others, &doc.join(" "), shape(attribute));
            if attribute.required {
                self.require(attribute.name, &others);
            }
        }
    }

    fn member(&mut self, name: &str, others: &[&str], doc: &str, mut schema: Json) {
        for other in others {
            let mut schema = schema.clone();
            schema["description"] = json!(format!("Another spelling of {name}."));
            self.properties.insert((*other).to_owned(), schema);
        }
        if !doc.is_empty() {
            schema["description"] = json!(doc);
        }
        self.properties.insert(name.to_owned(), schema);
    }

    fn require(&mut self, name: &str, others: &[&str]) {
        if others.is_empty() {
            self.required.push(json!(name));
        } else {
            let names = std::iter::once(&name).chain(others);
            let any: Vec<Json> = names.map(|name| json!({"required": [name]})).collect();
            self.either.push(json!({"anyOf": any}));
        }
    }

    fn finish(self) -> Json {
        let mut schema =
            json!({"type": "object", "additionalProperties": false, "properties": self.properties});
        if !self.required.is_empty() {
            schema["required"] = Json::Array(self.required);
        }
        if !self.either.is_empty() {
            schema["allOf"] = Json::Array(self.either);
        }
        schema
    }
}

/// Numbers and truth values are taken as written (§9.2); empty ones count as left out.
fn text() -> Json {
    json!({"type": ["string", "number", "boolean", "null"]})
}

/// `{file: PATH}` or `{env: NAME}`.
fn source(key: &str, doc: &str) -> Json {
    json!({
        "type": "object",
        "required": [key],
        "additionalProperties": false,
        "properties": {key: {"type": "string", "description": doc}}
    })
}

fn shape(attribute: &'static Attribute) -> Json {
    let mut schema = match attribute.ty {
        Type::String => text(),
        Type::Bool => json!({"type": ["boolean", "string", "null"]}),
        // A variable may have any of the values.
        Type::Enum(words) => json!({"anyOf": [{"enum": words}, {"pattern": "\\$\\{"}, {"type": "null"}]}),
        Type::Secret => json!({"anyOf": [
            {"type": ["string", "null"]},
            source("file", "A file, relative to the manifest."),
            source("env", "An environment variable.")
        ]}),
        Type::List(item) | Type::Set(item) => json!({"type": ["array", "null"], "items": shape(item)}),
        Type::Map { value, .. } => json!({"type": ["object", "null"], "additionalProperties": shape(value)}),
        Type::Object(fields) => {
            let mut object = Object::default();
            object.attributes(fields);
            let mut schema = object.finish();
            schema["type"] = json!(["object", "null"]);
            schema
        }
    };
    if attribute.ignored.is_some() {
        schema = json!({});
    }
    if let Some(default) = attribute.default {
        schema["default"] = json!(default);
    }
    schema
}
