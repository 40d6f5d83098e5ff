//! Whole-process figures: the release binary against a loopback sandbox, at two sizes. Prints times, peak memory and the ratios between
//! the sizes, since machines are noisy: twice the objects should cost at most 2.2 times as much.
//!
//!     cargo bench --bench fleet            # 10,000 and 20,000 clusters
//!     cargo bench --bench fleet -- 1000    # 1,000 and 2,000

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

const BINARY: &str = env!("CARGO_BIN_EXE_nautform");
const RUNS: usize = 3;

/// The best of a few runs.
struct Figure {
    time: Duration,
    /// Of all children so far, in MB: sizes are measured from small to large.
    peak: i64,
}

fn main() {
    let size = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10_000);
    report("--version", &measure(&mut || command(&["--version"], Path::new(".")), RUNS));
    let small = fleet(size);
    let large = fleet(2 * size);
    for ((name, small), (_, large)) in small.iter().zip(&large) {
        let ratio = large.time.as_secs_f64() / small.time.as_secs_f64();
        show(&format!("{name:32} x{ratio:.2} the time for twice the objects"));
    }
}

/// Each command on a fleet of `size` clusters.
fn fleet(size: usize) -> Vec<(&'static str, Figure)> {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    write_manifests(directory.path(), size);
    let (mut sandbox, url) = sandbox();
    let run = |args: &[&str]| {
        let mut command = command(args, directory.path());
        command.env("NAUTFORM_API_SERVER", &url).env("NAUTFORM_TOKEN", "bench");
        command
    };
    let mut figures = Vec::new();
    let mut add = |name, args: &[&str], runs| {
        let figure = measure(&mut || run(args), runs);
        report(&format!("{name} {size}"), &figure);
        figures.push((name, figure));
    };
    add("validate", &["validate"], RUNS);
    add("plan, all to create", &["plan", "--stateless", "--compact"], RUNS);
    add("plan --stateless, nothing live", &["plan", "--stateless", "--format", "json"], 1);
    add("apply", &["apply", "--auto-approve"], 1);
    add("plan, nothing to do", &["plan"], RUNS);
    add("plan --stateless, nothing to do", &["plan", "--stateless"], RUNS);
    let _ = sandbox.kill();
    let _ = sandbox.wait();
    figures
}

fn write_manifests(directory: &Path, size: usize) {
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: https://a}}]\nusers: [{name: a, user: {token: x}}]\n";
    std::fs::write(directory.join("kubeconfig"), kubeconfig).expect("the directory is ours");
    std::fs::write(directory.join("nautform.yaml"), "server: {rest: false}\n")
        .expect("the directory is ours");
    for first in (0..size).step_by(100) {
        let mut text = String::new();
        for number in first..size.min(first + 100) {
            let (a, b, c) = (number >> 16 & 255, number >> 8 & 255, number & 255);
            let _ = write!(
                text,
                "---\napiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Cluster\nspec:\n  name: c{number}\n  apiServer: https://10.{a}.{b}.{c}:6443\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: worker\n  workerType: deployment\n  primaryDomain: c{number}.example.com\n  componentsList:\n    gateway:\n      name: traefik\n      namespace: traefik\n      additions:\n        httpNodePort: \"30080\"\n        httpsNodePort: \"30443\"\n    deployment:\n      name: argocd\n      namespace: argocd\n  kubeconfig: {{file: kubeconfig}}\n"
            );
        }
        std::fs::write(directory.join(format!("{first:07}.yaml")), text).expect("the directory is ours");
    }
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

fn command(args: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args).current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn measure(make: &mut dyn FnMut() -> Command, runs: usize) -> Figure {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let started = Instant::now();
        let status = make().status().expect("the binary can be run");
        assert!(status.success(), "{status}");
        best = best.min(started.elapsed());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    Figure { time: best, peak: usage.max_rss() / 1024 }
}

fn report(name: &str, figure: &Figure) {
    show(&format!("{name:44} {:8.3} s  peak so far {:5} MB", figure.time.as_secs_f64(), figure.peak));
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn show(line: &str) {
    println!("{line}");
}
