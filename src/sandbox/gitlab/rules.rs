//! What GitLab refuses: names, paths, visibilities. The texts are those of its replies as the server passes
//! them on.

use super::group::Group;

const PATH: &str = "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', \
                    '.git' or '.atom'.";
const GROUP_NAME: &str = "can contain only letters, digits, emojis, '_', '.', dash, space, parenthesis. It \
                          must start with letter, digit, emoji or '_'.";
const PROJECT_NAME: &str = "can contain only letters, digits, emojis, '_', '.', '+', dashes, or spaces. It \
                            must start with a letter, digit, emoji, or '_'.";

fn is_path(path: &str) -> bool {
    path.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        && !path.starts_with('-')
        && ![".", ".git", ".atom"].iter().any(|ending| path.ends_with(ending))
}

/// Letters, digits and emojis of any script, and some more behind the first character.
fn is_name(name: &str, more: &str) -> bool {
    let letter = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(letter)
        && name.chars().all(|c| letter(c) || c == '.' || c == '-' || c == ' ' || more.contains(c))
}

/// What GitLab says of a group that cannot be saved. A bad name is only mentioned if the path is good.
pub(crate) fn check_group(path: &str, name: &str) -> Result<(), String> {
    if !is_path(path) {
        return Err(failed_group("path", PATH));
    }
    if !is_name(name, "()") {
        return Err(failed_group("name", GROUP_NAME));
    }
    Ok(())
}

/// A group must not be less visible than its projects.
pub(crate) fn check_group_visibility(group: &Group, visibility: &str) -> Result<(), String> {
    let public = |visibility: &str| visibility == "public";
    let projects = group.projects().filter(|repository| repository.deleting.is_none());
    if public(visibility) || !projects.into_iter().any(|repository| public(&repository.visibility)) {
        return Ok(());
    }
    let text =
        format!("{visibility} is not allowed since this group contains projects with higher visibility.");
    Err(failed_group("visibility_level", &text))
}

/// The body of a refused save of a group.
pub(crate) fn failed_group(field: &str, text: &str) -> String {
    format!("400 {{message: Failed to save group {{:{field}=>[\"{text}\"]}}}}")
}

/// What GitLab says of a project that cannot be saved: all its faults.
pub(crate) fn check_project(group: &Group, path: &str, name: &str, visibility: &str) -> Result<(), String> {
    let mut faults = Vec::new();
    if !is_name(name, "+") {
        faults.push(fault("name", PROJECT_NAME));
    }
    if !is_path(path) {
        faults.push(fault("path", PATH));
    }
    if visibility == "public" && group.facts.visibility != "public" {
        let text = format!("public is not allowed in a {} group.", group.facts.visibility);
        faults.push(fault("visibility_level", &text));
    }
    if faults.is_empty() { Ok(()) } else { Err(failed_project(&faults)) }
}

/// One fault of a project.
pub(crate) fn fault(field: &str, text: &str) -> String {
    format!("{{{field}: [{text}]}}")
}

/// The body of a refused save of a project.
pub(crate) fn failed_project(faults: &[String]) -> String {
    format!("400 {{message: {}}}", faults.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{is_name, is_path};

    #[test]
    fn paths() {
        assert!(["a", ".a", "_a", "A-b_c.d", "a-"].into_iter().all(is_path));
        assert!(!["-a", "a.", "a.git", "a.atom", "a b", "ü", "a+b"].into_iter().any(is_path));
    }

    #[test]
    fn names_of_groups_and_projects_differ_in_plus_and_parentheses() {
        assert!(["a b", "ü", "_a", "a.git"].into_iter().all(|name| is_name(name, "")));
        assert!(!["-a", ".a", "a/b", "a:b", "a~b"].into_iter().any(|name| is_name(name, "+()")));
        assert!(is_name("a+b", "+") && !is_name("a+b", "()"));
    }
}
