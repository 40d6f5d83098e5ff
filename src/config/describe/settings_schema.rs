//! A JSON Schema (draft 7) of `nautform.yaml`, from the table that decodes it.

use serde_json::{Map, Value as Json, json};

use crate::config::settings::keys::{KEYS, Key, Type};

/// The schema.
pub fn settings_schema() -> Json {
    let mut schema = mapping(KEYS);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("nautform.yaml, the settings of a fleet");
    schema
}

fn mapping(keys: &[Key]) -> Json {
    let property = |key: &Key| {
        let mut schema = shape(&key.ty);
        schema["description"] = json!(key.doc);
        (key.name.to_owned(), schema)
    };
    let properties: Map<String, Json> = keys.iter().map(property).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": ["object", "null"], "additionalProperties": false, "properties": properties, "required": required,
    })
}

fn shape(ty: &Type) -> Json {
    match ty {
        Type::Text => json!({"not": {"type": ["object", "array"]}}),
        Type::Url { .. } => json!({"type": "string", "pattern": "^https?://[^@]+$"}),
        Type::Label => json!({"type": ["string", "number"], "pattern": "^[A-Za-z0-9_.-]{1,63}$"}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Word(words) => json!({"enum": words}),
        Type::Number(range) => json!({"type": "integer", "minimum": range.start(), "maximum": range.end()}),
        Type::Duration { .. } => {
            json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)", "examples": ["90s"]})
        }
        Type::Share => json!({"type": "string", "pattern": "^[0-9]{1,3}%$", "examples": ["30%"]}),
        Type::Date => json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
        Type::Address | Type::Pattern => json!({"type": "string"}),
        Type::Mapping(keys) => mapping(keys),
        Type::Named(keys) => {
            json!({"type": ["object", "null"], "additionalProperties": mapping(keys),
                   "propertyNames": shape(&Type::Label)})
        }
        Type::Variables => {
            json!({"type": ["object", "null"], "additionalProperties": {"type": ["string", "number", "boolean"]}})
        }
        Type::List(item) => json!({"type": ["array", "null"], "items": shape(item)}),
    }
}
