//! What the server's messages mean: text, class, source. The first row that matches decides (§8.6).
//!
//! Sections (§) are those of nautes-api.md. `testdata/replies` shows the class of every message that was seen
//! on a real server; one that matches no row is unknown, and is repeated a few times.

use super::class::Class::{
    self, Access, Ambiguous, Collision, Deletion, Missing, Panic, Permanent, Refused, Sync, Token,
    Unreadable, Upstream,
};
use super::class::Pattern::{self, Parts, Reason, Start, Text};

/// A message, what it calls for, and where it was seen.
pub(super) type Row = (Pattern, Class, &'static str);

#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    // A failure of the server's own code.
    (Reason("UNKNOWN"), Panic, "§2.2, §11"),
    (Reason("REFRESH_PERMISSIONS_ACCESS_DENIED"), Ambiguous, "§4.5"),

    // The token.
    (Text("token is not found"), Token, "§2.2"),
    (Text("401 Unauthorized"), Token, "§2.2"),
    (Text("invalid_token"), Token, "§2.2"),
    (Text("HTTP Basic: Access denied"), Token, "git"),
    (Text("Authentication failed for"), Token, "git"),
    (Text("could not read Username"), Token, "git"),

    // GitLab fails. The server has repeated its request for twelve seconds already (§13).
    (Parts(&["/api/v4/", ": 500 "]), Upstream, "§13"),
    (Parts(&["/api/v4/", ": 502 "]), Upstream, "§13"),
    (Parts(&["/api/v4/", ": 503 "]), Upstream, "§13"),
    (Parts(&["/api/v4/", ": 504 "]), Upstream, "§13"),
    (Parts(&["/api/v4/", ": 429 "]), Upstream, "§13"),

    // What the installation lacks.
    (Text("No space left on device"), Missing(DISK), "§8.1"),
    (Text("no space left on device"), Missing(DISK), "§8.1"),
    (Text("get hooks metadata failed"), Missing("the installation has no catalogue of pipeline hooks, so that no ProjectPipelineRuntime can be saved: the server's configuration file is missing"), "§13"),
    (Text("load nautes config failed"), Missing("the server's configuration file is missing"), "§13"),
    (Text("hook is illegal: unknown hook"), Missing("the pipeline component of the installation does not offer this hook"), "§4.6"),

    // Git: access.
    (Text("You are not allowed to push code"), Access, "§8.3"),
    (Text("You are not allowed to download code"), Refused("your account may not read the repository"), "§8.3"),
    (Parts(&["failed to clone repository", "returned error: 403"]), Refused("your account may not read the repository"), "§8.3"),
    (Parts(&["failed to clone repository", "fatal: repository '", "not found"]), Refused("the repository does not exist, or your account can't see it"), "git"),
    (Parts(&["failed to clone repository", "could not be found or you don't have permission"]), Refused("the repository does not exist, or your account can't see it"), "GitLab"),

    // Git: collisions and lost races. Nothing was changed, whatever the text behind the first words is.
    (Text("failed to clone repository"), Collision, "§8.2, §13"),
    (Text("already exists and is not an empty directory"), Collision, "§8.2"),
    (Text("cannot lock ref"), Collision, "§8.6"),
    (Text("incorrect old value provided"), Collision, "git"),
    (Text("failed to update ref"), Collision, "git"),
    (Text("pre-receive hook declined"), Refused("a hook or a rule of the repository in GitLab refuses the push"), "§13"),
    (Text("protected branch"), Refused("the branch main is protected in GitLab, and your account may not push to it"), "§13"),
    (Text("[remote rejected]"), Refused("GitLab refuses the push"), "§13"),
    (Text("[rejected]"), Collision, "§8.3"),
    (Text("failed to push some refs"), Collision, "§8.6"),
    (Text("cannot be merge automatically"), Collision, "§8.3"),
    (Text("the object has been modified"), Collision, "§8.6"),
    (Text("nothing to commit"), Ambiguous, "§8.3"),

    // Kubernetes has not seen it yet; or still has a runtime that was deleted a moment ago (§4.6, §4.7).
    (Text("get cluster by runtime failed"), Sync, "§4.6"),
    (Text("get used namespaces in cluster"), Sync, "§4.6"),
    (Text("found that Cluster '"), Sync, "§4.3"),
    (Text("is used by other runtime"), Sync, "§4.6"),
    (Text("is used by other product"), Sync, "§4.7"),

    // GitLab deletes asynchronously.
    (Text("here are multiple project in"), Deletion, "§4.1"),
    (Text("has already been taken"), Deletion, "§4.1"),

    // A repository behind the object is gone.
    (Text("failed to convert codeRepo name"), Unreadable, "§4.5, §4.7"),

    // GitLab refuses it.
    (Parts(&["/api/v4/", ": 400 "]), Refused("GitLab refuses a value"), "§7, §13"),
    (Parts(&["/api/v4/", ": 403 "]), Refused(ROLE), "§13"),
    (Parts(&["/api/v4/", ": 422 "]), Refused("GitLab refuses a value"), "§7"),

    // Vault refuses it.
    (Text("INPUT_ARG_ERROR"), Refused("Vault refuses a value: the name of a physical cluster may have letters, digits and '-' only"), "§13"),
    (Reason("SECRET_NOT_FOUND"), Refused(KEYS), "§13"),
    (Text("reason = SECRET_NOT_FOUND"), Refused(KEYS), "§13"),

    // What the server checks. The same request fails again.
    (Reason("CODEC"), Permanent, "§2.2"),
    (Reason("VALIDATOR"), Permanent, "§2.2"),
    (Reason("NOT_ALLOWED_MODIFY"), Permanent, "§4.5"),
    (Reason("RESOURCE_NOT_EXIST"), Permanent, "§4.0"),
    (Text("file name too long"), Refused("the name is too long for a file"), "§7, §13"),
    (Text("failed to get deployment component"), Refused("the server can't make a worker of another kind of cluster"), "§13"),
    (Text("failed to get oauth proxy component"), Refused("the server can't make another kind of cluster of a virtual one"), "§13"),
    (Text("failed to execute /tmp/cluster-templates"), Refused("the host cluster lacks what the templates of the server need, such as a gateway"), "§13"),
    (Text("missing port in address"), Refused("the URL of the cluster needs a port"), "§3.2"),
    (Text("failed to match component type"), Permanent, "§3.2"),
    (Text("kubeconfig is not empty"), Refused("a physical cluster needs a kubeconfig"), "§3.2"),
    (Start("yaml: "), Refused("the kubeconfig is not valid"), "§3.2"),
    (Start("json: "), Refused("the kubeconfig is not valid"), "§3.2"),
    (Text("invalid kubeconfig file"), Refused("the kubeconfig needs at least one cluster and one user"), "§3.2"),
    (Text("failed to parse kubeconfig"), Permanent, "§3.2"),
    (Text("failed to validate"), Permanent, "§3.2"),
    (Text("failed to construct cluster"), Permanent, "§3.2"),
    (Text("during global validation"), Permanent, "§4.0"),
    (Text("During global validation"), Permanent, "§4.0"),
    (Text("duplicate reference"), Permanent, "§4.3"),
    (Text("duplicate names"), Permanent, "§4.0"),
    (Text("verify project pipeline runtime failed"), Permanent, "§4.6"),
    (Text("verify deployment runtime failed"), Permanent, "§4.7"),
    (Text("failed to get repository "), Refused("the repository does not exist in GitLab"), "§4.5"),
    (Text("failed to convert repository name"), Refused("the repository does not exist in GitLab"), "§13"),
    (Text("not allow"), Permanent, "§4.6"),
    (Text("this cluster is referenced by"), Refused("other clusters still run on this one"), "§3.6"),
    (Text("environment referenced by"), Refused("runtimes still use the environment"), "§4.3"),
    (Text("must be the same as"), Permanent, "§4.4"),
    (Text("must be consistent with"), Permanent, "§4.1"),
    (Text("invalid webhook"), Permanent, "§4.4"),
    (Text("does not exist"), Permanent, "§4"),
    (Text("is not found"), Permanent, "§3.2"),
    (Text("not found or invalid"), Permanent, "§2.3"),
    (Text("invalid resource name"), Permanent, "§13"),
    (Text("not submitted"), Permanent, "§4"),
    (Text("the existing pipeline runtime"), Permanent, "§4.6"),
    (Text("failed to get selector"), Permanent, "§1.2"),
    (Text("this operation symbol is not supported"), Permanent, "§1.2"),
    (Text("failed to match resource"), Permanent, "§1.2"),

    // Reasons behind which the text says no more.
    (Reason("NO_AUTHORIZATION"), Refused(ROLE), "§2.2"),
    (Reason("GROUP_NOT_FOUND"), Refused("the product does not exist, or your account can't see its group"), "§2.2"),
];

const DISK: &str = "the server's disk is full: it never removes the clones that it leaves in /tmp";
const KEYS: &str = "a repository of this product was only half created, and its keys are missing: it has to \
                    be saved again";
const ROLE: &str = "your account may not do this in GitLab: ask for the Maintainer role";
