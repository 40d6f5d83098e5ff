//! nautform
fn main() {}
