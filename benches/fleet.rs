//! Whole-process figures: the release binary against a loopback sandbox, at two sizes of two fleets. Prints a
//! Markdown table of processor time, time to the first line of output, peak memory, the ratios between the
//! sizes (twice the objects should cost at most 2.2 times), and the ratio to the floor: a process that reads
//! the same files into the YAML parser's bare events, and for a plan the same replies, from a file, into bare
//! JSON values. A real plan also makes requests for them: one in the fleet of clusters, thousands in that of
//! products.
//!
//!     cargo bench --bench fleet            # 10,000 and 20,000 objects
//!     cargo bench --bench fleet -- 1000    # 1,000 and 2,000
//!     cargo test --bench fleet -- --test   # 10 and 20: whether it works

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod fleets;
mod processes;

use std::path::Path;

use serde_yaml::granit_parser::Parser;

use fleets::Fleet;
use processes::{Figure, NAUTFORM, Sandbox, measure, show};

const RUNS: usize = 3;

/// The program's own, so that the floor has it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if processes::is_measuring() || floor() {
        return;
    }
    let size = std::env::args().filter_map(|arg| arg.parse().ok()).next();
    let size = size.unwrap_or(if processes::is_test() { 10 } else { 10_000 });
    let version = measure(NAUTFORM, &["--version"], Path::new("."), "", RUNS);
    show(&format!("`--version`: {:.1} ms, {:.0} MB\n", version.wall, version.peak));
    show("| Fleet | Command | Objects | Processor | Wall | First line | Peak | Time | Memory | Floor |");
    show("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for of in [Fleet::Clusters, Fleet::Products] {
        let (small, large) = (fleet(of, size), fleet(of, 2 * size));
        for ((name, small, _), (_, large, floor)) in small.iter().zip(&large) {
            row(of, name, 2 * size, small, large, floor.as_ref());
        }
    }
}

fn row(of: Fleet, command: &str, size: usize, small: &Figure, large: &Figure, floor: Option<&Figure>) {
    let Figure { processor, wall, first, peak } = large;
    let (time, memory) = (processor / small.processor, peak / small.peak);
    let floor = floor.map(|floor| format!("x{:.2}", processor / floor.processor)).unwrap_or_default();
    show(&format!(
        "| {} | {command} | {size} | {processor:.0} ms | {wall:.0} ms | {first:.0} ms | {peak:.0} MB | x{time:.2} | x{memory:.2} | {floor} |",
        of.name()
    ));
}

/// Each command on a fleet of `size` objects, and the floor of those that only read.
fn fleet(of: Fleet, size: usize) -> Vec<(&'static str, Figure, Option<Figure>)> {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    of.write(directory.path(), size);
    let bodies: Vec<String> = of.replies(size).into_iter().map(|(_, _, body)| body).collect();
    std::fs::write(directory.path().join(REPLIES), bodies.join("\n")).expect("the directory is ours");
    let bare = |args: &[&str]| {
        let myself = std::env::current_exe().expect("a process has a program");
        measure(&myself.display().to_string(), args, directory.path(), "", RUNS)
    };
    let (yaml, both) = (bare(&["floor"]), bare(&["floor", REPLIES]));
    let sandbox = Sandbox::start(&[]);
    let commands: [(&str, &[&str], usize, Option<Figure>); 6] = [
        ("validate", &["validate"], RUNS, Some(yaml)),
        ("plan, all to create", &["plan", "--stateless", "--compact"], RUNS, None),
        ("plan as JSON, all to create", &["plan", "--stateless", "--format", "json"], 1, None),
        ("apply", &["apply", "--auto-approve"], 1, None),
        ("plan, nothing to do", &["plan"], RUNS, Some(both)),
        ("plan --stateless, nothing to do", &["plan", "--stateless"], RUNS, Some(both)),
    ];
    commands
        .map(|(name, args, runs, floor)| (name, sandbox.measure(args, directory.path(), runs), floor))
        .to_vec()
}

/// What a server with the fleet would answer, one reply a line. Not named as manifests are.
const REPLIES: &str = "replies.txt";

/// Whether this process was started to do no more than the floor asks for; it has then done so.
fn floor() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((word, replies)) = args.split_first() else { return false };
    if word != "floor" {
        return false;
    }
    let text = |path: &Path| std::fs::read_to_string(path).expect("it was just written");
    let mut found = 0;
    for file in std::fs::read_dir(".").expect("the directory is ours") {
        let path = file.expect("it can be listed").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            found += Parser::new_from_str(&text(&path)).filter(Result::is_ok).count();
        }
    }
    for file in replies {
        for reply in text(Path::new(file)).lines() {
            let value: serde_json::Value = serde_json::from_str(reply).expect("it is JSON");
            found += usize::from(!value.is_null());
        }
    }
    show(&found.to_string());
    true
}
