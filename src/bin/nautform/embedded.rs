//! The sandbox inside this process, for `--sandbox`. A build without the feature `sandbox` says that it has none.

use std::path::Path;
#[cfg(feature = "sandbox")]
use std::path::PathBuf;

#[cfg(feature = "sandbox")]
use anyhow::Context as _;
#[cfg(feature = "sandbox")]
use nautform::files;
#[cfg(feature = "sandbox")]
use nautform::sandbox::{Options, World, server::Server};

/// A running sandbox, kept until the command ends.
pub(crate) struct Embedded {
    #[cfg(feature = "sandbox")]
    server: Server,
    /// Nothing can make one.
    #[cfg(not(feature = "sandbox"))]
    never: std::convert::Infallible,
}

#[cfg(feature = "sandbox")]
impl Embedded {
    /// Starts one that keeps its data in `file`, or if that is empty, beside the manifests.
    pub(crate) async fn start(root: &Path, file: &str) -> anyhow::Result<Self> {
        let file = place(root, file)?;
        let options = Options::default();
        let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(listen, World::new(options.clone()), options, Some(file.clone())).await;
        let server = server.with_context(|| format!("cannot start the sandbox with {}", file.display()))?;
        Ok(Self { server })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Ends it, so that its data file is complete.
    pub(crate) async fn shutdown(self) -> anyhow::Result<()> {
        self.server.shutdown().await.context("the sandbox's data can't be saved")
    }
}

/// Where the data is, in a directory that is there.
#[cfg(feature = "sandbox")]
fn place(root: &Path, file: &str) -> anyhow::Result<PathBuf> {
    let file = if file.is_empty() { root.join(".nautform/sandbox.json") } else { file.into() };
    let directory = file.parent().unwrap_or(Path::new(""));
    let made = if directory.ends_with(".nautform") {
        files::own_directory(directory).and_then(|()| files::refuse_links(&file))
    } else {
        std::fs::create_dir_all(directory)
    };
    made.with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

#[cfg(not(feature = "sandbox"))]
impl Embedded {
    pub(crate) async fn start(_root: &Path, _file: &str) -> anyhow::Result<Self> {
        anyhow::bail!("this nautform was built without the sandbox")
    }

    pub(crate) fn url(&self) -> String {
        match self.never {}
    }

    pub(crate) async fn shutdown(self) -> anyhow::Result<()> {
        match self.never {}
    }
}
