//! Ways out of a refused plan: the smallest sets of extra steps after which all of it goes through. Pure.
//!
//! Every way repairs what is refused first, so the search takes the refusals of one kind, tries each move that
//! could end them ([`moves`]), and goes on with what is refused then, up to [`DEPTH`] moves. A move may be
//! several steps; those that turn out to be unneeded are taken back. The judge ([`judge`]) plans each candidate
//! and carries it out in a copy of the live state. Work is counted, never time: the same plan has the same
//! ways.

mod altered;
mod case;
mod history;
mod judge;
mod moves;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::resolve::Configuration;
use crate::live::client::Reader;
use crate::live::snapshot::{self, Snapshot, Wanted};
use crate::model::hint::Hint;
use crate::model::way_out::{Step, WayOut, WaysOut};
use crate::plan::{Blocked, Plan};
use crate::resource::Address;
use crate::state::State;

use super::open::Session;
use super::plan::{PlanOptions, Planned};
use super::rehearse::Ground;

use case::{Case, Steps};

/// How many moves a way may have.
const DEPTH: usize = 3;

/// How many objects may be planned, over all candidates: two seconds on a usual machine.
const WORK: usize = 100_000;

/// How many candidates are tried at most, and at least.
const MOST: usize = 200;
const LEAST: usize = 10;

/// How many products are read again at most.
const PRODUCTS: usize = 3;

impl Session {
    /// Adds the ways out of a plan that is refused, and those of products that refuse every write.
    pub(super) async fn add_ways_out(
        &self,
        planned: &mut Planned,
        reader: &Reader,
        configuration: &Configuration,
        state: Option<&State>,
        options: &PlanOptions,
    ) {
        let Planned { plan, snapshot } = planned;
        let is_refused = options.rehearse && !plan.refusals.is_empty();
        if !is_refused && plan.blocked.is_empty() {
            return;
        }
        read_more(plan, snapshot, reader, options).await;
        let Ok(coverage) = options.selection.coverage(configuration, state, options.mode) else { return };
        let input = options.input(configuration, state, snapshot, &coverage);
        let history = self.history(&history::sought(plan, &input), &input).await;
        // Other plans may write into products that this one leaves alone.
        let ground = Ground::on(snapshot, options.catalogue.as_deref());
        let case = Case { input, first: plan, ground: &ground, history: &history, product: None };
        let mut limit = (WORK / case.size().max(1)).clamp(LEAST, MOST);
        let ways_out = is_refused.then(|| find(&case, limit));
        limit -= ways_out.as_ref().map_or(0, |found| found.tried);
        let blocked = plan.blocked.iter().filter(|found| !is_refused || plan.is_apart(found));
        let mut ways_of_products = BTreeMap::new();
        for Blocked { address, .. } in blocked {
            let found = find(&Case { product: Some(address), ..case }, limit);
            limit -= found.tried;
            ways_of_products.insert(address.clone(), found.ways);
        }
        for blocked in &mut plan.blocked {
            let ways = ways_of_products.remove(&blocked.address).unwrap_or_default();
            blocked.ways_out = ways.into_iter().map(Hint::Way).collect();
        }
        if ways_out.as_ref().is_some_and(|found| !found.ways.is_empty()) {
            // The ways say which permissions they need.
            let all = plan.refusals.iter_mut().map(|refusal| &mut refusal.hints);
            all.for_each(|hints| hints.retain(|hint| matches!(hint, Hint::Text(_))));
        }
        plan.ways_out = ways_out;
    }
}

/// Reads all of the products that are refused, so that it is known what uses their objects. What can't be read
/// is left as unknown as it was.
async fn read_more(plan: &mut Plan, snapshot: &mut Snapshot, reader: &Reader, options: &PlanOptions) {
    let refused = plan.refusals.iter().filter_map(|refusal| refusal.address.as_ref());
    let all = refused.chain(plan.blocked.iter().map(|blocked| &blocked.address));
    // What is unmanaged may be deleted.
    let all = all.chain(plan.unmanaged.iter().map(|found| &found.address));
    let mut seen = BTreeSet::new();
    let products = all.filter_map(Address::product_or_own).filter(|product| seen.insert(*product));
    let mut wanted = Wanted::default();
    products.take(PRODUCTS).for_each(|product| wanted.everything_in(product));
    if wanted.is_known(snapshot) {
        return;
    }
    let mut more = snapshot.clone();
    let read = snapshot::refresh(reader, &wanted, &mut more, &options.refresh).await;
    if read.is_ok() && more.failures().count() == snapshot.failures().count() {
        *snapshot = more;
        plan.requests = snapshot.requests;
    }
}

/// Looks for the ways out, and tries at most so many candidates.
fn find(case: &Case<'_>, limit: usize) -> WaysOut {
    let mut search = Search { case, limit, tried: 0, found: Vec::new() };
    let is_complete = search.run().is_some();
    let mut ways: Vec<WayOut> = search.found.into_iter().map(|(way, _)| way).collect();
    ways.sort_by(|a, b| a.rank().cmp(&b.rank()));
    WaysOut { ways, tried: search.tried, is_complete }
}

struct Search<'a> {
    case: &'a Case<'a>,
    limit: usize,
    tried: usize,
    /// Ways with the steps that they were found by.
    found: Vec<(WayOut, Steps)>,
}

impl Search<'_> {
    /// Tries all candidates, those of fewer moves first; `None` if the work was too much.
    fn run(&mut self) -> Option<()> {
        let mut seen = BTreeSet::new();
        let mut level = vec![(Steps::new(), self.first_moves())];
        for _ in 0..DEPTH {
            let mut next = Vec::new();
            for (steps, moves) in level {
                for more in moves {
                    let steps: Steps = steps.union(&more).cloned().collect();
                    let is_longer = self.found.iter().any(|(_, shorter)| shorter.is_subset(&steps));
                    if is_longer || !seen.insert(steps.clone()) {
                        continue;
                    }
                    match self.judge(&steps)? {
                        None => {}
                        Some(plan) if plan.refusals.is_empty() => self.accept(steps, plan),
                        Some(plan) => next.push((steps, moves::of(self.case, &plan))),
                    }
                }
            }
            level = next;
        }
        Some(())
    }

    /// What could help the plan as it is. A product may be valid after it.
    fn first_moves(&self) -> Vec<Steps> {
        let plan = judge::judge(self.case, &Steps::new());
        plan.map(|plan| moves::of(self.case, &plan)).unwrap_or_default()
    }

    /// The plan with these steps, if there can be one; nothing at all once the work is too much.
    fn judge(&mut self, steps: &Steps) -> Option<Option<Plan>> {
        if self.tried == self.limit {
            return None;
        }
        self.tried += 1;
        Some(judge::judge(self.case, steps))
    }

    fn accept(&mut self, mut steps: Steps, mut plan: Plan) {
        self.shrink(&mut steps, &mut plan);
        if self.found.iter().any(|(_, shorter)| shorter.is_subset(&steps)) {
            return;
        }
        let irreversible: Vec<String> = plan.irreversible().iter().map(ToString::to_string).collect();
        let mut all = steps.clone();
        if !irreversible.is_empty() {
            all.insert(Step::AllowIrreversible);
        }
        self.found.retain(|(_, longer)| !longer.is_superset(&steps));
        self.found.push((WayOut { irreversible, steps: all.into_iter().collect() }, steps));
    }

    /// Takes back what is not needed, in ever smaller parts.
    fn shrink(&mut self, steps: &mut Steps, plan: &mut Plan) {
        let mut open: Vec<Step> = steps.iter().filter(|step| moves::is_guess(step)).cloned().collect();
        let mut size = open.len();
        while size > 0 && steps.len() > 1 {
            let mut start = 0;
            while start < open.len() {
                let end = open.len().min(start + size);
                let fewer: Steps =
                    steps.iter().filter(|step| !open[start..end].contains(step)).cloned().collect();
                if fewer.is_empty() {
                    start = end;
                    continue;
                }
                match self.judge(&fewer) {
                    None => return,
                    Some(Some(shorter)) if shorter.refusals.is_empty() => {
                        *plan = shorter;
                        *steps = fewer;
                        open.drain(start..end);
                    }
                    Some(_) => start = end,
                }
            }
            size /= 2;
        }
    }
}
