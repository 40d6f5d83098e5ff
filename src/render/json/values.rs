//! What Terraform says besides the changes, and what tools begin with: `planned_values`, `prior_state`,
//! `configuration`. All objects are in the root module; nothing has outputs, variables or modules.

use serde::Serialize;
use serde_json::{Map as JsonMap, Value as Json, json};

use crate::plan::{Action, Change};

use super::change::{Each, MODE, PROVIDER};
use super::sides::Side;

/// The version of Terraform's state format that is followed.
const STATE_VERSION: &str = "1.0";
/// A version of Terraform that writes this format, and that of plans.
pub(super) const TERRAFORM_VERSION: &str = "1.11.4";

/// All objects of one side, with their values.
#[derive(Serialize)]
pub(super) struct Values<'a> {
    root_module: Module<'a>,
}

/// The root module.
#[derive(Serialize)]
struct Module<'a> {
    resources: Each<'a, Change, Json>,
}

/// `prior_state`.
#[derive(Serialize)]
pub(super) struct PriorState<'a> {
    format_version: &'static str,
    terraform_version: &'static str,
    values: Values<'a>,
}

/// `configuration`.
#[derive(Serialize)]
pub(super) struct Configuration<'a> {
    provider_config: Json,
    root_module: Module<'a>,
}

impl<'a> Values<'a> {
    /// `planned_values`: the objects as the plan leaves them.
    pub(super) fn planned(changes: &'a [Change]) -> Self {
        let of = |change| resource(change, Side::after(change));
        Self { root_module: Module { resources: Each { all: changes, of } } }
    }
}

impl<'a> PriorState<'a> {
    /// The objects as they are.
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let of = |change| resource(change, Side::before(change));
        Self {
            format_version: STATE_VERSION,
            terraform_version: TERRAFORM_VERSION,
            values: Values { root_module: Module { resources: Each { all: changes, of } } },
        }
    }
}

impl<'a> Configuration<'a> {
    /// What the plan's objects are declared to be.
    pub(super) fn of(changes: &'a [Change]) -> Self {
        Self {
            provider_config: json!({PROVIDER: {"name": PROVIDER, "full_name": PROVIDER}}),
            root_module: Module { resources: Each { all: changes, of: declared } },
        }
    }
}

fn resource(change: &Change, Side { value, sensitive }: Side) -> Option<Json> {
    let address = &change.address;
    (!value.is_null()).then(|| {
        json!({
            "address": address.to_string(), "mode": MODE, "type": address.kind().name,
            "name": address.name(), "provider_name": PROVIDER, "schema_version": 0,
            "values": value, "sensitive_values": sensitive,
        })
    })
}

/// Every field is a constant: variables are filled in before anything is planned.
fn declared(change: &Change) -> Option<Json> {
    if matches!(change.action, Action::Delete | Action::Forget) {
        return None;
    }
    let Side { value, sensitive } = Side::after(change);
    let members = value.as_object().into_iter().flatten();
    let expression = |(name, value): (&String, &Json)| {
        let is_secret = sensitive.get(name).is_some();
        (name.clone(), if is_secret { json!({}) } else { json!({"constant_value": value}) })
    };
    let expressions: JsonMap<String, Json> = members.map(expression).collect();
    let address = &change.address;
    let mut all = json!({
        "address": address.to_string(), "mode": MODE, "type": address.kind().name, "name": address.name(),
        "provider_config_key": PROVIDER, "expressions": expressions, "schema_version": 0,
    });
    if !change.dependencies.is_empty() {
        all["depends_on"] = change.dependencies.iter().map(ToString::to_string).collect();
    }
    Some(all)
}
