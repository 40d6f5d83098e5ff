//! Reading products from Git next to reading them through the API: 1 s for each clone of the server, 150 ms
//! for each request to GitLab, 16 at a time.
//!
//!     cargo bench --bench refresh            # 20 and 200 products; the old way of 20 takes two minutes
//!     cargo bench --bench refresh -- all     # the old way of 200 products, too: some twenty minutes
//!     cargo test --bench refresh -- --test   # two products, without the times: whether it works

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod fleets;
#[expect(dead_code, reason = "other benchmarks use the rest")]
mod processes;

use fleets::Fleet;
use processes::{Sandbox, show};

const SLOW: [&str; 4] = ["--latency", "1s", "--gitlab-latency", "150ms"];
/// Objects of a product.
const OBJECTS: usize = 10;

fn main() {
    if processes::is_measuring() {
        return;
    }
    let all = std::env::args().any(|arg| arg == "all");
    show("| Command | Products | Through the API | From Git | Ratio |");
    show("|---|--:|--:|--:|--:|");
    let (latencies, sizes): (&[&str], &[usize]) =
        if processes::is_test() { (&[], &[2]) } else { (&SLOW, &[20, 200]) };
    for products in sizes.iter().copied() {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        Fleet::Products.write(directory.path(), products * OBJECTS);
        let data = directory.path().join("server.json").display().to_string();
        // Filled by a quick server, whose data the slow one has.
        let quick = Sandbox::start(&["--data", &data]);
        quick.measure(&["apply", "--auto-approve", "--refresh", "api"], directory.path(), 1);
        drop(quick);
        let slow = Sandbox::start(&[latencies, &["--data", &data]].concat());
        let measure = |command: &[&str], way: &str| {
            let args = [command, &["--parallelism", "16", "--refresh", way]].concat();
            slow.measure(&args, directory.path(), 1).wall / 1000.0
        };
        let commands: [(&str, &[&str]); 3] = [
            ("plan, nothing to do", &["plan"]),
            ("plan without state", &["plan", "--stateless"]),
            ("drift", &["drift"]),
        ];
        for (name, command) in commands {
            let from_git = measure(command, "git");
            let through_api = (all || products <= 20).then(|| measure(command, "api"));
            let old = through_api.map_or_else(|| "not run".to_owned(), |time| format!("{time:.1} s"));
            let ratio = through_api.map_or_else(String::new, |time| format!("x{:.0}", time / from_git));
            show(&format!("| {name} | {products} | {old} | {from_git:.1} s | {ratio} |"));
        }
    }
}
