//! `nautform drift`.

use nautform::client::Reader;
use nautform::ops::plan::{PlanOptions, plan};
use nautform::plan::Mode;
use nautform::report::prometheus::Check;
use nautform::report::{json, junit, markdown, prometheus, text};

use crate::args::{Drift, DriftFormat};
use crate::exit::Code;
use crate::{connection, selection, terminal};

pub(super) async fn run(args: &Drift) -> anyhow::Result<Code> {
    let started = std::time::Instant::now();
    let Some(loaded) = super::loaded(&args.manifests)? else { return Ok(Code::Error) };
    let mut connected = connection::connect(&args.manifests, &args.connection).await?;
    let state = match &mut connected.store {
        Some(store) => store.load().await?,
        None => None,
    };
    if state.is_none() {
        terminal::say(
            "There is no state: drift is what changed since the last apply, and none is remembered.",
        );
    }
    let (dir, refresh) = (&args.manifests.dir, connected.refresh.clone());
    let selection = selection::selection(&args.selecting, dir, &loaded, state.as_ref()).await?;
    let options = PlanOptions { drift: true, selection, ..PlanOptions::new(Mode::Apply, refresh) };
    let reader = Reader::new(std::sync::Arc::clone(&connected.transport));
    let planned = plan(&loaded.configuration, state.as_ref(), &reader, &options).await?;
    let directory = args.manifests.dir.display().to_string();
    let finished = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let check = Check { directory: &directory, finished, duration: started.elapsed() };
    terminal::result(|out| match args.format {
        DriftFormat::Text => text::drift(&planned.plan, terminal::output_style(), out),
        DriftFormat::Json => json::plan(&planned.plan, Some(&loaded.manifests.sources), out),
        DriftFormat::Markdown => markdown::drift(
            &planned.plan,
            &super::note(&directory, std::env::var("CI_JOB_URL").ok().as_deref()),
            out,
        ),
        DriftFormat::Junit => junit::drift(&planned.plan, out),
        DriftFormat::Prometheus => prometheus::drift(&planned.plan, &check, out),
    })?;
    connected.close().await;
    Ok(match (planned.plan.drift.is_empty(), planned.plan.gaps.is_empty()) {
        (false, _) => Code::Drift,
        (true, false) => Code::Error,
        (true, true) => Code::Success,
    })
}
