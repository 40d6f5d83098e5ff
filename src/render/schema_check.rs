//! Checks JSON against the schemas in testdata/schemas, as far as they go: enough to notice that one of the two moved on.

use serde_json::Value as Json;

/// Panics where `value` does not match the schema in `text`, naming the place.
pub(super) fn check(text: &str, value: &Json) {
    let schema: Json = serde_json::from_str(text).unwrap();
    walk(&schema, &schema, value, "$");
}

fn walk(root: &Json, schema: &Json, value: &Json, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect(reference);
        return walk(root, target, value, place);
    }
    let known = [
        "$schema",
        "$defs",
        "title",
        "description",
        "type",
        "enum",
        "required",
        "properties",
        "items",
        "additionalProperties",
    ];
    schema
        .as_object()
        .unwrap()
        .keys()
        .for_each(|key| assert!(known.contains(&key.as_str()), "{key} is not checked"));
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place}: {value} is none of {words:?}");
    }
    match &schema["type"] {
        Json::String(one) => assert!(is(value, one), "{place}: {value} is no {one}"),
        Json::Array(some) => {
            assert!(
                some.iter().any(|one| is(value, one.as_str().unwrap())),
                "{place}: {value} is none of {some:?}"
            );
        }
        _ => {}
    }
    if let (Some(items), Some(_)) = (value.as_array(), schema.get("items")) {
        items
            .iter()
            .enumerate()
            .for_each(|(index, item)| walk(root, &schema["items"], item, &format!("{place}[{index}]")));
    }
    let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object()) else {
        return;
    };
    for key in schema["required"].as_array().into_iter().flatten() {
        assert!(members.contains_key(key.as_str().unwrap()), "{place} lacks {key}");
    }
    for (key, inner) in members {
        let schema = properties.get(key).unwrap_or_else(|| panic!("{place}.{key} is not in the schema"));
        walk(root, schema, inner, &format!("{place}.{key}"));
    }
}

fn is(value: &Json, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}
