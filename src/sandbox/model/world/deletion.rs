//! Deletions by GitLab: at once, after a while, or days later (§4.1 DELETE).

use crate::sandbox::api::{Now, millis};
use crate::sandbox::gitlab::Repository;
use crate::sandbox::model::{Change, World};

impl World {
    /// Marks a project as gone, now or when GitLab gets to it (§4.1 DELETE). One that is deleted days later
    /// changes its path and its name.
    pub(crate) fn delete_repository(&mut self, group: u64, id: u64, now: Now) {
        let delay = millis(self.options.deletion_delay);
        let lag = millis(self.options.deletion_lag);
        let found = self.gitlab.groups.get(&group).and_then(|group| group.repositories.get(&id));
        match found.map(|found| Repository::clone(found)) {
            Some(mut repository) if delay > 0 => {
                let suffix = format!("-deletion_scheduled-{id}");
                repository.path.push_str(&suffix);
                repository.name.push_str(&suffix);
                repository.deleting = Some(now + delay);
                self.commit(Change::Repository { group, repository }, now);
            }
            Some(repository) if lag > 0 => {
                let repository = Repository { deleting: Some(now + lag), ..repository };
                self.commit(Change::Repository { group, repository }, now);
            }
            _ => self.commit(Change::RepositoryGone { group, id }, now),
        }
    }

    /// Marks a group as gone, now or when GitLab gets to it. One that is deleted days later answers until
    /// then.
    pub(crate) fn delete_group(&mut self, id: u64, now: Now) {
        let delay = millis(self.options.deletion_delay);
        let lag = millis(self.options.deletion_lag);
        let mut facts = self.group(id).facts.clone();
        if delay > 0 {
            facts.marked_until = Some(now + delay);
        } else if lag > 0 {
            facts.deleting = Some((now, now + lag));
        } else {
            return self.commit(Change::GroupGone(id), now);
        }
        self.commit(Change::Group(facts), now);
    }
}
