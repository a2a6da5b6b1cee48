//! Hebbscope.
fn main() {}
