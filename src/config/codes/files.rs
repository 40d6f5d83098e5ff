//! Codes about files, YAML and variables.

use super::entry::Example::{Manifests, Steps};
use super::entry::{Entry, error};

pub(super) static ENTRIES: &[Entry] = &[
    error(
        "syntax",
        "The text is not YAML.",
        "What can't be read as YAML has no fields. Most often an indentation, a bracket or a quote \
         is wrong. The other documents of the file are still checked.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: shop, language: go",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "too-deep",
        "The text is nested deeper than any manifest.",
        "No field lies that deep. The limit keeps a hostile file from using up the machine's memory.",
        Steps("[[[[[[[[ ... 65 brackets ... ]]]]]]]]", "remove the nesting"),
    ),
    error(
        "too-large",
        "A file, or what its aliases expand to, is too large.",
        "A file that expands to millions of values stops the machine of whoever checks it, so there \
         are limits. Files of up to 256 MiB are read.",
        Steps("one file with every object of the platform", "a file for each product"),
    ),
    error(
        "wrong-key",
        "A key of a mapping is a list or a mapping.",
        "Fields have names. {{ x }} is read by YAML as a mapping in a mapping; the variables of \
         nautform are ${x}.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: shop, language: {{lang}: x}}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "duplicate-key",
        "A key is given twice in one mapping.",
        "Most readers of YAML take the last one silently. Which of the two values is meant can't be \
         known.",
        Manifests(&[
            " kind: Project",
            " spec:",
            "   name: api",
            "   product: shop",
            "-  language: go",
            "   language: java",
        ]),
    ),
    error(
        "wrong-merge",
        "'<<' merges something that is not a mapping.",
        "YAML's merge key takes an anchored mapping, or a list of such.",
        Manifests(&[
            " kind: Project",
            " spec:",
            "-  <<: common",
            "+  <<: {language: go}",
            "   name: api",
            "   product: shop",
            "-  language: go",
        ]),
    ),
    error(
        "unknown-alias",
        "An alias names an anchor that does not exist.",
        "Anchors hold within one document, behind the place where they are written. Text that begins \
         with '*' is an alias unless it is quoted.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: *shop, language: go}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "unknown-tag",
        "A value has a tag that means nothing here.",
        "Tags such as !vault or !reference belong to other tools. nautform would send the text \
         behind it as it is. For secrets there are {file: PATH} and {env: NAME}, for other values \
         ${NAME}.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: shop, language: !vault go}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "ignore-pattern",
        "A line of .nautformignore is not a pattern.",
        "The patterns are those of .gitignore. A line that can't be understood would leave out nothing, \
         or something else.",
        Steps("*.{yaml", "*.yaml"),
    ),
    error(
        "not-utf8",
        "A file is not UTF-8 text.",
        "Names and descriptions would be garbled on the server. Editors and Windows programs also \
         write UTF-16 and GBK.",
        Steps("team.yaml in GBK", "iconv -f GBK -t UTF-8 team.yaml > new.yaml && mv new.yaml team.yaml"),
    ),
    error(
        "link-outside",
        "A symbolic link leads out of the Git work tree.",
        "Whoever can write a manifest could otherwise show files of the machine that plans it.",
        Steps("clusters/host.yaml -> /etc/host.yaml", "cp /etc/host.yaml clusters/host.yaml"),
    ),
    error(
        "symlink-loop",
        "A symbolic link leads to a directory that contains it.",
        "The directory would have no end.",
        Steps("fleet/all -> ../fleet", "rm fleet/all"),
    ),
    error(
        "read-twice",
        "A symbolic link leads to a file that is read anyway.",
        "Its objects would be declared twice.",
        Steps("b.yaml -> a.yaml", "rm b.yaml"),
    ),
    error(
        "unreadable",
        "A file or a directory can't be read.",
        "What is not read can't be told from what was removed, and what was removed is deleted. So \
         nothing goes on.",
        Steps("-rw------- root clusters.yaml", "chmod a+r clusters.yaml"),
    ),
    error(
        "not-found",
        "The path does not exist.",
        "A misspelt directory is not an empty one.",
        Steps("nautform plan flet", "nautform plan fleet"),
    ),
    error(
        "no-manifests",
        "The directory has no manifests.",
        "An empty directory never means that everything is to be deleted: 'nautform destroy' does that.",
        Steps("nautform plan .", "nautform plan fleet"),
    ),
    error(
        "undefined-variable",
        "A variable has no value.",
        "An empty text in its place would be sent to the server. Values come from the command line, \
         files of variables, and environment variables that begin with NAUTFORM_VAR_.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: \"${NAME}\", product: shop, language: go}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "wrong-variable",
        "The text behind ${ is not a variable's name.",
        "A variable is ${NAME}: letters, digits, '_', '-' and '.'. $${ stands for a plain ${.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: shop, language: \"${my lang}\"}",
            "+spec: {name: api, product: shop, language: \"$${my lang}\"}",
        ]),
    ),
    error(
        "wrong-variables",
        "A file of variables is not a mapping of names to texts.",
        "Each name stands for one text. Lists and mappings can't be filled in.",
        Steps("HOSTS: [a, b]", "HOST_A: a\nHOST_B: b"),
    ),
    error(
        "unfilled-placeholder",
        "A placeholder of an example is still there.",
        "Examples of Nautes have placeholders such as $api-server. They are variables here: the \
         value of api_server fills it in.",
        Manifests(&[
            " kind: Project",
            "-spec: {name: api, product: $product-name, language: go}",
            "+spec: {name: api, product: shop, language: go}",
        ]),
    ),
    error(
        "secret-variable",
        "A secret variable is used where its value can't be masked.",
        "Names, references, hosts and words of a list are shown in every plan and are part of other objects. \
         Values of secret files and of NAUTFORM_SECRET_VAR_ may fill in free texts, which are masked, and secret \
         fields, such as kubeconfig.",
        Steps("spec: {name: \"${TOKEN}\"}", "spec: {kubeconfig: \"${KUBECONFIG_A}\"}"),
    ),
];
