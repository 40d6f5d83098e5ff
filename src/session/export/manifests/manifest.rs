//! One object as a manifest, and its text: fields in the order of the kind's table.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::config::load::{API_VERSION, DELETION_POLICY, PREVENT_DESTROY};
use crate::model::value::Value;
use crate::resource::Address;
use crate::resource::schema::{Attribute, Type};

use super::Placeholder;

/// The content of a manifest. Secrets have become `{env: NAME}`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    /// The object.
    pub address: Address,
    /// Its declared fields.
    pub spec: Value,
    /// Whether it must not be deleted or replaced.
    pub prevent_destroy: bool,
    /// Whether it outlives its manifest.
    pub orphan: bool,
}

impl Manifest {
    /// The text of the manifest's file, with a comment for each placeholder.
    pub(crate) fn text(&self, placeholders: &[Placeholder]) -> String {
        let options = serde_yaml::ser_options! { compact_list_indent: false };
        let body = serde_yaml::to_string_with_options(self, options)
            .expect("a tree with text keys and without numbers can be written");
        let comments = placeholders.iter().map(|placeholder| {
            let Placeholder { path, variable, .. } = placeholder;
            format!("# The server never returns {path}: set {variable} before this object has to be sent.\n")
        });
        comments.chain([body]).collect()
    }
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let prevent = self.prevent_destroy.then_some((PREVENT_DESTROY, "true"));
        let orphan = self.orphan.then_some((DELETION_POLICY, "orphan"));
        let annotations: BTreeMap<&str, &str> = prevent.into_iter().chain(orphan).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", API_VERSION)?;
        map.serialize_entry("kind", self.address.kind().name)?;
        if !annotations.is_empty() {
            map.serialize_entry("metadata", &BTreeMap::from([("annotations", annotations)]))?;
        }
        map.serialize_entry("spec", &Spec(self))?;
        map.end()
    }
}

struct Spec<'a>(&'a Manifest);

impl Serialize for Spec<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Manifest { address, spec, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", address.name())?;
        if let (Some(key), Some(product)) = (address.kind().names.product_keys.first(), address.product()) {
            map.serialize_entry(key, product)?;
        }
        fields(address.kind().attributes, spec)
            .try_for_each(|(name, field)| map.serialize_entry(name, &field))?;
        map.end()
    }
}

/// A value of a field.
struct Field<'a>(&'static Attribute, &'a Value);

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(attribute, value) = self;
        match (attribute.ty, value) {
            (Type::Object(inner), _) => serializer.collect_map(fields(inner, value)),
            (Type::List(item) | Type::Set(item), _) => {
                serializer.collect_seq(value.items().iter().map(|value| Field(item, value)))
            }
            (Type::Map { value: item, .. }, _) => serializer
                .collect_map(value.members().iter().map(|(key, value)| (key.as_str(), Field(item, value)))),
            (_, Value::Bool(flag)) => serializer.serialize_bool(*flag),
            (Type::Secret, Value::Map(source)) => serializer.collect_map(
                source.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default())),
            ),
            _ => serializer.serialize_str(value.as_str().unwrap_or_default()),
        }
    }
}

fn fields<'a>(
    attributes: &'static [Attribute],
    spec: &'a Value,
) -> impl Iterator<Item = (&'static str, Field<'a>)> {
    attributes
        .iter()
        .filter_map(|attribute| Some((attribute.name, Field(attribute, spec.get(attribute.name)?))))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use crate::config::load::{LoadOptions, load_texts};
    use crate::resource::schema::decode::placeholder;

    use super::*;

    fn with_text(text: &str) -> Manifest {
        let spec = serde_json::json!({
            "isolation": "shared", "project": "a", "pipelineSource": "r", "destination": {"environment": "e"},
            "pipelines": [{"name": "m", "path": "m.yaml", "label": text}],
            "eventSources": [{"name": "s", "calendar": {"schedule": "0 1 * * *", "exclusionDates": [text]}}],
            "pipelineTriggers": [{"eventSource": "s", "pipeline": "m", "revision": text}],
            "hooks": {"preHooks": [{"name": "h", "vars": {(text): text}}]},
        });
        Manifest {
            address: "ProjectPipelineRuntime/p/run".parse().unwrap(),
            spec: super::super::minimize::escaped(&Value::from_json(spec)),
            prevent_destroy: true,
            orphan: true,
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        let special = "[-:#{}$ \"'|>\r\n~?,&*!%@`0-9a]{1,12}";
        prop_oneof!["\\PC{1,40}", "[ -~\n\t]{1,40}", any::<String>(), special]
    }

    const PATHS: [&str; 3] =
        ["pipelines[0].label", "eventSources[0].calendar.exclusionDates[0]", "pipelineTriggers[0].revision"];

    proptest! {
        /// Loading gives back every text, except for what the loader takes for an unfilled placeholder.
        #[test]
        fn loading_gives_back_every_text(text in texts()) {
            prop_assume!(!text.is_empty() && text != "<<" && placeholder(&text).is_none());
            let manifest = with_text(&text);
            let texts = [("a.yaml", manifest.text(&[]))];
            let loaded = load_texts(Path::new(""), texts, &LoadOptions::default());
            let found = &loaded.diagnostics;
            prop_assert!(!found.has_errors(), "{:#?}\n{}", found, manifest.text(&[]));
            let [resource] = loaded.resources.as_slice() else { panic!("one object") };
            for path in PATHS {
                let found = resource.spec.at(&path.parse().unwrap()).and_then(Value::as_str);
                prop_assert_eq!(found, Some(text.as_str()), "{}", manifest.text(&[]));
            }
            let vars = resource.spec.at(&"hooks.preHooks[0].vars".parse().unwrap());
            prop_assert_eq!(vars.and_then(|vars| vars.get(&text)).and_then(Value::as_str), Some(text.as_str()), "{}", manifest.text(&[]));
            prop_assert!(resource.annotations.prevent_destroy && resource.annotations.orphan);
        }
    }
}
