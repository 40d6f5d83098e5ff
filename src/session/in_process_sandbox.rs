//! The sandbox inside this process. In a build without the feature `sandbox`, starting it is an error.

use std::io;
use std::path::Path;
#[cfg(feature = "sandbox")]
use std::path::PathBuf;

#[cfg(feature = "sandbox")]
use crate::files;
#[cfg(feature = "sandbox")]
use crate::sandbox::{World, server::Server};

use crate::resource::catalogue::Catalogue;

use super::error::SessionError;
#[cfg(feature = "sandbox")]
use super::sandbox_options;

/// A running sandbox, kept until the command ends.
#[cfg(feature = "sandbox")]
pub(crate) struct InProcessSandbox(Server);

/// Nothing can make one.
#[cfg(not(feature = "sandbox"))]
pub(crate) enum InProcessSandbox {}

#[cfg(feature = "sandbox")]
impl InProcessSandbox {
    /// Starts one that keeps its data in `file`, or if that is empty, in the fleet's own directory.
    pub(crate) async fn start(
        own: &Path,
        file: &str,
        catalogue: Option<&Catalogue>,
    ) -> Result<Self, SessionError> {
        let file = place(own, file)?;
        let options = sandbox_options::options(catalogue);
        let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(listen, World::new(options.clone()), options, Some(file.clone())).await;
        server.map(Self).map_err(|source| SessionError::Sandbox { path: file, source })
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Which sandbox it is.
    pub(crate) fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// Ends it, so that its data file is complete.
    pub(crate) async fn shutdown(self) -> io::Result<()> {
        self.0.shutdown().await
    }
}

/// Where the data is, in a directory that is there.
#[cfg(feature = "sandbox")]
fn place(own: &Path, file: &str) -> Result<PathBuf, SessionError> {
    let is_own = file.is_empty();
    let file = if is_own { own.join("sandbox.json") } else { file.into() };
    let directory = file.parent().unwrap_or(Path::new(""));
    let made = if is_own || directory.ends_with(".nautform") {
        files::own_directory(directory).and_then(|()| files::refuse_links(&file))
    } else {
        std::fs::create_dir_all(directory)
    };
    match made {
        Ok(()) => Ok(file),
        Err(source) => Err(SessionError::Write { path: file, source }),
    }
}

#[cfg(not(feature = "sandbox"))]
impl InProcessSandbox {
    pub(crate) async fn start(
        _own: &Path,
        _file: &str,
        _catalogue: Option<&Catalogue>,
    ) -> Result<Self, SessionError> {
        Err(SessionError::NotBuiltIn("sandbox"))
    }

    pub(crate) fn url(&self) -> String {
        match *self {}
    }

    pub(crate) fn id(&self) -> String {
        match *self {}
    }

    pub(crate) async fn shutdown(self) -> io::Result<()> {
        match self {}
    }
}
