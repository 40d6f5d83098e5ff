//! Codes of refusals: why a plan must not be applied as it is.

use super::entry::Example::Steps;
use super::entry::{Entry, Example, Level};

const fn refusal(code: &'static str, title: &'static str, reason: &'static str, example: Example) -> Entry {
    Entry { code, level: Level::Refusal, title, reason, example }
}

pub(super) static ENTRIES: &[Entry] = &[
    refusal(
        "in-use",
        "Something still uses an object that would be deleted or replaced.",
        "The API allows it, and every later write to the product of the user fails then.",
        Steps(
            "remove Environment/shop/dev, keep DeploymentRuntime/shop/run in it",
            "remove both, or move the runtime to another environment",
        ),
    ),
    refusal(
        "missing-reference",
        "A reference leads to an object that does not exist.",
        "It is in no manifest and not on the server, so the write would be refused or poison its \
         product.",
        Steps("cluster: worker-deploymnt", "cluster: worker-deployment"),
    ),
    refusal(
        "protected",
        "A protected object would be deleted or replaced.",
        "Its manifest has, or had when it was applied last, the annotation \
         nautform.dev/prevent-destroy.",
        Steps("remove a protected manifest", "lift the protection for one run, by the address"),
    ),
    refusal(
        "irreversible",
        "Something would be permanently destroyed.",
        "With a product or a repository GitLab deletes its whole history. Each such object is \
         permitted by name.",
        Steps("remove Product/shop", "permit it for one run, by the address"),
    ),
    refusal(
        "emptied-file",
        "A file is still there and declares nothing any more.",
        "A file that was cut off looks like one whose objects are to be deleted. Removing the file \
         says so clearly.",
        Steps("team.yaml with comments only", "rm team.yaml, or restore its objects"),
    ),
    refusal(
        "skipped-manifest",
        "An object would be deleted whose manifest is there and not read.",
        "What .nautformignore names, what has the apiVersion of another system, and what is not called \
         like a manifest is left out. That is not an order to delete what was declared there.",
        Steps("apiVersion: example.com/v1", "apiVersion: nautes.resource.nautes.io/v1alpha1"),
    ),
    refusal(
        "threshold",
        "More would be deleted or updated than the threshold allows.",
        "A wrong directory, variable or merge most often shows in how much it changes.",
        Steps("12 of 20 objects would be deleted", "permit 12 deletes for one run"),
    ),
    refusal(
        "missing-secret",
        "A secret that is to be sent can't be read here.",
        "A plan does not need it, since it is known at apply only; an apply without it would write something \
         else than was planned.",
        Steps("kubeconfig: {env: KUBECONFIG_A}, and no such variable", "set KUBECONFIG_A where apply runs"),
    ),
    refusal(
        "rehearsal",
        "The server's own checks would refuse a write.",
        "The plan was carried out against a copy of the live state, and this write failed there. \
         Some of its checks depend on all of the product.",
        Steps("a runtime that may not use its repository", "declare a CodeRepoBinding that lends it"),
    ),
    refusal(
        "replacement",
        "A replacement would replace other objects as well.",
        "A field can't change in place, so the object and everything that uses it are deleted and \
         created again.",
        Steps("clusterType: virtual -> physical", "permit replacements for one run"),
    ),
    refusal(
        "unknown",
        "What the plan depends on could not be read.",
        "A part of the server can't be read, so it isn't known whether the write is safe.",
        Steps("GitLab answers 500", "plan again when it is back, or leave the objects out"),
    ),
];
