//! `nautform adopt`.

use nautform::live::client::Reader;
use nautform::plan::selection::NothingMatches;
use nautform::plan::{Mode, Selection};
use nautform::resource::Address;
use nautform::session::OpsError;
use nautform::session::adopt::{Adopted, adopt};
use nautform::session::plan::{PlanOptions, plan};
use nautform::state::Store;

use crate::args::{Adopt, Manifests};
use crate::connection::{self, Connected};
use crate::exit::Code;
use crate::fleet::Fleet;
use crate::{store, terminal};

pub(super) async fn run(args: &Adopt) -> anyhow::Result<Code> {
    let manifests =
        Manifests { dir: args.dir.clone(), var: args.var.clone(), var_file: args.var_file.clone() };
    let Some(loaded) = super::loaded(&manifests)? else { return Ok(Code::Error) };
    let mut connected = connection::connect(&manifests, &args.connection, &loaded.settings).await?;
    let Some(mut store) = connected.store.take() else {
        anyhow::bail!("adopt writes the state, and --stateless leaves it out");
    };
    store.lock(&store::lock_info("adopt"), args.lock_timeout).await?;
    let result = locked(args, &loaded.configuration, &connected, store.as_mut()).await;
    let unlocked = store.unlock().await;
    connected.close().await;
    let adopted = result?;
    unlocked?;
    tell(&adopted)?;
    // Who asks for everything gets what there is; who names an object wants that one.
    Ok(if adopted.missing.is_empty() || args.patterns.is_empty() { Code::Success } else { Code::Error })
}

async fn locked(
    args: &Adopt,
    configuration: &nautform::config::resolve::Configuration,
    connected: &Connected,
    store: &mut dyn Store,
) -> anyhow::Result<Adopted> {
    let mut state = store.load().await?.unwrap_or_else(super::apply::new_state);
    let targets = (!args.patterns.is_empty()).then(|| args.patterns.clone());
    let selection =
        Selection { targets, declared_only: Fleet::of(&args.dir).is_part, ..Selection::default() };
    let options = PlanOptions { selection, ..PlanOptions::new(Mode::Apply, connected.refresh.clone()) };
    let reader = Reader::new(std::sync::Arc::clone(&connected.transport));
    let planned = match plan(configuration, Some(&state), &reader, &options).await {
        Err(OpsError::Selection(NothingMatches { pattern, .. })) => anyhow::bail!(
            "no manifest declares {pattern}: what nautform manages needs one (nautform export --target={pattern})"
        ),
        planned => planned?,
    };
    let adopted = adopt(&planned.plan, &args.patterns, &mut state);
    if !(adopted.adopted.is_empty() && adopted.differing.is_empty()) {
        store.replace(&mut state).await?;
    }
    Ok(adopted)
}

fn tell(adopted: &Adopted) -> std::io::Result<()> {
    let groups: [(&[Address], &str); 4] = [
        (&adopted.adopted, "adopted"),
        (&adopted.differing, "adopted; plan shows how it differs from its manifest"),
        (&adopted.known, "managed already"),
        (&adopted.missing, "not on the server"),
    ];
    terminal::result(|out| {
        for (addresses, words) in groups {
            addresses.iter().try_for_each(|address| writeln!(out, "{address}: {words}"))?;
        }
        let number = adopted.adopted.len() + adopted.differing.len();
        writeln!(out, "\nAdopt complete! Objects: {number} adopted, {} known.", adopted.known.len())
    })
}
