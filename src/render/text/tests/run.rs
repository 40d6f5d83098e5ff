use std::time::Duration;

use super::super::{Progress, outcomes};
use crate::apply::Outcomes;
use crate::apply::event::{End, Event, Reporter, Wait};
use crate::plan::OperationKey;
use crate::render::Style;
use crate::render::fixture::{self, text};
use crate::state::Verb;

fn operation(address: &str, verb: Verb) -> OperationKey {
    OperationKey { address: fixture::address(address), verb }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn events() -> Vec<Event> {
    let dev = || operation("Environment/shop/dev", Verb::Create);
    let repo = || operation("CodeRepo/shop/api", Verb::Update);
    let binding = || operation("CodeRepoBinding/shop/api", Verb::Create);
    let old = || operation("Product/old", Verb::Delete);
    let late = || operation("Product/late", Verb::Create);
    let done = |warning: Option<&str>| End::Done { warning: warning.map(str::to_owned) };
    vec![
        Event::Started { operation: dev() },
        Event::Waiting {
            operation: dev(),
            wait: Wait::Sync,
            delay: seconds(5),
            message: "cluster worker-1 is not synced".into(),
            attempt: 1,
            lasted: seconds(5),
        },
        Event::Progress { operation: dev(), elapsed: seconds(40), wait: Some(Wait::Sync) },
        Event::Ended { operation: dev(), end: done(None), elapsed: seconds(65) },
        Event::Started { operation: repo() },
        Event::Waiting {
            operation: repo(),
            wait: Wait::Retry,
            delay: seconds(1),
            message: "connection reset".into(),
            attempt: 2,
            lasted: seconds(2),
        },
        Event::Progress { operation: repo(), elapsed: seconds(10), wait: None },
        Event::Ended {
            operation: repo(),
            end: End::Failed { error: "no permission".into() },
            elapsed: seconds(12),
        },
        Event::Ended { operation: binding(), end: End::Skipped { because: repo() }, elapsed: seconds(0) },
        Event::Started { operation: old() },
        Event::Interrupted,
        Event::Ended {
            operation: old(),
            end: End::Unknown { error: "timed out".into() },
            elapsed: seconds(3700),
        },
        Event::Ended { operation: late(), end: End::NotStarted, elapsed: seconds(0) },
    ]
}

#[test]
fn progress_has_a_line_for_each_event() {
    let mut seconds_of_day = 0;
    let clock = || {
        seconds_of_day += 1;
        format!("12:00:{seconds_of_day:02}")
    };
    let mut progress = Progress::new(Vec::new(), Style::default(), clock, Some(seconds(600)));
    events().iter().for_each(|event| progress.report(event));
    insta::assert_snapshot!(String::from_utf8(progress.into_inner()).unwrap(), @"
    12:00:01 Environment/shop/dev: Creating...
    12:00:02 Environment/shop/dev: waiting for Kubernetes (cluster worker-1 is not synced), next try in 5s
    12:00:03 Environment/shop/dev: Still creating, waiting for Kubernetes... [40s of 10m]
    12:00:04 Environment/shop/dev: Creation complete after 1m5s
    12:00:05 CodeRepo/shop/api: Modifying...
    12:00:06 CodeRepo/shop/api: try 2 failed (connection reset), next try in 1s
    12:00:07 CodeRepo/shop/api: Still modifying... [10s elapsed]
    12:00:08 CodeRepo/shop/api: update failed after 12s: no permission
    12:00:09 CodeRepoBinding/shop/api: creation skipped because of CodeRepo/shop/api
    12:00:10 Product/old: Destroying...
    12:00:11 Interrupt received. No new operations are started; running writes end first. Interrupt again to stop now.
    12:00:12 Product/old: the destruction may or may not have happened after 1h1m: timed out
    12:00:13 Product/late: creation not started, the run was stopped
    ");
}

#[test]
fn outcomes_list_failures_first() {
    let ends = events().into_iter().filter_map(|event| match event {
        Event::Ended { operation, end, .. } => Some((operation, end)),
        _ => None,
    });
    let gathered = Outcomes { ends: ends.collect(), interrupted: true, ..Outcomes::default() };
    insta::assert_snapshot!(text(|out| outcomes(&gathered, false, Style::default(), out)), @"
    Error: CodeRepo/shop/api: update failed
      no permission
      Skipped because of this (1): CodeRepoBinding/shop/api

    Unknown: Product/old may or may not have been destroyed
      timed out
      The next run reads it and continues from there.

    Not started (1): Product/late

               done  failed  skipped  not started  unknown
      create      1       0        1            1        0
      update      0       1        0            0        0
      destroy     0       0        0            0        1

    Apply interrupted. Resources: 1 added, 0 changed, 0 destroyed.
    ");
}

#[test]
fn outcomes_end_with_the_sentence_of_terraform() {
    let old = operation("Product/old", Verb::Delete);
    let end = End::Done { warning: Some("the group is deleted later".into()) };
    let gathered = Outcomes { ends: [(old, end)].into(), ..Outcomes::default() };
    insta::assert_snapshot!(text(|out| outcomes(&gathered, true, Style::default(), out)), @"
    Warning: Product/old: the group is deleted later

    Destroy complete! Resources: 1 destroyed.
    ");
    insta::assert_snapshot!(text(|out| outcomes(&Outcomes::default(), false, Style::default(), out)), @"Apply complete! Resources: 0 added, 0 changed, 0 destroyed.");
}
