//! `nautform help`: commands, and the pages of the manual.

use std::io::Write;

use clap::CommandFactory;

use nautform::output::{page, text};

use crate::exit::{self, Code};
use crate::failure::Result;
use crate::manual::{self, PAGES};
use crate::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A command, or a page of the manual; without it, what there is
    #[arg(value_name = "COMMAND | TOPIC")]
    words: Vec<String>,
}

pub(super) fn run<Cli: CommandFactory>(args: &Args) -> Result<Code> {
    if let [topic] = args.words.as_slice()
        && let Some(page) = manual::find(topic)
    {
        let style = terminal::output_style();
        terminal::result(|out| text::page(&page::blocks(page.text), style, out))?;
        return Ok(Code::Success);
    }
    let words = args.words.iter().map(String::as_str);
    let line = std::iter::once("nautform").chain(words).chain(["--help"]);
    let code = match Cli::command().try_get_matches_from(line) {
        Ok(_) => Code::Success,
        Err(help) => exit::usage(&help),
    };
    if args.words.is_empty() || code != Code::Success {
        let list = |out: &mut dyn Write| {
            writeln!(out, "\nPages of the manual, by `nautform help TOPIC`:")?;
            let row = |page: &manual::Page| vec![format!("  {}", page.topic), page.title().to_owned()];
            let rows: Vec<Vec<String>> = PAGES.iter().map(row).collect();
            text::wrapped(&rows, 100).iter().try_for_each(|line| writeln!(out, "{line}"))
        };
        if code == Code::Success { terminal::result(list)? } else { terminal::problem(list) }
    }
    Ok(code)
}
