//! What names and texts may look like (§7). Errors complete a sentence: "'name' must be …".

/// Why names of runtimes are DNS labels.
pub(super) const RUNTIME_RULE: &str =
    "A DNS label of at most 63 characters: it is the default namespace and account (nautes-api.md §7).";

/// DNS labels, for editors.
pub(super) const LABELS: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
/// Labels with dots between them, for editors.
pub(super) const SUBDOMAINS: &str = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";
/// Paths in GitLab, for editors.
pub(super) const GITLAB_PATHS: &str = "^[A-Za-z0-9_.][A-Za-z0-9_.-]*$";

/// A DNS label: what becomes a CR, a folder and a part of a host name.
pub(super) fn dns_label(name: &str) -> Result<(), String> {
    if name.len() <= 63 && is_label(name) {
        return Ok(());
    }
    let form = "at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit";
    Err(format!("must be a DNS label: {form}"))
}

/// The longest name of what becomes a file `NAME.yaml` on the server (§13 item 14).
const LONGEST_FILE: usize = 250;
/// The longest path in GitLab.
const LONGEST_PATH: usize = 255;

/// Whether a name is `repo-` and a number: so the server names the manifests of repositories.
pub(super) fn is_of_repository(name: &str) -> bool {
    let id = name.strip_prefix("repo-").filter(|id| !id.is_empty());
    id.is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What becomes a CR and a file named after it.
pub(super) fn file_name(name: &str) -> Result<(), String> {
    if name.len() > LONGEST_FILE {
        return Err(format!(
            "must have at most {LONGEST_FILE} characters: longer file names fail on the server \
             (nautes-api.md §13 item 14)"
        ));
    }
    subdomain(name)
}

/// An RFC 1123 subdomain: what is named in a CR.
pub(super) fn subdomain(name: &str) -> Result<(), String> {
    if name.len() <= 253 && name.split('.').all(is_label) {
        return Ok(());
    }
    let form = "at most 253, each part beginning and ending with a letter or digit";
    Err(format!("must consist of lower-case letters, digits, '-' and '.', {form}"))
}

/// Paths that GitLab keeps for itself in every version (docs.gitlab.com/user/reserved_names).
const RESERVED_GROUPS: &[&str] = &[
    "admin",
    "api",
    "assets",
    "dashboard",
    "explore",
    "files",
    "groups",
    "health_check",
    "help",
    "import",
    "jwt",
    "oauth",
    "profile",
    "projects",
    "public",
    "s",
    "search",
    "snippets",
    "unsubscribes",
    "uploads",
    "users",
];
const RESERVED_PROJECTS: &[&str] = &[
    "badges",
    "blame",
    "blob",
    "builds",
    "commits",
    "create",
    "create_dir",
    "edit",
    "files",
    "find_file",
    "new",
    "preview",
    "raw",
    "refs",
    "tree",
    "update",
    "wikis",
];

/// The path of a group in GitLab. With a dot in it, Kubernetes would refuse the group's repositories (§7).
pub(super) fn group_path(name: &str) -> Result<(), String> {
    gitlab_path(name, false, RESERVED_GROUPS)
}

/// The path of a repository in GitLab.
pub(super) fn repository_path(name: &str) -> Result<(), String> {
    gitlab_path(name, true, RESERVED_PROJECTS)
}

fn gitlab_path(name: &str, dots: bool, reserved: &[&str]) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || (dots && c == '.');
    if reserved.iter().any(|taken| taken.eq_ignore_ascii_case(name)) {
        return Err("must not be used: GitLab reserves it (docs.gitlab.com/user/reserved_names)".into());
    }
    if name.len() > LONGEST_PATH {
        return Err(format!("must have at most {LONGEST_PATH} characters: GitLab takes no longer paths"));
    }
    let ends = [".git", ".atom", "."];
    if name.is_empty() || !name.chars().all(allowed) {
        let dot = if dots { ", '.'" } else { "" };
        return Err(format!("must be a GitLab path of letters, digits, '_', '-'{dot}"));
    }
    if name.starts_with('-') || ends.iter().any(|end| name.ends_with(end)) {
        return Err("must not begin with '-' nor end with '.git', '.atom' or '.'".into());
    }
    Ok(())
}

/// The display name of a group in GitLab.
pub(super) fn group_title(text: &str) -> Result<(), String> {
    gitlab_title(text, "()", "'_', '.', '-', spaces and parentheses")
}

/// The display name of a repository in GitLab.
pub(super) fn repository_title(text: &str) -> Result<(), String> {
    gitlab_title(text, "+", "'_', '.', '-', '+' and spaces")
}

fn gitlab_title(text: &str, more: &str, allowed: &str) -> Result<(), String> {
    // GitLab's pattern takes all of this range for emojis.
    let letter = |c: char| c.is_alphanumeric() || c == '_' || ('\u{a9}'..='\u{1f9ff}').contains(&c);
    let inner = |c: char| letter(c) || ". -".contains(c) || more.contains(c);
    if text.starts_with(letter) && text.chars().all(inner) && text.chars().count() <= LONGEST_PATH {
        return Ok(());
    }
    Err(format!(
        "must begin with a letter, digit, emoji or '_', and have at most {LONGEST_PATH} of these and \
         {allowed}: GitLab refuses other display names (nautes-api.md §13 item 14)"
    ))
}

/// Where Kubernetes puts node ports unless its API server is told otherwise.
const NODE_PORTS: std::ops::RangeInclusive<u16> = 30000..=32767;

/// Whether a text is a port that services on nodes usually can't have.
pub(super) fn is_unusual_node_port(text: &str) -> bool {
    text.parse().is_ok_and(|port| !NODE_PORTS.contains(&port))
}

/// A TCP port as the components' additions want it (§3.4 `^[0-9]+$`, declared and not enforced by the
/// server).
pub(super) fn port(text: &str) -> Result<(), String> {
    match text.parse::<u16>() {
        // Some readers of YAML take it for an octal number.
        Ok(1..) if text.starts_with('0') => Err("must be a port number without leading zeros".into()),
        Ok(1..) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        _ => Err("must be a port number between 1 and 65535".into()),
    }
}

/// A host name (§3.4's pattern, declared and not enforced by the server).
pub(super) fn host(text: &str) -> Result<(), String> {
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let inner = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    if text.split('.').all(label) {
        Ok(())
    } else {
        Err("must be a host name without scheme and port".into())
    }
}

fn is_label(text: &str) -> bool {
    let inner = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    inner && !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}
