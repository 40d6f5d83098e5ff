//! Promise 10: the number of requests is part of the contract.

use std::time::Duration;

use nautform::internals::config::load::{LoadOptions, load};
use nautform::internals::live::snapshot::MaxAge;
use nautform::sandbox::Options;
use nautform::{Mode, Silent};

use crate::support::{InMemory, Run};

#[path = "../../benches/fleets/mod.rs"]
#[expect(dead_code, reason = "benchmarks use the rest")]
mod fleets;

use fleets::Fleet;

fn counts(run: &Run) -> (u64, u64) {
    let mut world = run.server.world();
    let counts = (world.log().count("GET"), world.log().writes());
    world.log_mut().clear();
    counts
}

#[test]
fn quickstart_takes_a_fixed_number_of_requests() {
    let mut run = Run::of_quickstart();
    // Nothing exists: the list of clusters, and the product that answers for everything in it.
    run.apply(Mode::Apply);
    assert_eq!(counts(&run), (2, 16));
    // Everything exists: the same, and one list for each kind in use.
    run.apply(Mode::Apply);
    assert_eq!(counts(&run), (8, 0));
    // Deletes: also the list of products, to find other users of the clusters; and one look at the product, to
    // see that it is gone.
    run.apply(Mode::Destroy);
    assert_eq!(counts(&run), (10, 16));
}

/// A benchmark's fleet and an empty server.
fn benchmark(fleet: Fleet, size: usize) -> Run {
    let directory = tempfile::tempdir().unwrap();
    fleet.write(directory.path(), size);
    let mut run = Run::of_quickstart();
    run.take(load(directory.path(), &LoadOptions::default()));
    run
}

/// Reads and writes of an apply to an empty server, of a second apply, and of a destroy.
fn costs(mut run: Run) -> [(u64, u64); 3] {
    [Mode::Apply, Mode::Apply, Mode::Destroy].map(|mode| {
        run.apply(mode);
        counts(&run)
    })
}

#[test]
fn clusters_take_one_list() {
    assert_eq!(costs(benchmark(Fleet::Clusters, 5)), [(1, 5), (1, 0), (2, 5)]);
    assert_eq!(costs(benchmark(Fleet::Clusters, 40)), [(1, 40), (1, 0), (2, 40)]);
}

#[test]
fn product_takes_one_get_and_a_list_for_each_kind() {
    // Ten objects of six kinds each, the product among them, and two clusters. To delete a product takes a
    // list of the seventh kind as well, since it would go along, and the list of products, whose environments
    // may use the clusters; and one more GET shows that it is gone.
    assert_eq!(costs(benchmark(Fleet::Products, 10)), [(2, 12), (1 + 6, 0), (2 + 7 + 1, 12)]);
    assert_eq!(costs(benchmark(Fleet::Products, 50)), [(6, 52), (1 + 5 * 6, 0), (2 + 5 * 7 + 5, 52)]);
}

/// Reads while an apply to an empty server and a destroy are carried out by a server that takes this long for
/// each request.
fn renewals(mut run: Run, latency: Duration) -> [u64; 2] {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        run.server = InMemory::with(Options { latency: latency.into(), ..Options::default() });
        let mut reads = [0; 2];
        for (mode, reads) in [Mode::Apply, Mode::Destroy].into_iter().zip(&mut reads) {
            let planned = run.plan(mode).await;
            assert!(planned.plan.refusals.is_empty(), "{:#?}", planned.plan.refusals);
            counts(&run);
            let outcomes = run.carry_out_renewed(&planned, MaxAge::default(), &mut Silent).await;
            assert!(outcomes.is_complete(), "{:#?}", outcomes.ends);
            *reads = counts(&run).0;
        }
        reads
    })
}

#[test]
fn renewals_take_one_list_in_an_interval() {
    let second = Duration::from_secs(1);
    assert_eq!(renewals(benchmark(Fleet::Clusters, 40), Duration::from_millis(10)), [0, 0]);
    // 40 writes of a second each, and a list of a second is good for ten.
    assert_eq!(renewals(benchmark(Fleet::Clusters, 40), second), [3, 3]);
    // Each kind of a product has a list of its own.
    assert_eq!(renewals(Run::of_quickstart(), second), [0, 7]);
}

/// How long an apply of so many products to an empty server takes, if each request takes a second, in
/// multiples of the shortest time that any order could take: all writes inside of products share a lane.
fn time_of_apply(products: u32) -> f64 {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let objects = products * 10;
        let mut run = benchmark(Fleet::Products, objects as usize);
        let latency = Duration::from_secs(1);
        run.server = InMemory::with(Options { latency: latency.into(), ..Options::default() });
        let planned = run.plan(Mode::Apply).await;
        counts(&run);
        let started = tokio::time::Instant::now();
        let outcomes = run.carry_out_renewed(&planned, MaxAge::default(), &mut Silent).await;
        assert!(outcomes.is_complete(), "{:#?}", outcomes.ends);
        let took = started.elapsed();
        let (reads, writes) = counts(&run);
        assert_eq!(writes, u64::from(objects) + 2);
        // No time is lost but for looking again at what was read too long ago: mostly that a product is absent.
        assert!(took <= latency * (objects + u32::try_from(reads).unwrap()));
        took.as_secs_f64() / (latency * objects).as_secs_f64()
    })
}

#[test]
fn time_of_an_apply_is_near_the_lower_bound() {
    for products in [10, 50, 200] {
        let ratio = time_of_apply(products);
        assert!((1.0..1.15).contains(&ratio), "{products} products: {ratio:.3} times the lower bound");
    }
}
