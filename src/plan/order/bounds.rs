//! The order of writes around a field that the owner bounds (`Kind::bound`): the owner rises first, what is in
//! it falls first.

use crate::resource::schema::Bound;
use crate::state::Verb;

use super::{Builder, Change, Number};

impl Builder<'_> {
    /// Adds edges between the update of an owner and the writes and deletes in it. They are hard: in the other
    /// order the server refuses.
    pub(super) fn order_bounds(&mut self) {
        for change in self.changing() {
            let Some(bound) = change.address.kind().bound else { continue };
            let Some(owner) = change.address.owner() else { continue };
            let Some(update) = self.find(&owner, Verb::Update) else { continue };
            self.order_within(change, update, &bound);
        }
    }

    fn order_within(&mut self, change: &Change, update: Number, bound: &Bound) {
        let owner = self.change(update);
        let before = |change: &Change| change.before.as_deref().and_then(|spec| bound.level(spec));
        let after = |change: &Change| change.after.as_deref().and_then(|spec| bound.level(spec));
        let above =
            |level: Option<usize>, limit| level.zip(limit).is_some_and(|(level, limit)| level > limit);
        if above(after(change), before(owner)) {
            let save = self.save(&change.address);
            save.into_iter().for_each(|save| self.wait(save, update));
        } else if above(before(change), after(owner)) {
            let leaves = self.leave(&change.address);
            leaves.into_iter().for_each(|leaves| self.wait(update, leaves));
        }
    }
}
