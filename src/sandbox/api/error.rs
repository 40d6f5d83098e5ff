//! Errors as kratos sees them: a status, a reason, a message (§2.2).

/// What becomes the error body of §2.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { code, reason, message: message.into() }
    }

    /// A plain Go error: 500 with an empty reason.
    pub(crate) fn plain(message: impl Into<String>) -> ApiError {
        ApiError::new(500, "", message)
    }

    /// A panic in the handler, caught by the recovery middleware (§2.2, §11 item 2).
    pub(crate) fn panic() -> ApiError {
        ApiError::new(500, "UNKNOWN", "unknown request error")
    }

    pub(crate) fn codec(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "CODEC", message)
    }

    /// `the resource is not found` (§2.3).
    pub(crate) fn resource_not_found() -> ApiError {
        ApiError::new(404, "RESOURCE_NOT_FOUND", "the resource is not found")
    }

    /// DELETE of something that is not in the tree (§2.3).
    pub(crate) fn node_missing(kind: &str, name: &str) -> ApiError {
        ApiError::plain(format!(
            "{kind} resource {name} not found or invalid. Please check whether the resource exists under the \
             default project"
        ))
    }

    /// What Go prints for it with `%v` or `%s`: a kratos error shows all its parts, a plain one its text
    /// (§2.2).
    pub(crate) fn text(&self) -> String {
        if self.code == 500 && self.reason.is_empty() {
            return self.message.clone();
        }
        format!(
            "error: code = {} reason = {} message = {} metadata = map[] cause = <nil>",
            self.code, self.reason, self.message
        )
    }

    /// Wrapped with `%v`: always a 500, with the whole text inside.
    pub(crate) fn wrapped(&self, prefix: &str) -> ApiError {
        ApiError::plain(format!("{prefix}{}", self.text()))
    }
}
