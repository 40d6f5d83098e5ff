//! What stands below the options in `--help`: commands to begin with, and what exit codes mean. Lines of at most 80 columns.

pub(super) const NAUTFORM: &str = "\
Examples:
  nautform init fleet --ci gitlab         begin, with pipelines
  nautform apply fleet --sandbox          try it without a server
  nautform plan fleet                     what would apply do?
  nautform explain Cluster.usage          what does this field mean?
  source <(nautform completion bash)      complete commands and addresses

Exit codes:
  0  done, or nothing to do       6   the saved plan is stale
  1  an error                     7   somebody else holds the state's lock
  2  the plan has changes, with   8   done in part; export left something out
     --detailed-exitcode          9   written, but the state was not saved
  4  drift                        10  unmanaged objects (drift --fail-on)
  5  refused: a protection, or    11  objects that can't be read (drift)
     what can't be undone         130, 143  interrupted";

pub(super) const VALIDATE: &str = "\
Examples:
  nautform validate fleet
  nautform validate fleet --format codequality > codequality.json
  kustomize build . | nautform validate -";

pub(super) const PLAN: &str = "\
Examples:
  nautform plan fleet
  nautform plan fleet --out change.plan && nautform apply change.plan
  nautform plan fleet --target 'Product/shop' --exclude 'env/shop/*'
  nautform plan fleet --changed-since origin/main --format markdown
  nautform plan fleet/shop.yaml               what this file declares, nothing else

Exit codes: 0, or 2 for changes with --detailed-exitcode; 1 if the plan can't be
made or could not be carried out.";

pub(super) const APPLY: &str = "\
Examples:
  nautform apply fleet
  nautform apply change.plan                  what `plan --out` has saved
  nautform apply fleet --auto-approve --lock-timeout 10m
  nautform apply fleet/shop.yaml              what this file declares, nothing else
  kustomize build . | nautform apply - --complete --auto-approve

A file, a directory inside the fleet and standard input are parts of the fleet:
they use its settings and state, and leave what they do not declare as it is.

Exit codes: 0 done, 5 refused, 6 the saved plan is stale, 7 locked, 8 done in
part (run it again), 9 the state was not saved, 1 anything else. A webhook that
does not listen is a warning and changes no exit code.";

pub(super) const DRIFT: &str = "\
Examples:
  nautform drift fleet
  nautform drift fleet --baseline drift.json   what is new since the last time
  nautform drift fleet --fail-on changed,missing,unmanaged --format junit";

pub(super) const COMMENT: &str = "\
In a job for a merge request there is nothing to configure but a token, since a
job of GitLab can't write notes with its own: GITLAB_TOKEN, a project access
token with the scope `api` and the role Reporter; GITHUB_TOKEN, the job's own
with the permission `pull-requests: write`.
The note is found again by the marker on its first line, one for each directory,
and updated. Notes of others are left alone. Of several, the oldest is updated.
In jobs without a merge request nothing is written, and the exit code is 0.

Examples:
  nautform plan fleet --format markdown > plan.md && nautform comment plan.md
  nautform drift fleet --format markdown | nautform comment
  nautform comment plan.md --host gitlab --api-url https://git.example/api/v4
      --project group/fleet --merge-request 12 --token-file token";

pub(super) const EXPORT: &str = "\
Examples:
  nautform export fleet
  nautform export --target Product/shop > shop.yaml";

pub(super) const STATE: &str = "\
Examples:
  nautform state list --dir fleet
  nautform state show Environment/shop/dev --dir fleet
  nautform state mv Project/shop/api Project/shop/core --dir fleet";

pub(super) const COMPLETION: &str = "\
Examples:
  source <(nautform completion bash)      in ~/.bashrc
  source <(nautform completion zsh)       in ~/.zshrc
  nautform completion fish | source       in ~/.config/fish/config.fish
  nautform completion powershell | Out-String | Invoke-Expression

The script asks nautform for what fits: commands, options, kinds and fields, and
the addresses of the directory's manifests and of its local state.";

#[cfg(feature = "sandbox")]
pub(super) const SANDBOX: &str = "\
The first line of the output is the server's URL. Ctrl-C ends it.

Example:
  nautform sandbox --listen 127.0.0.1:8000 --data sandbox.json --latency 200ms";

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _, Parser as _};

    use crate::args::Cli;

    /// The command itself and all below it.
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
    fn every_command_and_argument_says_what_it_is_for() {
        for command in commands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }

    #[test]
    fn the_examples_can_be_typed() {
        let mut seen = 0;
        for command in commands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let typed = help.lines().filter_map(|line| line.strip_prefix("  ")).flat_map(|line| {
                let line = line.split_once("   ").map_or(line, |(typed, _)| typed);
                line.split(['|', '&', '(']).map(str::to_owned).collect::<Vec<_>>()
            });
            for line in typed.filter(|line| line.trim_start().starts_with("nautform ")) {
                let words = line.trim_end_matches(')').split_whitespace().map(|word| word.trim_matches('\''));
                let words: Vec<&str> = words.take_while(|word| *word != ">").collect();
                assert!(Cli::try_parse_from(&words).is_ok(), "{words:?}");
                seen += 1;
            }
        }
        assert!(seen > 10, "{seen}");
    }
}
