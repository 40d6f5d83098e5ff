//! Codes of what a run meets: diagnostics in its events, and in the note of a plan. `lint:` has no say.

use super::entry::Example::Steps;
use super::entry::{Entry, Level, error};

const fn warning(entry: Entry) -> Entry {
    Entry { level: Level::Warning, ..entry }
}

pub(super) static ENTRIES: &[Entry] = &[
    warning(error(
        "blocked",
        "The server refuses every write to a product.",
        "It checks all of a product at each write, and something in this one is broken. The message names \
         the objects, and what can be done.",
        Steps("two environments on one cluster", "prune the one that has no manifest"),
    )),
    error(
        "failed",
        "An operation failed, and nothing was changed by it.",
        "The message is what the server said. Run apply again once its cause is gone: what was done is kept.",
        Steps("the server answers 403", "give the token the role that it lacks, and apply again"),
    ),
    error(
        "incomplete",
        "The server did not finish a write.",
        "What the API shows is as planned, and keys, permissions or files behind it may be missing. The state \
         remembers it, and every later apply sends it again.",
        Steps("the server answers 500 after it has pushed", "apply again"),
    ),
    error(
        "stale",
        "An object has changed since the plan was made.",
        "What others wrote meanwhile is not overwritten unseen. The message has the three values.",
        Steps("another person edits the project while the plan waits", "plan again, and apply that plan"),
    ),
    warning(error(
        "unconfirmed",
        "A write was done, and the server warned about it.",
        "The message is the server's.",
        Steps("[warning] in a reply", "look at what the message names"),
    )),
];
