//! What the server has begun and not finished: writes that have to be sent again, and deletions that go on.

use jiff::civil::Date;

use crate::resource::Address;

use super::{Incomplete, Intent, State, Verb};

impl State {
    /// The write of an object that has to be sent again until the server has answered it with success, and
    /// why. One that a stopped run has begun counts, too: what the server did of it is unknown.
    pub fn unfinished(&self, address: &Address) -> Option<(Verb, &str)> {
        if let Some(incomplete) = self.incomplete.get(address) {
            return Some((incomplete.intent.verb, &incomplete.reason));
        }
        let intent = self.intents.get(address).filter(|_| address.kind().writing.effects_outside_git)?;
        let why = if intent.planned {
            "the run that was to send it was stopped, and no record says whether it did"
        } else {
            "the run that sent it was stopped before the server had answered"
        };
        Some((intent.verb, why))
    }

    /// Whether a deletion of the object, or of the product that it lives in, was begun and may go on.
    pub fn is_going(&self, address: &Address) -> bool {
        self.going(address).is_some()
    }

    /// Which object is being deleted, the one itself or the product that it lives in, and since when.
    pub fn going(&self, address: &Address) -> Option<(Address, &str)> {
        let of = |address: &Address| {
            let accepted = self.deletions.get(address).map(|deletion| deletion.since.as_str());
            accepted.or_else(|| {
                let begun = self.intents.get(address).filter(|intent| intent.verb == Verb::Delete);
                begun.filter(|_| address.kind().deleting.finished_later).map(|intent| intent.since.as_str())
            })
        };
        let owner = || address.owner();
        of(address)
            .map(|since| (address.clone(), since))
            .or_else(|| owner().and_then(|owner| of(&owner).map(|since| (owner, since))))
    }

    /// The day for which the deletion of the object, or of the product that it lives in, is scheduled.
    pub fn scheduled(&self, address: &Address) -> Option<Date> {
        let deletion = self.going(address).and_then(|(going, _)| self.deletions.get(&going));
        deletion.and_then(|deletion| deletion.scheduled)
    }

    /// A write begins. One that repeats what a stopped run began to create makes the object ours as that one
    /// does.
    pub(super) fn begin(&mut self, address: Address, new: Intent) {
        let creates = self.intents.get(&address).is_some_and(|old| !old.planned && old.verb == Verb::Create);
        let verb = if creates && new.verb == Verb::Update { Verb::Create } else { new.verb };
        self.intents.insert(address, Intent { verb, ..new });
    }

    /// Notes that a write is incomplete; what the first try was to do stays.
    pub(super) fn note_incomplete(&mut self, address: Address, new: Incomplete) {
        let begun = self.intents.remove(&address);
        let known = self.incomplete.remove(&address);
        let first = known.map(|known| known.intent).or(begun).unwrap_or_else(|| new.intent.clone());
        let intent = Intent { verb: first.verb, since: first.since, ..new.intent };
        self.incomplete.insert(address, Incomplete { intent, ..new });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Deletion;
    use crate::state::Entry;

    fn state() -> State {
        State::new("lineage".to_owned(), "salt".to_owned())
    }

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn planned_write_is_sent_again_and_makes_nothing_ours() {
        let repository = address("CodeRepo/p/r");
        let mut state = state();
        let planned = || Intent { planned: true, ..Intent::plain(Verb::Create, "first") };
        state.fold(Entry::Begun(repository.clone(), planned()));
        assert_eq!(state.unfinished(&repository).unwrap().0, Verb::Create);
        assert!(state.is_empty() && !state.names(&repository) && !state.manages(&repository));
        // A write that was begun stays begun.
        state.fold(Entry::Begun(repository.clone(), Intent::plain(Verb::Create, "second")));
        state.fold(Entry::Begun(repository.clone(), planned()));
        assert!(state.manages(&repository));
    }

    fn incomplete(verb: Verb, reason: &str) -> Incomplete {
        Incomplete { intent: Intent::plain(verb, "later"), reason: reason.to_owned() }
    }

    #[test]
    fn incomplete_write_is_known_until_it_succeeds() {
        let repository = address("CodeRepo/p/r");
        let mut state = state();
        state.fold(Entry::Begun(repository.clone(), Intent::plain(Verb::Create, "first")));
        assert!(state.unfinished(&repository).is_some(), "begun and never answered");
        state.fold(Entry::Incomplete(repository.clone(), incomplete(Verb::Create, "no keys")));
        state.fold(Entry::Begun(repository.clone(), Intent::plain(Verb::Update, "second")));
        state.fold(Entry::Abandoned(repository.clone()));
        assert_eq!(state.unfinished(&repository), Some((Verb::Create, "no keys")));
        state.fold(Entry::Incomplete(repository.clone(), incomplete(Verb::Update, "again no keys")));
        assert_eq!(state.unfinished(&repository), Some((Verb::Create, "again no keys")));
        assert_eq!(state.incomplete[&repository].intent.since, "first");
        assert!(state.manages(&repository) && state.named().any(|named| *named == repository));
        state.fold(Entry::Recorded(repository.clone(), Box::default()));
        assert_eq!(state.unfinished(&repository), None);
    }

    #[test]
    fn reading_proves_what_lies_in_git() {
        let mut state = state();
        let project = address("Project/p/a");
        state.fold(Entry::Begun(project.clone(), Intent::plain(Verb::Create, "first")));
        assert_eq!(state.unfinished(&project), None);
    }

    #[test]
    fn accepted_deletion_ends_the_record_and_covers_the_product() {
        let product = address("Product/p");
        let mut state = state();
        state.fold(Entry::Recorded(product.clone(), Box::default()));
        state.fold(Entry::Begun(product.clone(), Intent::plain(Verb::Delete, "first")));
        let inside = address("Project/p/a");
        assert_eq!(state.going(&inside), Some((product.clone(), "first")), "it may have been accepted");
        let deletion = Deletion { since: "then".to_owned(), scheduled: None };
        state.fold(Entry::Deleting(product.clone(), deletion));
        assert_eq!(
            (state.manages(&product), state.going(&product)),
            (false, Some((product.clone(), "then")))
        );
        assert!(state.is_going(&address("CodeRepo/p/r")) && !state.is_going(&address("Product/q")));
        state.fold(Entry::Forgotten(product.clone()));
        assert!(!state.is_going(&product));
    }
}
