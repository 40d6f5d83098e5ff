//! `nautform version`: which build this is, and which formats and servers it knows.

use serde_json::json;

use nautform::output::versions;

use crate::ci_log::Lines;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

/// The version of this command's own JSON.
const FORMAT_VERSION: &str = "1.0";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// What the build was told about itself: `NAUTFORM_COMMIT` and `NAUTFORM_DATE`.
fn built(value: Option<&'static str>) -> &'static str {
    value.filter(|value| !value.is_empty()).unwrap_or("unknown")
}

pub(super) fn run(args: &Args) -> Result<Code> {
    let version = env!("CARGO_PKG_VERSION");
    let commit = built(option_env!("NAUTFORM_COMMIT"));
    let date = built(option_env!("NAUTFORM_DATE"));
    let formats = versions::formats();
    let servers = versions::SERVERS;
    match args.format {
        Format::Text => terminal::text(|out| {
            writeln!(out, "nautform {version}\ncommit {commit}, {date}\nNautes {}\n", servers.join(", "))?;
            writeln!(out, "Formats:")?;
            formats.iter().try_for_each(|(name, version)| writeln!(out, "  {name} {version}"))
        })?,
        Format::Json => {
            let formats: serde_json::Map<String, serde_json::Value> =
                formats.into_iter().map(|(name, version)| (name.to_owned(), version.into())).collect();
            let document = json!({
                "format_version": FORMAT_VERSION,
                "version": version,
                "commit": commit,
                "date": date,
                "platform": format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH),
                "server_versions": servers,
                "formats": formats,
            });
            terminal::lines(Lines::Json, |out| writeln!(out, "{document:#}"))?;
        }
    }
    Ok(Code::Success)
}
