//! The threads that the program may need. Invariant: where the system permits no more of them, that is an error,
//! and not the panic with which those who need them would answer.

/// More than worker threads, those that read files and names of hosts, and Git's processes need: a runtime
/// that gets only some of its threads panics or waits for ever.
const THREADS: usize = 8;

/// Fails where the system permits no more threads, which the runtime answers with a panic.
fn can_spawn() -> std::io::Result<()> {
    let (keep, end) = std::sync::mpsc::channel::<()>();
    let end = std::sync::Arc::new(std::sync::Mutex::new(end));
    let spawn = |_| {
        let end = std::sync::Arc::clone(&end);
        std::thread::Builder::new().spawn(move || drop(end.lock().map(|end| end.recv())))
    };
    let spawned: Vec<_> = (0..THREADS).map(spawn).collect();
    // All at once, as the runtime needs them.
    drop(keep);
    let spawned = spawned.into_iter().collect::<std::io::Result<Vec<_>>>();
    // Until they have ended, they count.
    spawned.map(|all| all.into_iter().for_each(|thread| drop(thread.join())))
}

/// The most threads that manifests are decoded and objects compared in; otherwise one for each processor. More
/// would cost more to start than they save.
const MOST_WORKERS: usize = 8;

/// Threads that decode and compare. Started when they are first needed, they would answer a limit of the system
/// with a panic.
pub(crate) fn workers() -> rayon::ThreadPoolBuilder {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    rayon::ThreadPoolBuilder::new().num_threads(processors.min(MOST_WORKERS))
}

/// Starts the workers for the rest of the process, and fails if other threads could not be started.
pub(crate) fn start() -> anyhow::Result<()> {
    workers().build_global()?;
    Ok(can_spawn()?)
}
