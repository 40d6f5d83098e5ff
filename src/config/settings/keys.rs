//! The table of settings: names, types, bounds, and what each means. Decoding follows it, and so does
//! whatever describes the file.

use std::ops::RangeInclusive;

use crate::config::codes::{Entry, WARNINGS};

/// A setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub ty: Type,
    /// Whether a mapping without it is an error.
    pub required: bool,
    /// One sentence for people.
    pub doc: &'static str,
}

/// What a setting holds.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    /// Text that is not empty.
    Text,
    /// A URL of HTTP without a user; it may have a query or not.
    Url {
        /// Whether it may.
        query: bool,
    },
    /// A name as labels and notes have it: letters, digits, `-`, `_` and `.`.
    Label,
    /// `true` or `false`.
    Bool,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A whole number.
    Number(RangeInclusive<usize>),
    /// A duration such as `90s`, at least so many seconds.
    Duration {
        /// The shortest, in seconds.
        least: u64,
    },
    /// Whole percents: `30%`.
    Share,
    /// A day: `2027-01-31`.
    Date,
    /// An object: `Environment/shop/dev`.
    Address,
    /// Objects: `Environment/shop/*`.
    Pattern,
    /// Settings of its own.
    Mapping(&'static [Key]),
    /// Several.
    List(&'static Type),
    /// Settings of its own under each of the user's names.
    Named(&'static [Key]),
    /// Plain values under names of variables.
    Variables,
}

/// A number that may be 0.
const COUNT: Type = Type::Number(0..=1_000_000);
const ANY_DURATION: Type = Type::Duration { least: 0 };

/// The URL of a state, which may have a query.
const STATE_URL: Type = Type::Url { query: true };
/// A URL that paths are added to.
const SERVER_URL: Type = Type::Url { query: false };

const fn key(name: &'static str, ty: Type, doc: &'static str) -> Key {
    Key { name, ty, required: false, doc }
}

const fn required(name: &'static str, ty: Type, doc: &'static str) -> Key {
    Key { name, ty, required: true, doc }
}

/// All of `nautform.yaml`.
pub(crate) static KEYS: &[Key] = &[
    key("fleet", Type::Label, "The fleet's name, which its state remembers: no other fleet may use that."),
    key("server", Type::Mapping(SERVER), "The API server."),
    key("apply", Type::Mapping(APPLY), "How requests are sent and repeated."),
    key("state", Type::Mapping(STATE), "Where the state is kept. Credentials come from the environment."),
    PLATFORM_KEY,
    key("thresholds", Type::Mapping(THRESHOLDS), "How much may change at once."),
    key("lint", Type::Mapping(&LINT), "What each warning is: allow, warning or error."),
    MOVED,
    SUPPRESSED,
    IGNORED,
    key(
        "environments",
        Type::Named(ENVIRONMENT),
        "Several platforms for the same manifests, and what differs there: every command is told which one.",
    ),
];

const MOVES: Type = Type::List(&Type::Mapping(MOVE));
const MOVED: Key = key("moved", MOVES, "Objects that got another name.");
const SUPPRESSIONS: Type = Type::List(&Type::Mapping(SUPPRESS));
const SUPPRESSED: Key = key("suppress", SUPPRESSIONS, "Findings of a drift check that are not reported.");
const FIELDS_TO_IGNORE: Type = Type::List(&Type::Mapping(IGNORE));
const IGNORED: Key = key("ignore", FIELDS_TO_IGNORE, "Fields that are neither compared nor changed.");

const PLATFORM_KEY: Key =
    key("platform", Type::Mapping(PLATFORM), "What the platform offers, if it is not what v0.4.2 brings.");

static PLATFORM: &[Key] = &[
    key(
        "components",
        Type::Text,
        "A file with its components, relative to this one, as its ConfigMap thirdPartComponents.yaml lists them.",
    ),
    key("hooks", Type::Text, "A file with a list of its hooks, relative to this one."),
];

/// What differs in an environment. The fleet is one, and so is how carefully it is written.
static ENVIRONMENT: &[Key] = &[
    key("server", Type::Mapping(SERVER), "Its API server. What is left out is as for all."),
    key("state", Type::Mapping(STATE), "Its state: a place of its own. What is left out is as for all."),
    PLATFORM_KEY,
    key("thresholds", Type::Mapping(THRESHOLDS), "How much may change at once there."),
    key("variables", Type::Variables, "Values for ${NAME} in manifests; flags and NAUTFORM_VAR_NAME win."),
    key(
        "variableFiles",
        Type::List(&Type::Text),
        "Files of variables, relative to this file; those of `variables` win.",
    ),
    key("secretVariableFiles", Type::List(&Type::Text), "The same, of values that are never shown."),
    MOVED,
    SUPPRESSED,
    IGNORED,
];

static SERVER: &[Key] = &[
    key("url", SERVER_URL, "Its URL (NAUTFORM_API_SERVER wins)."),
    key(
        "gitlab",
        SERVER_URL,
        "The URL of its GitLab, which products are read from (NAUTFORM_GITLAB wins; else the job's GitLab, else \
         that of the repositories' URLs).",
    ),
    key(
        "tenantRepository",
        Type::Text,
        "The path of the tenant's repository in GitLab, such as tenant1/management, to read clusters from, too \
         (NAUTFORM_TENANT_REPOSITORY wins).",
    ),
    key("caFile", Type::Text, "A CA certificate, PEM, relative to this file."),
    key(
        "lanes",
        Type::Word(&["shared", "per-product"]),
        "Which requests run one after the other: those to any product, or those to the same one.",
    ),
    key("rest", Type::Bool, "Whether to pause after writes that leave clones on the server."),
    key("requestTimeout", Type::Duration { least: 1 }, "How long a request may take: 2m."),
    key(
        "retryTimeout",
        ANY_DURATION,
        "How long the server may fail (no connection, 5xx, 429) before the run gives up; renewed by every other \
         answer: 1m.",
    ),
    key(
        "maxRequestsPerSecond",
        Type::Number(1..=10_000),
        "The most requests in a second; no limit if absent.",
    ),
];

static APPLY: &[Key] = &[
    key("parallelism", Type::Number(1..=1_000), "How many requests may run at once: 10."),
    key("retries", COUNT, "How often one request is repeated: 10; a server that is away ends a run earlier."),
    key(
        "runRetries",
        COUNT,
        "How often a run repeats requests before it starts nothing new: half the operations, at least 50.",
    ),
    key("syncTimeout", ANY_DURATION, "How long to wait for clusters to reach Kubernetes: 10m."),
    key("deleteTimeout", ANY_DURATION, "How long to wait for GitLab to finish deletes: 5m."),
];

static STATE: &[Key] = &[
    key(
        "backend",
        Type::Word(&["local", "http", "gitlab", "s3"]),
        "local keeps it in .nautform, http speaks Terraform's protocol.",
    ),
    key("address", STATE_URL, "http: the state's URL (TF_HTTP_ADDRESS wins)."),
    key(
        "lockAddress",
        STATE_URL,
        "http: the URL that locks (TF_HTTP_LOCK_ADDRESS wins); needed to write, unless with --no-lock.",
    ),
    key("unlockAddress", STATE_URL, "http: the URL that unlocks (TF_HTTP_UNLOCK_ADDRESS wins)."),
    key("updateMethod", Type::Text, "http: how to write: POST."),
    key("lockMethod", Type::Text, "http: how to lock: LOCK."),
    key("unlockMethod", Type::Text, "http: how to unlock: UNLOCK."),
    key(
        "username",
        Type::Text,
        "http, gitlab: the user's name (NAUTFORM_HTTP_USERNAME and TF_HTTP_USERNAME win).",
    ),
    key("name", Type::Text, "gitlab: the state's name."),
    key("project", Type::Text, "gitlab: the project, a number or a path (else CI_PROJECT_ID)."),
    key("api", SERVER_URL, "gitlab: the API's URL (CI_API_V4_URL wins)."),
    key("bucket", Type::Text, "s3: the bucket."),
    key("key", Type::Text, "s3: the state's key; the lock's is KEY.lock."),
    key("region", Type::Text, "s3: the region (AWS_REGION and AWS_DEFAULT_REGION win)."),
    key(
        "endpoint",
        SERVER_URL,
        "s3: the URL of a store that is not AWS (AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL win).",
    ),
    key(
        "pathStyle",
        Type::Bool,
        "s3: whether the bucket is part of the path: true with an endpoint, false with AWS.",
    ),
    key("lease", Type::Duration { least: 1 }, "s3: how long the lock outlives a holder that has died: 60s."),
    key("caFile", Type::Text, "All but local: a CA certificate, PEM, relative to this file."),
    key(
        "saveInterval",
        ANY_DURATION,
        "All but local: the shortest time between two saves of a running apply: 10s; 0s saves each step.",
    ),
];

static THRESHOLDS: &[Key] = &[
    key("deletes", Type::Mapping(THRESHOLD), "Of deletes, replacements included."),
    key("updates", Type::Mapping(THRESHOLD), "Of updates."),
    key("minimum", COUNT, "Plans with fewer existing objects are not guarded: 10."),
];

static THRESHOLD: &[Key] = &[
    key("share", Type::Share, "Of the existing objects in the plan: 30%."),
    key("count", COUNT, "Of objects; no limit if absent."),
];

/// A level for every warning.
static LINT: [Key; WARNINGS.len()] = levels(&WARNINGS);

const fn levels<const N: usize>(warnings: &'static [Entry; N]) -> [Key; N] {
    let mut keys = [const { key("", LEVEL, "") }; N];
    let mut index = 0;
    while index < N {
        keys[index] = key(warnings[index].code, LEVEL, warnings[index].title);
        index += 1;
    }
    keys
}

const LEVEL: Type = Type::Word(&["allow", "warning", "error"]);

static MOVE: &[Key] = &[
    required("from", Type::Address, "The address in the state: Project/shop/api."),
    required("to", Type::Address, "The address in the manifests: Project/shop/core."),
];

const ADDRESS: Key = required("address", Type::Pattern, "The objects: Project/shop/*.");
const FIELDS: Type = Type::List(&Type::Text);
const REASON: Key = key("reason", Type::Text, "Why; for people.");
const UNTIL: Key = key("until", Type::Date, "The last day on which the rule holds: 2027-01-31.");

static IGNORE: &[Key] =
    &[ADDRESS, required("fields", FIELDS, "The fields: language, git.gitlab.description."), REASON, UNTIL];

static SUPPRESS: &[Key] = &[
    ADDRESS,
    key("fields", FIELDS, "The fields; all findings about the objects if there are none."),
    REASON,
    UNTIL,
];
