//! Promise 6, write by write and in memory: a run may be killed at, lose, or repeat any of its writes.
//! Running again converges; nothing is lost and nothing is done twice.

use std::collections::BTreeMap;

use nautform::{End, Mode, Plan};

use crate::support::{Run, WriteFault};

/// The quickstart fleet has so many objects.
const OBJECTS: usize = 16;

fn writes(run: &Run) -> usize {
    usize::try_from(run.server.world().log().writes()).unwrap()
}

/// A fleet that is there, or not yet.
async fn fleet(mode: Mode) -> Run {
    let mut run = Run::of_quickstart();
    if mode == Mode::Destroy {
        let plan = run.plan(Mode::Apply).await.plan;
        assert!(run.carry_out(&plan).await.is_complete());
        run.server.world().log_mut().clear();
    }
    run
}

/// Writes that were carried out more than once: `METHOD path`.
fn repeated(run: &Run) -> Vec<String> {
    let mut counts = BTreeMap::new();
    for entry in run.server.world().log().entries().filter(|entry| entry.method != "GET") {
        *counts.entry(format!("{} {}", entry.method, entry.path)).or_insert(0) += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(write, _)| write).collect()
}

/// Only saves of objects whose keys, secrets or grants no read shows may be repeated.
#[track_caller]
fn assert_repeated_for_a_reason(run: &Run) {
    for write in repeated(run) {
        let path = write.strip_prefix("POST /api/v1/").unwrap_or_else(|| panic!("{write} was repeated"));
        let unseen = ["clusters/", "coderepos/", "coderepobindings/"];
        let product = path.starts_with("products/") && path.split('/').count() == 2;
        assert!(product || unseen.iter().any(|kind| path.contains(kind)), "{write} was repeated");
    }
}

async fn allowed_plan(run: &Run, mode: Mode) -> Plan {
    let plan = run.plan(mode).await.plan;
    assert!(plan.refusals.is_empty(), "{:#?}", plan.refusals);
    plan
}

/// Carries out what is left, without any mishap, and checks that it is the end.
async fn finish(run: &mut Run, mode: Mode) {
    let plan = allowed_plan(run, mode).await;
    let outcomes = run.carry_out(&plan).await;
    assert!(outcomes.is_complete(), "{:#?}", outcomes.ends);
    let again = run.plan(mode).await.plan;
    assert!(again.summary().is_empty(), "{:#?}", again.changes);
    assert!(again.drift.is_empty(), "{:#?}", again.drift);
    assert!(run.state.intents.is_empty(), "{:#?}", run.state.intents);
    assert_eq!(run.state.records.len(), if mode == Mode::Apply { OBJECTS } else { 0 });
    assert_eq!(run.server.world().is_empty(), mode == Mode::Destroy);
}

#[tokio::test(start_paused = true)]
async fn kill_at_any_write_loses_nothing() {
    for mode in [Mode::Apply, Mode::Destroy] {
        for mishap in [WriteFault::KilledBefore, WriteFault::KilledAfter] {
            for victim in 0..OBJECTS {
                let mut run = fleet(mode).await;
                let plan = allowed_plan(&run, mode).await;
                let killed = run.carry_out_despite(&plan, move |n| (n == victim).then_some(mishap)).await;
                assert!(killed.is_none(), "{mode:?} {mishap:?} {victim}");
                finish(&mut run, mode).await;
                // Every write reached the server exactly once, but for those of which a read does not show the
                // whole: two lanes may be under way, and what has landed is found to have.
                assert_repeated_for_a_reason(&run);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lost_answer_is_read_back_or_asked_for_again() {
    for mode in [Mode::Apply, Mode::Destroy] {
        for victim in 0..OBJECTS {
            let mut run = fleet(mode).await;
            let plan = allowed_plan(&run, mode).await;
            let mishap = move |n| (n == victim).then_some(WriteFault::LostAfter);
            let outcomes = run.carry_out_despite(&plan, mishap).await.unwrap();
            assert!(outcomes.is_complete(), "{mode:?} {victim}: {:#?}", outcomes.ends);
            let read_back = outcomes.count(|end| matches!(end, End::Done { warning: Some(_) })) > 0;
            assert!(read_back || !repeated(&run).is_empty(), "{mode:?} {victim}");
            assert_repeated_for_a_reason(&run);
            finish(&mut run, mode).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lost_write_is_sent_again() {
    for mode in [Mode::Apply, Mode::Destroy] {
        for victim in 0..OBJECTS {
            let mut run = fleet(mode).await;
            let plan = allowed_plan(&run, mode).await;
            let mishap = move |n| (n == victim).then_some(WriteFault::LostBefore);
            let outcomes = run.carry_out_despite(&plan, mishap).await.unwrap();
            assert!(outcomes.is_complete(), "{mode:?} {victim}: {:#?}", outcomes.ends);
            // A virtual cluster is sent once more if a connection broke within seconds.
            assert_repeated_for_a_reason(&run);
            finish(&mut run, mode).await;
        }
    }
}

/// As steno does with its sagas: every step is carried out twice, with the same result.
#[tokio::test(start_paused = true)]
async fn every_write_is_repeatable() {
    for mode in [Mode::Apply, Mode::Destroy] {
        let mut run = fleet(mode).await;
        let plan = allowed_plan(&run, mode).await;
        let outcomes = run.carry_out_despite(&plan, |_| Some(WriteFault::Twice)).await.unwrap();
        assert!(outcomes.is_complete(), "{:#?}", outcomes.ends);
        assert_eq!(writes(&run), 2 * OBJECTS);
        finish(&mut run, mode).await;
    }
}

/// Several mishaps in one life, in any mixture, at seeded places.
#[tokio::test(start_paused = true)]
async fn random_write_faults_converge() {
    for seed in 0..80_usize {
        let mode = if seed.is_multiple_of(2) { Mode::Apply } else { Mode::Destroy };
        let mut run = fleet(mode).await;
        for life in 0..4_usize {
            let plan = allowed_plan(&run, mode).await;
            let mishap = move |n: usize| {
                let mixed = (seed * 31 + life * 17 + n * 7).wrapping_mul(2_654_435_761) >> 9;
                match mixed % 19 {
                    0 | 1 => Some(WriteFault::LostBefore),
                    2 | 3 => Some(WriteFault::LostAfter),
                    4 | 5 => Some(WriteFault::Twice),
                    6 => Some(WriteFault::KilledBefore),
                    7 => Some(WriteFault::KilledAfter),
                    _ => None,
                }
            };
            if let Some(outcomes) = run.carry_out_despite(&plan, mishap).await {
                assert!(outcomes.is_complete(), "seed {seed}: {:#?}", outcomes.ends);
            }
        }
        finish(&mut run, mode).await;
    }
}
