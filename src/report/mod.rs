//! Renders plans, events and diagnostics; pure functions that write to `dyn Write`.
