//! Arguments of `nautform comment`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use nautform::model::ci::CodeHost;

use super::examples;

#[derive(Debug, Args)]
#[command(after_help = examples::COMMENT)]
pub(crate) struct Comment {
    /// The note, as --format markdown writes it; `-` reads standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// Whose merge request it is; known in CI, as is the rest
    #[arg(long, value_name = "HOST", value_parser = code_hosts())]
    pub(crate) host: Option<CodeHost>,
    /// The project: GitLab's number or path, GitHub's OWNER/NAME
    #[arg(long)]
    pub(crate) project: Option<String>,
    /// The merge request's or pull request's number
    #[arg(long, value_name = "N")]
    pub(crate) merge_request: Option<u64>,
    /// URL of the API: https://gitlab.example.com/api/v4, https://api.github.com
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// File that holds the token (else GITLAB_TOKEN or GITHUB_TOKEN)
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// CA certificate to trust besides the system's, PEM (else CI_SERVER_TLS_CA_FILE)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// The hosts by their names on the command line.
fn code_hosts() -> impl TypedValueParser<Value = CodeHost> {
    PossibleValuesParser::new(CodeHost::ALL.map(CodeHost::id)).map(|id| {
        let named = CodeHost::ALL.into_iter().find(|host| host.id() == id);
        named.expect("the parser knows only these names")
    })
}
