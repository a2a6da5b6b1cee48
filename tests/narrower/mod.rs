//! Runs a test binary again with narrower vector instructions than this processor has.

use std::process::Command;

/// Environment variable that narrows the instruction set; the runs that it is set for do not run others.
pub const NAME: &str = "HEBBSCOPE_INSTRUCTION_SET";

/// Runs those tests of this binary whose names contain one of `filters` (all without any), but for `own`, the caller.
/// At least `least` of them must be there, and all must pass.
pub fn run(own: &str, filters: &[&str], least: usize) {
    if std::env::var_os(NAME).is_some() {
        println!("{NAME} is set: this is the other run");
        return;
    }
    for set in ["portable", "avx2"] {
        let this = std::env::current_exe().expect("a test knows its own binary");
        let output = Command::new(this).args(filters).args(["--skip", own]).env(NAME, set).output();
        let output = output.expect("it was started before");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{set}: {said}{errors}");
        let passed = said.lines().find_map(|line| line.strip_prefix("test result: ok. ")?.split(' ').next());
        let passed: usize = passed.and_then(|count| count.parse().ok()).expect("a summary of the harness");
        assert!(passed >= least, "{set}: {passed} tests ran");
    }
}
