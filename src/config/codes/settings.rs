//! Codes about `nautform.yaml`. Those it shares with manifests are in `fields`.

use super::entry::{Entry, error, settings, steps};

pub(super) static ENTRIES: &[Entry] = &[
    error(
        "wrong-name",
        "A settings file has a name that is not read.",
        "Settings in it have no effect, and nothing says so.",
        steps("nautform.yml", "mv nautform.yml nautform.yaml"),
    ),
    error(
        "wrong-move",
        "A rule of moved: can't be carried out.",
        "A move says that an object has another name now: of the same kind, and no longer declared \
         under the old name.",
        settings(
            "moved: [{from: Project/shop/api, to: CodeRepo/shop/api}]",
            "moved: [{from: Project/shop/api, to: Project/shop/core}]",
        ),
    ),
];
