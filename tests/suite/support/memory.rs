//! Whole runs without network, clock or disk: the library against a sandbox in memory.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use nautform::internals::apply::{ApplyOptions, Readings, Run as ApplyRun, apply};
use nautform::internals::config::load::{self, LoadOptions, Manifests};
use nautform::internals::config::resolve::{self, Configuration};
use nautform::internals::config::settings::Move;
use nautform::internals::live::client::RetryPolicy;
use nautform::internals::live::client::Sending;
use nautform::internals::live::client::{Method, Reader, Reply, Request, SendError, Transport, Writer};
use nautform::internals::live::gitlab::GitSource;
use nautform::internals::live::snapshot::{MaxAge, RefreshOptions};
use nautform::{Outcomes, Reporter, Silent};

use nautform::internals::plan::{Basis, Selection};
use nautform::internals::session::{PlanOptions, Planned, plan};
use nautform::internals::state::MemoryStore;
use nautform::output::{Style, diagnostics, text};
use nautform::sandbox::{self, Delivery, Now, Options, World, serve, survive};
use nautform::{LockInfo, Locked, Mode, Permissions, Plan, State};

/// A sandbox behind the transport seam. Its clock is tokio's, which tests can pause.
#[derive(Clone)]
pub(crate) struct InMemory {
    world: Arc<Mutex<World>>,
    started: Option<tokio::time::Instant>,
}

impl InMemory {
    pub(crate) fn new() -> Self {
        Self { world: Arc::new(Mutex::new(World::new(Options::default()))), started: None }
    }

    /// A server that takes time and has bad days; to be made inside a runtime.
    pub(crate) fn with(options: Options) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(options))), started: Some(tokio::time::Instant::now()) }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Another user writes; without a body the object is deleted.
    pub(crate) fn write(&self, path: &str, body: Option<&str>) {
        let path = format!("/api/v1/{path}");
        let request = match body {
            Some(body) => sandbox::Request::post(path, body.to_owned()),
            None => sandbox::Request::delete(path),
        };
        let now = self.now();
        let response =
            sandbox::handle(&mut self.world(), &request.with_authorization(Some("Bearer colleague")), now);
        assert_eq!(response.status, 200, "{response:?}");
    }

    /// An object as a GET shows it.
    pub(crate) fn read(&self, path: &str) -> String {
        let request = sandbox::Request::get(format!("/api/v1/{path}"));
        let now = self.now();
        let response =
            sandbox::handle(&mut self.world(), &request.with_authorization(Some("Bearer colleague")), now);
        String::from_utf8_lossy(&response.body).into_owned()
    }

    fn now(&self) -> Now {
        let elapsed = self.started.map(|started| started.elapsed()).unwrap_or_default();
        Now::try_from(elapsed.as_millis()).unwrap()
    }
}

impl Transport for InMemory {
    fn send(&self, request: Request) -> Sending<'_> {
        let request = match (request.method, request.body) {
            (Method::Get, _) => sandbox::Request::get(request.path),
            (Method::Delete, _) => sandbox::Request::delete(request.path),
            (Method::Post, body) => sandbox::Request::post(request.path, body.unwrap_or_default()),
        };
        let request = request.with_authorization(Some("Bearer test"));
        Box::pin(async move {
            let now = self.now();
            let (delivery, number, latency) = {
                let mut world = self.world();
                let delivery = serve(&mut world, &request, now);
                (delivery, world.latest_request(), world.duration())
            };
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            let delivery = survive(&mut self.world(), delivery, number, now, self.now());
            let lost = |reason: &str| SendError::Lost { server: "memory".into(), reason: reason.into() };
            let response = match delivery {
                Delivery::Whole(response) | Delivery::Slow(response) => response,
                Delivery::Reset => return Err(lost("connection reset")),
                Delivery::Endless(_) => return Err(lost("the answer is too large")),
                Delivery::Hang => {
                    tokio::time::sleep(Duration::from_secs(600)).await;
                    let reason = "it took too long".to_owned();
                    return Err(SendError::TimedOut { server: "memory".into(), reason });
                }
            };
            let retry_after = response.retry_after.map(Duration::from_secs);
            Ok(Reply {
                status: response.status,
                content_type: response.content_type.split(';').next().unwrap_or_default().to_owned(),
                retry_after,
                body: response.body,
            })
        })
    }
}

/// What a user asks for besides the manifests.
#[derive(Default)]
pub(crate) struct PlanRequest {
    pub(crate) selection: Selection,
    pub(crate) moves: Vec<Move>,
    pub(crate) permissions: Permissions,
    pub(crate) unrehearsed: bool,
}

/// Permits what is permanently destroyed.
pub(crate) fn permissive() -> Permissions {
    Permissions { irreversible: true, ..Permissions::default() }
}

/// A server, a memory and manifests.
pub(crate) struct Run {
    pub(crate) server: InMemory,
    pub(crate) state: State,
    pub(crate) configuration: Configuration,
    /// What the delays between tries are drawn from, in plans.
    pub(crate) seed: Option<u64>,
    /// Where products are read from Git, if they are.
    pub(crate) git: Option<Arc<GitSource>>,
}

impl Run {
    fn empty() -> Self {
        let state = State::new("test".into(), "salt".into());
        let configuration = Configuration::default();
        Self { server: InMemory::new(), state, configuration, seed: None, git: None }
    }

    /// An empty world and these manifests, which must be valid.
    pub(crate) fn of(manifests: &str) -> Self {
        let mut run = Self::empty();
        run.declare(manifests);
        run
    }

    /// The quickstart fleet and an empty world.
    pub(crate) fn of_quickstart() -> Self {
        let mut run = Self::empty();
        run.take(load::load(&super::repository("examples/quickstart"), &LoadOptions::default()));
        run
    }

    /// Replaces the manifests.
    #[track_caller]
    pub(crate) fn declare(&mut self, manifests: &str) {
        self.take(Manifests::default().load_text("manifests.yaml", manifests, &LoadOptions::default()));
    }

    #[track_caller]
    pub(crate) fn take(&mut self, mut manifests: Manifests) {
        self.configuration =
            resolve::resolve(std::mem::take(&mut manifests.resources), &mut manifests.diagnostics);
        let mut shown = Vec::new();
        diagnostics::text(&manifests.diagnostics, &manifests.sources, Style::default(), &mut shown).unwrap();
        assert!(!manifests.diagnostics.has_errors(), "{}", String::from_utf8_lossy(&shown));
    }

    pub(crate) async fn plan(&self, mode: Mode) -> Planned {
        self.try_plan(mode).await.unwrap()
    }

    /// The plan, if the server can be read at all.
    pub(crate) async fn try_plan(&self, mode: Mode) -> Option<Planned> {
        self.plan_selected(mode, Selection::default()).await
    }

    /// The plan of a part of the configuration.
    pub(crate) async fn plan_selected(&self, mode: Mode, selection: Selection) -> Option<Planned> {
        self.plan_requested(mode, PlanRequest { selection, ..PlanRequest::default() }).await
    }

    /// The plan for a request, without thresholds.
    pub(crate) async fn plan_requested(&self, mode: Mode, request: PlanRequest) -> Option<Planned> {
        let reader = Reader::new(Arc::new(self.server.clone()));
        let retry = RetryPolicy { seed: self.seed, ..RetryPolicy::default() };
        let refresh = RefreshOptions { retry, git: self.git.clone(), ..RefreshOptions::default() };
        let options = PlanOptions {
            drift: true,
            rehearse: !request.unrehearsed,
            selection: request.selection,
            moves: request.moves,
            permissions: Permissions { deletes: usize::MAX, updates: usize::MAX, ..request.permissions },
            ..PlanOptions::new(mode, refresh)
        };
        plan(&self.configuration, Some(&self.state), &reader, &options).await.ok()
    }

    /// Plans and applies; the plan must be allowed.
    #[track_caller]
    pub(crate) fn apply(&mut self, mode: Mode) -> Outcomes {
        block_on(async {
            let planned = self.plan(mode).await;
            assert!(planned.plan.refusals.is_empty(), "{:#?}", planned.plan.refusals);
            self.carry_out(&planned.plan).await
        })
    }

    pub(crate) async fn carry_out(&mut self, plan: &Plan) -> Outcomes {
        let retry =
            RetryPolicy { first_delay: Duration::from_millis(1), retries: 3, ..RetryPolicy::default() };
        self.carry_out_with(plan, &ApplyOptions { rest: false, retry, ..ApplyOptions::default() }).await
    }

    pub(crate) async fn carry_out_with(&mut self, plan: &Plan, options: &ApplyOptions) -> Outcomes {
        self.carry_out_watched(plan, options, &mut Silent).await
    }

    pub(crate) async fn carry_out_watched(
        &mut self,
        plan: &Plan,
        options: &ApplyOptions,
        reporter: &mut dyn Reporter,
    ) -> Outcomes {
        self.carry_out_from(plan, None, options, reporter).await
    }

    /// Carries a plan of the whole configuration out; what was read longer ago is read again before a write.
    pub(crate) async fn carry_out_renewed(
        &mut self,
        planned: &Planned,
        max_age: MaxAge,
        reporter: &mut dyn Reporter,
    ) -> Outcomes {
        let configuration = std::mem::take(&mut self.configuration);
        let selection = Selection::default();
        let basis = Basis { configuration: &configuration, selection: &selection };
        let readings = Readings::new(planned.snapshot.clone(), basis, max_age);
        let retry = RetryPolicy { first_delay: Duration::from_millis(10), ..RetryPolicy::default() };
        let git = self.git.clone();
        let options = ApplyOptions { rest: false, retry, git, ..ApplyOptions::default() };
        let outcomes = self.carry_out_from(&planned.plan, Some(readings), &options, reporter).await;
        self.configuration = configuration;
        outcomes
    }

    async fn carry_out_from(
        &mut self,
        plan: &Plan,
        readings: Option<Readings<'_>>,
        options: &ApplyOptions,
        reporter: &mut dyn Reporter,
    ) -> Outcomes {
        let writer = Writer::new(Arc::new(self.server.clone()));
        let (_sender, stop) = tokio::sync::watch::channel(false);
        let mut store = MemoryStore::default();
        let mut locked = Locked::lock(&mut store, &LockInfo::default(), Duration::ZERO).await.unwrap();
        let run = ApplyRun { writer: &writer, state: &mut self.state, reporter, readings, stop };
        apply(plan.approve(&permissive()).unwrap(), &mut locked, run, options).await
    }

    /// The plan as text, places left out.
    pub(crate) fn shown(&self, mode: Mode) -> String {
        let planned = block_on(self.plan(mode));
        let mut out = Vec::new();
        text::plan(
            &planned.plan,
            &text::View { destroy: mode == Mode::Destroy, ..text::View::default() },
            &mut out,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Applies, and checks that everything was done and nothing is left to do.
    #[track_caller]
    pub(crate) fn converge(&mut self) {
        let outcomes = self.apply(Mode::Apply);
        assert!(outcomes.is_complete(), "{:#?}", outcomes.ends);
        let planned = block_on(self.plan(Mode::Apply));
        assert!(planned.plan.summary().is_empty(), "{}", self.shown(Mode::Apply));
        assert!(planned.plan.drift.is_empty(), "{:#?}", planned.plan.drift);
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
