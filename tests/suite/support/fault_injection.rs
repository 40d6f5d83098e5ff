//! What can go wrong between nautform and its server, write by write; and what of the state survives a kill.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nautform::internals::apply::{ApplyOptions, Run as ApplyRun, apply};
use nautform::internals::live::client::RetryPolicy;
use nautform::internals::live::client::Sending;
use nautform::internals::live::client::{Method, Request, SendError, Transport, Writer};
use nautform::internals::state::Entry;
use nautform::internals::state::Storing;
use nautform::{LockInfo, Locked, Outcomes, Plan, Silent, State, Store};
use tokio::sync::Notify;

use super::memory::permissive;
use super::{InMemory, Run};

/// What happens to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteFault {
    /// It never reaches the server, and the error does not say so.
    LostBefore,
    /// It is carried out, and the answer is lost.
    LostAfter,
    /// nautform is killed before the server has it.
    KilledBefore,
    /// nautform is killed after the server has carried it out.
    KilledAfter,
    /// It is carried out twice; the second answer arrives.
    Twice,
}

struct FaultyTransport<F> {
    server: InMemory,
    writes: AtomicUsize,
    fault: F,
    killed: Arc<Notify>,
}

impl<F: Fn(usize) -> Option<WriteFault> + Send + Sync> Transport for FaultyTransport<F> {
    fn send(&self, request: Request) -> Sending<'_> {
        if request.method == Method::Get {
            return self.server.send(request);
        }
        let fault = (self.fault)(self.writes.fetch_add(1, Ordering::Relaxed));
        let lost = || SendError::Lost { server: "memory".into(), reason: "as the test says".into() };
        Box::pin(async move {
            match fault {
                Some(WriteFault::LostBefore) => return Err(lost()),
                Some(WriteFault::KilledBefore) => self.killed.notify_one(),
                _ => {
                    let answer = self.server.send(request.clone()).await;
                    match fault {
                        None => return answer,
                        Some(WriteFault::Twice) => return self.server.send(request).await,
                        Some(WriteFault::LostAfter) => return Err(lost()),
                        _ => self.killed.notify_one(),
                    }
                }
            }
            std::future::pending().await
        })
    }
}

/// Keeps what a disk would keep.
struct Durable(Arc<Mutex<State>>);

impl Store for Durable {
    fn load(&mut self) -> Storing<'_, Option<State>> {
        let state = self.0.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(Some(state))))
    }

    fn lock<'a>(&'a mut self, _info: &'a LockInfo, _patience: Duration) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn append<'a>(&'a mut self, entries: &'a [Entry], _state: &'a State) -> Storing<'a, ()> {
        let mut state = self.0.lock().unwrap();
        entries.iter().cloned().for_each(|entry| state.fold(entry));
        Box::pin(std::future::ready(Ok(())))
    }

    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        self.replace(state)
    }

    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        *self.0.lock().unwrap() = state.clone();
        Box::pin(std::future::ready(Ok(())))
    }

    fn force_unlock<'a>(&'a mut self, _id: Option<&'a str>) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn place(&self) -> String {
        "a disk".to_owned()
    }
}

impl Run {
    /// Carries a plan out while something happens to its writes, which are counted from 0. `None` if it was
    /// killed; the state is then what a disk would have kept.
    pub(crate) async fn carry_out_despite(
        &mut self,
        plan: &Plan,
        fault: impl Fn(usize) -> Option<WriteFault> + Send + Sync + 'static,
    ) -> Option<Outcomes> {
        let killed = Arc::new(Notify::new());
        let transport = FaultyTransport {
            server: self.server.clone(),
            writes: AtomicUsize::new(0),
            fault,
            killed: Arc::clone(&killed),
        };
        let writer = Writer::new(Arc::new(transport));
        let durable = Arc::new(Mutex::new(self.state.clone()));
        let mut store = Durable(Arc::clone(&durable));
        let retry = RetryPolicy { first_delay: Duration::from_millis(10), ..RetryPolicy::default() };
        let options = ApplyOptions { rest: false, retry, ..ApplyOptions::default() };
        let (_sender, stop) = tokio::sync::watch::channel(false);
        let mut silent = Silent;
        let run =
            ApplyRun { writer: &writer, state: &mut self.state, reporter: &mut silent, readings: None, stop };
        let approved = plan.approve(&permissive()).unwrap();
        let mut locked = Locked::lock(&mut store, &LockInfo::default(), Duration::ZERO).await.unwrap();
        let outcomes = tokio::select! {
            outcomes = apply(approved, &mut locked, run, &options) => Some(outcomes),
            () = killed.notified() => None,
        };
        self.state = durable.lock().unwrap().clone();
        outcomes
    }
}
