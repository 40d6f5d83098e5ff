//! Environment variables, handed in by the program: the library reads none itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::model::ci;

/// Names and values of environment variables.
#[derive(Clone, Default)]
pub struct Environment(Arc<BTreeMap<String, String>>);

impl Environment {
    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// The value of a variable that has more than blanks.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.trim().is_empty())
    }

    /// The value of a variable that is set, be it empty.
    pub(crate) fn raw(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// Whether `NAUTFORM_ALLOW_HTTP` permits plain HTTP to other machines.
    pub fn allows_http(&self) -> bool {
        let off = ["0", "false", "no", "off"];
        self.get("NAUTFORM_ALLOW_HTTP")
            .is_some_and(|value| !off.contains(&value.trim().to_lowercase().as_str()))
    }

    /// The URL of the CI job that this process is, if it is one.
    pub fn ci_job(&self) -> Option<String> {
        ci::job_url(&|name| self.get(name))
    }

    /// The commit that the CI job of this process is about, if it is one; shortened.
    pub fn ci_commit(&self) -> Option<String> {
        ci::commit(&|name| self.get(name))
    }

    /// The same with all digits.
    pub fn whole_commit(&self) -> Option<String> {
        ci::whole_commit(&|name| self.get(name))
    }

    /// The branch that the CI job of this process runs for, if it runs for one.
    pub fn ci_branch(&self) -> Option<String> {
        ci::branch(&|name| self.get(name))
    }

    /// All variables, for manifests.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        (*self.0).clone()
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(Arc::new(variables.into_iter().collect()))
    }
}

/// Neither names nor values: the environment holds tokens.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}
