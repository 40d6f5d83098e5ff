//! `docs/reference/commands.md` is written from the definitions of the commands: `UPDATE_CASES=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use super::Cli;

const HEAD: &str = "\
# Commands

Every command, with its arguments and options. `nautform COMMAND --help` says the same, with examples. Options
that several commands have are at the [end](#options-of-several-commands). `TIME` is a number with a unit:
`90s`, `10m`, `1h 30m`, at most a week.
";

/// The headings of options that several commands share.
const SHARED: [&str; 5] = ["Selection", "Guards", "Server", "Trust", "Global options"];

/// `--out <FILE>`, or `[DIR]`.
fn name(argument: &Arg) -> String {
    let shown = argument.to_string();
    match argument.get_short() {
        Some(short) if !argument.is_positional() => format!("-{short}, {shown}"),
        _ => shown,
    }
}

/// What it is, its default, and the values that it may have.
fn meaning(argument: &Arg) -> String {
    let long = argument.get_long_help().or_else(|| argument.get_help());
    let text = long.map(ToString::to_string).unwrap_or_default();
    let paragraphs = text.lines().map(|line| line.trim_end_matches('.')).filter(|line| !line.is_empty());
    let mut text = paragraphs.collect::<Vec<_>>().join(". ");
    let takes = argument.get_action().takes_values();
    let hidden = argument.is_hide_default_value_set();
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes && !hidden && !defaults.is_empty() {
        write!(text, ". Default: `{}`", defaults.join(",")).unwrap();
    }
    let values: Vec<_> =
        argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if takes && !values.is_empty() {
        write!(text, ". One of {}", values.join(", ")).unwrap();
    }
    text.replace('|', "\\|").replace('*', "\\*")
}

fn rows<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let arguments: Vec<&Arg> = arguments.collect();
    if arguments.is_empty() {
        return String::new();
    }
    let rows =
        arguments.iter().map(|argument| format!("| `{}` | {}. |\n", name(argument), meaning(argument)));
    format!("\n| argument or option | meaning |\n|---|---|\n{}", rows.collect::<String>())
}

fn is_shared(argument: &Arg) -> bool {
    argument.get_help_heading().is_some_and(|heading| SHARED.contains(&heading))
}

fn is_shown(argument: &&Arg) -> bool {
    !argument.is_hide_set() && argument.get_id() != "help"
}

/// A command and those below it; collects the options that are described once.
fn section(command: &Command, out: &mut String, shared: &mut BTreeMap<&'static str, BTreeMap<String, Arg>>) {
    let mut command = command.clone();
    let usage = command.render_usage().to_string();
    let title = command.get_bin_name().unwrap_or_default().to_owned();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(out, "\n## {title}\n\n{about}.\n\n    {}", usage.trim_start_matches("Usage: ")).unwrap();
    let own = command.get_arguments().filter(is_shown).filter(|argument| !is_shared(argument));
    out.push_str(&rows(own));
    let mut also = Vec::new();
    for heading in SHARED {
        let of = command.get_arguments().filter(|argument| argument.get_help_heading() == Some(heading));
        let found: Vec<Arg> = of.filter(is_shown).cloned().collect();
        if !found.is_empty() && heading != "Global options" {
            also.push(format!("[{heading}](#{})", heading.to_lowercase()));
        }
        shared
            .entry(heading)
            .or_default()
            .extend(found.into_iter().map(|arg| (arg.get_id().to_string(), arg)));
    }
    if !also.is_empty() {
        writeln!(out, "\nAnd the options of {}.", also.join(", ")).unwrap();
    }
    command.get_subcommands().for_each(|below| section(below, out, shared));
}

#[test]
fn page_of_commands_is_what_the_commands_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/commands.md");
    let mut cli = Cli::command().term_width(100);
    cli.build();
    let mut wanted = HEAD.to_owned();
    let mut shared = BTreeMap::new();
    cli.get_subcommands().for_each(|command| section(command, &mut wanted, &mut shared));
    wanted.push_str("\n## Options of several commands\n");
    for heading in SHARED {
        write!(wanted, "\n### {heading}\n{}", rows(shared[heading].values())).unwrap();
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        return std::fs::write(path, wanted).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == wanted,
        "docs/reference/commands.md is not what the commands say: UPDATE_CASES=1 writes it"
    );
}
