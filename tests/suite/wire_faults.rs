//! Every network fault over a real connection: the library's HTTP transport against a sandbox with a port.

use std::sync::Arc;
use std::time::Duration;

use nautform::internals::apply::{ApplyOptions, Run as ApplyRun, apply};
use nautform::internals::live::client::RetryPolicy;
use nautform::internals::live::client::{HttpSettings, HttpTransport};
use nautform::internals::live::client::{Reader, Transport, Writer};
use nautform::internals::live::snapshot::RefreshOptions;
use nautform::internals::session::{PlanOptions, Planned, plan};
use nautform::internals::state::MemoryStore;
use nautform::sandbox::server::Server;
use nautform::sandbox::{self, Fault, Matcher, Options, World};
use nautform::{LockInfo, Locked, Mode, Secret, Silent};

use crate::support::{Run, block_on, permissive, product, project, serving};

/// A sandbox with a port, and a run that is connected to it.
struct Wired {
    server: Server,
    transport: Arc<dyn Transport>,
    run: Run,
}

impl Wired {
    async fn new() -> Self {
        let server = serving(World::default(), Options::default()).await;
        let settings = HttpSettings {
            server: server.url(),
            token: Some(Secret::new("token".to_owned())),
            request_timeout: Duration::from_millis(500),
            ..HttpSettings::default()
        };
        let transport = Arc::new(HttpTransport::new(&settings).unwrap());
        Self { server, transport, run: Run::of(&(product("shop") + &project("shop", "web"))) }
    }

    fn inject(&self, method: sandbox::Method, path: &str, fault: Fault) {
        self.server.with_world(|world| world.options.faults.inject(Matcher::new(method, path), fault));
    }

    async fn plan(&self, mode: Mode) -> Planned {
        let reader = Reader::new(Arc::clone(&self.transport));
        let options =
            PlanOptions::new(mode, RefreshOptions { retry: quick_retries(), ..RefreshOptions::default() });
        plan(&self.run.configuration, Some(&self.run.state), &reader, &options).await.unwrap()
    }

    /// Plans and applies; whether all was done.
    async fn carry_out(&mut self, mode: Mode) -> bool {
        let planned = self.plan(mode).await;
        let writer = Writer::new(Arc::clone(&self.transport));
        let options = ApplyOptions { rest: false, retry: quick_retries(), ..ApplyOptions::default() };
        let (_sender, stop) = tokio::sync::watch::channel(false);
        let mut store = MemoryStore::default();
        let mut locked = Locked::lock(&mut store, &LockInfo::default(), Duration::ZERO).await.unwrap();
        let reporter = &mut Silent;
        let run = ApplyRun { writer: &writer, state: &mut self.run.state, reporter, readings: None, stop };
        let approved = planned.plan.approve(&permissive()).unwrap();
        apply(approved, &mut locked, run, &options).await.is_complete()
    }

    fn requests(&self, prefix: &str) -> usize {
        self.server.log().iter().filter(|line| line.starts_with(prefix)).count()
    }
}

fn quick_retries() -> RetryPolicy {
    RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() }
}

const PROJECT: &str = "/api/v1/products/shop/projects/web";

/// Faults after which a client may not repeat the request: the run fails, and the next one continues.
fn is_final(fault: Fault) -> bool {
    matches!(fault, Fault::Panic)
}

async fn converges_after(fault: Fault, method: sandbox::Method, mode: Mode) {
    let mut wired = Wired::new().await;
    if mode == Mode::Destroy {
        assert!(wired.carry_out(Mode::Apply).await);
    }
    wired.inject(method.clone(), PROJECT, fault);
    let done = wired.carry_out(mode).await;
    let ends_well = !is_final(fault);
    assert_eq!(done, ends_well, "{fault:?} {mode:?}: {:#?}", wired.server.log());
    let line = if mode == Mode::Apply { format!("POST {PROJECT}") } else { format!("DELETE {PROJECT}") };
    let tries = wired.requests(&line);
    let carried_out_at_once = fault.commits() || !ends_well;
    assert_eq!(
        tries,
        if carried_out_at_once { 1 } else { 2 },
        "{fault:?} {mode:?}: {:#?}",
        wired.server.log()
    );
    if !done {
        assert!(wired.carry_out(mode).await, "the next run does it");
    }
    let again = wired.plan(mode).await;
    assert!(again.plan.summary().is_empty(), "{fault:?} {mode:?}");
    let left = wired.server.with_world(|world| world.objects().len());
    assert_eq!(left, if mode == Mode::Apply { 2 } else { 0 }, "{fault:?} {mode:?}");
}

#[test]
fn saves_are_sent_again_only_if_they_did_not_happen() {
    block_on(async {
        for fault in Fault::ALL {
            converges_after(fault, sandbox::Method::Post, Mode::Apply).await;
        }
    });
}

#[test]
fn deletes_are_sent_again_only_if_they_did_not_happen() {
    block_on(async {
        for fault in Fault::ALL {
            converges_after(fault, sandbox::Method::Delete, Mode::Destroy).await;
        }
    });
}
