//! The sandbox inside this process, for `--sandbox`. A build without the feature `sandbox` says that it has none.

use std::path::Path;

#[cfg(feature = "sandbox")]
use anyhow::Context as _;
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
        let file = if file.is_empty() { root.join(".nautform/sandbox.json") } else { file.into() };
        if let Some(parent) =
            file.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists())
        {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
            if parent.ends_with(".nautform") {
                std::fs::write(parent.join(".gitignore"), "*\n")?;
            }
        }
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
