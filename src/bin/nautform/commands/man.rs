//! `nautform man`: a page for each command, made from the same definition as `--help`, and one for each page of
//! the manual.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use nautform::output::page::{self, Block};
use nautform::output::text;

use crate::environment;
use crate::exit::Code;
use crate::failure::Result;
use crate::manual::{self, PAGES, Page};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to write the pages
    directory: PathBuf,
}

/// What all pages have in their first and last lines.
struct Frame {
    date: String,
    source: String,
}

pub(super) fn run<Cli: CommandFactory>(args: &Args) -> Result<Code> {
    let directory = &args.directory;
    std::fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let mut cli = Cli::command();
    cli.build();
    let frame = Frame { date: date(), source: format!("nautform {}", env!("CARGO_PKG_VERSION")) };
    write_all(&cli, &frame, directory)
        .with_context(|| format!("cannot write the pages to {}", directory.display()))?;
    Ok(Code::Success)
}

/// The day of the release where its script says so, which makes pages the same wherever they are made.
fn date() -> String {
    let second = environment::get("SOURCE_DATE_EPOCH").and_then(|second| second.parse().ok());
    let second = second.and_then(|second| jiff::Timestamp::from_second(second).ok());
    second.unwrap_or_else(jiff::Timestamp::now).strftime("%Y-%m-%d").to_string()
}

fn write_all(cli: &Command, frame: &Frame, directory: &Path) -> io::Result<()> {
    of_command(cli, frame, directory)?;
    PAGES.iter().try_for_each(|page| {
        let file = directory.join(format!("nautform-{}.7", page.topic));
        std::fs::write(file, of_topic(page, frame))
    })
}

/// The page of a command and those of its subcommands.
fn of_command(command: &Command, frame: &Frame, directory: &Path) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        of_command(below, frame, directory)?;
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let man = Man::new(command.clone().override_usage(usage)).date(&frame.date).source(&frame.source);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (examples, remarks) = parts(&notes);
    let mut roff = Roff::new();
    remarks.iter().for_each(|remark| put(&mut roff, &Block::Paragraph(remark.clone())));
    roff.to_writer(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    let mut roff = Roff::new();
    if !examples.is_empty() {
        section(&mut roff, "EXAMPLES");
        put(&mut roff, &Block::Code(examples));
    }
    shared(&mut roff);
    roff.to_writer(&mut text)?;
    std::fs::write(directory.join(man.get_filename()), tidy(&text))
}

/// The examples of a help text, and what else it says apart from exit codes, which have a section.
fn parts(notes: &str) -> (Vec<String>, Vec<String>) {
    let mut examples = Vec::new();
    let mut remarks = Vec::new();
    for part in notes.split("\n\n").filter(|part| !part.is_empty()) {
        match part.split_once('\n') {
            Some(("Examples:", lines)) => {
                examples = lines.lines().map(|line| line.trim_start_matches("  ").to_owned()).collect();
            }
            _ if part.starts_with("Exit codes:") => {}
            _ => remarks.push(part.replace('\n', " ")),
        }
    }
    (examples, remarks)
}

/// What is the same for all commands, from the pages of the manual.
fn shared(roff: &mut Roff) {
    section(roff, "EXIT STATUS");
    table(roff, first_table("exit-codes"));
    section(roff, "ENVIRONMENT");
    roff.text([roman("Every variable is in "), bold("nautform-environment-variables"), roman("(7).")]);
    section(roff, "FILES");
    table(roff, first_table("files"));
    section(roff, "SEE ALSO");
    let names = PAGES.iter().map(|page| format!("nautform-{}(7)", page.topic));
    roff.text([roman(format!("nautform(1), {}", names.collect::<Vec<_>>().join(", ")))]);
}

/// The rows of the first table of a page, without its head.
fn first_table(topic: &str) -> Vec<Vec<String>> {
    let blocks = manual::find(topic).map(|page| page::blocks(page.text)).unwrap_or_default();
    let tables = blocks.into_iter().filter_map(|block| match block {
        Block::Table(rows) => Some(rows),
        _ => None,
    });
    tables.take(1).flatten().skip(1).collect()
}

/// Rows of a name and what it is.
fn table(roff: &mut Roff, rows: Vec<Vec<String>>) {
    for row in rows {
        let mut cells = row.into_iter();
        roff.control("TP", []);
        roff.text([bold(cells.next().unwrap_or_default().replace('`', ""))]);
        roff.text([roman(cells.collect::<Vec<_>>().join(" "))]);
    }
}

/// A page of the manual.
fn of_topic(page: &Page, frame: &Frame) -> String {
    let mut roff = Roff::new();
    let name = format!("nautform-{}", page.topic);
    roff.control("TH", [name.as_str(), "7", &frame.date, &frame.source, "nautform"]);
    section(&mut roff, "NAME");
    roff.text([roman(format!("{name} - {}", page.title()))]);
    section(&mut roff, "DESCRIPTION");
    page::blocks(page.text).iter().skip(1).for_each(|block| put(&mut roff, block));
    tidy(roff.to_roff().as_bytes())
}

fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

/// How wide tables are in a page.
const WIDTH: usize = 76;

fn put(roff: &mut Roff, block: &Block) {
    match block {
        Block::Heading(_, text) => section(roff, &text.to_uppercase()),
        Block::Paragraph(text) => {
            roff.control("PP", []);
            roff.text([roman(text.as_str())]);
        }
        Block::Item(mark, text) => {
            roff.control("IP", [mark.as_str(), "4"]);
            roff.text([roman(text.as_str())]);
        }
        Block::Code(lines) => unfilled(roff, lines.iter().map(|line| format!("    {line}"))),
        Block::Table(rows) => unfilled(roff, text::wrapped(rows, WIDTH).into_iter()),
    }
}

/// Lines as they are.
fn unfilled(roff: &mut Roff, lines: impl Iterator<Item = String>) {
    roff.control("PP", []);
    roff.control("nf", []);
    lines.for_each(|line| _ = roff.text([roman(line)]));
    roff.control("fi", []);
}

/// Without what `mandoc -Tlint` finds: blanks at the ends of lines, empty lines, and requests for space where there
/// is some already.
fn tidy(roff: &[u8]) -> String {
    let text = String::from_utf8_lossy(roff);
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let before = lines.last().copied().unwrap_or_default();
        let is_needless = match line {
            ".br" => before == ".br" || before.starts_with(".sp"),
            ".PP" => before == ".PP" || before.starts_with(".SH"),
            _ => false,
        };
        if !is_needless {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}
