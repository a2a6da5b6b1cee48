//! Empty.
#[test]
fn nothing() {}
