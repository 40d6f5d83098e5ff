//! Promise 10: the number of requests is part of the contract.

use nautform::plan::Mode;

use crate::support::Run;

fn counts(run: &Run) -> (u64, u64) {
    let mut world = run.server.world();
    let counts = (world.log().count("GET"), world.log().writes());
    world.log_mut().clear();
    counts
}

#[test]
fn the_quickstart_fleet_costs_a_fixed_number_of_requests() {
    let mut run = Run::of_quickstart();
    // Nothing exists: the list of clusters, and the product that answers for everything in it.
    run.apply(Mode::Apply);
    assert_eq!(counts(&run), (2, 16));
    // Everything exists: the same, and one list for each kind in use.
    run.apply(Mode::Apply);
    assert_eq!(counts(&run), (8, 0));
    // Deletes: besides, the list of products, to find who else uses the clusters.
    run.apply(Mode::Destroy);
    assert_eq!(counts(&run), (9, 16));
}
