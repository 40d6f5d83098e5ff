//! `nautform apply` and `nautform destroy`.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use tokio::sync::watch;

use nautform::apply::{Outcomes, Run, apply};
use nautform::live::client::Writer;
use nautform::plan::file::{self, SavedPlan};
use nautform::plan::guard::Permissions;
use nautform::plan::selection::Selection;
use nautform::plan::{Approved, Mode, Plan, Refusals, moves};
use nautform::render;
use nautform::render::text::{self, View};
use nautform::render::webhook::About;
use nautform::resource::Address;
use nautform::session::plan::{PlanOptions, plan};
use nautform::session::validate::Validated;
use nautform::state::{Locked, State, recovery};

use crate::args::{self, Apply, ApplyFormat};
use crate::connection::{self, Connected};
use crate::exit::Code;
use crate::fleet::Fleet;

use super::saved;
use crate::reporters::Reporters;
use crate::{selection, signals, store, terminal, webhook};

pub(super) async fn run(args: &Apply, mode: Mode) -> anyhow::Result<Code> {
    if args.format == ApplyFormat::Ndjson && !args.auto_approve {
        anyhow::bail!("--format ndjson can't ask: add --auto-approve");
    }
    let webhook = webhook::find(&args.telling, args.connection.sandbox.is_some())?;
    let saved = saved::find(&args.manifests.dir)?;
    let mode = saved.as_ref().map_or(mode, |saved| saved.mode);
    let directory = saved.as_ref().map(|saved| PathBuf::from(&saved.directory));
    let manifests =
        args::Manifests { dir: directory.unwrap_or(args.manifests.dir.clone()), ..args.manifests.clone() };
    let selects = !args.selecting.target.is_empty()
        || !args.selecting.exclude.is_empty()
        || args.selecting.changed_since.is_some()
        || args.selecting.complete
        || !args.permitting.prune.is_empty();
    if saved.is_some() && selects {
        anyhow::bail!(
            "a saved plan is carried out as a whole: --target, --exclude, --changed-since, --complete and --prune belong to nautform plan"
        );
    }
    let Some(loaded) = super::loaded(&manifests)? else { return Ok(Code::Error) };
    let mut connected = connection::connect(&manifests, &args.connection, &loaded.settings).await?;
    let mut store = connected.store.take().unwrap_or_else(store::none);
    let operation = if mode == Mode::Apply { "apply" } else { "destroy" };
    // From here on an interrupt must not leave the lock behind.
    let stop = signals::stop();
    let info = store::lock_info(operation);
    let locked = tokio::select! {
        locked = Locked::lock(store.as_mut(), &info, args.lock_timeout) => Some(locked?),
        () = stopped(stop.clone()) => None,
    };
    let (saved, message) = (saved.as_ref(), OnceCell::new());
    let work = Work { args, mode, loaded: &loaded, connected: &connected, saved, stop, message };
    let (result, unlocked) = match locked {
        Some(mut locked) => (work.locked(&mut locked).await, locked.unlock().await),
        None => (Ok(signals::interruption()), Ok(())),
    };
    let message = work.message.into_inner();
    connected.close().await;
    if let (Some(webhook), Some(message)) = (&webhook, &message) {
        webhook::send(webhook, message).await;
    }
    match (result, unlocked) {
        // What was done counts for more than a lock that stays.
        (Ok(code), Err(error)) => {
            terminal::error(&error.to_string());
            Ok(if code == Code::Success { Code::Error } else { code })
        }
        (result, _) => result,
    }
}

/// Ends with the first interrupt.
async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What an apply works with, once the state is locked.
struct Work<'a> {
    args: &'a Apply,
    mode: Mode,
    loaded: &'a Validated,
    connected: &'a Connected,
    saved: Option<&'a SavedPlan>,
    stop: watch::Receiver<bool>,
    /// What a webhook is told once the lock is free again.
    message: OnceCell<serde_json::Value>,
}

impl Work<'_> {
    async fn locked(&self, store: &mut Locked<'_>) -> anyhow::Result<Code> {
        let mut state = store.load().await?.unwrap_or_else(new_state);
        let stateless = self.args.connection.stateless;
        if let Some(saved) = self.saved
            && let Some(reason) = outdated(saved, self.loaded, (!stateless).then_some(&state))
        {
            terminal::error(&format!("the saved plan is stale: {reason}"));
            return Ok(Code::Stale);
        }
        let writer = Writer::new(std::sync::Arc::clone(&self.connected.transport));
        let remembered = (!stateless).then_some(&state);
        let options = self.plan_options(remembered).await?;
        let planned = tokio::select! {
            planned = plan(&self.loaded.configuration, remembered, writer.reader(), &options) => planned?,
            () = stopped(self.stop.clone()) => return Ok(signals::interruption()),
        };
        let plan = match self.saved {
            None => planned.plan,
            Some(saved) => match still_valid(&saved.plan, planned.plan) {
                Ok(plan) => plan,
                Err(stale) => {
                    terminal::problem(|out| text::stale(&stale, out));
                    return Ok(Code::Stale);
                }
            },
        };
        let approved = tokio::select! {
            approved = self.shown_and_agreed(&plan) => approved?,
            () = stopped(self.stop.clone()) => Err(signals::interruption()),
        };
        let approved = match approved {
            Ok(approved) => approved,
            Err(code) => return Ok(code),
        };
        if let Some(saved) = self.saved {
            state.note_plan(saved.id.clone());
            store.replace(&mut state).await?;
        }
        if !plan.moved.is_empty() {
            moves::apply(&mut state, &plan.moved);
            store.replace(&mut state).await?;
        }
        self.carry_out(approved, &writer, store, &mut state).await
    }

    /// What is planned anew: for a saved plan the same part of the directory with the same permissions, and those given now.
    async fn plan_options(&self, state: Option<&State>) -> anyhow::Result<PlanOptions> {
        let Apply { manifests, selecting, permitting, .. } = self.args;
        let refresh = self.connected.refresh.clone();
        let Some(saved) = self.saved else {
            let selected = selection::selection(selecting, &manifests.dir, self.loaded, state).await?;
            return selection::options(self.mode, refresh, &self.loaded.settings, selected, permitting);
        };
        // A plan that an older nautform made of a file may mean more than the file.
        let declared_only = saved.selection.declared_only || Fleet::of(self.directory()).is_part;
        let selection = Selection { declared_only, ..saved.selection.clone() };
        let settings = &self.loaded.settings;
        let options = selection::options(self.mode, refresh, settings, selection.clone(), permitting)?;
        let mut permissions = options.permissions;
        permissions.merge(&saved.permissions);
        Ok(PlanOptions { drift: false, selection, permissions, ..options })
    }

    /// Shows the plan and asks; an exit code if it ends here. A saved plan has been agreed on already.
    async fn shown_and_agreed<'p>(&self, plan: &'p Plan) -> anyhow::Result<Result<Approved<'p>, Code>> {
        let sources = Some(&self.loaded.manifests.sources);
        let view = View {
            style: terminal::output_style(),
            sources,
            destroy: self.mode == Mode::Destroy,
            ..View::default()
        };
        if self.args.format == ApplyFormat::Text && self.saved.is_none() {
            terminal::result(|out| text::plan(plan, &view, out))?;
        }
        let asks = self.saved.is_none() && !self.args.auto_approve;
        let mut permissions =
            Permissions { irreversible: self.args.allow_irreversible, ..Permissions::default() };
        match plan.approve(&permissions) {
            Err(Refusals::Irreversible(lost)) if !asks => {
                terminal::error(&forbidden(&lost));
                return Ok(Err(Code::Refused));
            }
            Ok(_) | Err(Refusals::Irreversible(_)) => {}
            Err(refusals) => {
                if self.saved.is_some() {
                    terminal::result(|out| text::plan(plan, &view, out))?;
                }
                let is_refused = matches!(refusals, Refusals::Refused(_));
                return Ok(Err(if is_refused { Code::Refused } else { Code::Error }));
            }
        }
        let lost = plan.irreversible();
        if asks
            && !plan.summary().is_empty()
            && !(agreed(self.mode).await? && self.may_be_lost(&lost).await?)
        {
            terminal::say("\nApply cancelled.");
            return Ok(Err(Code::Error));
        }
        permissions.irreversible |= asks;
        Ok(plan.approve(&permissions).map_err(|_| Code::Refused))
    }

    async fn carry_out(
        &self,
        approved: Approved<'_>,
        writer: &Writer,
        store: &mut Locked<'_>,
        state: &mut State,
    ) -> anyhow::Result<Code> {
        let plan = approved.plan();
        let mut options = self.connected.apply.clone();
        options.retry.sync_timeout = self.args.sync_timeout.unwrap_or(options.retry.sync_timeout);
        options.retry.delete_timeout = self.args.delete_timeout.unwrap_or(options.retry.delete_timeout);
        // Somebody was asked and may have taken their time.
        options.prove_token = !self.args.auto_approve;
        let mut reporters = Reporters::new(self.args, plan, options.retry.sync_timeout)?;
        let run = Run { writer, state: &mut *state, reporter: &mut reporters, stop: self.stop.clone() };
        let outcomes = apply(approved, store, run, &options).await;
        self.note_for_webhook(plan, &outcomes);
        let reported = reporters.end(&outcomes, self.mode == Mode::Destroy);
        let is_lost = outcomes.state_error.is_some() && outcomes.has_written();
        if is_lost {
            state.serial = store.serial(state) + 1;
            write_fallback(&Fleet::of(self.directory()).root, state, store.has_all());
        }
        let done = outcomes.summary();
        let code = match () {
            () if is_lost => Code::StateNotSaved,
            () if outcomes.interrupted => signals::interruption(),
            () if outcomes.is_complete() && plan.gaps.is_empty() => Code::Success,
            () if done.is_empty() => Code::Error,
            () => Code::Partial,
        };
        match reported {
            // How the run ended counts for more than a report of it.
            Err(error) if code != Code::Success => {
                terminal::error(&format!("{error:#}"));
                Ok(code)
            }
            reported => reported.map(|()| code),
        }
    }

    /// What the manifests were read from.
    fn directory(&self) -> &Path {
        self.saved.map_or(self.args.manifests.dir.as_path(), |saved| Path::new(&saved.directory))
    }

    fn note_for_webhook(&self, plan: &Plan, outcomes: &Outcomes) {
        let (directory, job) = (webhook::name(self.directory()), super::job());
        let about = About { directory: &directory, job: job.as_deref() };
        let message = render::webhook::apply(plan, outcomes, self.mode == Mode::Destroy, &about);
        if let Some(message) = message {
            // A run is carried out once.
            let _ = self.message.set(message);
        }
    }

    /// Asks for what can't be undone: the name of the one object, or how many there are.
    async fn may_be_lost(&self, lost: &[&Address]) -> std::io::Result<bool> {
        match lost {
            [] => Ok(true),
            _ if self.args.allow_irreversible => Ok(true),
            [one] => {
                let question = format!("\n{one} is destroyed for good. Enter its name to allow it: ");
                terminal::ask(&question, one.name()).await
            }
            many => {
                let question = format!(
                    "\n{} objects are destroyed for good. Enter their number to allow it: ",
                    many.len()
                );
                terminal::ask(&question, &many.len().to_string()).await
            }
        }
    }
}

/// Why a saved plan can't be carried out whatever the server says.
fn outdated(saved: &SavedPlan, loaded: &Validated, state: Option<&State>) -> Option<String> {
    if digest(&loaded.configuration, &saved.salt) != saved.inputs {
        return Some(format!(
            "the manifests in {} (or the secrets they name) have changed since it was made",
            saved.directory
        ));
    }
    match (state, &saved.lineage) {
        (Some(state), _) if state.applied_plans.contains(&saved.id) => {
            Some("it has been applied already".to_owned())
        }
        (Some(state), Some(lineage)) if state.serial > 0 && state.lineage != *lineage => {
            Some("it was made with another state".to_owned())
        }
        (None, Some(_)) => Some("it was made with a state, and --stateless leaves it out".to_owned()),
        _ => None,
    }
}

/// What a run that can't ask is told.
fn forbidden(lost: &[&Address]) -> String {
    let names = first_few(lost, 10);
    format!("this would destroy {names} for good, with all history; pass --allow-irreversible to allow it")
}

async fn agreed(mode: Mode) -> std::io::Result<bool> {
    let question = match mode {
        Mode::Apply => "\nDo you want to perform these actions?",
        Mode::Destroy => "\nDo you really want to destroy all of these objects?",
    };
    terminal::confirm(question).await
}

/// A memory for a directory that has none.
pub(super) fn new_state() -> State {
    State::new(uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().simple().to_string())
}

/// What was done must not be forgotten because the store failed: the state goes beside the manifests.
fn write_fallback(directory: &Path, state: &State, in_journal: bool) {
    match recovery::write_fallback(directory, state) {
        Ok(path) => terminal::say(&format!(
            "\nThe state was saved to {0} instead. When its store works again, push it with:\n\n    nautform state push {0}",
            path.display()
        )),
        Err(error) if in_journal => terminal::error(&format!(
            "the state can't be saved beside the manifests either ({error}); \
             its journal holds all that was done, and the next run reads it"
        )),
        Err(error) => terminal::error(&format!(
            "the state can't be saved beside the manifests either ({error}): \
             not all that was done is remembered, the next apply adopts the rest"
        )),
    }
}
