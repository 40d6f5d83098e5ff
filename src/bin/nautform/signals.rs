//! Ctrl-C, SIGTERM, SIGHUP and SIGQUIT: the first asks to stop, the second stops.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nautform::{End, Event, OperationKey};
use tokio::sync::watch;

use crate::exit::Code;

/// Becomes true with the first signal; the second ends the process at once. What is done about the first one
/// is said by whoever does it.
pub(crate) fn stop() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        wait().await;
        let _ = sender.send(true);
        let code = wait().await;
        leave(code);
    });
    receiver
}

/// What has to be said and cleared when the process ends at once.
#[derive(Default)]
struct Running {
    /// The writes that the server may be carrying out.
    writes: BTreeSet<OperationKey>,
    /// Clears the moving lines of the terminal.
    clear: Option<Box<dyn Fn() + Send>>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { writes: BTreeSet::new(), clear: None });

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps in mind which writes run.
pub(crate) fn note(event: &Event) {
    match event {
        Event::Started { operation } => drop(running().writes.insert(operation.clone())),
        Event::Ended { operation, end, .. } if !matches!(end, End::Unknown { .. }) => {
            running().writes.remove(operation);
        }
        _ => {}
    }
}

/// To be called before the process ends at once: clears the moving lines of the terminal.
pub(crate) fn clear_with(clear: impl Fn() + Send + 'static) {
    running().clear = Some(Box::new(clear));
}

#[expect(clippy::exit, reason = "the second signal means: at once; the journal knows what was begun")]
fn leave(code: Code) {
    let running = running();
    if let Some(clear) = &running.clear {
        clear();
    }
    crate::terminal::always(&last_words(&running.writes));
    std::process::exit(code as i32);
}

/// What the second signal leaves behind.
fn last_words(writes: &BTreeSet<OperationKey>) -> String {
    let mut text = "Stopped at once.".to_owned();
    if !writes.is_empty() {
        let names: Vec<String> = writes.iter().map(ToString::to_string).collect();
        text.push_str(&format!(
            " These writes may or may not have happened: {}. The next run reads them, and sends again what \
             can't be read.",
            names.join(", ")
        ));
    }
    text.push_str(
        " A lock that an http server or GitLab keeps stays there: the next run shows its ID, and `nautform \
         force-unlock ID` frees it. Locks of files and of S3 end by themselves.",
    );
    text
}

/// The exit code of the last signal, if there was one.
static LAST: Mutex<Option<Code>> = Mutex::new(None);

fn last() -> MutexGuard<'static, Option<Code>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a signal was received.
pub(crate) fn received() -> bool {
    last().is_some()
}

/// The exit code that goes with the signal that was received.
pub(crate) fn interruption() -> Code {
    last().unwrap_or(Code::Interrupted)
}

/// The next signal, as the exit code that goes with it.
#[cfg(unix)]
pub(crate) async fn wait() -> Code {
    use tokio::signal::unix::{SignalKind, signal};
    let next = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    let code = tokio::select! {
        () = next(SignalKind::interrupt()) => Code::Interrupted,
        () = next(SignalKind::terminate()) => Code::Terminated,
        () = next(SignalKind::hangup()) => Code::HungUp,
        () = next(SignalKind::quit()) => Code::Quit,
    };
    *last() = Some(code);
    code
}

/// The next signal, as the exit code that goes with it.
#[cfg(not(unix))]
pub(crate) async fn wait() -> Code {
    let _ = tokio::signal::ctrl_c().await;
    Code::Interrupted
}

#[cfg(test)]
mod tests {
    use nautform::Verb;

    use super::*;

    #[test]
    fn second_signal_names_the_unknown_writes() {
        let write = OperationKey { address: "CodeRepo/demo/app".parse().unwrap(), verb: Verb::Create };
        let text = last_words(&[write].into());
        assert!(text.contains("may or may not have happened: create CodeRepo/demo/app."), "{text}");
        assert!(text.contains("nautform force-unlock ID"), "{text}");
        assert!(!last_words(&BTreeSet::new()).contains("writes"));
    }
}
