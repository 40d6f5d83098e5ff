//! `nautform show`: a saved plan, however old it is.

use anyhow::Context as _;

use nautform::plan::{Mode, saved::read};

use crate::args::Show;
use crate::exit::Code;

pub(super) fn run(args: &Show) -> anyhow::Result<Code> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let saved = read(&bytes).with_context(|| format!("{}", args.file.display()))?;
    let shape = super::plan::Shape {
        format: args.format,
        destroy: saved.mode == Mode::Destroy,
        compact: args.compact,
        unmanaged: false,
        label: &saved.directory,
    };
    super::plan::write(&shape, &saved.plan, None)?;
    Ok(Code::Success)
}
