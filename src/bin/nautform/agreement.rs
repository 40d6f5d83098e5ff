//! A plan that is not what was agreed on, in words: which operations are new, and where they come from.

use std::io::{self, Write};

use nautform::output::printable;
use nautform::output::text::count;
use nautform::{NotAgreed, Unagreed};

/// What is wrong, in one line.
pub(crate) fn summary(missing: &NotAgreed) -> String {
    let objects = count(missing.operations.len(), "object");
    format!("The plan is not what was agreed on: what it does to {objects} is in no note.")
}

/// What to do about it.
pub(crate) fn help(missing: &NotAgreed) -> String {
    format!(
        "have it reviewed in a merge request; if this plan is what you want: --agreed={}",
        missing.fingerprint
    )
}

/// Writes all of it.
pub(crate) fn write(missing: &NotAgreed, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", summary(missing))?;
    missing.operations.iter().try_for_each(|operation| block(operation, out))?;
    writeln!(out, "\n{}", looked_at(missing))?;
    writeln!(out, "Nothing was written.")?;
    writeln!(out, "help: {}", help(missing))
}

fn block(operation: &Unagreed, out: &mut dyn Write) -> io::Result<()> {
    let Unagreed { address, what, file, commits } = operation;
    let address = address.as_ref().map_or_else(|| "nautform.yaml".to_owned(), ToString::to_string);
    writeln!(out, "\n  {address}: {}", printable(&what.join(", ")))?;
    for commit in commits {
        writeln!(out, "    commit {}", printable(commit))?;
    }
    match file {
        Some(file) if commits.is_empty() => {
            writeln!(out, "    no commit since the last complete apply changed {}", printable(file))
        }
        _ => Ok(()),
    }
}

/// Where it was looked for.
fn looked_at(missing: &NotAgreed) -> String {
    let Some(user) = &missing.user else {
        return "It was agreed on by hand, with another fingerprint.".to_owned();
    };
    if missing.requests.is_empty() {
        return "No merge request was merged since the last complete apply.".to_owned();
    }
    let names = |has: bool| {
        let some = missing.requests.iter().filter(|(_, found)| *found == has);
        some.map(|(request, _)| request.as_str()).collect::<Vec<_>>().join(", ")
    };
    let user = printable(user);
    match (names(true), names(false)) {
        (with, without) if with.is_empty() => format!("{user} wrote no plan on {without}."),
        (with, without) if without.is_empty() => format!("Plans that {user} wrote on {with} were compared."),
        (with, without) => {
            format!("Plans that {user} wrote on {with} were compared; there is none on {without}.")
        }
    }
}
