//! What a plan is made of, with extra steps. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::resolve::{self, Configuration};
use crate::live::snapshot::Snapshot;
use crate::model::diagnostic::Diagnostics;
use crate::model::value::{Path, Value};
use crate::model::way_out::{Fields, Restore, Step};
use crate::plan::{self, Permissions, Plan, PlanInput, Selection};
use crate::resource::{Address, Observed, Pattern, Resource, references};
use crate::state::{State, edit};

use super::case::{Case, Steps};

/// The input of a candidate, as far as it differs.
pub(super) struct Altered<'a> {
    case: &'a Case<'a>,
    configuration: Option<Configuration>,
    state: Option<State>,
    pub(super) snapshot: Option<Snapshot>,
    selection: Selection,
    pub(super) permissions: Permissions,
    /// What the first of two runs leaves out.
    pub(super) later: Vec<Pattern>,
    /// What the first of two runs takes nothing away from.
    pub(super) granting: BTreeSet<Address>,
}

impl<'a> Altered<'a> {
    /// The input with these steps; `None` if they can't be taken.
    pub(super) fn new(case: &'a Case<'a>, steps: &Steps) -> Option<Self> {
        let mut altered = Self {
            case,
            configuration: None,
            state: None,
            snapshot: None,
            selection: case.input.coverage.selection.clone(),
            permissions: case.input.permissions.clone(),
            later: Vec::new(),
            granting: BTreeSet::new(),
        };
        steps.iter().try_for_each(|step| altered.take(step))?;
        altered.declare(steps)?;
        Some(altered)
    }

    /// Everything but what changes the manifests.
    fn take(&mut self, step: &Step) -> Option<()> {
        let exactly = |address: &String| Some(Pattern::exactly(&address.parse().ok()?));
        let Permissions { unprotected, unchecked, replace, deletes, updates, .. } = &mut self.permissions;
        match step {
            Step::Restore(_) | Step::Set(_) | Step::RemoveFile(_) => {}
            Step::First(Fields { address, .. }) => _ = self.granting.insert(address.parse().ok()?),
            Step::Later(address) => self.later.push(exactly(address)?),
            Step::Checked(address) => _ = unchecked.remove(&address.parse::<Address>().ok()?),
            Step::Keep(address) => self.selection.exclude.push(exactly(address)?),
            Step::Select(address) => self.selection.targets.as_mut()?.push(exactly(address)?),
            Step::Declare(address) => self.add(&address.parse().ok()?)?,
            Step::Forget(address) => self.forget(&address.parse().ok()?)?,
            Step::Prune(_) if self.selection.declared_only => return None,
            Step::Prune(address) => self.selection.prune.push(exactly(address)?),
            Step::AllowDeletes(number) => *deletes = (*deletes).max(*number),
            Step::AllowUpdates(number) => *updates = (*updates).max(*number),
            Step::AllowReplace => *replace = true,
            Step::Unprotect(address) => _ = unprotected.insert(address.parse().ok()?),
            Step::Unchecked(address) => _ = unchecked.insert(address.parse().ok()?),
            Step::AllowIrreversible => self.permissions.irreversible = true,
        }
        Some(())
    }

    fn forget(&mut self, address: &Address) -> Option<()> {
        let mut state = self.state.take().or_else(|| self.case.input.state.cloned())?;
        let removed = edit::remove(&mut state, address);
        self.state = Some(state);
        removed.ok()
    }

    /// An object as if it were there: like another one of its kind.
    fn add(&mut self, address: &Address) -> Option<()> {
        let snapshot = self.case.input.snapshot;
        let model = model(snapshot, address)?;
        let added = Observed { address: address.clone(), ..model.clone() };
        let changed = self.snapshot.get_or_insert_with(|| snapshot.clone());
        changed.insert(added);
        changed.sort();
        // It is declared: what the state still has of it is not to be deleted.
        self.forget(address);
        Some(())
    }

    /// What changes the manifests.
    fn declare(&mut self, steps: &Steps) -> Option<()> {
        let changes = |step: &&Step| matches!(step, Step::Restore(_) | Step::Set(_) | Step::RemoveFile(_));
        let steps: Vec<&Step> = steps.iter().filter(changes).collect();
        if steps.is_empty() {
            return Some(());
        }
        let known = self.case.input.configuration;
        let mut resources: Vec<Resource> = known.resources.values().cloned().collect();
        let mut empty_files = known.empty_files.clone();
        let mut restored = BTreeSet::new();
        for step in steps {
            match step {
                Step::Restore(Restore { address, .. }) => {
                    let (back, _) = self.case.history.get(&address.parse().ok()?)?;
                    for resource in back.iter().filter(|resource| restored.insert(&resource.address)) {
                        resource.file.iter().for_each(|file| _ = empty_files.remove(file.as_str()));
                        resources.push(resource.clone());
                    }
                }
                Step::RemoveFile(file) => _ = empty_files.remove(file),
                Step::Set(Fields { address, fields }) => {
                    let address: Address = address.parse().ok()?;
                    let resource = resources.iter_mut().find(|resource| resource.address == address)?;
                    set(Arc::make_mut(&mut resource.spec), fields);
                }
                _ => {}
            }
        }
        let mut diagnostics = Diagnostics::new();
        let mut changed = resolve::resolve(resources, &mut diagnostics);
        changed.empty_files = empty_files;
        self.configuration = Some(changed);
        (!diagnostics.has_errors()).then_some(())
    }

    /// The plan; `None` if more would have to be read for it.
    pub(super) fn plan(&self, without: &[Pattern]) -> Option<Plan> {
        let Case { input, first, .. } = self.case;
        let configuration = self.configuration.as_ref().unwrap_or(input.configuration);
        let state = self.state.as_ref().or(input.state);
        let snapshot = self.snapshot.as_ref().unwrap_or(input.snapshot);
        let mut selection = self.selection.clone();
        selection.exclude.extend(without.iter().cloned());
        let coverage = selection.coverage(configuration, state, input.mode).ok()?;
        let plan = plan::plan(&PlanInput {
            configuration,
            state,
            snapshot,
            coverage: &coverage,
            permissions: &self.permissions,
            drift: false,
            rules: None,
            ..*input
        });
        let reads = plan::extra_reads(&plan.changes, state, &coverage);
        let is_known = reads.is_none_or(|reads| reads.is_known(snapshot));
        (is_known && plan.gaps.len() <= first.gaps.len()).then_some(plan)
    }
}

fn set(spec: &mut Value, fields: &[(String, String)]) {
    for (field, value) in fields {
        let names: Vec<&str> = field.split('.').collect();
        let path = names.iter().fold(Path::root(), |path, name| path.join(*name));
        spec.put(path.segments(), Value::text(value.as_str()));
    }
}

/// What a missing object may have been like: one of its kind that is used by objects like those that use it.
fn model<'s>(snapshot: &'s Snapshot, missing: &Address) -> Option<&'s Observed> {
    let uses = |user: &Observed| references(&user.address, &user.spec).into_iter().map(|named| named.address);
    let is_user = |user: &&Observed| uses(user).any(|used| used == *missing);
    let kind = snapshot.objects().find(is_user)?.address.kind();
    let alike = snapshot.objects().filter(|user| user.address.kind() == kind).flat_map(uses);
    let mut alike = alike.filter(|used| used.kind() == missing.kind());
    let used = alike.find_map(|used| snapshot.observed(&used));
    used.or_else(|| snapshot.objects().find(|found| found.address.kind() == missing.kind()))
}
