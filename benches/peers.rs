//! Slow servers, and peers. Apply and plan of a fleet of products at several latencies, next to what the
//! busiest lane must take; then as many `terraform_data` resources in a real Terraform, if one is installed.
//!
//!     cargo bench --bench peers           # 200 objects on slow servers, 1,000 against Terraform
//!     cargo bench --bench peers -- 500    # 500 objects against Terraform
//!     cargo test --bench peers -- --test  # a few, on a server that is not slow: whether it works

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod fleets;
mod processes;

use std::path::Path;

use fleets::Fleet;
use processes::{Figure, Sandbox, measure, show};

/// What is applied to slow servers: 20 products with ten objects each, and two clusters.
const SLOW: usize = 200;

fn main() {
    if processes::is_measuring() {
        return;
    }
    let size = std::env::args().filter_map(|arg| arg.parse().ok()).next();
    if processes::is_test() {
        slow_servers(&[0]);
        return peers(size.unwrap_or(10));
    }
    slow_servers(&[0, 50, 200]);
    peers(size.unwrap_or(1_000));
}

fn slow_servers(latencies: &[u32]) {
    show("| Latency | Lanes | Apply of 202 objects | At least | Plan, nothing to do |");
    show("|--:|---|--:|--:|--:|");
    for latency in latencies.iter().copied() {
        for lanes in ["shared", "per-product"] {
            let directory = tempfile::tempdir().expect("a temporary directory can be made");
            Fleet::Products.write(directory.path(), SLOW);
            let settings = format!("server: {{rest: false, lanes: {lanes}}}\n");
            std::fs::write(directory.path().join("nautform.yaml"), settings).expect("the directory is ours");
            let sandbox = Sandbox::start(&["--latency", &format!("{latency}ms")]);
            let apply = sandbox.measure(&["apply", "--auto-approve"], directory.path(), 1);
            let plan = sandbox.measure(&["plan"], directory.path(), 1);
            // All products share a lane, with one request at a time; or each has its own, and ten requests
            // run at once by default.
            let requests = if lanes == "shared" { SLOW } else { SLOW / 10 };
            let least = f64::from(latency) * f64::from(u32::try_from(requests).expect("it is small"));
            show(&format!(
                "| {latency} ms | {lanes} | {:.0} ms | {least:.0} ms | {:.0} ms |",
                apply.wall, plan.wall
            ));
        }
    }
}

fn peers(size: usize) {
    show("\n| Command | Objects | nautform: all, first line, peak | Terraform: all, first line, peak |");
    show("|---|--:|--:|--:|");
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    Fleet::Clusters.write(directory.path(), size);
    let sandbox = Sandbox::start(&[]);
    let other = Terraform::of(size);
    let commands: [(&str, &[&str], &[&str]); 3] = [
        ("plan, all to create", &["plan", "--compact"], &["plan"]),
        ("apply", &["apply", "--auto-approve"], &["apply", "-auto-approve"]),
        ("plan, nothing to do", &["plan"], &["plan"]),
    ];
    for (name, own, theirs) in commands {
        let own = told(&sandbox.measure(own, directory.path(), 1));
        let theirs = other.as_ref().map(|terraform| told(&terraform.run(theirs)));
        let theirs = theirs.unwrap_or_else(|| "skipped: not installed".to_owned());
        show(&format!("| {name} | {size} | {own} | {theirs} |"));
    }
}

fn told(figure: &Figure) -> String {
    let Figure { wall, first, peak, .. } = figure;
    format!("{wall:.0} ms, {first:.0} ms, {peak:.0} MB")
}

/// A directory of as many resources that need no provider and no server.
struct Terraform {
    directory: tempfile::TempDir,
}

impl Terraform {
    /// `None` where there is no terraform.
    fn of(size: usize) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let resource = |number: usize| {
            format!(
                "resource \"terraform_data\" \"c{number}\" {{\n  input = {{ name = \"c{number}\", server = \"https://10.0.0.1:6443\" }}\n}}\n"
            )
        };
        let text: String = (0..size).map(resource).collect();
        std::fs::write(directory.path().join("main.tf"), text).expect("the directory is ours");
        let init = std::process::Command::new("terraform")
            .args(["init", "-input=false"])
            .current_dir(directory.path())
            .output();
        init.is_ok_and(|output| output.status.success()).then_some(Self { directory })
    }

    fn run(&self, args: &[&str]) -> Figure {
        let args = [args, &["-input=false", "-no-color"]].concat();
        measure("terraform", &args, Path::new(self.directory.path()), "", 1)
    }
}
