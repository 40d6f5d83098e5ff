//! Whole-process figures: the release binary against a loopback sandbox, at two sizes of two fleets. Prints a Markdown table of processor
//! time, time to the first line of output, peak memory, and the ratios between the sizes: twice the objects should cost at most 2.2 times.
//!
//!     cargo bench --bench fleet            # 10,000 and 20,000 objects
//!     cargo bench --bench fleet -- 1000    # 1,000 and 2,000

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod fleets;
mod processes;

use std::path::Path;

use fleets::Fleet;
use processes::{Figure, NAUTFORM, Sandbox, measure, show};

const RUNS: usize = 3;

fn main() {
    if processes::is_measuring() {
        return;
    }
    let size = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10_000);
    let version = measure(NAUTFORM, &["--version"], Path::new("."), "", RUNS);
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
    let sandbox = Sandbox::start(&[]);
    let commands: [(&str, &[&str], usize); 6] = [
        ("validate", &["validate"], RUNS),
        ("plan, all to create", &["plan", "--stateless", "--compact"], RUNS),
        ("plan as JSON, all to create", &["plan", "--stateless", "--format", "json"], 1),
        ("apply", &["apply", "--auto-approve"], 1),
        ("plan, nothing to do", &["plan"], RUNS),
        ("plan --stateless, nothing to do", &["plan", "--stateless"], RUNS),
    ];
    commands.map(|(name, args, runs)| (name, sandbox.measure(args, directory.path(), runs))).to_vec()
}
