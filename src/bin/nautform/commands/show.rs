//! `nautform show`: a saved plan, however old it is.

use std::path::PathBuf;

use nautform::output::text::View;
use nautform::{Mode, saved};

use super::plan::{Format, write};
use super::shared::usage;
use crate::events;
use crate::exit::Code;
use crate::failure::Result;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The saved plan
    file: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show changes without their fields
    #[arg(long)]
    compact: bool,
}

pub(super) fn run(args: &Args) -> Result<Code> {
    if args.format == Format::Ndjson {
        events::to_standard_output();
    }
    if args.file.is_dir() {
        let directory = args.file.display();
        return Err(usage(&format!(
            "{directory} is a directory, and no saved plan: nautform plan {directory} plans it"
        )));
    }
    let saved = saved::read(&args.file)?;
    let view = View {
        destroy: saved.mode == Mode::Destroy,
        compact: args.compact,
        unmanaged: saved.lists_unmanaged,
        sources: Some(&saved.sources),
        ..View::default()
    };
    write(args.format, &saved.plan, || &saved.origin, view)?;
    Ok(Code::Success)
}
