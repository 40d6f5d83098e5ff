//! What every file of nautform begins with: what it is, and at which version of that format.

use serde::Deserialize;

/// The first fields of a file.
#[derive(Deserialize)]
pub(crate) struct Head {
    /// What the file is.
    #[serde(default)]
    pub(crate) format: String,
    /// At which version.
    #[serde(default)]
    pub(crate) format_version: u32,
}

/// The file can't be read as what was expected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// It is another kind of file.
    Foreign,
    /// A newer nautform wrote it.
    Newer(u32),
}

impl Head {
    /// Checks that the file is of this format, at this version or an older one.
    pub(crate) fn check(&self, format: &str, version: u32) -> Result<(), Mismatch> {
        match self.format_version {
            _ if self.format != format => Err(Mismatch::Foreign),
            newer if newer > version => Err(Mismatch::Newer(newer)),
            _ => Ok(()),
        }
    }
}
