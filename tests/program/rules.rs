//! `hebbscope rules`: known rules are listed, shown as files that read back, and checked with the place of an error.

use std::path::Path;
use std::process::Command;

/// Exit code, standard output and standard error.
fn rules(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    let output = command.arg("rules").args(arguments).current_dir(folder).output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn known_rules_are_listed_shown_and_explained() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, listed, _) = rules(folder.path(), &[]);
    assert_eq!(code, Some(0));
    let names: Vec<&str> = { listed.lines() }
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 10 && names.contains(&"bcm"), "{listed}");
    for name in names {
        let (code, shown, _) = rules(folder.path(), &["show", name]);
        assert_eq!(code, Some(0), "{name}");
        std::fs::write(folder.path().join("rule.toml"), shown).expect("written");
        let (code, from_file, errors) = rules(folder.path(), &["check", "rule.toml"]);
        assert_eq!(code, Some(0), "{name}: {errors}");
        assert_eq!(from_file, rules(folder.path(), &["check", name]).1, "{name}");
        assert!(from_file.contains("The signal of a weight is the sum of"), "{from_file}");
    }
}

#[test]
fn an_expression_is_explained_or_marked_where_it_is_wrong() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said, _) = rules(folder.path(), &["check", "-post * pre"]);
    assert!(code == Some(0) && said.contains("Costs 1 product over samples"), "{said}");
    let (code, said, errors) = rules(folder.path(), &["check", "post * pree"]);
    assert!(code == Some(2) && said.is_empty(), "{said}");
    assert!(errors.contains("rule.signal, line 1, column 8: unknown name `pree`, did you mean `pre`?"), "{errors}");
    assert!(errors.ends_with("  post * pree\n         ^^^^\n"), "{errors}");
    let second_line = "post * pre -\n  tanh(pre * post)";
    let (_, _, errors) = rules(folder.path(), &["check", second_line]);
    assert!(errors.ends_with("    tanh(pre * post)\n    ^^^^^^^^^^^^^^^^\n"), "{errors}");
    for (arguments, words) in [
        (&["check", "absent.toml"][..], "absent.toml: cannot be read"),
        (&["show", "nobody"], "no known rule 'nobody'; there are sgd"),
        (&["check", ""], "empty expression"),
    ] {
        let (code, _, errors) = rules(folder.path(), arguments);
        assert!(code == Some(2) && errors.contains(words), "{arguments:?}: {errors}");
    }
}
