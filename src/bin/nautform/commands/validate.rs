//! `nautform validate`.

use nautform::render::{ci, diagnostics};

use crate::args::{Complaints, Validate};
use crate::exit::Code;
use crate::{connection, terminal};

pub(super) fn run(args: &Validate) -> anyhow::Result<Code> {
    let settings = connection::load_settings(&args.manifests.dir);
    let validated = super::checked(&args.manifests, settings)?;
    let (found, sources) = (&validated.manifests.diagnostics, &validated.manifests.sources);
    let write = match args.format {
        Complaints::Json => diagnostics::json,
        Complaints::Sarif => ci::sarif,
        Complaints::Github => ci::github,
        Complaints::CodeQuality => ci::code_quality,
        Complaints::Text => {
            terminal::complaints(found, sources);
            if !found.has_errors() {
                let count = validated.configuration.resources.len();
                terminal::result(|out| {
                    writeln!(out, "Success! The configuration is valid: {count} objects.")
                })?;
            }
            return Ok(code(found.has_errors()));
        }
    };
    terminal::result(|out| write(found, sources, out))?;
    Ok(code(found.has_errors()))
}

const fn code(failed: bool) -> Code {
    if failed { Code::Error } else { Code::Success }
}
