//! Help texts: complete, narrow, with examples that parse.

use clap::{Command, CommandFactory as _, Parser as _};

use super::Cli;

/// A command and all its subcommands.
fn all(command: &Command) -> Vec<Command> {
    let below = command.get_subcommands().flat_map(all);
    std::iter::once(command.clone()).chain(below).collect()
}

fn commands() -> Vec<Command> {
    let mut cli = Cli::command().term_width(80);
    cli.build();
    all(&cli)
}

#[test]
fn help_fits_80_columns() {
    for mut command in commands() {
        for help in [command.render_help(), command.render_long_help()] {
            let help = help.to_string();
            let long: Vec<_> = help.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(long.is_empty(), "{}: {long:#?}", command.get_name());
        }
    }
}

#[test]
fn help_describes_every_command_and_argument() {
    for command in commands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
        }
    }
}

#[test]
fn examples_parse() {
    let mut seen = 0;
    for command in commands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let typed = help.lines().filter_map(|line| line.strip_prefix("  ")).flat_map(|line| {
            let line = line.split_once("   ").map_or(line, |(typed, _)| typed);
            line.split(['|', '&', '(']).map(str::to_owned).collect::<Vec<_>>()
        });
        for line in typed.filter(|line| line.trim_start().starts_with("nautform ")) {
            let args = line.trim_end_matches(')').split_whitespace().map(|word| word.trim_matches('\''));
            let args: Vec<&str> = args.take_while(|word| *word != ">").collect();
            assert!(Cli::try_parse_from(&args).is_ok(), "{args:?}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}
