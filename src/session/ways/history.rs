//! Manifests of objects that are gone, from the Git history of the fleet.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::config::load::{LoadOptions, Manifests, load_texts};
use crate::live::snapshot::Live;
use crate::model::diagnostic::{SourceMap, Span};
use crate::model::way_out::Restore;
use crate::plan::{Action, Plan, PlanInput};
use crate::resource::schema::Strength;
use crate::resource::{Address, references};
use crate::session::git::{Git, Version};
use crate::session::open::Session;

use super::case::History;

/// How many objects are looked for.
const SOUGHT: usize = 20;

/// How many files are looked at.
const READ: usize = 30;

/// The objects that a plan deletes, forgets or misses, those that are refused first.
pub(super) fn sought(plan: &Plan, input: &PlanInput<'_>) -> Vec<Address> {
    let gone = |change: &&crate::plan::Change| matches!(change.action, Action::Delete | Action::Forget);
    let gone: BTreeSet<&Address> = plan.changing().filter(gone).map(|change| &change.address).collect();
    let refused = plan.refusals.iter().filter_map(|refusal| refusal.address.as_ref());
    let refused = refused.filter(|address| gone.contains(address));
    let outside = input.configuration.outside.iter().map(|outside| &outside.target);
    let causes = plan.blocked.iter().flat_map(|blocked| &blocked.causes).map(|(address, _)| address);
    let causes = causes.filter_map(|address| input.snapshot.observed(address));
    let named = causes.flat_map(|found| references(&found.address, &found.spec));
    let named = named.filter(|named| named.strength == Strength::Hard).map(|named| named.address);
    let missing = outside.cloned().chain(named).filter(|address| {
        input.snapshot.live(address) == Live::Absent && !input.configuration.resources.contains_key(address)
    });
    let all = refused.cloned().chain(missing).chain(gone.iter().map(|address| (*address).clone()));
    let mut seen = BTreeSet::new();
    all.filter(|address| seen.insert(address.clone())).take(SOUGHT).collect()
}

impl Session {
    /// The last manifests of these objects that Git has. Without a work tree there are none.
    pub(super) async fn history(&self, sought: Vec<Address>, input: &PlanInput<'_>) -> History {
        let mut history = History::new();
        if sought.is_empty() {
            return history;
        }
        let Ok(git) = Git::around(&self.fleet.root, &self.options.environment).await else { return history };
        let source = |address: &Address| input.record(address).and_then(|record| record.source.clone());
        let mut files: BTreeSet<String> = sought.iter().filter_map(source).collect();
        if sought.iter().any(|address| source(address).is_none()) {
            files.extend(git.removed().await.unwrap_or_default());
        }
        let wanted = Wanted { sought, empty_files: &input.configuration.empty_files };
        for file in files.into_iter().take(READ) {
            for version in git.versions(&file).await.unwrap_or_default() {
                if let Ok(text) = git.text_of(&version.commit, &file).await {
                    self.note(&mut history, &wanted, &file, &version, text);
                }
            }
        }
        history
    }

    /// Adds the objects that a version of a file declared and no newer one.
    fn note(&self, history: &mut History, wanted: &Wanted<'_>, file: &str, version: &Version, text: String) {
        let root = &self.fleet.root;
        let options = LoadOptions { below: PathBuf::new(), ..self.load_options() };
        let is_whole = !root.join(file).exists() || wanted.empty_files.contains(file);
        let Manifests { resources, sources, .. } = load_texts(root, [(PathBuf::from(file), text)], &options);
        for resource in resources.into_iter().filter(|resource| wanted.sought.contains(&resource.address)) {
            let restore = Restore {
                address: resource.address.to_string(),
                file: version.path.clone(),
                commit: version.commit.clone(),
                subject: version.subject.clone(),
                is_whole,
                manifest: if is_whole { String::new() } else { lines(resource.span, &sources) },
            };
            history.entry(resource.address.clone()).or_insert((resource, restore));
        }
    }
}

/// What is looked for.
struct Wanted<'a> {
    sought: Vec<Address>,
    empty_files: &'a BTreeSet<String>,
}

/// The lines of a manifest; none if some of it is not to be shown.
fn lines(span: Span, sources: &SourceMap) -> String {
    let range = span.start as usize..span.end as usize;
    let shown = sources.excerpt(span.file, range.clone());
    let is_all = sources.text(span.file).get(range).is_some_and(|text| text == shown);
    if is_all { shown.trim_end().to_owned() } else { String::new() }
}
