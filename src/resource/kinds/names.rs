//! What names and texts may look like (§7). Errors complete a sentence: "'name' must be …".

/// A DNS label: what becomes a CR, a folder and a part of a host name.
pub(super) fn dns_label(name: &str) -> Result<(), String> {
    if name.len() <= 63 && is_label(name) {
        return Ok(());
    }
    let form = "at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit";
    Err(format!("must be a DNS label: {form}"))
}

/// An RFC 1123 subdomain: what becomes a CR.
pub(super) fn subdomain(name: &str) -> Result<(), String> {
    if name.len() <= 253 && name.split('.').all(is_label) {
        return Ok(());
    }
    let form = "at most 253, each part beginning and ending with a letter or digit";
    Err(format!("must consist of lower-case letters, digits, '-' and '.', {form}"))
}

/// A path in GitLab.
pub(super) fn gitlab_path(name: &str, dots: bool) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || (dots && c == '.');
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

/// A TCP port as the components' additions want it (§3.4 `^[0-9]+$`, declared and not enforced by the
/// server).
pub(super) fn port(text: &str) -> Result<(), String> {
    match text.parse::<u16>() {
        // A number with a leading zero is octal for some readers of YAML.
        Ok(1..) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') => Ok(()),
        _ => Err("must be a port number between 1 and 65535, without leading zeros".into()),
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
