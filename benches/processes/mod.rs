//! Whole processes, measured one at a time: the release binary, and others for comparison. Every run is
//! started by a process of its own (the benchmark again, as `measure PROGRAM ARGS…`), so that the counts of
//! its children are those of one command.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// The program itself.
pub(crate) const NAUTFORM: &str = env!("CARGO_BIN_EXE_nautform");

/// What a command cost: milliseconds of processor and wall time, milliseconds to the first line of stdout,
/// peak memory in MB.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) processor: f64,
    pub(crate) wall: f64,
    pub(crate) first: f64,
    pub(crate) peak: f64,
}

/// Whether this process was started to measure another one; it has then done so.
pub(crate) fn is_measuring() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((word, command)) if word == "measure" => {
            child(command);
            true
        }
        _ => false,
    }
}

/// Whether this is only to show that the benchmark works: with a few objects.
pub(crate) fn is_test() -> bool {
    std::env::args().any(|arg| arg == "--test")
}

/// A sandbox that listens, until it is dropped.
pub(crate) struct Sandbox {
    child: Child,
    url: String,
}

impl Sandbox {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = Command::new(NAUTFORM);
        let mut child = command
            .arg("sandbox")
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary was just built");
        let mut url = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut url).expect("the sandbox prints its address");
        Self { child, url: url.trim().to_owned() }
    }

    /// The cheapest of a few runs of nautform against this server.
    pub(crate) fn measure(&self, args: &[&str], directory: &Path, runs: usize) -> Figure {
        measure(NAUTFORM, args, directory, &self.url, runs)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The cheapest of a few runs of a program.
pub(crate) fn measure(program: &str, args: &[&str], directory: &Path, url: &str, runs: usize) -> Figure {
    let myself = std::env::current_exe().expect("a process has a program");
    let run = || {
        let mut command = Command::new(&myself);
        command.args(["measure", program]).args(args).current_dir(directory);
        if !url.is_empty() {
            command
                .env("NAUTFORM_API_SERVER", url)
                .env("NAUTFORM_GITLAB", url)
                .env("NAUTFORM_TOKEN", "bench");
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

/// Runs a program once and prints what it cost.
fn child(command: &[String]) {
    let (program, args) = command.split_first().expect("the parent names a program");
    let started = Instant::now();
    let since = || started.elapsed().as_secs_f64() * 1000.0;
    let mut command = Command::new(program);
    let mut child = command.args(args).stdout(Stdio::piped()).spawn().expect("the program is there");
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
pub(crate) fn show(line: &str) {
    println!("{line}");
}
