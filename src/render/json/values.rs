//! What Terraform says besides the changes, and what tools begin with: `planned_values`, `prior_state`,
//! `configuration`. All objects are in the root module; nothing has outputs, variables or modules.

use serde::{Serialize, Serializer};
use serde_json::{Map as JsonMap, Value as Json, json};

use crate::plan::{Action, Change};

use super::change::{MODE, PROVIDER};
use super::sides::{Side, Sides};

/// The version of Terraform's state format that is followed.
const STATE_VERSION: &str = "1.0";
/// A version of Terraform that writes this format, and that of plans.
pub(super) const TERRAFORM_VERSION: &str = "1.11.4";

/// All objects of one side, with their values.
struct Resources<'a> {
    changes: &'a [Change],
    side: fn(Sides) -> Side,
}

/// `planned_values`.
#[derive(Serialize)]
pub(super) struct PlannedValues<'a> {
    root_module: Module<Resources<'a>>,
}

/// `prior_state`.
#[derive(Serialize)]
pub(super) struct PriorState<'a> {
    format_version: &'static str,
    terraform_version: &'static str,
    values: PlannedValues<'a>,
}

/// `configuration`.
#[derive(Serialize)]
pub(super) struct Configuration<'a> {
    provider_config: Json,
    root_module: Module<Declared<'a>>,
}

/// What the manifests declare.
struct Declared<'a>(&'a [Change]);

#[derive(Serialize)]
struct Module<R> {
    resources: R,
}

impl<'a> PlannedValues<'a> {
    /// The objects as the plan leaves them.
    pub(super) fn of(changes: &'a [Change]) -> Self {
        Self { root_module: Module { resources: Resources { changes, side: |sides| sides.after } } }
    }
}

impl<'a> PriorState<'a> {
    /// The objects as they are.
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let resources = Resources { changes, side: |sides| sides.before };
        Self {
            format_version: STATE_VERSION,
            terraform_version: TERRAFORM_VERSION,
            values: PlannedValues { root_module: Module { resources } },
        }
    }
}

impl<'a> Configuration<'a> {
    /// What the plan's objects are declared to be.
    pub(super) fn of(changes: &'a [Change]) -> Self {
        Self {
            provider_config: json!({PROVIDER: {"name": PROVIDER, "full_name": PROVIDER}}),
            root_module: Module { resources: Declared(changes) },
        }
    }
}

impl Serialize for Resources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let resource = |change: &Change| {
            let Side { value, sensitive } = (self.side)(Sides::of(change));
            let address = &change.address;
            (!value.is_null()).then(|| {
                json!({
                    "address": address.to_string(), "mode": MODE, "type": address.kind().name,
                    "name": address.name(), "provider_name": PROVIDER, "schema_version": 0,
                    "values": value, "sensitive_values": sensitive,
                })
            })
        };
        serializer.collect_seq(self.changes.iter().filter_map(resource))
    }
}

impl Serialize for Declared<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_declared = |change: &&Change| !matches!(change.action, Action::Delete | Action::Forget);
        serializer.collect_seq(self.0.iter().filter(is_declared).map(declared))
    }
}

/// Every field is a constant: variables are filled in before anything is planned.
fn declared(change: &Change) -> Json {
    let Side { value, sensitive } = Sides::of(change).after;
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
    all
}
