//! Codes about `nautform.yaml`. Those it shares with manifests are in `fields`.

use super::entry::Example::{Settings, Steps};
use super::entry::{Entry, error};

pub(super) static ENTRIES: &[Entry] = &[
    error(
        "wrong-name",
        "A settings file has a name that is not read.",
        "Settings in it have no effect, and nothing says so.",
        Steps("nautform.yml", "mv nautform.yml nautform.yaml"),
    ),
    error(
        "wrong-catalogue",
        "A file with what the platform offers can't be used.",
        "The list of components is that of the platform's own configuration, the ConfigMap with \
         thirdPartComponents.yaml: each has a name, a namespace and a type. That of hooks has their names.",
        Steps(
            "- {name: apisix, namespace: apisix}",
            "- {name: apisix, namespace: apisix, type: gateway, default: true}",
        ),
    ),
    error(
        "same-platform",
        "Two environments have the same server or the same state.",
        "Each environment manages all that is on its platform and in its state. With one server for two, each \
         would take the objects of the other for its own and change them as its own variables say; with one \
         state, each would delete what only the other declares.",
        Settings(
            "environments: {dev: {server: {url: 'https://nautes.example'}}, prod: {server: {url: \
             'https://nautes.example/'}}}",
            "environments: {dev: {server: {url: 'https://dev.example'}}, prod: {server: {url: \
             'https://nautes.example'}}}",
        ),
    ),
    error(
        "wrong-move",
        "A rule of moved: can't be carried out.",
        "A move says that an object has another name now: of the same kind, and no longer declared \
         under the old name.",
        Settings(
            "moved: [{from: Project/shop/api, to: CodeRepo/shop/api}]",
            "moved: [{from: Project/shop/api, to: Project/shop/core}]",
        ),
    ),
];
