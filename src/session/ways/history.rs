//! Manifests of objects that are gone, from the Git history of the fleet.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::config::load::{LoadOptions, Manifests, load_texts, yaml};
use crate::config::resolve::Configuration;
use crate::live::snapshot::Live;
use crate::model::diagnostic::{Diagnostics, SourceMap, Span};
use crate::model::way_out::Restore;
use crate::plan::{Action, Plan, PlanInput};
use crate::resource::schema::Strength;
use crate::resource::{Address, Resource, references};
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
    pub(super) async fn history(&self, sought: &[Address], input: &PlanInput<'_>) -> History {
        let mut history = History::new();
        if sought.is_empty() {
            return history;
        }
        let Ok(git) = Git::around(&self.fleet.root, &self.options.environment).await else { return history };
        let source = |address: &Address| input.record(address)?.source.as_ref().map(ToString::to_string);
        let mut files: BTreeSet<String> = sought.iter().filter_map(source).collect();
        if sought.iter().any(|address| source(address).is_none()) {
            files.extend(git.removed().await.unwrap_or_default());
        }
        for file in files.into_iter().take(READ) {
            for version in git.versions(&file).await.unwrap_or_default() {
                if let Ok(text) = git.text_of(&version.commit, &file).await {
                    self.note(&mut history, sought, input.configuration, &file, &version, text);
                }
            }
        }
        history
    }

    /// Adds the objects that are sought and that a version of a file declared and no newer one.
    fn note(
        &self,
        history: &mut History,
        sought: &[Address],
        configuration: &Configuration,
        file: &str,
        version: &Version,
        text: String,
    ) {
        let root = &self.fleet.root;
        let options = LoadOptions { below: PathBuf::new(), ..self.load_options() };
        let Manifests { resources, sources, .. } = load_texts(root, [(PathBuf::from(file), text)], &options);
        let Configuration { resources: declared, empty_files, .. } = configuration;
        // A file has one version, and what has moved to another file must not be declared twice.
        let is_other = |restore: &Restore| restore.file == version.path && restore.commit != version.commit;
        let is_whole = (!root.join(file).exists() || empty_files.contains(file))
            && !resources.iter().any(|resource| declared.contains_key(&resource.address))
            && !history.values().any(|(_, restore)| is_other(restore));
        let is_new = |resource: &&Resource| {
            sought.contains(&resource.address) && !history.contains_key(&resource.address)
        };
        let found: Vec<&Resource> = resources.iter().filter(is_new).collect();
        for resource in &found {
            // Those of a whole file come back together.
            let named = if is_whole { found[0] } else { resource };
            let others = resources.iter().filter(|other| is_whole && other.address != named.address);
            let restore = Restore {
                address: named.address.to_string(),
                file: version.path.clone(),
                commit: version.commit.clone(),
                subject: version.subject.clone(),
                is_whole,
                others: others.map(|other| other.address.to_string()).collect(),
                manifest: if is_whole { String::new() } else { lines(named.span, &sources) },
            };
            let back = if is_whole { resources.clone() } else { vec![(*resource).clone()] };
            history.insert(resource.address.clone(), (back, restore));
        }
    }
}

/// The document of a manifest, to be added to a file; none if some of it is not to be shown, or if it is not
/// a document of its own.
fn lines(place: Span, sources: &SourceMap) -> String {
    let text = sources.text(place.file);
    let documents = yaml::parse(place.file, text, &mut Diagnostics::new());
    let mut roots = documents.iter().map(|document| &document.root);
    let own = roots.find(|root| root.entries().first().is_some_and(|entry| entry.key_span == place));
    let Some(range) = own.map(|root| root.span.start as usize..root.span.end as usize) else {
        return String::new();
    };
    let shown = sources.excerpt(place.file, range.clone());
    let is_all = text.get(range).is_some_and(|text| text == shown);
    if is_all { format!("---\n{}", shown.trim_end()) } else { String::new() }
}
