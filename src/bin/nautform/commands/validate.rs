//! `nautform validate`.

use nautform::ops::validate::validate;

use crate::args::Validate;
use crate::exit::Code;
use crate::{connection, terminal};

pub(super) fn run(args: &Validate) -> anyhow::Result<Code> {
    let (input, options) = connection::input(&args.manifests)?;
    let validated = validate(&input, &options);
    let (found, count) = (&validated.manifests.diagnostics, validated.configuration.resources.len());
    terminal::complaints(found, &validated.manifests.sources);
    if found.has_errors() {
        return Ok(Code::Error);
    }
    terminal::result(|out| writeln!(out, "Success! The configuration is valid: {count} objects."))?;
    Ok(Code::Success)
}
