//! The rules behind diagnostics, for reports that explain what they found: SARIF. `docs/diagnostics.md` has the
//! same table.

/// A rule: its name, a title, and a sentence or two.
pub(super) type Rule = (&'static str, &'static str, &'static str);

/// Every rule of manifests and settings, by name.
pub(super) const RULES: &[Rule] = &[
    (
        "above-owner",
        "A field is above what its owner allows",
        "A field must not be above that of what the object lives in, such as the visibility of a repository and that of its product.",
    ),
    (
        "api-server-pattern",
        "An API server's address that the custom resource refuses",
        "The API accepts the address, and the custom resource of an environment on the cluster does not.",
    ),
    (
        "api-version",
        "Another apiVersion",
        "Manifests have the apiVersion nautes.resource.nautes.io/v1alpha1.",
    ),
    (
        "cycle",
        "Objects that depend on each other in a circle",
        "No order exists in which they could be created.",
    ),
    (
        "duplicate-field",
        "A field is given twice",
        "A field was given in two spellings, such as primaryDomain and primary_domain. Keep one of them.",
    ),
    ("duplicate-item", "An item is listed twice", "The server keeps it once. List it once."),
    (
        "duplicate-key",
        "A key is given twice",
        "A mapping has a key twice, and readers of YAML do not agree which one counts.",
    ),
    (
        "duplicate-object",
        "An object is declared twice",
        "Two documents declare the same object. Keep one of them.",
    ),
    (
        "duplicate-use",
        "Two objects use what only one can have",
        "Within a product, some values may be used once, such as the cluster of an environment.",
    ),
    ("empty-document", "An empty document", "There is nothing between two lines with ---."),
    ("empty-item", "An empty item of a list", "Remove it, or say what it is."),
    (
        "expired-rule",
        "A rule of the settings has ended",
        "A rule of ignore: or suppress: is past its day and has no effect. Remove it, or give it another day.",
    ),
    ("ignored-field", "A field that has no effect", "The server, or nautform, ignores it."),
    (
        "invalid-annotation",
        "An annotation that is not understood",
        "An annotation below nautform.dev/ is unknown or has another value than it can have.",
    ),
    (
        "invalid-combination",
        "Fields that do not go together",
        "Each is valid by itself, and the server refuses them together, or they lead to nothing.",
    ),
    (
        "invalid-name",
        "A name that can't be used",
        "The name would be refused by Kubernetes, GitLab or the file system of the server.",
    ),
    (
        "invalid-secret",
        "A secret that can't be used",
        "The secret is not what its field holds, such as a kubeconfig.",
    ),
    (
        "invalid-value",
        "A value that a field can't have",
        "The field takes other values; the help names them.",
    ),
    (
        "link-outside",
        "A link or path that leads out of the work tree",
        "What is outside of the Git work tree is not read, whoever committed the link.",
    ),
    ("missing-field", "A required field is missing", "The server, or nautform, needs it."),
    (
        "missing-permission",
        "An object lacks a permission that it needs",
        "Nothing that is declared lends it the repository that it uses.",
    ),
    ("missing-value", "A key without a value", "Remove the key, or write an empty value of its type."),
    (
        "no-events",
        "A trigger that nothing triggers",
        "The events that it waits for are not sent by the repository's webhook.",
    ),
    (
        "no-manifests",
        "A directory without manifests",
        "An empty directory never means that everything is to be deleted.",
    ),
    (
        "no-place",
        "A component that has no place in the cluster",
        "The field means nothing for a cluster of this kind.",
    ),
    (
        "node-port",
        "A port that nodes usually can't have",
        "Kubernetes takes 30000 to 32767 unless its API server is told otherwise.",
    ),
    (
        "not-a-manifest",
        "A document that is not a manifest",
        "A manifest is a mapping with apiVersion, kind and spec.",
    ),
    (
        "not-decoded",
        "A document that nautform could not decode",
        "This is a mistake in nautform: please report it.",
    ),
    (
        "not-found",
        "A path that does not exist",
        "Name a directory of manifests, a single file, or - for standard input.",
    ),
    ("read-twice", "A file that is read twice", "Two paths lead to the same file, through a link."),
    (
        "removed-field",
        "A field that is not there any more",
        "The field had another form in an older version; the help names the new one.",
    ),
    (
        "removed-form",
        "A value in a form that is not there any more",
        "The value had another form in an older version; the help names the new one.",
    ),
    ("same-object", "Two names for one object", "Names that differ in case only are one object for GitLab."),
    (
        "secret-variable",
        "A secret variable outside of a secret field",
        "Values of secret variables go into secret fields only, such as kubeconfig.",
    ),
    ("symlink-loop", "Links that lead in a circle", "A symbolic link leads to a directory that contains it."),
    ("syntax", "The text is not YAML", "The YAML could not be parsed."),
    ("too-deep", "A document that is nested too deeply", "Documents are read up to a limit of levels."),
    ("too-large", "A file that is too large", "Files are read up to a limit. Split it into several."),
    ("two-names", "An object with two names", "metadata.name and spec.name differ. Remove metadata.name."),
    (
        "two-products",
        "An object with two products",
        "The product is given twice, with different values. Keep one of them.",
    ),
    (
        "undefined-variable",
        "A variable without a value",
        "A manifest uses ${NAME}, and nothing gives NAME a value.",
    ),
    (
        "unfilled-placeholder",
        "A placeholder that was not filled in",
        "A text of the documentation's examples stands where a value belongs.",
    ),
    (
        "unknown-alias",
        "An alias without an anchor",
        "An alias of YAML has no anchor earlier in its document.",
    ),
    (
        "unknown-field",
        "A field that does not exist",
        "The kind has no such field. It is often a misspelt one.",
    ),
    (
        "unknown-hook",
        "A hook that the server does not know",
        "The server ignores hooks that it does not know.",
    ),
    ("unknown-kind", "A kind that does not exist", "nautform explain lists the kinds."),
    ("unknown-tag", "A tag of YAML that is not known", "Remove the tag."),
    ("unreadable", "A file that can't be read", "The file exists and can't be read."),
    (
        "unreadable-secret",
        "A secret that can't be read",
        "The file or the variable of a secret can't be read.",
    ),
    (
        "unset-variable",
        "An environment variable that is not set",
        "Without it the object can be compared, but not be created or changed.",
    ),
    (
        "unused-rule",
        "A rule of the settings that matches nothing",
        "No object matches the rule. It is often a misspelt address.",
    ),
    ("wrong-key", "A key that is not a text", "Keys of mappings are plain texts."),
    ("wrong-merge", "A merge of something else than a mapping", "<< merges mappings only."),
    ("wrong-move", "A move that can't be made", "A rule of moved: contradicts the manifests."),
    ("wrong-name", "A settings file with another name", "The settings are in nautform.yaml."),
    ("wrong-type", "A value of another type", "A list stands where a text belongs, or the other way round."),
    (
        "wrong-variable",
        "A reference to a variable that can't be read",
        "A variable is ${NAME}; write $${ for a plain ${.",
    ),
    (
        "wrong-variables",
        "A file of variables that can't be used",
        "A file of variables is one mapping of names to values.",
    ),
];

/// The index of a rule.
pub(super) fn index_of(code: &str) -> Option<usize> {
    RULES.binary_search_by(|(name, ..)| (*name).cmp(code)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_and_documented() {
        assert!(RULES.is_sorted_by(|a, b| a.0 < b.0));
        let page = include_str!("../../../docs/diagnostics.md");
        for (name, title, text) in RULES {
            let line = format!("| <a id=\"{name}\"></a>`{name}` | {title}. {text} |");
            assert!(page.contains(&line), "docs/diagnostics.md lacks: {line}");
        }
    }
}
