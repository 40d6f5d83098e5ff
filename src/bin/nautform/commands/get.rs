//! `nautform get`.

use std::path::PathBuf;

use anyhow::Error;
use clap::ValueEnum;
use clap_complete::ArgValueCompleter;

use nautform::get::{self, Source};
use nautform::output::{json, text};
use nautform::{OpenOptions, Pattern, Session, describe};

use super::shared::{ConnectionArgs, TrustArgs};
use crate::ci_log::Lines;
use crate::completion::addresses;
use crate::environment;
use crate::exit::Code;
use crate::failure::Result;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  nautform get                              everything
  nautform get clusters
  nautform get env dev -p shop -o yaml      as `nautes get` does it
  nautform get '*/shop/*' -o name
  nautform get clusters --columns apiServer,hostCluster
  nautform get --state --dir fleet          as it was applied last";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A kind and maybe names, or patterns such as Environment/shop/* and Cluster/host-a
    #[arg(value_name = "KIND|PATTERN", add = ArgValueCompleter::new(addresses))]
    what: Vec<String>,
    /// The product of the names (else PRODUCT)
    #[arg(short, long, value_name = "NAME")]
    product: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    /// The fields that the table shows: apiServer,componentsList.gateway.namespace
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    columns: Vec<String>,
    /// Of the state instead of the server: as the objects were applied last
    #[arg(long)]
    state: bool,
    /// The directory of manifests, with settings and state
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for each kind
    Table,
    /// Manifests
    Yaml,
    /// JSON with a format_version
    Json,
    /// Addresses, one a line
    Name,
}

pub(super) async fn run(args: &Args) -> Result<Code> {
    let product = args.product.clone().or_else(|| environment::get("PRODUCT"));
    let patterns = patterns(&args.what, product.as_deref())?;
    let columns =
        args.columns.iter().map(|column| column.parse()).collect::<std::result::Result<Vec<_>, _>>();
    let columns = columns.map_err(Error::from)?;
    let connection = args.connection.options();
    let session = Session::open(OpenOptions { connection, ..args.trust.open_options(&args.dir) })?;
    let source = if args.state { Source::State } else { Source::Server };
    let got = session.get(&patterns, source).await?;
    match args.output {
        Format::Table => {
            terminal::text(|out| text::listing(&got.objects, &columns, terminal::output_style(), out))?;
        }
        Format::Yaml => terminal::lines(Lines::Yaml, |out| {
            got.objects.iter().try_for_each(|found| write!(out, "---\n{}", get::manifest(found)))
        })?,
        Format::Json => terminal::lines(Lines::Json, |out| json::listing(&got.objects, out))?,
        Format::Name => {
            terminal::text(|out| {
                got.objects.iter().try_for_each(|found| writeln!(out, "{}", found.address))
            })?;
        }
    }
    got.unread.iter().for_each(|sentence| terminal::say(&format!("{sentence}.")));
    Ok(if got.unread.is_empty() { Code::Success } else { Code::Partial })
}

/// `clusters`, `env dev`, or patterns.
fn patterns(words: &[String], product: Option<&str>) -> Result<Vec<Pattern>> {
    let Some((first, names)) = words.split_first() else { return Ok(Vec::new()) };
    let parse = |text: String| text.parse::<Pattern>().map_err(|error| Error::from(error).into());
    if words.iter().any(|word| word.contains('/')) {
        return words.iter().cloned().map(parse).collect();
    }
    let inside = describe::kind_is_in_product(first).map_err(Error::from)?;
    let product = if inside { format!("{}/", product.unwrap_or("*")) } else { String::new() };
    let any = ["*".to_owned()];
    let names = if names.is_empty() { &any[..] } else { names };
    names.iter().map(|name| parse(format!("{first}/{product}{name}"))).collect()
}
