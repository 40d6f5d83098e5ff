//! Reads what an operation is about to write, if what is known of it is too old.

use crate::live::client::Verdict;
use crate::live::client::retry::RetryDecision;
use crate::live::snapshot::{Again, read_again, read_product};
use crate::plan::{Change, Operation};
use crate::state::Verb;

use super::{Attempt, End, Phase, Step};

impl Attempt<'_> {
    /// Whether nothing was written of the object yet, so that what differs was written by others.
    pub(in crate::apply) const fn is_untouched(&self) -> bool {
        self.is_untouched && matches!(self.phase, Phase::Write | Phase::Detach)
    }

    /// Goes on with a change that was renewed.
    pub(in crate::apply) fn renew(&mut self, change: Box<Change>) {
        self.renewed = Some(change);
    }

    /// The planned operation, with the newest undeclared fields if they were read again.
    pub(super) fn operation(&self) -> Operation<'_> {
        Operation { change: self.renewed.as_deref().unwrap_or(self.operation.change), ..self.operation }
    }

    /// Reads.
    pub(in crate::apply) async fn read_again(self, again: Again) -> (Self, Step) {
        let renewed = match again {
            Again::Api(read) => self.read(|| read_again(self.context.writer.reader(), &read)).await,
            Again::Git { product, known } => Ok(read_product(self.context.gitlab(), product, known).await),
        };
        let step = renewed.map_or_else(|(verdict, decision)| self.unread(&verdict, decision), Step::Read);
        (self, step)
    }

    /// The end of an operation whose object can't be read: nothing is written that may be another object by
    /// now.
    fn unread(&self, verdict: &Verdict, decision: RetryDecision) -> Step {
        let end = self.not_written(&verdict.explanation());
        match (verdict, decision) {
            (Verdict::Unauthorized { .. }, _) => Step::Refused(end),
            // The run is being stopped, or the server was given up.
            (_, RetryDecision::Again(..) | RetryDecision::GiveUp) => Step::Interrupted(end),
            _ => Step::Ended(end),
        }
    }

    /// The end of an operation whose object can't be read, and why.
    pub(in crate::apply) fn not_written(&self, why: &str) -> End {
        let what = if self.operation.verb == Verb::Delete { "deleted" } else { "written" };
        self.failed(format!("it is not {what}, since it could not be read again: {why}"))
    }
}
