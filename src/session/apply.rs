//! `apply` and `destroy`: plans under the lock, asks, carries out what was approved, and saves the state.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{OnceCell, watch};

use crate::apply::event::End;
use crate::apply::{self, ApplyOptions, Outcomes, Readings, Run, stopped};
use crate::live::snapshot::{MaxAge, Snapshot};
use crate::plan::saved::{self as file, SavedPlan};
use crate::plan::{
    self, Action, Basis, Change, Mode, Permissions, Plan, Refusals, Selection, moves, thresholds,
};
use crate::resource::Address;
use crate::state::memory::MemoryStore;
use crate::state::{Locked, State, StoreError, Verb, recovery};

use super::agreed::{self, Agreement, NotAgreed};
use super::ask::Ask;
use super::binding::{Bound, check_file};
use super::connect::Connected;
use super::edit_state::new_state;
use super::error::SessionError;
use super::open::{Notice, Session};
use super::plan::{PlanOptions, Planned, plan_from};
use super::saved;
use super::selection::PlanRequest;
use super::validate::Validated;

/// What to apply.
#[derive(Debug)]
pub struct ApplyRequest {
    /// What to plan. Of a saved plan, only the permissions and the mode count.
    pub plan: PlanRequest,
    /// Carry out this plan, which was approved when it was saved.
    pub saved: Option<SavedPlan>,
    /// Carry out only what was agreed on before.
    pub agreed: Option<Agreement>,
    /// Ask nothing.
    pub auto_approve: bool,
    /// How long to wait for the lock of the state.
    pub lock_timeout: Duration,
    /// How long to wait for clusters to reach Kubernetes, if not as the settings say.
    pub sync_timeout: Option<Duration>,
    /// How long to wait for GitLab to finish deletes, if not as the settings say.
    pub delete_timeout: Option<Duration>,
}

impl ApplyRequest {
    /// Applies or destroys all of the directory, and asks before.
    pub fn new(mode: Mode) -> Self {
        Self {
            plan: PlanRequest::new(mode),
            saved: None,
            agreed: None,
            auto_approve: false,
            lock_timeout: Duration::ZERO,
            sync_timeout: None,
            delete_timeout: None,
        }
    }
}

/// A plan that was carried out.
#[derive(Debug)]
pub struct Applied {
    /// The plan.
    pub plan: Plan,
    /// How each operation ended.
    pub outcomes: Outcomes,
    /// Where the state is, if its store did not take it.
    pub fallback: Option<Fallback>,
    /// Whether the lock was released.
    pub is_unlocked: bool,
}

impl Applied {
    /// The deleted objects whose secrets stay in the server's Vault, from which only the server could remove
    /// them.
    pub fn secrets_left(&self) -> Vec<&Address> {
        let deleted = self
            .outcomes
            .ends
            .iter()
            .filter(|(key, end)| key.verb == Verb::Delete && matches!(end, End::Done { .. }));
        let deleted: BTreeSet<&Address> = deleted.map(|(key, _)| &key.address).collect();
        let leaves = |change: &&Change| {
            let spec = change.before.as_deref();
            change.action == Action::Delete
                && deleted.contains(&change.address)
                && spec.is_some_and(|spec| (change.address.kind().deleting.leaves_secret)(spec))
        };
        self.plan.changing().filter(leaves).map(|change| &change.address).collect()
    }
}

/// Where the state is that its store did not take.
#[derive(Debug)]
pub enum Fallback {
    /// In this file.
    File(PathBuf),
    /// In this file, but another process freed the lock meanwhile or wrote the state: the store's is newer.
    Overtaken(PathBuf),
    /// It could not be written to a file either, but the journal has all steps: the next run reads it.
    Journal(io::Error),
    /// Nowhere.
    Lost(io::Error),
}

impl Session {
    /// Plans, asks and applies. The lock is held all the while, and released whatever happens. When `stop`
    /// becomes true, nothing new is started.
    ///
    /// # Errors
    /// If nothing was carried out: the variants say why.
    pub async fn apply(
        &self,
        request: &ApplyRequest,
        ask: &mut dyn Ask,
        stop: watch::Receiver<bool>,
    ) -> Result<Applied, SessionError> {
        let validated = self.load()?;
        let mut connected = self.connect().await?;
        let mut store = connected.store.take().unwrap_or_else(|| Box::new(MemoryStore::default()));
        let operation = if request.plan.mode == Mode::Apply { "apply" } else { "destroy" };
        let mut locked = tokio::select! {
            locked = self.lock(store.as_mut(), operation, request.lock_timeout) => locked?,
            () = stopped(stop.clone()) => return Err(SessionError::Interrupted),
        };
        let agreed = OnceCell::new();
        let work =
            Work { session: self, request, validated: &validated, connected: &connected, agreed, stop };
        let result = work.run(&mut locked, ask).await;
        let unlocked = locked.unlock().await;
        if let Err(error) = &unlocked {
            self.notify(Notice::NotUnlocked(error));
        }
        self.close(connected).await;
        let mut applied = result?;
        applied.is_unlocked = unlocked.is_ok();
        let is_overtaken =
            applied.outcomes.overtaken || unlocked.as_ref().is_err_and(StoreError::is_overtaken);
        applied.fallback = applied.fallback.map(|fallback| match fallback {
            Fallback::File(path) if is_overtaken => Fallback::Overtaken(path),
            fallback => fallback,
        });
        Ok(applied)
    }
}

/// How often a deletion is looked for that an earlier run has begun.
const DELETION_PAUSE: Duration = Duration::from_secs(3);

/// How often a plan is shown and asked about, if others keep changing what it touches.
const QUESTIONS: usize = 4;

/// From how long on it is said beforehand how long an apply takes.
const WORTH_SAYING: Duration = Duration::from_secs(10);

/// A plan and what it was made from.
struct Made {
    plan: Plan,
    snapshot: Snapshot,
    selection: Selection,
    /// What was not agreed on.
    missing: Option<NotAgreed>,
}

/// What an apply works with, once the state is locked.
struct Work<'a> {
    session: &'a Session,
    request: &'a ApplyRequest,
    validated: &'a Validated,
    connected: &'a Connected,
    /// What was agreed on, once it is known.
    agreed: OnceCell<agreed::Read>,
    stop: watch::Receiver<bool>,
}

impl Work<'_> {
    async fn run(&self, locked: &mut Locked<'_>, ask: &mut dyn Ask) -> Result<Applied, SessionError> {
        let mut state = locked.load().await?.unwrap_or_else(new_state);
        self.session.check_begun(Some(&state)).await?;
        self.session.say_folded(locked.has_folded());
        let mut made = self.until_stopped(self.plan_when_gone(&state)).await?;
        let permissions = self.until_stopped(self.settle(&mut made, &state, ask)).await?;
        let approved = made.plan.approve(&permissions)?;
        let mut options = self.connected.apply.clone();
        options.retry.sync_timeout = self.request.sync_timeout.unwrap_or(options.retry.sync_timeout);
        options.retry.delete_timeout = self.delete_timeout();
        let start = async { Ok(ask.start(approved.plan(), options.retry.sync_timeout).await?) };
        let reporter = self.until_stopped(start).await?;
        if self.prepare(&mut state, &made.plan) {
            locked.replace(&mut state).await?;
        }
        let basis = Basis { configuration: &self.validated.configuration, selection: &made.selection };
        let readings = Readings::new(std::mem::take(&mut made.snapshot), basis, MaxAge::default());
        // Answers take time, in which a token may expire.
        options.prove_token = !self.request.auto_approve;
        let writer = self.connected.writer();
        let stop = self.stop.clone();
        let run = Run { writer: &writer, state: &mut state, reporter, readings: Some(readings), stop };
        let mut outcomes = apply::apply(approved, locked, run, &options).await;
        let is_lost = outcomes.state_error.is_some() && outcomes.has_written();
        let fallback = is_lost.then(|| self.fallback(&mut state, locked));
        if self.is_complete(&made.plan, &outcomes) && self.note_commit(&mut state, &outcomes) {
            outcomes.state_error = locked.replace(&mut state).await.err().map(|error| error.to_string());
        }
        Ok(Applied { plan: made.plan, outcomes, fallback, is_unlocked: false })
    }

    /// Whether all of the fleet is as it is declared.
    fn is_complete(&self, plan: &Plan, outcomes: &Outcomes) -> bool {
        let is_all = self.session.is_all(&self.request.plan.selection) && plan.left_out.is_empty();
        let applies = self.request.plan.mode == Mode::Apply && self.request.saved.is_none();
        is_all && applies && plan.gaps.is_empty() && !outcomes.interrupted && outcomes.is_complete()
    }

    /// Remembers the commit of a complete apply in CI: what was merged before need not be looked at again.
    /// Whether the state has to be saved for that.
    fn note_commit(&self, state: &mut State, outcomes: &Outcomes) -> bool {
        let Some(commit) = self.session.options.environment.whole_commit() else { return false };
        let is_worth_it = self.request.agreed.is_some() || outcomes.has_written();
        let is_new = is_worth_it && state.commit.as_ref() != Some(&commit);
        if is_new {
            state.commit = Some(commit);
        }
        is_new
    }

    /// Asks until the answer is about what is there: an answer takes time, however short, in which others may
    /// change what the plan touches. What was permitted.
    async fn settle(
        &self,
        made: &mut Made,
        state: &State,
        ask: &mut dyn Ask,
    ) -> Result<Permissions, SessionError> {
        for _ in 0..QUESTIONS {
            let permissions = self.approve(made, ask).await?;
            if !self.asks() || made.plan.summary().is_empty() {
                return Ok(permissions);
            }
            let wanted = plan::touched(&made.plan);
            let mut snapshot = std::mem::take(&mut made.snapshot);
            snapshot.expire_all(&wanted);
            let fresh = self.plan(state, snapshot).await?;
            let shown = std::mem::replace(made, fresh).plan;
            let changed = file::differences(&shown, &made.plan);
            if changed.is_empty() && shown.refusals == made.plan.refusals {
                return Ok(permissions);
            }
            self.session.notify(Notice::ChangedMeanwhile(&changed));
        }
        let changing = made.plan.changing().map(|change| change.address.clone());
        Err(SessionError::KeepsChanging(changing.collect()))
    }

    /// Whether the plan needs an answer.
    const fn asks(&self) -> bool {
        self.request.saved.is_none() && !self.request.auto_approve
    }

    /// What the state has to say before the first write; whether it has to be saved for that. A new one is
    /// saved with the first step, and rules alone with what is done, if something is.
    fn prepare(&self, state: &mut State, plan: &Plan) -> bool {
        let is_old = state.serial > 0;
        let is_bound = self.session.bind(state, self.connected.reader().server().as_ref());
        if let Some(saved) = &self.request.saved {
            state.note_plan(saved.id.clone());
        }
        moves::apply(state, &plan.moved);
        let records =
            plan.changes.iter().any(|change| change.action != Action::NoOp || change.record.is_some());
        if let Some(rules) = &plan.rules {
            state.rules = Some(rules.clone());
        }
        (is_old && is_bound)
            || self.request.saved.is_some()
            || !plan.moved.is_empty()
            || (plan.rules.is_some() && !records)
    }

    async fn until_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, SessionError>>,
    ) -> Result<T, SessionError> {
        tokio::select! {
            result = work => result,
            () = stopped(self.stop.clone()) => Err(SessionError::Interrupted),
        }
    }

    fn delete_timeout(&self) -> Duration {
        self.request.delete_timeout.unwrap_or(self.connected.apply.retry.delete_timeout)
    }

    /// Plans. What an earlier run had deleted a moment ago and is declared again is waited for: nothing may be
    /// written into it.
    async fn plan_when_gone(&self, state: &State) -> Result<Made, SessionError> {
        let started = tokio::time::Instant::now();
        let mut said = false;
        loop {
            let made = self.plan(state, Snapshot::new()).await?;
            let is_recent = |address: &Address| {
                let since = state.going(address).and_then(|(_, since)| since.parse::<jiff::Timestamp>().ok());
                let is_scheduled = state.scheduled(address).is_some();
                since.filter(|_| !is_scheduled).is_some_and(|since| {
                    let age = jiff::Timestamp::now().duration_since(since);
                    Duration::try_from(age).is_ok_and(|age| age < self.delete_timeout())
                })
            };
            let going = made.plan.gaps.iter().map(|gap| &gap.address).find(|address| is_recent(address));
            let Some(going) = going.filter(|_| started.elapsed() < self.delete_timeout()) else {
                return Ok(made);
            };
            if !said {
                self.session.notify(Notice::WaitsForDeletion(going));
                said = true;
            }
            tokio::time::sleep(DELETION_PAUSE).await;
        }
    }

    /// Plans; of a saved plan it must be what was saved.
    async fn plan(&self, state: &State, snapshot: Snapshot) -> Result<Made, SessionError> {
        let remembered = (!self.session.options.connection.stateless).then_some(state);
        let configuration = &self.validated.configuration;
        let reader = self.connected.reader();
        if let Some(state) = remembered {
            self.session.check_owner(state)?;
        }
        let mut fits = Ok(());
        if let Some(saved) = &self.request.saved {
            let server = reader.server();
            self.session.check_plan_owner(saved)?;
            check_file(Bound::Plan, saved.server.as_ref(), remembered, server.as_ref())?;
            let PlanRequest { prune, permissions, .. } = &self.request.plan;
            saved::check_permissions(saved, prune, permissions)?;
            fits = saved::check(saved, configuration, remembered);
            // A plan for another server does not fit either, and which server it is may not be known yet.
            let is_known = |name: &String| server.as_ref().is_none_or(|server| server.name == *name);
            if saved.server.as_ref().is_none_or(is_known) {
                std::mem::replace(&mut fits, Ok(()))?;
            }
        }
        let options = self.plan_options(remembered).await?;
        let options = PlanOptions { rules: Some(self.validated.rules.clone()), ..options };
        let planned = plan_from(snapshot, configuration, remembered, &reader, &options).await;
        #[cfg_attr(not(feature = "sandbox"), expect(unused_mut, reason = "nothing is added to it"))]
        let mut planned = self.session.located(planned)?;
        #[cfg(feature = "sandbox")]
        if self.request.saved.is_none() {
            self.session.add_ways_out(&mut planned, &reader, configuration, remembered, &options).await;
        }
        let Planned { mut plan, snapshot } = planned;
        if let Some(saved) = &self.request.saved {
            // Now the server has answered.
            let server = reader.server();
            check_file(Bound::Plan, saved.server.as_ref(), remembered, server.as_ref())?;
            fits?;
            if let Some(server) = server.as_ref().filter(|_| saved.server.is_none()) {
                self.session.notify(Notice::UnboundPlan { server });
            }
            let PlanOptions { thresholds, permissions, mode, .. } = &options;
            let guard = |changes: &[Change]| thresholds::check(changes, thresholds, permissions, *mode);
            let is_as_sensitive = |found: &Change| saved.is_as_sensitive(found);
            plan =
                file::still_valid(&saved.plan, plan, is_as_sensitive, guard).map_err(SessionError::Stale)?;
        }
        let missing = self.missing(&plan, state).await?;
        Ok(Made { plan, snapshot, selection: options.selection, missing })
    }

    /// What of a plan was not agreed on.
    async fn missing(&self, plan: &Plan, state: &State) -> Result<Option<NotAgreed>, SessionError> {
        let configuration = &self.validated.configuration;
        let agreement = self.request.agreed.as_ref();
        let agreement = agreement.filter(|_| agreed::needs_agreement(plan, configuration));
        let Some(agreement) = agreement else { return Ok(None) };
        let read = self.agreed.get_or_try_init(|| agreed::read(agreement, state)).await?;
        let mut missing = agreed::check(plan, configuration, state, read);
        if let Some(missing) = &mut missing {
            self.session.add_commits(missing, state.commit.as_deref()).await;
        }
        Ok(missing)
    }

    /// For a saved plan the same part of the directory, and the same fields that are sent without being known
    /// to differ: both say what is planned. What is permitted and pruned was asked for now.
    async fn plan_options(&self, state: Option<&State>) -> Result<PlanOptions, SessionError> {
        let request = &self.request.plan;
        let refresh = self.connected.refresh.clone();
        let Some(saved) = &self.request.saved else {
            let selection = self.session.select(&request.selection, self.validated, state).await?;
            return self.session.plan_options(request, selection, refresh);
        };
        // A plan that an older nautform made of a file may mean more than the file.
        let declared_only = saved.selection.declared_only || self.session.fleet.is_part;
        let configuration = &self.validated.configuration;
        self.session.check_declared(configuration, state, declared_only)?;
        let selection = Selection { declared_only, ..saved.selection.clone() };
        let options = self.session.plan_options(request, selection, refresh)?;
        let selection = Selection { send: saved.selection.send.clone(), ..options.selection };
        Ok(PlanOptions { drift: false, selection, ..options })
    }

    /// About how long it will take, if it is worth knowing.
    fn say_duration(&self, plan: &Plan, snapshot: &Snapshot) {
        let ApplyOptions { lanes, parallelism, .. } = self.connected.apply;
        let Some(read) = snapshot.usual_duration() else { return };
        let duration = apply::estimate(plan, lanes, parallelism, read);
        if duration >= WORTH_SAYING {
            self.session.notify(Notice::TakesAbout { duration, read });
        }
    }

    /// Shows the plan and asks. A saved plan was approved when it was saved: it is only shown.
    async fn approve(&self, made: &Made, ask: &mut dyn Ask) -> Result<Permissions, SessionError> {
        let Made { plan, snapshot, missing, .. } = made;
        let PlanRequest { mode, permissions, .. } = &self.request.plan;
        let sources = &self.validated.manifests.sources;
        let asks = self.asks();
        ask.show(plan, *mode, sources)?;
        let mut permissions = permissions.clone();
        let approved = plan.approve(&permissions);
        let missing = missing.as_ref().filter(|_| matches!(approved, Ok(_) | Err(Refusals::Irreversible(_))));
        if let Some(missing) = missing {
            return Err(SessionError::NotAgreed(Box::new(missing.clone())));
        }
        match approved {
            Ok(_) if plan.summary().is_empty() => return Ok(permissions),
            Ok(_) => self.say_duration(plan, snapshot),
            Err(Refusals::Irreversible(_)) if asks => self.say_duration(plan, snapshot),
            Err(refusals) => return Err(refusals.into()),
        }
        if !asks {
            return Ok(permissions);
        }
        let destroys = *mode == Mode::Destroy && plan.summary().destroy > 0;
        let answer = if destroys { ask.approve_destroy(plan) } else { ask.approve() };
        if !answer.await? {
            return Err(SessionError::NotApproved);
        }
        permissions.irreversible |= destroys;
        if let Err(Refusals::Irreversible(lost)) = plan.approve(&permissions) {
            if !ask.approve_irreversible(&lost).await? {
                return Err(SessionError::NotApproved);
            }
            permissions.irreversible = true;
        }
        plan.approve(&permissions)?;
        Ok(permissions)
    }

    /// Writes a state that its store did not take to a file.
    fn fallback(&self, state: &mut State, locked: &Locked<'_>) -> Fallback {
        state.serial = locked.serial(state) + 1;
        match recovery::write_fallback(&self.session.fleet.root, state) {
            Ok(path) => Fallback::File(path),
            Err(error) if locked.has_all() => Fallback::Journal(error),
            Err(error) => Fallback::Lost(error),
        }
    }
}
