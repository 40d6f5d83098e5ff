//! `nautform apply` and `nautform destroy`.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use nautform::output;
use nautform::output::text::{self, View};
use nautform::output::webhook::About;
use nautform::{
    Address, Answer, Applied, ApplyRequest, Ask, ConnectOptions, Fallback, Mode, Plan, Reporter, SourceMap,
    Starting, parse_duration as duration, saved,
};

use super::agreed::AgreedArgs;
use super::shared::{
    self, ConnectionArgs, GuardArgs, LabelArgs, LockArgs, ManifestArgs, NotifyArgs, SelectionArgs,
};
use crate::exit::Code;
use crate::failure::{Failure, Result};
use crate::reporters::Reporters;
use crate::{events, hints, signals, terminal, ways, webhook};

pub(super) const EXAMPLES: &str = "\
Examples:
  nautform apply fleet
  nautform apply change.plan                  what `plan --out` has saved
  nautform apply change.plan fleet            the same, in another checkout
  nautform apply fleet --auto-approve --lock-timeout 10m
  nautform apply fleet --agreed --auto-approve   what was reviewed (docs/pipelines.md)
  nautform apply fleet/shop.yaml              what this file declares, nothing else
  kustomize build . | nautform apply - --complete --auto-approve

A file, a directory inside the fleet and standard input are parts of the fleet:
they use its settings and state, and what they do not declare is not changed.

Exit codes: 0 done, 5 refused, 6 not what was saved or agreed on, 7 locked, 8
done in part (run it again), 9 the state was not saved, 1 anything else. A
webhook that fails is a warning and changes no exit code.";

pub(super) const DESTROY_EXAMPLES: &str = "\
Examples:
  nautform plan fleet --out destroy.plan --destroy    what would it delete?
  nautform destroy fleet
  nautform destroy fleet --target Environment/shop/dev
  nautform destroy fleet --exclude Cluster/host-a --auto-approve --allow-irreversible

A file, a directory inside the fleet and standard input are parts of the fleet: what they do
not declare is not deleted.";

/// Flags that mean nothing to a destroy are still accepted, and not shown.
pub(super) fn hidden_from_destroy(argument: clap::Arg) -> clap::Arg {
    const MEANINGLESS: [&str; 8] = [
        "directory",
        "prune",
        "send_secrets",
        "allow_replace",
        "allow_updates",
        "changed_since",
        "complete",
        "sync_timeout",
    ];
    let is_meaningless = MEANINGLESS.contains(&argument.get_id().as_str());
    if is_meaningless { argument.hide(true) } else { argument }
}

const DIR: &str = "Directory of manifests, a part of it (a file, a directory in it), `-` for standard input, \
                   or a saved plan";

#[derive(Debug, clap::Args)]
#[command(mut_arg("dir", |dir| dir.help(DIR).index(1)))]
pub(super) struct Args {
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Of a saved plan, the directory of manifests, if it is not where it was, as seen from the plan
    #[arg(value_name = "FLEET", index = 2)]
    directory: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
    /// Allow what can't be undone: deleting GitLab groups and repositories with their history
    #[arg(long)]
    allow_irreversible: bool,
    /// Output format; ndjson needs --auto-approve
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Also write events to a file, one JSON object on a line
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// How long to wait for clusters to reach Kubernetes, such as 90s or 1h30m (10m)
    #[arg(long, value_parser = duration, value_name = "TIME")]
    sync_timeout: Option<Duration>,
    /// How long to wait for GitLab to finish deletes (5m)
    #[arg(long, value_parser = duration, value_name = "TIME")]
    delete_timeout: Option<Duration>,
    #[command(flatten)]
    agreed: AgreedArgs,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    label: LabelArgs,
    #[command(flatten)]
    notify: NotifyArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    guards: GuardArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Formats of an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// Terraform's `apply -json`, one event on a line
    Ndjson,
}

pub(super) async fn run(args: &Args, mode: Mode) -> Result<Code> {
    if args.format == Format::Ndjson {
        events::to_standard_output();
    }
    if let Some(file) = &args.events {
        events::to_file(file)?;
    }
    let mut result = plan_and_apply(args, mode).await;
    if mode == Mode::Destroy {
        result = result.map_err(Failure::of_destroy);
    }
    // The error is an event as well, but an interrupted run does not wait for the reader of a pipe.
    if result.is_err() && !signals::received() {
        tokio::select! {
            opened = events::opened() => opened?,
            _ = signals::wait() => {}
        }
    }
    result
}

async fn plan_and_apply(args: &Args, mode: Mode) -> Result<Code> {
    if args.format == Format::Ndjson && !args.auto_approve {
        return Err(shared::usage("--format ndjson can't ask: add --auto-approve"));
    }
    let allow_http = args.manifests.variables.trust.allows_http();
    let sandbox = args.connection.sandbox.is_some();
    let webhook = webhook::find(args.notify.webhook_file.as_deref(), sandbox, allow_http)?;
    let mut manifests = args.manifests.clone();
    let request = request(args, mode)?;
    if let Some(saved) = &request.saved {
        manifests.dir =
            args.directory.clone().unwrap_or_else(|| saved::directory(saved, &args.manifests.dir));
        // Whoever names the plan has named its environment.
        let env = &mut manifests.variables.trust.env;
        *env = env.take().or_else(|| saved.origin.environment.clone());
    } else if args.directory.is_some() {
        return Err(shared::usage("a second directory goes with a saved plan only"));
    }
    let connection = ConnectOptions { no_lock: args.lock.no_lock, ..args.connection.options() };
    let permitted = hints::flags(&request.plan.prune, &request.plan.permissions);
    ways::remember(&manifests.options()?, &connection, &request.plan, &permitted);
    let session = manifests.open_as(&args.label, connection)?;
    let environment = session.environment().map(str::to_owned);
    let mut terminal = Terminal { args, environment, reporters: None };
    // From here on an interrupt must still release the lock.
    let applied = session.apply(&request, &mut terminal, signals::stop()).await?;
    let destroys = request.plan.mode == Mode::Destroy;
    let mut reported =
        terminal.reporters.map_or(Ok(()), |reporters| reporters.end(&applied.outcomes, destroys));
    tell_secrets_left(&applied);
    if args.format == Format::Text {
        tell_protections(&applied)?;
    }
    if let Some(fallback) = &applied.fallback {
        tell_fallback(fallback);
    }
    let code = code(&applied);
    if let Some(webhook) = &webhook {
        let directory = session.label();
        let job = shared::job();
        let about = About { directory: &directory, job: job.as_deref() };
        if let Some(message) = output::webhook::apply(&applied.plan, &applied.outcomes, destroys, &about) {
            webhook::send(webhook, &message).await;
        }
    }
    reported = reported.and(events::finish());
    match reported {
        // How the run ended counts for more than a report of it.
        Err(error) if code != Code::Success => {
            terminal::error(&format!("{error:#}"));
            Ok(code)
        }
        reported => Ok(reported.map(|()| code)?),
    }
}

fn request(args: &Args, mode: Mode) -> Result<ApplyRequest> {
    let saved = saved::find(&args.manifests.dir)?;
    if saved.is_some() && (args.selection.is_given() || args.guards.sends_secrets()) {
        return Err(shared::usage(
            "a saved plan is carried out as a whole: --target, --exclude, --changed-since, --complete and \
             --send-secrets belong to nautform plan",
        ));
    }
    let mode = saved.as_ref().map_or(mode, |saved| saved.mode);
    let mut plan = args.guards.request(mode, &args.selection);
    plan.permissions.irreversible = args.allow_irreversible;
    Ok(ApplyRequest {
        plan,
        saved,
        agreed: args.agreed.agreement(args.manifests.variables.trust.allows_http())?,
        auto_approve: args.auto_approve,
        lock_timeout: args.lock.lock_timeout,
        sync_timeout: args.sync_timeout,
        delete_timeout: args.delete_timeout,
    })
}

fn code(applied: &Applied) -> Code {
    let Applied { plan, outcomes, fallback, is_unlocked } = applied;
    match () {
        () if fallback.is_some() => Code::StateNotSaved,
        () if outcomes.interrupted => signals::interruption(),
        () if outcomes.is_complete() && plan.gaps.is_empty() && *is_unlocked => Code::Success,
        () if outcomes.is_complete() && plan.gaps.is_empty() => Code::Error,
        () if outcomes.summary().is_empty() && !outcomes.has_incomplete() => Code::Error,
        () => Code::Partial,
    }
}

/// The API has no way to remove a kubeconfig; people have to know that it is still there.
fn tell_secrets_left(applied: &Applied) {
    let left = applied.secrets_left();
    if left.is_empty() {
        return;
    }
    let names: Vec<String> = left.iter().map(ToString::to_string).collect();
    terminal::always(&format!(
        "\nThe kubeconfigs of deleted clusters stay in the server's Vault, where only its administrators can \
         remove them: {}.",
        names.join(", ")
    ));
}

/// Protections change in the state only: no operation says that it was done.
fn tell_protections(applied: &Applied) -> io::Result<()> {
    let number = applied.plan.protections.len();
    if number == 0 || !applied.outcomes.is_complete() {
        return Ok(());
    }
    let are = if number == 1 { "protection has" } else { "protections have" };
    terminal::result(|out| writeln!(out, "{number} {are} changed."))
}

/// What was done must not be forgotten because the store failed.
fn tell_fallback(fallback: &Fallback) {
    match fallback {
        Fallback::File(path) => {
            let path = path.display();
            terminal::always(&format!(
                "\nThe state was saved to {path} instead. When its store works again, push it with:"
            ));
            terminal::always(&format!("\n    nautform state push {path}"));
        }
        Fallback::Overtaken(path) => terminal::always(&format!(
            "\nThe lock was lost, or another process has written the state: do not push what this run would \
             have saved. Run apply again: it adopts what was done. For reference, it is in {}.",
            path.display()
        )),
        Fallback::Journal(error) => terminal::error(&format!(
            "the state can't be saved to a file either ({error}); its journal holds all that was done, and \
             the next run reads it"
        )),
        Fallback::Lost(error) => terminal::error(&format!(
            "the state can't be saved to a file either ({error}): not all that was done is recorded, the \
             next apply adopts the rest"
        )),
    }
}

/// The person at the terminal, or a log.
struct Terminal<'a> {
    args: &'a Args,
    environment: Option<String>,
    reporters: Option<Reporters>,
}

impl Terminal<'_> {
    /// ` in prod`, if the fleet has several environments.
    fn place(&self) -> String {
        self.environment.iter().map(|name| format!(" in {name}")).collect()
    }
}

impl Ask for Terminal<'_> {
    fn show(&mut self, plan: &Plan, mode: Mode, sources: &SourceMap) -> io::Result<()> {
        let sources = Some(sources);
        events::each(|stream| stream.plan(plan, sources, hints::text));
        if self.args.format != Format::Text {
            return Ok(());
        }
        let style = terminal::output_style();
        let view = View { style, sources, destroy: mode == Mode::Destroy, ..View::default() };
        terminal::text(|out| text::plan(plan, &view, out))
    }

    fn approve(&mut self) -> Answer<'_> {
        Box::pin(async {
            let question = format!("\nDo you want to perform these actions{}?", self.place());
            terminal::confirm(&question).await
        })
    }

    /// Asks for the number of objects; what is lost for good is named once more.
    fn approve_destroy<'b>(&'b mut self, plan: &'b Plan) -> Answer<'b> {
        Box::pin(async move {
            let count = plan.summary().destroy;
            let objects = if count == 1 { "This object" } else { "All of these objects" };
            let mut question = format!("\n{objects} will be destroyed{}.", self.place());
            let lost = plan.irreversible();
            if !lost.is_empty() {
                let names: Vec<String> = lost.iter().map(ToString::to_string).collect();
                question.push_str(&format!(" For good, {} of them: {}.", lost.len(), names.join(", ")));
            }
            question.push_str(&format!("\nEnter the number of objects to destroy, {count}, to confirm: "));
            terminal::ask(&question, &count.to_string()).await
        })
    }

    /// Asks for the name of the one object, or for how many there are.
    fn approve_irreversible<'b>(&'b mut self, objects: &'b [&'b Address]) -> Answer<'b> {
        Box::pin(async move {
            let (what, wanted, answer) = match objects {
                [one] => (format!("{one} is"), "its name", one.name().to_owned()),
                all => (format!("{} objects are", all.len()), "their number", all.len().to_string()),
            };
            let place = self.place();
            let question = format!("\n{what} permanently destroyed{place}. Enter {wanted} to allow it: ");
            terminal::ask(&question, &answer).await
        })
    }

    fn start<'b>(&'b mut self, plan: &'b Plan, sync_timeout: Duration) -> Starting<'b> {
        Box::pin(async move {
            let text = self.args.format == Format::Text;
            events::opened().await?;
            let reporters = Reporters::new(text, plan, sync_timeout)?;
            Ok(self.reporters.insert(reporters) as &mut dyn Reporter)
        })
    }
}
