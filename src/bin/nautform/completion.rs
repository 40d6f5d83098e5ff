//! What a shell may complete beyond commands and options: addresses from manifests and state, kinds and their
//! fields. Reads this disk and sends no request. Invariant: a completion never fails and never writes; what
//! can't be read is not offered.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{CompleteEnv, EnvCompleter};
use rayon::prelude::*;

use nautform::{Address, ConnectOptions, Fleet, OpenOptions, Session, codes, describe};

use crate::{environment, threads};

/// The variable that the script of a shell sets.
const VARIABLE: &str = "NAUTFORM_COMPLETE";

/// Answers the script of a shell; `false` if the process was not started by one.
///
/// # Errors
/// If the shell is unknown, or its pipe is closed.
pub(crate) fn answered(cli: fn() -> clap::Command) -> clap::error::Result<bool> {
    let directory = std::env::current_dir().ok();
    let env = CompleteEnv::with_factory(cli).var(VARIABLE);
    env.try_complete(std::env::args_os(), directory.as_deref())
}

/// The script for a shell. It calls the nautform that is found on the PATH.
pub(crate) fn script(shell: &dyn EnvCompleter, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    if shell.name() != "bash" {
        return shell.write_registration(VARIABLE, "nautform", "nautform", "nautform", out);
    }
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "nautform", "nautform", "nautform", &mut script)?;
    let script = String::from_utf8_lossy(&script);
    let script = script.replacen(CALL, &format!("{JOIN}{CALL}"), 1);
    out.write_all(script.replacen(END, &format!("{STRIP}{END}"), 1).as_bytes())
}

/// Where the script calls nautform, and where its function ends.
const CALL: &str = "    COMPREPLY=( $( \\\n";
const END: &str = "\n}\n";

/// Makes one word of `--format=m`, which is three for bash: it separates words at '=', too.
const JOIN: &str = r#"    local joined=() position word glued="" prefix=""
    for ((position = 0; position <= COMP_CWORD; position++)); do
        word="${words[position]}"
        [[ "${COMP_WORDS[position]}" == "=" ]] && word="="
        if [[ ${#joined[@]} -gt 0 && ( "$word" == "=" || -n "$glued" ) ]]; then
            joined[${#joined[@]}-1]+="$word"
        else
            joined+=("$word")
        fi
        [[ "$word" == "=" ]] && glued=1 || glued=""
    done
    words=("${joined[@]}")
    _CLAP_COMPLETE_INDEX=$((${#words[@]} - 1))
    [[ "${words[_CLAP_COMPLETE_INDEX]}" == --*=* ]] && prefix="${words[_CLAP_COMPLETE_INDEX]%%=*}="
"#;

/// Takes off what bash does not replace.
const STRIP: &str = r#"
    if [[ -n "$prefix" && ${#COMPREPLY[@]} -gt 0 ]]; then
        COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    fi"#;

/// Addresses that begin so, of the fleet of the directory in the typed line.
pub(crate) fn addresses(current: &OsStr) -> Vec<CompletionCandidate> {
    let line: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let directory = Fleet::of(&directory(&line, current)).root;
    let find = || {
        let (declared, remembered) =
            rayon::join(|| declared(&directory, &line), || remembered(&directory, &line));
        let declared = declared.par_iter().map(ToString::to_string);
        let all = declared.chain(remembered.into_par_iter());
        // What does not begin so is dropped before anything is sorted: a shell waits.
        let mut found: Vec<String> = all.filter(begins(current)).collect();
        found.par_sort_unstable();
        found.dedup();
        found
    };
    let workers = threads::workers().build();
    let found = workers.map_or_else(|_| Vec::new(), |workers| workers.install(find));
    candidates(found)
}

/// Environments that begin so, of the fleet of the directory in the typed line.
pub(crate) fn environments(current: &OsStr) -> Vec<CompletionCandidate> {
    let line: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let all = OpenOptions::new(directory(&line, current)).environments();
    candidates(all.into_iter().filter(begins(current)))
}

/// Kinds and codes that begin so, or fields of the kind that is there.
pub(crate) fn fields(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let Some((parent, _)) = typed.rsplit_once('.') else {
        let kinds = describe::kinds().into_iter().map(|kind| kind.name);
        let all = kinds.chain(codes::all().map(|entry| entry.code.to_owned()));
        return candidates(all.filter(begins(current)));
    };
    let fields = describe::explain(parent).map(|explanation| explanation.fields).unwrap_or_default();
    let all = fields.into_iter().map(|field| format!("{parent}.{}", field.name));
    candidates(all.filter(begins(current)))
}

/// Whether a word begins as it is typed so far.
fn begins(current: &OsStr) -> impl Fn(&String) -> bool + use<> {
    let typed = current.to_string_lossy().into_owned();
    move |word| word.starts_with(&typed)
}

fn candidates(words: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    // Without a tag, clap renders the option as one for each of thousands of words.
    let candidate = |word| CompletionCandidate::new(word).tag(Some("values".into()));
    words.into_iter().map(candidate).collect()
}

/// The value of an option that is typed already.
fn value(line: &[OsString], flag: &str) -> Option<OsString> {
    let after = line.iter().skip_while(|word| *word != flag).nth(1).cloned();
    let joined = || {
        line.iter().find_map(|word| word.to_str()?.strip_prefix(flag)?.strip_prefix('=').map(OsString::from))
    };
    after.or_else(joined)
}

/// The environment.
fn chosen(line: &[OsString]) -> Option<String> {
    value(line, "-e").or_else(|| value(line, "--env"))?.into_string().ok()
}

/// `--dir`, or the first word that is a directory, or this one.
fn directory(line: &[OsString], current: &OsStr) -> PathBuf {
    let positional =
        || line.iter().skip(1).find(|word| *word != current && Path::new(word).is_dir()).cloned();
    let found = value(line, "--dir").or_else(positional);
    found.map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The value of `--sandbox`, which has a state of its own.
fn sandbox(line: &[OsString]) -> Option<String> {
    let value = line.iter().find_map(|word| word.to_str()?.strip_prefix("--sandbox").map(str::to_owned))?;
    Some(value.trim_start_matches('=').to_owned())
}

/// No rule is applied, so that it does not matter when a day begins here. To find that out takes a walk through
/// the system's database of time zones.
fn options(directory: &Path, line: &[OsString]) -> OpenOptions {
    let clock = || jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    OpenOptions { chosen: chosen(line), clock, ..OpenOptions::new(directory) }
}

fn declared(directory: &Path, line: &[OsString]) -> Vec<Address> {
    let options = OpenOptions { environment: environment::all(), ..options(directory, line) };
    options.addresses()
}

/// The managed objects of a state on this disk.
fn remembered(directory: &Path, line: &[OsString]) -> Vec<String> {
    let connection = ConnectOptions { sandbox: sandbox(line), ..ConnectOptions::default() };
    let session = Session::open(OpenOptions { connection, ..options(directory, line) });
    session.map_or_else(|_| Vec::new(), |session| session.suggestions())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    #[test]
    fn directory_is_taken_from_the_line() {
        let of = |line: &[&str], current: &str| directory(&words(line), OsStr::new(current));
        assert_eq!(of(&["nautform", "state", "show", ""], ""), Path::new("."));
        assert_eq!(of(&["nautform", "state", "rm", "--dir", "a b", ""], ""), Path::new("a b"));
        assert_eq!(of(&["nautform", "state", "rm", "--dir=fleet", "C"], "C"), Path::new("fleet"));
        let there = std::env::temp_dir();
        assert_eq!(of(&["nautform", "plan", there.to_str().unwrap(), "--target", ""], ""), there);
    }

    #[test]
    fn sandbox_is_taken_from_the_line() {
        assert_eq!(sandbox(&words(&["nautform", "plan"])), None);
        assert_eq!(sandbox(&words(&["nautform", "plan", "--sandbox"])).as_deref(), Some(""));
        assert_eq!(sandbox(&words(&["nautform", "--sandbox=a.json"])).as_deref(), Some("a.json"));
    }

    #[test]
    fn kinds_and_fields_are_offered() {
        let offered = |typed: &str| -> Vec<String> {
            let all = fields(OsStr::new(typed));
            all.iter().map(|one| one.get_value().to_string_lossy().into_owned()).collect()
        };
        assert!(offered("Code").len() == 2, "{:?}", offered("Code"));
        assert!(offered("Cluster.us").contains(&"Cluster.usage".to_owned()), "{:?}", offered("Cluster.us"));
        assert!(offered("Clutter.").is_empty());
    }
}
