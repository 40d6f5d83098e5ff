//! `nautform plan`.

use std::path::Path;

use nautform::model::diagnostic::SourceMap;
use nautform::plan::guard::Permissions;
use nautform::plan::{Mode, Refusals};
use nautform::render::events::Events;
use nautform::render::text::{self, View};
use nautform::render::{gitlab, html, json, markdown};
use nautform::session::plan::{PlanOptions, plan_from};

use crate::args::{Plan, PlanFormat};
use crate::exit::Code;
use crate::{selection, terminal, webhook};

pub(super) async fn run(args: &Plan) -> anyhow::Result<Code> {
    if args.out.is_some() && args.manifests.dir == Path::new("-") {
        anyhow::bail!("--out can't save a plan of standard input: apply reads the manifests again");
    }
    let begun = super::begin(&args.manifests, &args.connection, &args.selecting).await?;
    let Some((connected, loaded, prefetched)) = begun else { return Ok(Code::Error) };
    let state = connected.store.is_some().then(|| prefetched.state.unwrap_or_else(super::apply::new_state));
    let mode = if args.destroy { Mode::Destroy } else { Mode::Apply };
    let (dir, refresh) = (&args.manifests.dir, connected.refresh.clone());
    let selected = selection::selection(&args.selecting, dir, &loaded, state.as_ref()).await?;
    selection::needs_whole(&selected, args.show_unmanaged, "--show-unmanaged")?;
    let options = PlanOptions {
        discover: args.show_unmanaged,
        ..selection::options(mode, refresh, &loaded.settings, selected, &args.permitting)?
    };
    let (configuration, reader) = (&loaded.configuration, connected.reader());
    let planned = plan_from(prefetched.snapshot, configuration, state.as_ref(), &reader, &options).await?;
    let label = args.manifests.dir.display().to_string();
    let (format, compact, unmanaged) = (args.format, args.compact, args.show_unmanaged);
    let shape = Shape { format, destroy: args.destroy, compact, unmanaged, label: &label };
    write(&shape, &planned.plan, Some(&loaded.manifests.sources))?;
    if let Some(file) = &args.gitlab_report {
        terminal::file(file, |out| ci::widget(&planned.plan, out)).await?;
    }
    connected.close().await;
    let code = match planned.plan.approve(&Permissions::default()) {
        Err(Refusals::Impossible(_)) => Code::Error,
        _ if !planned.plan.gaps.is_empty() => Code::Error,
        _ if args.detailed_exitcode && !planned.plan.summary().is_empty() => Code::Changes,
        _ => Code::Success,
    };
    if let Some(file) = &args.out {
        super::saved::save(
            file,
            &args.manifests.dir,
            &loaded.configuration,
            state.as_ref(),
            planned.plan,
            options,
        )
        .await?;
        // What goes to a pipe or a device is carried out elsewhere or not at all.
        if file.is_file() {
            terminal::say(&format!(
                "\nSaved the plan to {0}; carry it out with: nautform apply {0}",
                file.display()
            ));
        }
    }
    Ok(code)
}

/// How a plan is written.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) format: PlanFormat,
    pub(super) destroy: bool,
    pub(super) compact: bool,
    pub(super) unmanaged: bool,
    /// The directory, for titles and markers.
    pub(super) label: &'a str,
}

pub(super) fn write(
    shape: &Shape<'_>,
    plan: &nautform::plan::Plan,
    sources: Option<&SourceMap>,
) -> anyhow::Result<()> {
    let Shape { format, destroy, compact, unmanaged, label } = *shape;
    let view =
        View { style: terminal::output_style(), sources, destroy, compact, unmanaged, ..View::default() };
    terminal::result(|out| match format {
        PlanFormat::Text => text::plan(plan, &view, out),
        PlanFormat::Json => json::plan(plan, sources, crate::hints::words, out),
        PlanFormat::Html => {
            html::plan(plan, &webhook::name(Path::new(label)), sources, crate::hints::words, out)
        }
        PlanFormat::Markdown => markdown::plan(plan, &super::note(label, super::job().as_deref()), out),
        PlanFormat::Ndjson => {
            let mut events = Events::new(out, super::timestamp);
            events.version();
            events.plan(plan);
            events.finish()
        }
    })?;
    Ok(())
}
