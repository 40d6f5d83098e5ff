//! Renders plans, events and diagnostics; pure functions that write to `dyn Write`. Decides nothing, reads no terminal.

pub mod diagnostics;
