//! Whole-process figures: the release binary against a loopback sandbox, at two sizes of two fleets. Prints a Markdown table of processor
//! time, time to the first line of output, peak memory, and the ratios between the sizes: twice the objects should cost at most 2.2 times.
//!
//!     cargo bench --bench fleet            # 10,000 and 20,000 objects
//!     cargo bench --bench fleet -- 1000    # 1,000 and 2,000
//!
//! Every run is started by a process of its own (this program again), so that the counts of its children are those of one command.

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod fleets;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use fleets::Fleet;

const BINARY: &str = env!("CARGO_BIN_EXE_nautform");
const RUNS: usize = 3;

/// What a command cost: milliseconds of processor and wall time, milliseconds to the first line of stdout, peak memory in MB.
#[derive(Clone, Copy)]
struct Figure {
    processor: f64,
    wall: f64,
    first: f64,
    peak: f64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some((word, command)) = args.split_first()
        && word == "measure"
    {
        return child(command);
    }
    let size = args.iter().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10_000);
    let version = measure(&["--version"], Path::new("."), "", RUNS);
    show(&format!("`--version`: {:.1} ms, {:.0} MB\n", version.wall, version.peak));
    show("| Fleet | Command | Objects | Processor | Wall | First line | Peak | Time | Memory |");
    show("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    for of in [Fleet::Clusters, Fleet::Products] {
        for ((command, small), (_, large)) in fleet(of, size).iter().zip(&fleet(of, 2 * size)) {
            row(of, command, 2 * size, small, large);
        }
    }
}

fn row(of: Fleet, command: &str, size: usize, small: &Figure, large: &Figure) {
    let Figure { processor, wall, first, peak } = large;
    let (time, memory) = (processor / small.processor, peak / small.peak);
    show(&format!(
        "| {} | {command} | {size} | {processor:.0} ms | {wall:.0} ms | {first:.0} ms | {peak:.0} MB | x{time:.2} | x{memory:.2} |",
        of.name()
    ));
}

/// Each command on a fleet of `size` objects.
fn fleet(of: Fleet, size: usize) -> Vec<(&'static str, Figure)> {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    of.write(directory.path(), size);
    let (mut sandbox, url) = sandbox();
    let mut figures = Vec::new();
    for (name, args, runs) in [
        ("validate", &["validate"][..], RUNS),
        ("plan, all to create", &["plan", "--stateless", "--compact"], RUNS),
        ("plan as JSON, all to create", &["plan", "--stateless", "--format", "json"], 1),
        ("apply", &["apply", "--auto-approve"], 1),
        ("plan, nothing to do", &["plan"], RUNS),
        ("plan --stateless, nothing to do", &["plan", "--stateless"], RUNS),
    ] {
        figures.push((name, measure(args, directory.path(), &url, runs)));
    }
    let _ = sandbox.kill();
    let _ = sandbox.wait();
    figures
}

fn sandbox() -> (Child, String) {
    let mut child = Command::new(BINARY)
        .arg("sandbox")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary was just built");
    let mut url = String::new();
    let out = child.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut url).expect("the sandbox prints its address");
    (child, url.trim().to_owned())
}

/// The cheapest of a few runs.
fn measure(args: &[&str], directory: &Path, url: &str, runs: usize) -> Figure {
    let myself = std::env::current_exe().expect("a process has a program");
    let run = || {
        let mut command = Command::new(&myself);
        command.arg("measure").args(args).current_dir(directory);
        if !url.is_empty() {
            command.env("NAUTFORM_API_SERVER", url).env("NAUTFORM_TOKEN", "bench");
        }
        let output = command.output().expect("the program can be run again");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("it prints text");
        let numbers: Vec<f64> = text.split_whitespace().map(|cell| cell.parse().expect("a number")).collect();
        let [processor, wall, first, peak] = numbers[..] else { panic!("four numbers: {text}") };
        Figure { processor, wall, first, peak }
    };
    let figures = (0..runs).map(|_| run());
    figures.min_by(|a, b| a.processor.total_cmp(&b.processor)).expect("there is a run")
}

/// Runs the binary once and prints what it cost.
fn child(args: &[String]) {
    let started = Instant::now();
    let since = || started.elapsed().as_secs_f64() * 1000.0;
    let mut command = Command::new(BINARY);
    let mut child = command.args(args).stdout(Stdio::piped()).spawn().expect("the binary was just built");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = Vec::new();
    out.read_until(b'\n', &mut line).expect("a pipe can be read");
    let first = since();
    std::io::copy(&mut out.by_ref(), &mut std::io::sink()).expect("a pipe can be read");
    let status = child.wait().expect("it was started");
    assert!(status.success(), "{status}");
    let wall = since();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    let processor = f64::from(i32::try_from(micros).expect("a run takes less than half an hour")) / 1000.0;
    show(&format!("{processor} {wall} {first} {}", usage.max_rss() / 1024));
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn show(line: &str) {
    println!("{line}");
}
