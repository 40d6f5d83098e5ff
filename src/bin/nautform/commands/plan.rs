//! `nautform plan`.

use nautform::client::Reader;
use nautform::ops::apply::{Leave, leave};
use nautform::ops::plan::{PlanOptions, plan};
use nautform::plan::Mode;
use nautform::report::text::{self, View};

use crate::args::Plan;
use crate::exit::Code;
use crate::{connection, terminal};

pub(super) async fn run(args: &Plan) -> anyhow::Result<Code> {
    let Some(loaded) = super::loaded(&args.manifests)? else { return Ok(Code::Error) };
    let mut connected = connection::connect(&args.manifests, &args.connection).await?;
    let state = match &mut connected.store {
        Some(store) => Some(store.load().await?.unwrap_or_else(super::apply::new_state)),
        None => None,
    };
    let options = PlanOptions {
        mode: if args.destroy { Mode::Destroy } else { Mode::Apply },
        drift: true,
        discover: args.show_unmanaged,
        refresh: connected.refresh.clone(),
    };
    let reader = Reader::new(std::sync::Arc::clone(&connected.transport));
    let planned = plan(&loaded.configuration, state.as_ref(), &reader, &options).await?;
    let view = View {
        style: terminal::output_style(),
        sources: Some(&loaded.manifests.sources),
        destroy: args.destroy,
        compact: args.compact,
        unmanaged: args.show_unmanaged,
        ..View::default()
    };
    terminal::result(|out| text::plan(&planned.plan, &view, out))?;
    connected.close().await;
    Ok(match leave(&planned.plan) {
        Leave::Impossible => Code::Error,
        _ if !planned.plan.gaps.is_empty() => Code::Error,
        _ if args.detailed_exitcode && !planned.plan.summary().is_empty() => Code::Changes,
        _ => Code::Success,
    })
}
