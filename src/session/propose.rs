//! `plan`: what an apply would do. Only reads; takes no lock.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use crate::config::resolve::Configuration;
use crate::model::diagnostic::SourceMap;
use crate::model::value::Secret;
use crate::plan::saved::{self as plan_file, Declarations, SavedPlan};
use crate::plan::{Origin, Plan, RefusalKind, agreement};

use super::begin::Begun;
use super::edit_state::new_state;
use super::error::SessionError;
use super::open::Session;
use super::plan::{PlanOptions, plan_from};
use super::saved;
use super::selection::PlanRequest;

/// A plan that can be shown and saved.
#[derive(Debug)]
pub struct Proposal {
    /// The plan.
    pub plan: Plan,
    /// The texts that its places are in.
    pub sources: SourceMap,
    /// Where and when it was made.
    made: Origin,
    /// The same with a fingerprint, once it was asked for.
    origin: OnceLock<Origin>,
    /// The key of the state.
    key: Option<Secret>,
    configuration: Configuration,
    lineage: Option<String>,
    options: PlanOptions,
}

impl Session {
    /// Plans.
    ///
    /// # Errors
    /// If the manifests have errors, or server or state can't be read. A refused plan is not an error: see
    /// [`Plan::approve`].
    pub async fn plan(&self, request: &PlanRequest) -> Result<Proposal, SessionError> {
        let begun = self.begin(self.is_all(&request.selection)).await?;
        let Begun { connected, validated, state, snapshot } = begun;
        let key = state.as_ref().map(|state| Secret::new(state.salt.clone()));
        let state = connected.store.is_some().then(|| state.unwrap_or_else(new_state));
        let selection = self.select(&request.selection, &validated, state.as_ref()).await?;
        let options = self.plan_options(request, selection, connected.refresh.clone())?;
        let options = PlanOptions { rules: Some(validated.rules), ..options };
        let configuration = validated.configuration;
        let reader = connected.reader();
        let planned = plan_from(snapshot, &configuration, state.as_ref(), &reader, &options).await;
        let mut planned = self.located(planned)?;
        let named = connected.named_by_settings.iter();
        let notes = named.map(|(endpoint, url)| format!("The {endpoint} comes from nautform.yaml: {url}."));
        planned.plan.notes.extend(notes);
        // What this run can't read, the one that applies it can.
        planned.plan.refusals.retain(|refusal| refusal.kind != RefusalKind::MissingSecret);
        #[cfg(feature = "sandbox")]
        self.add_ways_out(&mut planned, &reader, &configuration, state.as_ref(), &options).await;
        self.close(connected).await;
        Ok(Proposal {
            plan: planned.plan,
            sources: validated.manifests.sources,
            configuration,
            made: self.origin(reader.server()),
            origin: OnceLock::new(),
            key,
            lineage: state.map(|state| state.lineage),
            options,
        })
    }
}

impl Proposal {
    /// Where and when it was made, and what of it can be agreed on. The text of a plan shows nothing of it.
    pub fn origin(&self) -> &Origin {
        self.origin.get_or_init(|| {
            let key = self.key.as_ref().map(Secret::expose);
            let fingerprint = agreement::fingerprint(&self.plan, &self.configuration, key);
            Origin { fingerprint: Some(fingerprint), ..self.made.clone() }
        })
    }

    /// The plan as what is written to `file`, for a later apply of this directory.
    ///
    /// # Errors
    /// If the working directory is gone.
    pub fn save(self, directory: &Path, file: &Path) -> io::Result<Vec<u8>> {
        let salt = uuid::Uuid::new_v4().simple().to_string();
        self.origin();
        let origin = self.origin.into_inner().expect("it was worked out above");
        let saved = SavedPlan {
            id: uuid::Uuid::new_v4().to_string(),
            server: origin.server.clone(),
            origin,
            lists_unmanaged: self.options.discover,
            directory: std::path::absolute(directory)?.display().to_string(),
            relative: saved::relative(directory, file),
            mode: self.options.mode,
            lineage: self.lineage,
            declarations: Declarations::of(&self.plan, &self.configuration, &salt),
            sensitive: plan_file::sensitive(&self.plan, &salt),
            salt,
            plan: self.plan,
            sources: self.sources,
            selection: self.options.selection,
            permissions: self.options.permissions,
        };
        Ok(plan_file::write(&saved))
    }
}
