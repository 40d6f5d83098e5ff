//! `drift` and what it needs: GETs, and a token that may do nothing else. What it says is in
//! `testdata/cases/drift.case`.

use nautform::Mode;
use nautform::internals::plan::DriftKind;
use nautform::sandbox::Method;
use serde_json::json;

use crate::support::{Run, block_on};

#[test]
fn drift_works_with_a_read_only_token() {
    let mut run = Run::of_quickstart();
    run.converge();
    let path = "/api/v1/products/demo/projects/demo-project";
    run.server.world().out_of_band(Method::Post, path, Some(&json!({"language": "cobol"})));
    run.server.world().options.read_only_token = Some("test".to_owned());
    run.server.world().log_mut().clear();
    let drift = block_on(run.plan(Mode::Apply)).plan.drift;
    assert_eq!(drift.iter().map(|drift| drift.kind).collect::<Vec<_>>(), [DriftKind::Changed]);
    assert_eq!(run.server.world().log().writes(), 0);
    // The token is what it says: a write with it fails.
    let outcomes = run.apply(Mode::Apply);
    assert!(!outcomes.is_complete(), "{:#?}", outcomes.ends);
}
