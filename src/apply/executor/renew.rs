//! Before an operation writes: what is known of its object is read again if it is too old, and an object that
//! others changed since it was planned is not written.
//!
//! The read takes the place of the write in the operation's lane. What a list shows holds for all objects in
//! it, so a collection is read once in an interval.

use std::future::ready;
use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::live::snapshot::{Again, Renewed};
use crate::plan::{Found, OperationKey};
use crate::resource::Observed;
use crate::state::Verb;

use super::{Attempt, End, Executor, Running, Step};

impl<'a> Executor<'a, '_> {
    /// Lets an operation go on: with a read, with its write, or not at all. `last` was just read for it.
    pub(super) fn go_on(
        &mut self,
        mut attempt: Attempt<'a>,
        last: Option<&Again>,
        running: &mut Running<'a>,
    ) {
        let Some(readings) = self.run.readings.as_ref().filter(|_| attempt.is_untouched()) else {
            return running.push(attempt.go().boxed());
        };
        let address = &attempt.key.address;
        let may_remain = attempt.key.verb == Verb::Delete && readings.snapshot.may_remain(address);
        let read = readings.snapshot.again(address, self.context.gitlab().is_some() && !may_remain);
        let is_new = last.is_none_or(|last| !last.is_same(&read));
        if (may_remain || readings.snapshot.is_outdated(address, readings.max_age)) && is_new {
            return running.push(attempt.read_again(read).boxed());
        }
        let operation = self.operations.get(&attempt.key);
        let live = readings.snapshot.live(address);
        let planned =
            if readings.unreadable.contains(address) { None } else { operation.change.before.as_deref() };
        let end = match readings.basis.compare(&operation, planned, live, self.run.state) {
            Found::Gone if !readings.snapshot.remains(address) => End::Done { warning: None },
            Found::Changed(stale) => End::Changed { stale: Box::new(stale) },
            Found::Unknown(why) => attempt.not_written(&why),
            Found::Renewed(change) => {
                attempt.renew(change);
                return running.push(attempt.go().boxed());
            }
            Found::Same | Found::Gone => return running.push(attempt.go().boxed()),
        };
        running.push(ready((attempt, Step::Ended(end))).boxed());
    }

    /// Takes what was read; the operation goes on when the turn is durable.
    pub(super) fn take_reading(&mut self, attempt: Attempt<'a>, renewed: Renewed) {
        self.read.push((attempt, renewed.read().clone()));
        if let Some(readings) = &mut self.run.readings {
            readings.snapshot.renew(renewed);
        }
    }

    /// What was written is known without a read.
    pub(super) fn note_written(&mut self, key: &OperationKey) {
        let Some(readings) = &mut self.run.readings else { return };
        let address = key.address.clone();
        match (key.verb, &self.operations.change(key).after) {
            (Verb::Delete, _) => readings.snapshot.mark_absent(address),
            (_, Some(after)) => {
                if key.verb == Verb::Create && address.kind().is_owner {
                    readings.snapshot.ways.forget(address.name());
                }
                readings.snapshot.insert(Observed::replied(address, Arc::clone(after)));
            }
            (_, None) => {}
        }
    }

    /// The operations whose objects were read again go on, unless the run was stopped meanwhile.
    pub(super) fn go_on_with_read(&mut self, running: &mut Running<'a>) {
        for (attempt, read) in std::mem::take(&mut self.read) {
            if self.is_halted() {
                running.push(ready((attempt, Step::Interrupted(End::NotStarted))).boxed());
            } else {
                self.go_on(attempt, Some(&read), running);
            }
        }
    }
}
