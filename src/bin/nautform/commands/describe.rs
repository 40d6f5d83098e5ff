//! `nautform schema` and `nautform explain`.

use nautform::config::describe;
use nautform::render::text::explain;

use crate::args::Explain;
use crate::exit::Code;
use crate::terminal;

pub(super) fn schema() -> anyhow::Result<Code> {
    let schema = serde_json::to_string_pretty(&describe::json_schema())?;
    terminal::result(|out| writeln!(out, "{schema}"))?;
    Ok(Code::Success)
}

pub(super) fn explain(args: &Explain) -> anyhow::Result<Code> {
    let style = terminal::output_style();
    match &args.path {
        None => terminal::result(|out| explain::kinds(&describe::kinds(), style, out))?,
        Some(path) => {
            let explanation = describe::explain(path)?;
            terminal::result(|out| explain::explanation(&explanation, style, out))?;
        }
    }
    Ok(Code::Success)
}
