//! A JSON Schema (draft 7, which editors' YAML extensions know) of a manifest of any kind.
//!
//! It accepts every spelling that the loader accepts, and only shapes: rules across fields stay `nautform
//! validate`'s affair.

use serde_json::{Map, Value as Json, json};

use crate::config::load::{ANNOTATIONS, API_VERSION, DELETION_POLICY, PREVENT_DESTROY};
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Attribute, Kind, Scope, Type};

use super::explain::{facts, identity_doc, other_names};

/// The schema.
pub fn json_schema() -> Json {
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let choices: Vec<Json> = KINDS.iter().map(|kind| choice(kind)).collect();
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
                    "name": {"description": "The object's name, if it is not in the spec.", "doNotSuggest": true},
                    "annotations": annotations()
                }
            },
            "spec": {"type": "object"}
        },
        "allOf": choices,
        // The name is in the spec or in the metadata.
        "if": {"required": ["metadata"], "properties": {"metadata": {"required": ["name"]}}},
        "else": {"properties": {"spec": {"required": ["name"]}}},
        "definitions": definitions
    })
}

fn choice(kind: &Kind) -> Json {
    json!({
        // Editors complete a `const` by its beginning, and would offer the fields of kinds with longer names.
        "if": {"required": ["kind"], "properties": {"kind": {"pattern": format!("^{}$", kind.name)}}},
        "then": {"properties": {"spec": {"$ref": format!("#/definitions/{}", kind.name)}}}
    })
}

/// nautform's own annotations; those of others may be anything.
fn annotations() -> Json {
    let mut known: Map<String, Json> = Map::new();
    for annotation in ANNOTATIONS {
        let mut schema = match annotation.name {
            PREVENT_DESTROY => json!({"enum": ["true", "false", true, false]}),
            DELETION_POLICY => json!({"enum": ["orphan", "delete"]}),
            _ => json!({"type": "string"}),
        };
        schema["description"] = json!(format!("{} Values: {}.", annotation.doc, annotation.values));
        known.insert(annotation.name.to_owned(), schema);
    }
    let names: Vec<String> = known.keys().map(|name| name.replace('.', "\\.")).collect();
    let others = format!("^(?!(?:{})$).*nautform", names.join("|"));
    json!({"type": "object", "properties": known, "patternProperties": {others: false}})
}

fn definition(kind: &'static Kind) -> Json {
    let mut object = Object::default();
    object.member("name", &[], identity_doc("name"), patterned(text(), kind.names.pattern));
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
    /// One of several spellings is required, or not more than one permitted.
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
            self.only_one(attribute.name, &others);
            if attribute.required {
                self.require(attribute.name, &others);
            }
        }
    }

    fn member(&mut self, name: &str, others: &[&str], doc: &str, mut schema: Json) {
        for other in others {
            let mut schema = schema.clone();
            schema["description"] = json!(format!("Another spelling of {name}."));
            schema["doNotSuggest"] = json!(true);
            self.properties.insert((*other).to_owned(), schema);
        }
        if !doc.is_empty() {
            schema["description"] = json!(doc);
        }
        self.properties.insert(name.to_owned(), schema);
    }

    /// A field in two spellings is an error; a product may be named twice, if it is the same.
    fn only_one(&mut self, name: &str, others: &[&str]) {
        let spellings: Vec<&&str> = std::iter::once(&name).chain(others).collect();
        for (index, one) in spellings.iter().enumerate() {
            let pairs = spellings[index + 1..].iter().map(|other| json!({"not": {"required": [one, other]}}));
            self.either.extend(pairs);
        }
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

/// Numbers and truth values are taken as written (§9.2); empty ones count as left out. Said by what it is not:
/// editors offer an example of every type that is named.
fn text() -> Json {
    json!({"not": {"type": ["object", "array"]}})
}

/// A text of a form, or with a variable or a placeholder in it.
fn patterned(mut schema: Json, pattern: &str) -> Json {
    if !pattern.is_empty() {
        schema["pattern"] = json!(format!("{pattern}|\\$"));
    }
    schema
}

/// Text, `{file: PATH}` or `{env: NAME}`; a mapping that is the content, where it may be one.
fn secret(has_content: bool) -> Json {
    let mut forms = vec![
        json!({"type": ["string", "null"]}),
        json!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "properties": {
                "file": {"type": "string", "description": "A file, relative to the manifest."},
                "env": {"type": "string", "description": "An environment variable: the text, or the path of a file."}
            }
        }),
    ];
    if has_content {
        let sources = json!({"anyOf": [{"required": ["file"]}, {"required": ["env"]}]});
        forms.push(json!({"type": "object", "minProperties": 2, "not": sources}));
    }
    json!({"anyOf": forms})
}

/// YAML 1.1's truth values as well, and variables; editors offer `true` and `false`.
const TRUTH: &str = "^(true|True|TRUE|yes|Yes|YES|on|On|ON|y|Y|false|False|FALSE|no|No|NO|off|Off|OFF|n|N)?$";

fn shape(attribute: &'static Attribute) -> Json {
    let mut schema = match attribute.ty {
        Type::String => patterned(text(), attribute.pattern),
        Type::Bool => json!({"anyOf": [
            {"type": "boolean"},
            patterned(json!({"not": {"type": ["boolean", "number", "object", "array"]}}), TRUTH)
        ]}),
        // A variable may have any of the values.
        Type::Enum(words) => json!({"anyOf": [
            {"enum": words},
            {"not": {"type": ["boolean", "number", "object", "array"]}, "pattern": "^$|\\$"}
        ]}),
        Type::Secret => secret(attribute.content.is_some()),
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
