//! Ctrl-C and SIGTERM: the first asks to stop, the second stops.

use std::sync::atomic::{AtomicI32, Ordering};

use tokio::sync::watch;

use crate::exit::Code;

/// Becomes true with the first signal; the second ends the process at once.
pub(crate) fn stop() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let code = wait().await;
        let _ = sender.send(true);
        crate::terminal::say(
            "Interrupt received: no new requests are started; running ones may end. Interrupt again to exit at \
             once.",
        );
        wait().await;
        crate::terminal::say(
            "Stopped at once. A lock that is kept on a server stays: the next run shows its ID, with which \
             nautform force-unlock frees it.",
        );
        exit(code);
    });
    receiver
}

#[expect(clippy::exit, reason = "the second signal means: at once; the journal knows what was begun")]
fn exit(code: i32) {
    std::process::exit(code);
}

/// The exit code of the last signal.
static LAST: AtomicI32 = AtomicI32::new(130);

/// The exit code that goes with the signal that was received.
pub(crate) fn interruption() -> Code {
    if LAST.load(Ordering::Relaxed) == 143 { Code::Terminated } else { Code::Interrupted }
}

/// The next signal, as the exit code that goes with it.
#[cfg(unix)]
pub(crate) async fn wait() -> i32 {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    let code = tokio::select! {
        _ = tokio::signal::ctrl_c() => 130,
        _ = terminate.recv() => 143,
    };
    LAST.store(code, Ordering::Relaxed);
    code
}

/// The next signal, as the exit code that goes with it.
#[cfg(not(unix))]
pub(crate) async fn wait() -> i32 {
    let _ = tokio::signal::ctrl_c().await;
    130
}
