use crate::resource::kinds::*;
use crate::resource::schema::{Attribute, Type};

fn walk(attributes: &'static [Attribute], visit: &mut dyn FnMut(&'static Attribute)) {
    for attribute in attributes {
        visit(attribute);
        match attribute.ty {
            Type::Object(inner) => walk(inner, visit),
            Type::List(item) | Type::Set(item) | Type::Map { value: item, .. } => {
                walk(std::slice::from_ref(item), visit);
            }
            Type::String | Type::Bool | Type::Enum(_) | Type::Secret => {}
        }
    }
}

#[test]
fn references_name_known_kinds_and_levels_have_unique_names() {
    for kind in KINDS {
        walk(kind.attributes, &mut |attribute| {
            for reference in [attribute.refers_to, attribute.keys_refer_to].into_iter().flatten() {
                assert!(find(reference.kind).is_some(), "{}.{}", kind.name, attribute.name);
            }
            if let Type::Object(fields) = attribute.ty {
                assert_unique(kind, fields);
            }
            assert!(!(attribute.required && attribute.computed), "{}.{}", kind.name, attribute.name);
        });
        assert_unique(kind, kind.attributes);
    }
}

fn assert_unique(kind: &Kind, attributes: &[Attribute]) {
    let mut names: Vec<&str> = attributes.iter().flat_map(|a| [a.name, a.wire_name()]).collect();
    names.sort_unstable();
    names.dedup();
    let distinct: usize = attributes.iter().map(|a| if a.name == a.wire_name() { 1 } else { 2 }).sum();
    assert_eq!(names.len(), distinct, "{}", kind.name);
}

#[test]
fn explain_every_field_has_a_doc() {
    for kind in KINDS {
        for attribute in kind.attributes.iter().filter(|attribute| attribute.ignored.is_none()) {
            assert!(!attribute.doc.is_empty(), "{}.{}", kind.name, attribute.name);
        }
    }
}

/// §12.1: every key of every reply has a place in its table, except those that say where the object lives.
#[test]
fn reply_keys_are_in_the_tables() {
    let replies = [
        (
            "Cluster",
            r#"{"name":"","cluster_kind":"","cluster_type":"","usage":"","host_cluster":"","primary_domain":"","worker_type":"","api_server":"","components_list":{},"reserved_namespaces_allowed_products":{},"product_allowed_cluster_resources":{}}"#,
        ),
        ("Environment", r#"{"product":"","name":"","cluster":"","env_type":""}"#),
        ("Project", r#"{"product":"","name":"","language":""}"#),
        (
            "CodeRepo",
            r#"{"product":"","name":"","project":"","webhook":{},"deployment_runtime":false,"pipeline_runtime":false,"git":{}}"#,
        ),
        ("CodeRepoBinding", r#"{"product":"","name":"","projects":[],"permissions":"","coderepo":""}"#),
        (
            "ProjectPipelineRuntime",
            r#"{"name":"","project":"","pipeline_source":"","event_sources":[],"pipelines":[],"pipeline_triggers":[],"destination":{},"isolation":"","additional_resources":{},"account":"","hooks":{}}"#,
        ),
        (
            "DeploymentRuntime",
            r#"{"product":"","name":"","projects_ref":[],"manifest_source":{},"destination":{},"account":""}"#,
        ),
    ];
    for (kind, reply) in replies {
        let kind = find(kind).unwrap();
        let reply: serde_json::Map<String, serde_json::Value> = serde_json::from_str(reply).unwrap();
        for key in reply.keys().filter(|key| !["name", "product"].contains(&key.as_str())) {
            assert!(kind.attributes.iter().any(|a| a.wire_name() == key), "{}.{key}", kind.name);
        }
    }
}
