//! The table of promises in `ARCHITECTURE.md` names tests that are there.

use std::path::{Path, PathBuf};

/// Rows of the table: a promise, and the names of its tests.
fn promises() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there");
    let rows = text.lines().skip_while(|line| *line != "| promise | test |").skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [promise, tests] = cells[..] else { panic!("a row of {} cells: {line}", cells.len()) };
        (promise.to_owned(), tests.split('`').skip(1).step_by(2).map(str::to_owned).collect())
    });
    rows.collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Why a test is not there; `engine::ends` is a module of tests, `engine::ends::name` a test in it, and modules lie below
/// `tests` or `src`.
fn missing(name: &str) -> Option<String> {
    if name.contains('/') {
        return (!root().join(name).is_file()).then(|| "is no file".into());
    }
    let parts: Vec<&str> = name.split("::").filter(|part| *part != "tests").collect();
    let file = |parts: &[&str]| {
        let path = |above: &str| root().join(above).join(parts.join("/")).with_extension("rs");
        ["tests", "src"].map(path).into_iter().find(|path| path.is_file())
    };
    let (function, above) = parts.split_last().expect("a name has parts");
    match (file(&parts), file(above)) {
        (Some(module), _) => tests_of(&module).is_empty().then(|| "has no test".into()),
        (None, Some(module)) if tests_of(&module).iter().any(|test| test == function) => None,
        (None, Some(_)) => Some(format!("has no test '{function}'")),
        (None, None) => Some("is no module".into()),
    }
}

/// Names of the tests of a file: functions with `#[test]` among their attributes.
fn tests_of(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("readable");
    let (mut is_test, mut tests) = (false, Vec::new());
    for line in text.lines().map(str::trim) {
        match line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')) {
            Some((name, _)) if is_test => tests.push(name.to_owned()),
            _ => {}
        }
        is_test = line == "#[test]" || (is_test && line.starts_with("#["));
    }
    tests
}

#[test]
fn every_promise_has_a_test_that_is_there() {
    let promises = promises();
    assert!(promises.len() >= 20, "{} rows", promises.len());
    let mut wrong = Vec::new();
    for (promise, tests) in &promises {
        if tests.is_empty() {
            wrong.push(format!("'{promise}' names no test"));
        }
        wrong.extend(tests.iter().filter_map(|name| Some(format!("'{promise}': {name} {}", missing(name)?))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(missing("engine::autosave::nothing_of_the_kind").is_some() && missing("engine::nowhere").is_some());
}
