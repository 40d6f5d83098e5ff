//! GitLab's refusals as the server passes them on (§2.2).

use crate::sandbox::api::ApiError;

/// GitLab's 404 on a project (§2.2).
pub(crate) fn project_not_found(group: &str, path: &str) -> ApiError {
    let separator = if group.is_empty() { "" } else { "/" };
    ApiError::new(
        404,
        "PROJECT_NOT_FOUND",
        format!(
            "failed to get project, err: GET \
             https://gitlab.sandbox/api/v4/projects/{group}{separator}{path}: 404 {{message: 404 Project Not \
             Found}}"
        ),
    )
}

/// GitLab's 404 on a group (§2.2).
pub(crate) fn group_not_found(path: &str) -> ApiError {
    ApiError::new(
        404,
        "GROUP_NOT_FOUND",
        format!(
            "failed to get group, err: GET https://gitlab.sandbox/api/v4/groups/{path}: 404 {{message: 404 \
             Group Not Found}}"
        ),
    )
}

/// GitLab's 403 on a group (§2.2).
pub(crate) fn group_forbidden(path: &str) -> ApiError {
    ApiError::new(
        403,
        "NO_AUTHORIZATION",
        format!(
            "no access to the server, err: GET https://gitlab.sandbox/api/v4/groups/{path}: 403 {{message: \
             403 Forbidden}}"
        ),
    )
}
