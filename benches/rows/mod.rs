//! Stages measured in a process of their own, so that its memory is theirs, and compared between sizes.

use std::process::Command;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// What a stage cost: milliseconds of processor time, or by the clock where its name says so, and the most memory
/// in MB that the process had meanwhile, all that earlier stages had left behind included.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) time: f64,
    pub(crate) peak: f64,
}

/// Runs `work` and prints its row for the parent.
pub(crate) fn stage<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let (result, time) = timed(work);
    print(name, time);
    result
}

/// Runs `work`; its milliseconds of processor time. The peak is counted from here on.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    forget_the_peak();
    let before = used();
    let result = work();
    (result, used() - before)
}

/// A row of what was begun at a time, by the clock: threads share what it costs.
pub(crate) fn by_the_clock(name: &str, begun: Instant) {
    print(name, begun.elapsed().as_secs_f64() * 1000.0);
}

/// Prints a row whose time is known otherwise.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
pub(crate) fn print(name: &str, time: f64) {
    println!("{time}\t{}\t{name}", peak());
}

/// The cheapest of a few children of this program, stage by stage: whatever else the machine does only ever
/// costs more.
pub(crate) fn cheapest(args: &[&str], runs: usize) -> Vec<Row> {
    let all = (0..runs).map(|_| child(args));
    all.reduce(|mut best, other| {
        for (best, other) in best.iter_mut().zip(other) {
            (best.time, best.peak) = (best.time.min(other.time), best.peak.min(other.peak));
        }
        best
    })
    .unwrap_or_default()
}

/// What a child of this program, started with `args`, printed.
fn child(args: &[&str]) -> Vec<Row> {
    let myself = std::env::current_exe().expect("a process has a program");
    let output = Command::new(myself).args(args).output().expect("the program can be run again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let mut number =
            |name: &str| cells.next().and_then(|cell| cell.parse().ok()).unwrap_or_else(|| panic!("{name}"));
        let (time, peak) = (number("a time"), number("a peak"));
        Row { name: cells.next().expect("a name").to_owned(), time, peak }
    };
    text.lines().map(row).collect()
}

/// One line for each stage: its time at each size, what twice the objects cost between the last two sizes,
/// its peak, and what twice the objects cost in memory.
#[expect(clippy::print_stdout, reason = "a benchmark prints")]
pub(crate) fn compare(title: &str, sizes: &[usize], rows: &[Vec<Row>]) {
    let heads: String = sizes.iter().map(|size| format!(" {size:>12}")).collect();
    println!("\n{title:34}{heads} {:>8} {:>10} {:>8}", "doubled", "peak", "doubled");
    let (Some(last), [.., small, large]) = (rows.last(), sizes) else { return };
    let doubled = |before: f64, after: f64| twice(after / before, *large as f64 / *small as f64);
    for (number, row) in last.iter().enumerate() {
        let times: String = rows.iter().map(|rows| format!(" {:9.1} ms", rows[number].time)).collect();
        let before = rows.iter().rev().nth(1).map_or(row, |rows| &rows[number]);
        let (time, memory) = (doubled(before.time, row.time), doubled(before.peak, row.peak));
        println!("{:34}{times} x{time:7.2} {:7.0} MB x{memory:7.2}", row.name, row.peak);
    }
}

/// What one doubling costs, if `times` the objects cost `ratio` times as much.
fn twice(ratio: f64, times: f64) -> f64 {
    ratio.powf(1.0 / times.log2())
}

/// The sum of some stages' times.
pub(crate) fn sum(rows: &[Row], names: &[&str]) -> f64 {
    rows.iter().filter(|row| names.contains(&row.name.as_str())).map(|row| row.time).sum()
}

fn used() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts");
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    f64::from(i32::try_from(micros).expect("a bench takes less than half an hour")) / 1000.0
}

/// Linux counts the peak anew after this; elsewhere peaks are those of the process so far.
fn forget_the_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
    let so_far = || getrusage(UsageWho::RUSAGE_SELF).expect("the system counts").max_rss() as f64;
    kilobytes.and_then(|text| text.parse().ok()).unwrap_or_else(so_far) / 1024.0
}
