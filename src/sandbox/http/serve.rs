//! The server with its faults: what the HTTP server puts on the wire, and what the log records of it.

use crate::sandbox::api::{Now, Request, Response, TEXT};
use crate::sandbox::gitlab::serve as gitlab;
use crate::sandbox::handle::handle;
use crate::sandbox::http::faults::{Delivery, Fault};
use crate::sandbox::http::log::Entry;
use crate::sandbox::model::{Ending, World};
use crate::sandbox::random::Purpose;

/// Answers one request with the faults of the world's options, and logs it.
pub fn serve(world: &mut World, request: &Request, now: Now) -> Delivery {
    world.settle(now);
    if world.is_away(now) {
        world.begin_request();
        world.log.record(entry(request, world.number, now, None, None));
        return Delivery::Reset;
    }
    if gitlab::is_for_gitlab(request) {
        return serve_gitlab(world, request, now);
    }
    let seed = world.options.seed;
    let Some(fault) = world.options.faults.pick(seed, world.number + 1, request) else {
        let response = handle(world, request, now);
        let (status, delivery) = match world.ending {
            Ending::Reply => (Some(response.status), Delivery::Whole(response)),
            Ending::Reset => (None, Delivery::Reset),
            Ending::Hang => (None, Delivery::Hang),
        };
        world.log.record(entry(request, world.number, now, status, None));
        return delivery;
    };
    let response = if fault.commits() {
        Some(handle(world, request, now))
    } else {
        world.begin_request();
        fault.answer()
    };
    let status = response.as_ref().map(|response| response.status);
    world.log.record(entry(request, world.number, now, status, Some(fault)));
    deliver(fault, response)
}

/// What becomes of the delivery of a request, by its number: a crash breaks off all that are under way.
pub fn survive(world: &mut World, delivery: Delivery, number: u64, arrived: Now, now: Now) -> Delivery {
    if world.crashed_during(number, arrived, now) { Delivery::Reset } else { delivery }
}

/// GitLab is another server: it has its own log and its own times, and the faults are not its.
fn serve_gitlab(world: &mut World, request: &Request, now: Now) -> Delivery {
    let number = world.gitlab_log.total() + 1;
    let response = gitlab::answer(world, request, now);
    let options = &world.options;
    world.duration = options.gitlab_latency.draw(options.seed, number, Purpose::RequestDuration);
    world.gitlab_log.record(entry(request, number, now, Some(response.status), None));
    Delivery::Whole(response)
}

fn deliver(fault: Fault, response: Option<Response>) -> Delivery {
    match (fault, response) {
        (Fault::Hang | Fault::HangAfterCommit, _) => Delivery::Hang,
        (Fault::ResetBeforeCommit | Fault::ResetAfterCommit, _) | (_, None) => Delivery::Reset,
        (Fault::SlowBody, Some(response)) => Delivery::Slow(response),
        (Fault::EndlessBody, Some(response)) => Delivery::Endless(response),
        (Fault::TruncatedJson, Some(mut response)) => {
            response.body.truncate(response.body.len() / 2);
            Delivery::Whole(response)
        }
        (Fault::WrongContentType, Some(mut response)) => {
            response.content_type = TEXT;
            Delivery::Whole(response)
        }
        (_, Some(response)) => Delivery::Whole(response),
    }
}

fn entry(request: &Request, number: u64, at: Now, status: Option<u16>, fault: Option<Fault>) -> Entry {
    let method = request.method.as_str().to_owned();
    Entry { number, at, method, path: request.path_and_query.clone(), status, fault }
}
