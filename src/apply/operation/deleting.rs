//! Deletes that take more than one request: what leaves its group before, what is half deleted and goes as a
//! whole, and what the platform deletes some time after it was asked to (nautes-api.md §4.1, §4.4).

use jiff::civil::Date;
use tokio::time::Instant;

use crate::live::client::retry::{RetryDecision, RetryState, Wait};
use crate::live::client::{Presence, Verdict};
use crate::model::text::first_few;
use crate::model::value::Value;
use crate::plan::{Action, HALF_DELETED};
use crate::state::Verb;

use super::{Attempt, End, Phase, ReadBack, Step, done, landed};

/// How many repositories a message names.
const NAMES_SHOWN: usize = 5;

impl Attempt<'_> {
    /// The object leaves its group before it is deleted.
    pub(in crate::apply) fn detached_first(mut self) -> Self {
        if self.phase == Phase::Write && self.detached().is_some() {
            self.phase = Phase::Detach;
        }
        self
    }

    /// What is saved before a delete.
    pub(super) fn detached(&self) -> Option<Value> {
        let teardown = self.key.address.kind().deleting.teardown?;
        let known = self.operation().change.before.as_deref().unwrap_or(&Value::Null);
        Some((teardown.detached)(known))
    }

    /// Whether the platform may still have the object after its DELETE was accepted.
    pub(super) fn is_deleted_later(&self) -> bool {
        self.operation.verb == Verb::Delete && self.key.address.kind().deleting.finished_later
    }

    /// Goes on with another kind of request, which has tries of its own.
    pub(super) fn begin(&mut self, phase: Phase) {
        if phase == Phase::Gone {
            self.tries = RetryState::new(self.context.retry, self.context.writer.reader().budget());
            self.count = 0;
        }
        self.phase = phase;
    }

    /// Reads whether the object is gone.
    pub(super) async fn look(&self) -> Verdict {
        let going = || Verdict::WaitForDeletion { message: "it is still there".to_owned() };
        match self.context.writer.reader().get(&self.key.address).await {
            Ok(Presence::Absent | Presence::Remains) => Verdict::Absent,
            Ok(Presence::Present(_)) | Err(Verdict::Unreadable { .. }) => going(),
            Err(verdict) => verdict,
        }
    }

    /// A delete was accepted and the object was looked for.
    pub(super) async fn after_look(&mut self, verdict: &Verdict) -> Option<Step> {
        if *verdict == Verdict::Absent {
            return Some(done(None));
        }
        // Waiting for days would be in vain.
        if let (Verdict::WaitForDeletion { .. }, Some(git)) = (verdict, self.context.git)
            && let Some(day) = git.scheduled_deletion(self.key.address.name()).await
        {
            return Some(Step::Ended(self.deleting(Some(day), format!("deletion scheduled for {day}"))));
        }
        Some(match self.tries.after(verdict) {
            RetryDecision::Again(delay, _) => {
                self.announce(Wait::Deletion, delay, verdict);
                Step::Paused(delay, Wait::Deletion)
            }
            RetryDecision::GiveUp => Step::Interrupted(self.not_gone()),
            RetryDecision::Stop | RetryDecision::ReadBack => Step::Ended(self.not_gone()),
        })
    }

    /// The server refuses to delete a product as long as GitLab has repositories in it, which were deleted
    /// before: if they are all scheduled, nothing is gained by asking again today.
    pub(super) async fn until_kept_are_gone(&self, verdict: &Verdict) -> Option<Step> {
        let waits = self.is_deleted_later() && matches!(verdict, Verdict::WaitForDeletion { .. });
        let git = self.context.git.filter(|_| waits && self.operation().change.action == Action::Delete)?;
        let kept = git.kept_projects(self.key.address.name()).await?;
        let message = format!(
            "deletion scheduled for {}: until then GitLab keeps what was deleted in it ({}), and it can't be \
             deleted before; run this again afterwards",
            kept.until,
            first_few(&kept.paths, NAMES_SHOWN)
        );
        Some(Step::Ended(End::Deleting { scheduled: Some(kept.until), is_accepted: false, message }))
    }

    /// The end of a delete that was accepted and is not over. Nothing may be created in its place.
    pub(super) fn not_gone(&self) -> End {
        let message = "GitLab has accepted the deletion and not carried it out yet: it takes its time, or it is \
                       scheduled for later (GitLab keeps what is deleted for up to 30 days)";
        self.deleting(None, message.to_owned())
    }

    fn deleting(&self, scheduled: Option<Date>, message: String) -> End {
        if self.operation().change.action == Action::Delete {
            End::Deleting { scheduled, is_accepted: true, message }
        } else {
            End::Unknown { error: message }
        }
    }

    /// The object was saved without its group, or was not. If it only was to leave its group, the delete is
    /// sent in any case.
    pub(super) async fn after_detach(&mut self, verdict: &Verdict) -> Option<Step> {
        let again = match self.tries.after(verdict) {
            _ if matches!(verdict, Verdict::Done { .. }) => return self.go_on_with_delete().await,
            RetryDecision::ReadBack => self.tries.again(),
            decision => decision,
        };
        let restores = self.phase == Phase::Restore;
        match again {
            RetryDecision::GiveUp if restores => Some(Step::Interrupted(self.half_deleted(verdict))),
            RetryDecision::GiveUp => Some(Step::Interrupted(self.failed(self.explain(verdict)))),
            RetryDecision::Again(delay, wait) if self.may_repeat(verdict) => {
                let stopped = if restores {
                    self.half_deleted(verdict)
                } else {
                    self.not_answered(self.explain(verdict))
                };
                self.rest(delay, wait, verdict, stopped).await
            }
            _ if restores => Some(Step::Ended(self.half_deleted(verdict))),
            _ => self.go_on_with_delete().await,
        }
    }

    /// The clones of a save stay until the next second (§8.2).
    async fn go_on_with_delete(&mut self) -> Option<Step> {
        if let Some(seconds) = self.context.seconds {
            tokio::time::sleep_until(seconds.next(Instant::now())).await;
        }
        self.begin(Phase::Write);
        None
    }

    /// The server says that there is nothing to delete.
    pub(super) async fn after_absence(&mut self) -> Option<Step> {
        // An earlier try may have failed half-way: the user sees the server's message.
        let gone = |said: Option<String>| done(said.map(|said| landed(&said)));
        if self.key.address.kind().deleting.teardown.is_none() {
            return Some(gone(self.ambiguous.take()));
        }
        match self.read_back().await {
            ReadBack::Landed => Some(gone(self.ambiguous.take())),
            ReadBack::Unknown(why) => Some(Step::Ended(End::Unknown { error: why })),
            ReadBack::Remains | ReadBack::NotLanded => {
                let verdict = Verdict::Ambiguous { message: HALF_DELETED.to_owned() };
                let RetryDecision::Again(delay, _) = self.tries.again() else {
                    return Some(Step::Ended(self.half_deleted(&verdict)));
                };
                self.begin(Phase::Restore);
                self.rest(delay, Wait::Retry, &verdict, self.half_deleted(&verdict)).await
            }
        }
    }

    /// The end of a delete that took the manifest and left what it manages.
    pub(super) fn half_deleted(&self, verdict: &Verdict) -> End {
        let said = verdict.explanation();
        let error =
            if said == HALF_DELETED { said } else { format!("{HALF_DELETED} (the server said: {said})") };
        End::Incomplete { error }
    }
}
