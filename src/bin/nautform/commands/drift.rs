//! `nautform drift`.

use std::path::Path;

use anyhow::Context as _;

use nautform::model::diagnostic::SourceMap;
use nautform::plan::drift::{Baseline, Class, Findings, Known, News};
use nautform::plan::{Mode, Plan};
use nautform::render::ci::{self, Check};
use nautform::render::webhook::About;
use nautform::render::{self, json, markdown, text};
use nautform::session::drift::{Suppressions, drift};
use nautform::session::plan::PlanOptions;

use crate::args::{Drift, DriftFormat, FailOn};
use crate::exit::Code;
use crate::{connection, selection, terminal, webhook};

pub(super) async fn run(args: &Drift) -> anyhow::Result<Code> {
    let started = std::time::Instant::now();
    let webhook = webhook::find(&args.telling, args.connection.sandbox.is_some())?;
    let earlier = args.baseline.as_deref().map(read).transpose()?.flatten();
    let begun = super::begin(&args.manifests, &args.connection, &args.selecting).await?;
    let Some((connected, loaded, prefetched)) = begun else { return Ok(Code::Error) };
    let state = prefetched.state;
    if state.is_none() {
        terminal::say(
            "There is no state: drift is what changed since the last apply, and none is remembered.",
        );
    }
    let (dir, refresh) = (&args.manifests.dir, connected.refresh.clone());
    let selection = selection::selection(&args.selecting, dir, &loaded, state.as_ref()).await?;
    let settings = &loaded.settings;
    let discover = args.show_unmanaged || args.fail_on.contains(&FailOn::Unmanaged);
    selection::needs_whole(&selection, discover, "--show-unmanaged or --fail-on unmanaged")?;
    let options = PlanOptions {
        drift: true,
        selection,
        discover,
        moves: settings.moves(),
        ..PlanOptions::new(Mode::Apply, refresh)
    };
    let (known, reader) = (prefetched.snapshot, connected.reader());
    let quiet = Suppressions { rules: &settings.suppress, today: connection::today() };
    let plan = drift(known, &loaded.configuration, state.as_ref(), &reader, &options, quiet).await?;
    connected.close().await;
    let findings = Findings::of(&plan);
    let compared = compare(&findings, earlier);
    if compared.is_news() || !matches!(args.format, DriftFormat::Text | DriftFormat::Markdown) {
        write(args, &plan, &loaded.manifests.sources, started.elapsed())?;
    }
    compared.say();
    if let Some(webhook) = &webhook
        && let Some(message) = message(args, &plan, &compared)
    {
        webhook::send(webhook, &message).await;
    }
    if let Some(file) = &args.baseline {
        terminal::file(file, |out| compared.now.write(out)).await?;
    }
    Ok(Code::of_findings(
        compared.news.new.iter().map(|known| known.class).filter(|class| fails(args, *class)),
    ))
}

fn write(
    args: &Drift,
    plan: &Plan,
    sources: &SourceMap,
    duration: std::time::Duration,
) -> anyhow::Result<()> {
    let directory = args.manifests.dir.display().to_string();
    let finished = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let check = Check { directory: &directory, finished, duration };
    let link = super::job();
    terminal::result(|out| match args.format {
        DriftFormat::Text => text::drift(plan, terminal::output_style(), out),
        DriftFormat::Json => json::plan(plan, Some(sources), crate::hints::words, out),
        DriftFormat::Markdown => markdown::drift(plan, &super::note(&directory, link.as_deref()), out),
        DriftFormat::Junit => ci::junit(plan, out),
        DriftFormat::Prometheus => ci::metrics(plan, &check, out),
    })?;
    Ok(())
}

/// What a webhook is told: drift, and of the rest what was asked for.
fn message(args: &Drift, plan: &Plan, compared: &Compared) -> Option<serde_json::Value> {
    let told = |class| !matches!(class, Class::Pending | Class::Unmanaged) || fails(args, class);
    let (directory, job) = (webhook::name(&args.manifests.dir), super::job());
    let about = About { directory: &directory, job: job.as_deref() };
    let since = compared.earlier.as_ref().map(|earlier| earlier.checked.as_str());
    render::webhook::drift(plan, &compared.news, since, told, &about)
}

fn fails(args: &Drift, class: Class) -> bool {
    args.fail_on.contains(&match class {
        Class::Changed => FailOn::Changed,
        Class::Missing => FailOn::Missing,
        Class::Pending => FailOn::Pending,
        Class::Unmanaged => FailOn::Unmanaged,
        Class::Unknown => FailOn::Unknown,
    })
}

/// A check beside the one before it.
struct Compared {
    now: Baseline,
    earlier: Option<Baseline>,
    news: News,
}

/// Without a file, everything is new.
fn compare(findings: &Findings<'_>, earlier: Option<Baseline>) -> Compared {
    let now = Baseline::of(findings, jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let news = now.since(earlier.as_ref());
    Compared { now, earlier, news }
}

fn read(file: &Path) -> anyhow::Result<Option<Baseline>> {
    if file.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        // A device or a pipe keeps nothing: it only takes what this check finds.
        return Ok(None);
    }
    match std::fs::read(file) {
        Ok(bytes) => Baseline::read(&bytes).map(Some).with_context(|| file.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

impl Compared {
    fn is_news(&self) -> bool {
        self.earlier.is_none() || !self.news.is_empty()
    }

    fn say(&self) {
        let Some(earlier) = &self.earlier else { return };
        if self.news.is_empty() {
            let findings = match self.now.len() {
                0 => "nothing was found".to_owned(),
                1 => "1 finding as before".to_owned(),
                number => format!("{number} findings as before"),
            };
            return terminal::say(&format!(
                "Nothing new since the check of {}: {findings}.",
                earlier.checked
            ));
        }
        for (words, known) in [("New since", &self.news.new), ("Over since", &self.news.over)] {
            if !known.is_empty() {
                terminal::say(&format!("{words} the check of {}: {}.", earlier.checked, named(known)));
            }
        }
    }
}

fn named(all: &[Known]) -> String {
    let words = all.iter().map(|known| format!("{} ({})", known.address, known.class));
    words.collect::<Vec<_>>().join(", ")
}
