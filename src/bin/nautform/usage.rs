//! What is said of arguments that are wrong: clap's own words, and what users of similar tools look for.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::commands::Cli;

/// Words of Terraform, kubectl and others, and what does here what they do there.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["test", "check", "lint"],
        "'nautform validate' checks manifests, 'nautform plan --sandbox' tries them",
    ),
    (
        &["import"],
        "'nautform adopt' takes live objects into the state, 'nautform export' writes their manifests",
    ),
    (
        &["taint", "untaint", "replace"],
        "nothing is marked here: 'nautform explain KIND.FIELD' says what replaces",
    ),
    (&["refresh"], "'nautform plan' and 'nautform drift' read the server each time"),
    (&["fmt", "format"], "'nautform validate --fix' brings older forms and misspellings up to date"),
    (&["output", "console"], "'nautform get' and 'nautform state show' show values"),
    (&["workspace", "env"], "environments are declared in nautform.yaml, and -e NAME chooses one"),
    (&["diff"], "'nautform plan' shows what would change"),
    (&["delete", "remove"], "remove the manifest and apply, or 'nautform destroy --target ADDRESS'"),
    (&["create", "deploy", "sync"], "'nautform apply' creates and changes what the manifests declare"),
    (&["login"], "the token comes from --token-file or NAUTFORM_TOKEN"),
];

/// The error with a tip of ours, where there is a better one than clap's.
pub(crate) fn with_tip(mut error: clap::Error, arguments: &[String]) -> clap::Error {
    if let Some(tip) = tip(&error, arguments) {
        let suggested =
            [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
        for kind in suggested {
            error.remove(kind);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

fn tip(error: &clap::Error, arguments: &[String]) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand)?;
            let (_, tip) = ELSEWHERE.iter().find(|(words, _)| words.contains(&word))?;
            Some((*tip).to_owned())
        }
        ErrorKind::UnknownArgument => {
            let argument = text(ContextKind::InvalidArg)?;
            if argument == "--dir" || argument.starts_with("--dir=") {
                return Some("this command takes the directory as an argument, without --dir".to_owned());
            }
            // Terraform's options have one dash: clap reads them as short ones.
            let letter = argument.strip_prefix('-').filter(|rest| rest.len() == 1)?;
            let is_long = |word: &&String| {
                let rest = word.strip_prefix('-').filter(|rest| rest.len() > 2 && !rest.starts_with('-'));
                rest.is_some_and(|rest| rest.contains(letter))
            };
            let written = arguments.iter().find(is_long)?;
            match written.trim_start_matches('-').split('=').next()? {
                "chdir" => Some("the directory is an argument, as in 'nautform plan DIR'".to_owned()),
                name => is_option(name).then(|| format!("options have two dashes: -{written}")),
            }
        }
        _ => None,
    }
}

/// Whether a command has an option of this name.
fn is_option(name: &str) -> bool {
    let has = |command: &clap::Command| command.get_arguments().any(|option| option.get_long() == Some(name));
    let whole = Cli::command();
    has(&whole) || whole.get_subcommands().any(|command| has(command) || command.get_subcommands().any(has))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn said(line: &[&str]) -> String {
        let arguments: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let error = Cli::try_parse_from(std::iter::once("nautform").chain(line.iter().copied())).unwrap_err();
        with_tip(error, &arguments).render().to_string()
    }

    #[test]
    fn users_of_other_tools_get_a_tip() {
        let tip = |line: &[&str]| said(line).lines().find(|line| line.contains("tip:")).map(str::to_owned);
        assert!(tip(&["import"]).unwrap().ends_with("'nautform export' writes their manifests"));
        assert!(tip(&["test"]).unwrap().contains("'nautform validate' checks manifests"));
        assert_eq!(
            tip(&["apply", "-auto-approve"]).unwrap(),
            "  tip: options have two dashes: --auto-approve"
        );
        assert!(tip(&["plan", "-chdir=fleet"]).unwrap().contains("the directory is an argument"));
        assert!(!said(&["plan", "-compact-warnings"]).contains("two dashes"));
        assert_eq!(
            tip(&["plan", "--dir", "fleet"]).unwrap(),
            "  tip: this command takes the directory as an argument, without --dir"
        );
        assert_eq!(tip(&["aply"]).unwrap(), "  tip: a similar subcommand exists: 'apply'");
    }
}
