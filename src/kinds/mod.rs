//! The only place that knows a kind: one static table for each.
